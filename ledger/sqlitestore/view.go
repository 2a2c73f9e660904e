package sqlitestore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/campusledger/campusledger/ledger"
)

// View begins a read-only transaction: see ledger.Store.
func (s *Store) View(ctx context.Context) (ledger.View, error) {
	conn, err := s.pool.conn(ctx)
	if err != nil {
		return nil, translate(err)
	}
	// BEGIN alone reads nothing: the first read chooses the moment.
	if _, err = conn.ExecContext(ctx, "begin; select 1 from book limit 1"); err != nil {
		_, _ = conn.ExecContext(context.Background(), "rollback")
		_ = conn.Close()
		return nil, translate(err)
	}
	return &view{reader: reader{conn}, conn: conn}, nil
}

// view is a read transaction on a connection of its own.
type view struct {
	reader
	conn *sql.Conn
}

// Close ends the view. A second call does nothing.
func (v *view) Close() error {
	_, err := v.conn.ExecContext(context.Background(), "rollback")
	if errors.Is(err, sql.ErrConnDone) {
		return nil
	}
	return errors.Join(translate(err), v.conn.Close())
}
