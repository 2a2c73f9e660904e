package sqlitefloor

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"sync"

	_ "modernc.org/sqlite" // the "sqlite" driver

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/sql/migrations"
)

// readersMax is how many connections read at once: more of them only take turns.
const readersMax = 8

// Floor is a load.Floor in a SQLite file.
type Floor struct {
	writers, readers *sql.DB
	conn             *sql.Conn // of writers
	mu               sync.Mutex
	statements       map[string]*sql.Stmt // on conn

	balance, moved, milestone, record *sql.Stmt // on readers
}

// Open opens or creates the file and makes sure of the tables and of the head of
// book 1. Beside a store that has the file open it may be used to read.
func Open(ctx context.Context, path string) (*Floor, error) {
	f := &Floor{statements: make(map[string]*sql.Stmt)}
	if err := f.open(ctx, path); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (f *Floor) open(ctx context.Context, path string) (err error) {
	if f.writers, err = sql.Open("sqlite", dsn(path, "busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)",
		"foreign_keys(ON)", "cache_size(-65536)", "wal_autocheckpoint(2000)")); err != nil {
		return err
	}
	err = migrations.Up(ctx, f.writers, migrations.SQLite, migrations.Ledger)
	if err != nil {
		return err
	}
	if f.conn, err = f.writers.Conn(ctx); err != nil {
		return err
	}
	if _, err = f.conn.ExecContext(ctx, "insert into book (book_id) values (1) on conflict (book_id) do nothing"); err != nil {
		return err
	}
	if f.readers, err = sql.Open("sqlite", dsn(path, "busy_timeout(5000)", "query_only(ON)")); err != nil {
		return err
	}
	f.readers.SetMaxOpenConns(readersMax)
	f.readers.SetMaxIdleConns(readersMax)
	return f.prepareReads(ctx)
}

func (f *Floor) prepareReads(ctx context.Context) error {
	for text, statement := range map[string]**sql.Stmt{
		selectBalance: &f.balance, selectMoved: &f.moved, selectMilestone: &f.milestone, selectRecord: &f.record,
	} {
		var err error
		if *statement, err = f.readers.PrepareContext(ctx, text); err != nil { //nolint:sqlclosecheck // closed with readers
			return err
		}
	}
	return nil
}

func dsn(path string, pragmas ...string) string {
	return "file:" + (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath() + "?" + url.Values{"_pragma": pragmas}.Encode()
}

// Close closes the file.
func (f *Floor) Close() error {
	var failures []error
	if f.readers != nil {
		failures = append(failures, f.readers.Close())
	}
	if f.conn != nil {
		for _, statement := range f.statements {
			failures = append(failures, statement.Close())
		}
		failures = append(failures, f.conn.Close())
	}
	if f.writers != nil {
		failures = append(failures, f.writers.Close())
	}
	return errors.Join(failures...)
}

// Write writes the rows in one transaction.
func (f *Floor) Write(_ context.Context, rows *ledger.Changes) error {
	return f.transact(func(b *bare) {
		b.insert(rows)
		for i := range rows.Updated {
			a := &rows.Updated[i]
			b.exec("update balance set debits = ?, credits = ?, last_seq = ?, moved_seq = ?, moves = ? where book_id = 1 and number = ?",
				a.Debits, a.Credits, a.LastSeq, a.MovedSeq, a.Moves, a.Number)
		}
		h := &rows.Head
		b.exec("update book set name = ?, seq = ?, accounts = ?, open_date = ?, at = ?, tree = ? where book_id = 1",
			h.Name, h.Seq, h.Accounts, h.OpenDate.String(), h.At.UTC().Format(atLayout), h.Tree)
	})
}

// WriteOne writes the rows of one record in a transaction.
func (f *Floor) WriteOne(_ context.Context, rows *ledger.Changes) error {
	return f.transact(func(b *bare) {
		b.insert(rows)
		for i := range rows.Updated {
			a := &rows.Updated[i]
			b.exec(`update balance set debits = debits + ?, credits = credits + ?, last_seq = max(last_seq, ?),
moved_seq = max(moved_seq, ?), moves = moves + ? where book_id = 1 and number = ?`,
				a.Debits, a.Credits, a.LastSeq, a.MovedSeq, a.Moves, a.Number)
		}
	})
}

// transact is not interrupted: a context that can end costs a goroutine a call.
func (f *Floor) transact(write func(*bare)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := &bare{conn: f.conn, statements: f.statements}
	b.exec("begin immediate")
	write(b)
	b.exec("commit")
	if b.err != nil {
		_, _ = f.conn.ExecContext(context.Background(), "rollback")
	}
	return b.err
}
