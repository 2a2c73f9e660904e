package sqlitestore

import (
	"context"
	"database/sql"
	"sync/atomic"
)

// pool are the connections that read.
type pool struct {
	*sql.DB
	closed atomic.Bool
}

// QueryContext makes a pool a querier.
func (p *pool) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	rows, err := p.DB.QueryContext(ctx, text, args...)
	return rows, p.meaning(err)
}

func (p *pool) conn(ctx context.Context) (*sql.Conn, error) {
	conn, err := p.Conn(ctx)
	return conn, p.meaning(err)
}

// meaning is ErrClosed for whatever fails once the pool is closed: database/sql
// has no error of its own to tell it by.
func (p *pool) meaning(err error) error {
	if err != nil && p.closed.Load() {
		return ErrClosed
	}
	return err
}

func (p *pool) close() error {
	p.closed.Store(true)
	return p.Close()
}
