package sqlitestore

import (
	"context"
	"strings"
)

// rowsMax is how many rows one INSERT takes. Binding is cheap and calling is
// not; more rows gain nothing.
const rowsMax = 64

// table is where rows are inserted. It has two statements, so that there are
// two texts to prepare: for one row and for rowsMax.
type table struct {
	width     int
	one, many string
}

// newTable returns the table for a name and columns such as
// "book (book_id, name)", and a clause for rows that are there already.
func newTable(columns, onConflict string) table {
	width := strings.Count(columns, ",") + 1
	row := "(" + strings.Repeat("?,", width-1) + "?)"
	text := "insert into " + columns + " values " + row
	return table{width: width, one: text + " " + onConflict, many: text + strings.Repeat(","+row, rowsMax-1) + " " + onConflict}
}

// insert writes rows into a table. bind appends a row's values.
func insert[T any](ctx context.Context, s *statements, into table, rows []T, bind func(args []any, row *T) []any) error {
	args := make([]any, 0, min(len(rows), rowsMax)*into.width)
	for len(rows) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, text := 1, into.one
		if len(rows) >= rowsMax {
			n, text = rowsMax, into.many
		}
		args = args[:0]
		for i := range n {
			args = bind(args, &rows[i])
		}
		// Not ctx: a context that can end costs a goroutine a call.
		if err := s.exec(context.Background(), text, args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}
