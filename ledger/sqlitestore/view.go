package sqlitestore

import (
	"context"
	"database/sql"

	"github.com/campusledger/campusledger/ledger"
)

// View begins a read-only transaction: see ledger.Store. It waits for no turn: who
// has one may need a second, as an audit does.
func (s *Store) View(ctx context.Context) (ledger.View, error) {
	on, err := s.pool.connection(ctx)
	if err != nil {
		return nil, err
	}
	if err = on.exec(ctx, "begin"); err == nil {
		// BEGIN alone reads nothing: the first read chooses the moment.
		err = on.exec(ctx, "select 1 from book limit 1")
	}
	v := &view{reader: reader{on}, on: on, pool: s.pool}
	if err != nil {
		_ = v.Close()
		return nil, err
	}
	return v, nil
}

// view is a read transaction on a connection of its own.
type view struct {
	reader
	on   *statements // nil once it is closed
	pool *pool
}

// Close ends the view. A second call does nothing.
func (v *view) Close() error {
	if v.on == nil {
		return nil
	}
	err := v.on.exec(context.Background(), "rollback")
	v.pool.keep(v.on)
	v.on = nil
	v.reader = reader{ended{}}
	return err
}

// ended is the source of a view that was closed.
type ended struct{}

func (ended) borrow(context.Context) (*statements, error) { return nil, sql.ErrConnDone }

func (ended) giveBack(*statements) {}
