package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
)

// writer is the only connection that writes. Its statements are prepared once,
// when they are first needed.
type writer struct {
	turn       chan struct{} // holds one token: whoever has it may write
	closed     chan struct{} // closed with the store
	conn       *sql.Conn
	statements map[string]*sql.Stmt // by their text; guarded by turn
}

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{turn: make(chan struct{}, 1), closed: make(chan struct{}), conn: conn, statements: make(map[string]*sql.Stmt)}
	w.turn <- struct{}{}
	return w, nil
}

// begin waits for its turn and begins a transaction that holds SQLite's write
// lock from the start. A nil error obliges the caller to end it.
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
	if err := w.exec(ctx, "begin immediate"); err != nil {
		w.turn <- struct{}{}
		return err
	}
	return nil
}

// commit ends the transaction. It cannot be interrupted, so that its outcome is
// known.
func (w *writer) commit() error {
	defer func() { w.turn <- struct{}{} }()
	err := w.exec(context.Background(), "commit")
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
func (w *writer) undo() { _ = w.exec(context.Background(), "rollback") }

func (w *writer) exec(ctx context.Context, text string, args ...any) error {
	statement, err := w.prepare(text) //nolint:sqlclosecheck // kept; close closes them all
	if err == nil {
		_, err = statement.ExecContext(ctx, args...)
	}
	return translate(err)
}

// QueryContext makes a writer a querier. The rows must be closed before the
// next call with the same text.
func (w *writer) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	statement, err := w.prepare(text) //nolint:sqlclosecheck // kept; close closes them all
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, args...)
}

func (w *writer) prepare(text string) (*sql.Stmt, error) {
	if statement, ok := w.statements[text]; ok {
		return statement, nil
	}
	statement, err := w.conn.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	w.statements[text] = statement
	return statement, nil
}

func (w *writer) close() error {
	<-w.turn // never given back: nobody writes any more
	close(w.closed)
	for _, statement := range w.statements {
		_ = statement.Close()
	}
	return w.conn.Close()
}
