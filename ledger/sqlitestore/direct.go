package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// direct runs statements that return no rows on the driver of one connection. What
// database/sql does on the way, for values of any type and connections that others
// use too, is a good part of what a row costs.
type direct struct {
	conn     *sql.Conn
	prepared map[string]driver.Stmt // by their text
	values   []driver.NamedValue    // of the last statement; their memory is used again
}

func newDirect(conn *sql.Conn) *direct {
	return &direct{conn: conn, prepared: make(map[string]driver.Stmt)}
}

// affect returns how many rows were written. Arguments are int64, string, []byte or
// nil.
func (d *direct) affect(ctx context.Context, text string, args []any) (n int64, err error) {
	failure := d.conn.Raw(func(conn any) error {
		n, err = d.run(ctx, conn.(driver.ConnPrepareContext), text, args)
		return nil // err is the statement's: the connection is as good as before
	})
	if failure != nil {
		return 0, failure
	}
	return n, err
}

func (d *direct) run(ctx context.Context, conn driver.ConnPrepareContext, text string, args []any) (int64, error) {
	statement, ok := d.prepared[text]
	if !ok {
		var err error
		if statement, err = conn.PrepareContext(context.Background(), text); err != nil {
			return 0, err
		}
		d.prepared[text] = statement
	}
	d.values = d.values[:0]
	for i, arg := range args {
		d.values = append(d.values, driver.NamedValue{Ordinal: i + 1, Value: arg})
	}
	result, err := statement.(driver.StmtExecContext).ExecContext(ctx, d.values)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (d *direct) close() error {
	var failures []error
	failure := d.conn.Raw(func(any) error {
		for _, statement := range d.prepared {
			failures = append(failures, statement.Close())
		}
		return nil
	})
	return errors.Join(append(failures, failure)...)
}
