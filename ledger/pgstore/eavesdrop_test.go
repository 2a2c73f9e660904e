package pgstore_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
)

// eavesdropper keeps each statement that the store has sent with the arguments
// of one time, and what was wrong with how it was sent.
type eavesdropper struct {
	mu    sync.Mutex
	sent  map[string][]any
	books map[*pgx.Conn]any // that the connection's transaction is about
	wrong []string
}

func (e *eavesdropper) complain(format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !slices.Contains(e.wrong, text) {
		e.wrong = append(e.wrong, text)
	}
}

// outside reports whether the connection is in no transaction, and then forgets
// what the last one was about.
func (e *eavesdropper) outside(conn *pgx.Conn) bool {
	if conn.PgConn().TxStatus() != 'I' {
		return false
	}
	delete(e.books, conn)
	return true
}

// hear keeps a statement and reports whether it is about tables.
func (e *eavesdropper) hear(conn *pgx.Conn, statement string, args []any) (table bool) {
	if len(args) > 0 {
		if _, mode := args[0].(pgx.QueryExecMode); mode {
			args = args[1:]
		}
	}
	e.sent[statement] = args
	if readsNoTable(statement) {
		return false
	}
	if len(args) == 0 {
		e.complain("no book is bound to %s", statement)
		return true
	}
	book, inside := e.books[conn]
	switch number, is := args[0].(int64); {
	case !is:
		e.complain("the first parameter is %v, no book: %s", args[0], statement)
	case inside && book != number:
		e.complain("book %d after book %v in one transaction: %s", number, book, statement)
	}
	e.books[conn] = args[0]
	return true
}

func (e *eavesdropper) has(statement string) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, sent := e.sent[statement]
	return sent
}

// TraceQueryStart hears a statement that is sent alone.
func (e *eavesdropper) TraceQueryStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.outside(conn)
	e.hear(conn, data.SQL, data.Args)
	return ctx
}

// TraceBatchStart hears statements that are sent together. Citus undoes them
// together only within begin and commit.
func (e *eavesdropper) TraceBatchStart(ctx context.Context, conn *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	e.mu.Lock()
	defer e.mu.Unlock()
	first, writes := data.Batch.QueuedQueries[0].SQL, false
	if e.outside(conn) && !strings.HasPrefix(first, "begin ") {
		e.complain("a batch begins outside of a transaction with %s", first)
	}
	for _, q := range data.Batch.QueuedQueries {
		table := e.hear(conn, q.SQL, q.Arguments)
		writes = writes || table && !strings.HasPrefix(q.SQL, "select")
	}
	last := data.Batch.QueuedQueries[len(data.Batch.QueuedQueries)-1].SQL
	if writes && last != "commit" && !strings.HasPrefix(last, "release savepoint") {
		e.complain("a batch that writes ends with %s", last)
	}
	return ctx
}

// TraceQueryEnd does nothing.
func (*eavesdropper) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// TraceBatchQuery does nothing.
func (*eavesdropper) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd does nothing.
func (*eavesdropper) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData) {}
