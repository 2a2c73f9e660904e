package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
)

// preparer is a connection or a transaction.
type preparer interface {
	PrepareContext(ctx context.Context, text string) (*sql.Stmt, error)
	ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error)
}

// statements run on one connection or in one transaction. Each is prepared
// once, when it is first needed. They are used by one goroutine at a time.
type statements struct {
	on       preparer
	prepared map[string]*sql.Stmt // by their text; without those in use
	conn     *sql.Conn            // closed with them, if there is one
	direct   *direct              // runs what returns no rows, if there is one
	fourth   bool                 // the file is of the fourth schema: see inFourth
}

func newStatements(on preparer) statements {
	return statements{on: on, prepared: make(map[string]*sql.Stmt)}
}

func (s *statements) exec(ctx context.Context, text string, args ...any) error {
	_, err := s.affect(ctx, text, args...)
	return err
}

// affect returns how many rows were written.
func (s *statements) affect(ctx context.Context, text string, args ...any) (int64, error) {
	if s.direct != nil {
		n, err := s.direct.affect(ctx, text, args)
		return n, translate(err)
	}
	statement, err := s.take(text)
	if err != nil {
		return 0, translate(err)
	}
	defer s.give(text, statement)
	result, err := statement.ExecContext(ctx, args...)
	if err != nil {
		return 0, translate(err)
	}
	return result.RowsAffected()
}

// take returns the prepared statement of a text, for its taker alone: one whose
// rows are being read cannot run again, and a loop over rows may ask for more of
// the same.
func (s *statements) take(text string) (*sql.Stmt, error) {
	if statement, ok := s.prepared[text]; ok {
		delete(s.prepared, text)
		return statement, nil
	}
	if s.fourth {
		text = inFourth(text)
	}
	return s.on.PrepareContext(context.Background(), text)
}

// give takes a statement back that was taken.
func (s *statements) give(text string, statement *sql.Stmt) {
	if _, twice := s.prepared[text]; twice {
		_ = statement.Close()
		return
	}
	s.prepared[text] = statement
}

// borrow makes statements a source: they are the only ones there are.
func (s *statements) borrow(context.Context) (*statements, error) { return s, nil }

func (*statements) giveBack(*statements) {}

func (s *statements) close() error {
	var failures []error
	for _, statement := range s.prepared {
		failures = append(failures, statement.Close())
	}
	if s.direct != nil {
		failures = append(failures, s.direct.close())
	}
	if s.conn != nil {
		failures = append(failures, s.conn.Close())
	}
	return errors.Join(failures...)
}
