package sqlitestore

import (
	"context"
	"strings"
)

// rowsMax is how many rows one INSERT takes. Binding is cheap and calling is
// not; more rows gain nothing.
const rowsMax = 64

// insert writes rows into a table: full statements of rowsMax, then single
// ones, so that there are two texts to prepare. bind appends a row's values.
func insert[T any](ctx context.Context, w *writer, columns string, rows []T, bind func(args []any, row *T) []any) error {
	width := strings.Count(columns, ",") + 1
	args := make([]any, 0, min(len(rows), rowsMax)*width)
	for len(rows) > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		n := rowsMax
		if len(rows) < rowsMax {
			n = 1
		}
		args = args[:0]
		for i := range n {
			args = bind(args, &rows[i])
		}
		// Not ctx: a context that can end costs a goroutine a call.
		if err := w.exec(context.Background(), insertText(columns, width, n), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// insertText returns the statement for a table and columns such as
// "book (book_id, name)".
func insertText(columns string, width, rows int) string {
	row := "(" + strings.Repeat("?,", width-1) + "?)"
	return "insert into " + columns + " values " + strings.Repeat(row+",", rows-1) + row
}
