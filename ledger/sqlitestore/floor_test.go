package sqlitestore_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/migrations"
)

// floor writes changes with bare SQL: what SQLite can do if nobody asks a
// question.
func floor(tb testing.TB) func(ctx context.Context, changes ledger.Changes) error {
	dsn := "file:" + filepath.Join(tb.TempDir(), "floor.db") +
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(ON)&_pragma=cache_size(-65536)&_pragma=wal_autocheckpoint(8000)"
	db, err := sql.Open("sqlite", dsn)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })
	require.NoError(tb, migrations.Up(tb.Context(), db, migrations.SQLite, migrations.Ledger))
	_, err = db.ExecContext(tb.Context(), "insert into book (book_id) values (1)")
	require.NoError(tb, err)
	conn, err := db.Conn(tb.Context())
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, conn.Close()) })
	statements := make(map[string]*sql.Stmt)
	return func(_ context.Context, c ledger.Changes) error {
		b := &bare{conn: conn, statements: statements}
		b.exec("begin immediate")
		b.write(&c)
		b.exec("commit")
		return b.err
	}
}

// bare runs statements until the first error.
type bare struct {
	conn       *sql.Conn
	statements map[string]*sql.Stmt
	err        error
}

func (b *bare) write(c *ledger.Changes) {
	const at = "2006-01-02T15:04:05.000000Z"
	many(b, c.Opened, "account (book_id, number, path, control, currency, side, floor, ceiling, state, debits, credits, last_seq)",
		func(a ledger.Account) []any {
			return []any{
				1, a.Number, a.Path, a.Control, a.Currency.Code(), int64(a.Side), minor(a.Floor), minor(a.Ceiling),
				string(a.State), a.Debits, a.Credits, a.LastSeq,
			}
		})
	for _, a := range c.Updated {
		b.exec("update account set debits = ?, credits = ?, last_seq = ? where book_id = 1 and number = ?",
			a.Debits, a.Credits, a.LastSeq, a.Number)
	}
	many(b, c.Records, "journal (book_id, seq, id, kind, date, at, body, leaf)", func(r ledger.StoredRecord) []any {
		return []any{1, r.Seq, r.ID[:], r.Kind, r.Date.String(), r.At.Format(at), string(r.Body), r.Leaf}
	})
	many(b, c.Entries, "entry (book_id, account, seq, line, amount, balance)", func(e ledger.EntryRow) []any {
		return []any{1, e.Account, e.Seq, e.Line, e.Amount, e.Balance}
	})
	many(b, c.Nodes, "node (book_id, tree, level, number, hash)", func(n ledger.Node) []any {
		return []any{1, n.Tree, n.Level, n.Number, n.Hash}
	})
	b.exec("update book set seq = ?, accounts = ?, at = ?, tree = ? where book_id = 1",
		c.Head.Seq, c.Head.Accounts, c.Head.At.Format(at), c.Head.Tree)
}

func minor(bound money.Amount) any {
	if !bound.IsValid() {
		return nil
	}
	return bound.Minor()
}

// many inserts rows a hundred at a time.
func many[T any](b *bare, rows []T, table string, values func(T) []any) {
	for len(rows) > 0 {
		n := min(100, len(rows))
		var args []any
		for _, row := range rows[:n] {
			args = append(args, values(row)...)
		}
		rows = rows[n:]
		tuple := "(" + strings.Repeat(",?", len(args)/n)[1:] + ")"
		b.exec("insert into "+table+" values "+tuple+strings.Repeat(","+tuple, n-1), args...)
	}
}

func (b *bare) exec(text string, args ...any) {
	statement, ok := b.statements[text]
	if !ok && b.err == nil {
		statement, b.err = b.conn.PrepareContext(context.Background(), text)
		b.statements[text] = statement
	}
	if b.err == nil {
		_, b.err = statement.Exec(args...)
	}
}
