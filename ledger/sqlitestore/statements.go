package sqlitestore

import (
	"context"
	"database/sql"
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
	prepared map[string]*sql.Stmt // by their text
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
	statement, err := s.prepare(text) //nolint:sqlclosecheck // kept; close closes them all
	if err != nil {
		return 0, translate(err)
	}
	result, err := statement.ExecContext(ctx, args...)
	if err != nil {
		return 0, translate(err)
	}
	return result.RowsAffected()
}

// QueryContext makes statements a querier. The rows must be closed before the
// next call with the same text.
func (s *statements) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	statement, err := s.prepare(text) //nolint:sqlclosecheck // kept; close closes them all
	if err != nil {
		return nil, err
	}
	return statement.QueryContext(ctx, args...)
}

func (s *statements) prepare(text string) (*sql.Stmt, error) {
	if statement, ok := s.prepared[text]; ok {
		return statement, nil
	}
	statement, err := s.on.PrepareContext(context.Background(), text)
	if err != nil {
		return nil, err
	}
	s.prepared[text] = statement
	return statement, nil
}

func (s *statements) close() {
	for _, statement := range s.prepared {
		_ = statement.Close()
	}
}
