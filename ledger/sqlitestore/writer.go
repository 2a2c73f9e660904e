package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
)

// span is how a write transaction begins and ends.
type span struct {
	nested bool // in a transaction of the caller's
	begin  []string
	commit string
	undo   []string
}

// owned is a transaction of the store's own. It holds SQLite's write lock from
// the start.
var owned = span{begin: []string{"begin immediate"}, commit: "commit", undo: []string{"rollback"}}

// writer writes on one connection or in one transaction, one write transaction
// at a time.
type writer struct {
	statements               // used by whoever has the turn
	turn       chan struct{} // holds one token: whoever has it may write
	closed     chan struct{} // closed with the store
	span       span
}

func newWriter(on preparer, span span) *writer {
	w := &writer{statements: newStatements(on), turn: make(chan struct{}, 1), closed: make(chan struct{}), span: span}
	w.turn <- struct{}{}
	return w
}

// begin waits for its turn and begins a transaction. A nil error obliges the
// caller to end it.
func (w *writer) begin(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-w.turn:
	case <-w.closed:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	err := w.start(ctx)
	if err != nil {
		w.turn <- struct{}{}
	}
	return err
}

func (w *writer) start(ctx context.Context) error {
	if w.span.nested {
		// An interrupted write takes the caller's transaction with it.
		ctx = context.WithoutCancel(ctx)
		if err := w.checkNested(ctx); err != nil {
			return err
		}
	}
	for _, text := range w.span.begin {
		if err := w.exec(ctx, text); err != nil {
			if !w.span.nested {
				w.undo() // an interruption may come when SQLite has begun
			}
			return err
		}
	}
	return nil
}

// checkNested asks whether the caller's transaction is still there: without it a
// savepoint would be a transaction of its own. BEGIN is refused within one.
func (w *writer) checkNested(ctx context.Context) error {
	switch _, err := w.on.ExecContext(ctx, "begin"); {
	case err == nil:
		return errors.Join(ErrTxLost, w.exec(ctx, "rollback"))
	case errors.Is(err, sql.ErrTxDone):
		return err
	}
	return nil
}

// commit ends the transaction. It cannot be interrupted, so that its outcome is
// known.
func (w *writer) commit() error {
	defer func() { w.turn <- struct{}{} }()
	err := w.exec(context.Background(), w.span.commit)
	if err == nil {
		return nil
	}
	w.undo()
	if isIO(err) {
		return fmt.Errorf("commit: %w: %w", ledger.ErrOutcomeUnknown, err)
	}
	return fmt.Errorf("commit, nothing was written: %w", err)
}

func (w *writer) rollback() {
	w.undo()
	w.turn <- struct{}{}
}

// undo ignores the error of ROLLBACK: it says that SQLite has rolled back by
// itself, as it does after some errors.
func (w *writer) undo() {
	for _, text := range w.span.undo {
		_ = w.exec(context.Background(), text)
	}
}

// close waits for the transaction in progress. Nobody writes any more then.
func (w *writer) close() {
	<-w.turn // never given back
	close(w.closed)
	_ = w.statements.close()
}
