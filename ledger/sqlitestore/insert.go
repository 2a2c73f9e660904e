package sqlitestore

import (
	"context"
	"math/bits"
	"strings"
)

// rowsMax is how many rows one INSERT takes. Binding is cheap and calling is
// not; more rows gain nothing.
const rowsMax = 64

// table is where rows are inserted.
type table struct {
	width int
	texts []string // of 1, 2, 4 … rowsMax rows
}

// newTable returns the table for a name and columns such as
// "book (book_id, name)", and a clause for rows that are there already.
func newTable(columns, onConflict string) table {
	t := table{width: strings.Count(columns, ",") + 1}
	row := "(" + strings.Repeat("?,", t.width-1) + "?)"
	for n := 1; n <= rowsMax; n *= 2 {
		t.texts = append(t.texts, "insert into "+columns+" values "+row+strings.Repeat(","+row, n-1)+" "+onConflict)
	}
	return t
}

// insert writes rows into a table. bind appends a row's values.
func insert[T any](ctx context.Context, s *statements, into table, rows []T, bind func(args []any, row *T) []any) error {
	args := make([]any, 0, min(len(rows), rowsMax)*into.width)
	for len(rows) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		size := min(bits.Len(uint(len(rows))), len(into.texts)) - 1
		n, text := 1<<size, into.texts[size]
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
