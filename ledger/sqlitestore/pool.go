package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"sync"
)

// readersMax is how many connections read at once. Who comes when all are taken
// waits: more of them only take turns on the processors.
const readersMax = 8

// pool are the connections that read. Their statements stay prepared.
type pool struct {
	db     *sql.DB
	fourth bool          // the file is of the fourth schema: see inFourth
	turns  chan struct{} // holds readersMax tokens: whoever has one may read
	closed chan struct{} // closed with the pool
	mu     sync.Mutex
	idle   []*statements // the last used at the end: its cache is warm
}

func openPool(dsn string) (*pool, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxIdleConns(-1) // the pool keeps its own
	p := &pool{db: db, turns: make(chan struct{}, readersMax), closed: make(chan struct{})}
	for range readersMax {
		p.turns <- struct{}{}
	}
	return p, nil
}

// borrow makes a pool a source.
func (p *pool) borrow(ctx context.Context) (*statements, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	select {
	case <-p.turns:
	case <-p.closed:
		return nil, ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s, err := p.next(ctx)
	if err != nil {
		p.turns <- struct{}{}
	}
	return s, err
}

// connection is for a view: beside those that read by turns.
func (p *pool) connection(ctx context.Context) (*statements, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return p.next(ctx)
}

// next takes an idle connection, or makes one.
func (p *pool) next(ctx context.Context) (*statements, error) {
	p.mu.Lock()
	last := len(p.idle) - 1
	if last < 0 || p.isClosed() {
		defer p.mu.Unlock() // no connection is made while the pool closes
		return p.connect(ctx)
	}
	s := p.idle[last]
	p.idle = p.idle[:last]
	p.mu.Unlock()
	return s, nil
}

func (p *pool) connect(ctx context.Context) (*statements, error) {
	if p.isClosed() {
		return nil, ErrClosed
	}
	conn, err := p.db.Conn(ctx)
	if err != nil {
		return nil, translate(err)
	}
	s := newStatements(conn)
	s.conn, s.fourth = conn, p.fourth
	return &s, nil
}

func (p *pool) giveBack(s *statements) {
	p.keep(s)
	p.turns <- struct{}{}
}

// keep keeps a connection for the next, or closes it if there are enough.
func (p *pool) keep(s *statements) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.isClosed() || len(p.idle) >= readersMax {
		_ = s.close()
		return
	}
	p.idle = append(p.idle, s)
}

// isClosed is asked with the lock held.
func (p *pool) isClosed() bool {
	select {
	case <-p.closed:
		return true
	default:
		return false
	}
}

// close closes the idle connections; those in use end when they are given back.
func (p *pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.closed)
	var failures []error
	for _, s := range p.idle {
		failures = append(failures, s.close())
	}
	return errors.Join(append(failures, p.db.Close())...)
}
