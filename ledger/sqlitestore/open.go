package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	_ "modernc.org/sqlite" // the "sqlite" driver

	"github.com/campusledger/campusledger/ledger"
)

// Options tune a [Store]. The zero value of each field is its default.
type Options struct {
	// ReadOnly opens an existing file without ever writing to it: for the
	// audit of a live database, or of a copy. A file that no program has
	// open must stay so meanwhile. Default: false.
	ReadOnly bool
}

// Store is a ledger.Store in a SQLite file.
type Store struct {
	reader          // on the pool of read connections
	pool    *pool   // query_only
	writers *sql.DB // nil if read-only, as conn and writer
	conn    *sql.Conn
	writer  *writer // on conn
	closing sync.Once
	closed  error // what closing brought
}

var (
	_ ledger.Store   = (*Store)(nil)
	_ ledger.Cursors = (*Store)(nil)
	_ ledger.Seals   = (*Store)(nil)
	_ ledger.Rows    = (*Store)(nil)
)

// Open opens or creates the file and brings its schema up to date. The
// directory must exist. Nil options are the defaults. The caller closes the
// store.
func Open(ctx context.Context, path string, options *Options) (*Store, error) {
	if options == nil {
		options = &Options{}
	}
	if path == "" || path == ":memory:" {
		return nil, fmt.Errorf("open %q: %w", path, ErrPath)
	}
	open := openFile
	if options.ReadOnly {
		open = openReadOnly
	}
	store, err := open(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, translate(err))
	}
	return store, nil
}

func openFile(ctx context.Context, path string) (*Store, error) {
	writers, err := sql.Open("sqlite", dsn(path, url.Values{"_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(ON)",
		"cache_size(-65536)",       // 64 MiB: the pages that a lunch hour keeps changing
		"wal_autocheckpoint(2000)", // 8 MiB: rarely, and done in some milliseconds, for which all writers wait
	}}))
	if err != nil {
		return nil, err
	}
	if err := Migrate(ctx, writers); err != nil {
		_ = writers.Close()
		return nil, err
	}
	conn, err := writers.Conn(ctx)
	if err != nil {
		_ = writers.Close()
		return nil, err
	}
	pool, err := openPool(dsn(path, url.Values{"_pragma": {"busy_timeout(5000)", "query_only(ON)"}}))
	if err != nil {
		_ = conn.Close()
		_ = writers.Close()
		return nil, err
	}
	writer := newWriter(conn, owned)
	writer.direct = newDirect(conn)
	return &Store{reader: reader{pool}, pool: pool, writers: writers, conn: conn, writer: writer}, nil
}

func openReadOnly(ctx context.Context, path string) (*Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	query := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)", "query_only(ON)"}}
	// Without a WAL nobody has the file open; immutable then keeps SQLite
	// from making the files that a live database has beside it.
	if _, err := os.Stat(path + "-wal"); os.IsNotExist(err) {
		query.Set("immutable", "1")
	}
	pool, err := openPool(dsn(path, query))
	if err != nil {
		return nil, err
	}
	if err := pool.probe(ctx); err != nil {
		_ = pool.close()
		return nil, fmt.Errorf("not a ledger, or one that was not opened for writing since this version: %w", err)
	}
	return &Store{reader: reader{pool}, pool: pool}, nil
}

// probe looks at the file's schema.
func (p *pool) probe(ctx context.Context) error {
	const anyBalance = "select moves from balance limit 1"
	_, err := p.db.ExecContext(ctx, anyBalance)
	if err == nil {
		return nil
	}
	if _, earlier := p.db.ExecContext(ctx, inFourth(anyBalance)); earlier != nil {
		return err
	}
	p.fourth = true
	return nil
}

// inFourth makes a query one of the fourth schema, in which a balance was part of its
// account's row: a file that may only be read is read as it is.
func inFourth(query string) string { return strings.ReplaceAll(query, " balance ", " account ") }

// dsn escapes the path, so that no character of it is taken for an option.
func dsn(path string, query url.Values) string {
	path = filepath.ToSlash(path)
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + query.Encode()
}

// Close waits for the write transaction in progress and closes the file. The
// store must not be used any more. Closing it again does nothing.
func (s *Store) Close() error {
	s.closing.Do(func() { s.closed = s.close() })
	return s.closed
}

func (s *Store) close() error {
	err := s.pool.close()
	if s.writer != nil {
		s.writer.close()
		err = errors.Join(err, s.conn.Close(), s.writers.Close())
	}
	return err
}
