package pgstore

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
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

// Options tune a [Store] or a [TxStore]. The zero value of each field is its
// default.
type Options struct {
	// LockTimeout bounds how long Lock waits for another writer of the book
	// before it answers [ledger.ErrConflict]. It is rounded to milliseconds.
	// Default: 10 s.
	LockTimeout time.Duration
	// Notify makes each commit notify the channel "campusledger" with the
	// number of the book, and Wait listen there, for which it holds one
	// connection of the pool while somebody waits. Default: false. PostgreSQL
	// lets only one notifying transaction of a server commit at a time, its
	// flush of the write-ahead log included: set it where there are few
	// books, else the commits of different books no longer share a flush.
	Notify bool
	// PollInterval is how often Wait looks for new records, also with Notify:
	// other writers may not notify. Default: 250 ms.
	PollInterval time.Duration
}

func (o *Options) withDefaults() Options {
	var options Options
	if o != nil {
		options = *o
	}
	if options.LockTimeout <= 0 {
		options.LockTimeout = 10 * time.Second
	}
	if options.PollInterval <= 0 {
		options.PollInterval = 250 * time.Millisecond
	}
	return options
}

// Store is a [ledger.Store] in a PostgreSQL database. It keeps [ledger.Cursors]
// and [ledger.Seals], yields [ledger.Rows] and is a [ledger.Waiter].
type Store struct {
	reader
	db      DB
	options Options
	bell    bell
	closeDB func()
}

var (
	_ ledger.Store   = (*Store)(nil)
	_ ledger.Cursors = (*Store)(nil)
	_ ledger.Waiter  = (*Store)(nil)
	_ ledger.Seals   = (*Store)(nil)
	_ ledger.Rows    = (*Store)(nil)
)

// New returns a store over a pool, which stays the caller's. The database must
// have the tables that [Migrate] makes. Nil options are the defaults. For a
// store in a transaction of the caller see [In].
func New(db DB, options *Options) *Store {
	return &Store{
		reader: reader{source: fromPool{db}}, db: db, options: options.withDefaults(),
		bell: bell{db: db, waiting: make(map[chan struct{}]ledger.BookID)}, closeDB: func() {},
	}
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

// Lock begins the write transaction of a book and reads what need names, in
// one round trip.
func (s *Store) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	conn, err := s.db.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("lock book %d: %w", book, err)
	}
	own := transaction{conn: conn, lockTimeout: s.options.LockTimeout}
	return lock(ctx, own, book, &need, s.options.Notify)
}

// Create makes sure that the book has a head.
func (s *Store) Create(ctx context.Context, book ledger.BookID) error { return create(ctx, s, book) }

func (s *Store) exec(ctx context.Context, statement string, args ...any) (pgconn.CommandTag, error) {
	conn, err := s.db.Acquire(ctx)
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	defer conn.Release()
	return conn.Exec(ctx, statement, args...)
}

// execer runs a statement that stands by itself.
type execer interface {
	exec(ctx context.Context, statement string, args ...any) (pgconn.CommandTag, error)
}

func create(ctx context.Context, on execer, book ledger.BookID) error {
	const insert = `insert into book (book_id) values ($1) on conflict (book_id) do nothing`
	if _, err := on.exec(ctx, insert, int64(book)); err != nil {
		return fmt.Errorf("create the head of book %d: %w", book, translate(err))
	}
	return nil
}
