package pgstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/campusledger/campusledger/ledger"
)

// beginView fixes the moment with its second statement: begin alone does not.
var beginView = [...]string{`begin isolation level repeatable read read only`, `select 1`}

// View begins a read-only transaction, whose reads see the moment of this call.
func (s *Store) View(ctx context.Context) (ledger.View, error) {
	conn, err := s.db.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin a view: %w", err)
	}
	var batch pgx.Batch
	for _, statement := range beginView {
		batch.Queue(statement)
	}
	if err := conn.SendBatch(ctx, &batch).Close(); err != nil {
		giveBack(conn)
		return nil, fmt.Errorf("begin a view: %w", translate(err))
	}
	return newView(conn, func() { giveBack(conn) }), nil
}

// view is a [ledger.View]. It has nothing to query on once it is closed.
type view struct {
	reader
	on    querier
	close func()
}

func newView(on querier, end func()) *view {
	v := &view{on: on, close: end}
	v.reader = reader{source: v}
	return v
}

// Close ends the view.
func (v *view) Close() error {
	if v.on != nil {
		v.close()
		v.on = nil
	}
	return nil
}

// lend lends what the view keeps until its end.
func (v *view) lend(context.Context) (querier, func(), error) {
	if v.on == nil {
		return nil, nil, errors.New("the view is closed")
	}
	return v.on, func() {}, nil
}
