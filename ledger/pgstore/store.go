package pgstore

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/sql/migrations"
)

// DB is where a [Store] gets its connections: a *pgxpool.Pool.
type DB interface {
	// Acquire returns a connection that is in no transaction, for the
	// caller alone until its Release.
	Acquire(ctx context.Context) (*pgxpool.Conn, error)
}

// Options tune a [Store]. The zero value of each field is its default.
type Options struct {
	// LockTimeout bounds how long Lock waits for another writer of the book
	// before it answers [ledger.ErrConflict]. It is rounded to milliseconds.
	// Default: 10 s.
	LockTimeout time.Duration
}

// Store is a [ledger.Store] in a PostgreSQL database.
type Store struct {
	reader
	db          DB
	lockTimeout time.Duration
	closeDB     func()
}

var _ ledger.Store = (*Store)(nil)

// New returns a store over a pool, which stays the caller's. The database must
// have the tables that [Migrate] makes. Nil options are the defaults.
func New(db DB, options *Options) *Store {
	s := &Store{db: db, reader: reader{source: fromPool{db}}, lockTimeout: 10 * time.Second, closeDB: func() {}}
	if options != nil && options.LockTimeout > 0 {
		s.lockTimeout = options.LockTimeout
	}
	return s
}

// Open connects to the database at the address, a URL or a list of keywords as
// [pgxpool.ParseConfig] reads them, brings its tables up to date and returns a
// store. Close ends its connections. Nil options are the defaults.
func Open(ctx context.Context, address string, options *Options) (*Store, error) {
	pool, err := pgxpool.New(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("open postgres: %w", err)
	}
	if err := Migrate(ctx, pool); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open postgres: %w", err)
	}
	s := New(pool, options)
	s.closeDB = pool.Close
	return s, nil
}

// Migrate brings the ledger's tables up to date. Several processes may do it
// at once; a database newer than this program is left as it is.
func Migrate(ctx context.Context, pool *pgxpool.Pool) error {
	db := stdlib.OpenDBFromPool(pool)
	if err := migrations.Up(ctx, db, migrations.Postgres, migrations.Ledger); err != nil {
		_ = db.Close()
		return err
	}
	return db.Close() // the pool stays open
}

// Close ends the connections of a store that [Open] returned, once all are
// given back. A caller's own pool stays open.
func (s *Store) Close() { s.closeDB() }

// Create makes sure that the book has a head.
func (s *Store) Create(ctx context.Context, book ledger.BookID) error {
	conn, err := s.db.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("create the head of book %d: %w", book, err)
	}
	defer conn.Release()
	const insert = `insert into book (book_id) values ($1) on conflict (book_id) do nothing`
	if _, err := conn.Exec(ctx, insert, int64(book)); err != nil {
		return fmt.Errorf("create the head of book %d: %w", book, translate(err))
	}
	return nil
}
