package school

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/sql/domaindb"
)

// Location says where a school's data is.
type Location struct {
	// Dir is the data directory. It holds the keys and, without a Database,
	// the embedded database. It is made if it is missing.
	Dir string
	// Database is the URL of a PostgreSQL database, or empty for the
	// embedded one.
	Database string
}

// Ledger is a ledger's store that keeps checkpoints: both engines' are.
type Ledger interface {
	ledger.Store
	ledger.Seals
}

// databases are a location's databases, open.
type databases struct {
	store   Ledger
	domain  *sql.DB
	closers []io.Closer // in the order of opening
}

func (d *databases) Close() error {
	var failures []error
	for i := len(d.closers) - 1; i >= 0; i-- {
		failures = append(failures, d.closers[i].Close())
	}
	return errors.Join(failures...)
}

type closeFunc func()

func (c closeFunc) Close() error {
	c()
	return nil
}

// open opens both databases for writing and brings their schemas up to date.
func (l Location) open(ctx context.Context) (*databases, error) {
	if l.Dir == "" {
		return nil, fmt.Errorf("%w: no data directory is given", ErrLocation)
	}
	if err := os.MkdirAll(l.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLocation, err)
	}
	d := &databases{}
	var err error
	if l.Database == "" {
		err = d.openSQLite(ctx, l.Dir)
	} else {
		err = d.openPostgres(ctx, l.Database)
	}
	if err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

func (d *databases) openSQLite(ctx context.Context, dir string) error {
	lock, err := lockDir(dir)
	if err != nil {
		return err
	}
	d.closers = append(d.closers, lock)
	store, err := sqlitestore.Open(ctx, filepath.Join(dir, "ledger.db"), nil)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLocation, err)
	}
	d.store, d.closers = store, append(d.closers, store)
	d.domain, err = domaindb.OpenSQLite(ctx, filepath.Join(dir, "campus.db"))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLocation, err)
	}
	d.closers = append(d.closers, d.domain)
	return nil
}

func (d *databases) openPostgres(ctx context.Context, url string) error {
	pool, err := connect(ctx, url)
	if err != nil {
		return err
	}
	d.closers = append(d.closers, closeFunc(pool.Close))
	if err := pgstore.Migrate(ctx, pool); err != nil {
		return fmt.Errorf("%w: %w", ErrLocation, err)
	}
	d.store = pgstore.New(pool, nil)
	d.domain, err = domaindb.OpenPostgres(ctx, pool)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLocation, err)
	}
	d.closers = append(d.closers, d.domain)
	return nil
}

// connect opens a pool and makes sure that the database answers.
func connect(ctx context.Context, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("%w: the database URL cannot be read", ErrLocation) // the cause may hold the password
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLocation, err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("%w: the database at %s does not answer: %w", ErrLocation, config.ConnConfig.Host, err)
	}
	return pool, nil
}

// lockDir takes the directory's lock for this process; the kernel gives it back
// when the process ends in whatever way.
func lockDir(dir string) (io.Closer, error) {
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLocation, err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("%s: %w", dir, ErrInUse)
	}
	return file, nil
}

// OpenLedger opens only the ledger of a location, for reading: nothing is
// created, migrated or locked, so an audit may run, and proofs may be made,
// beside a server. The second result closes it.
func OpenLedger(ctx context.Context, l Location) (Ledger, io.Closer, error) {
	if l.Database != "" {
		pool, err := connect(ctx, l.Database)
		if err != nil {
			return nil, nil, err
		}
		return pgstore.New(pool, nil), closeFunc(pool.Close), nil
	}
	store, err := sqlitestore.Open(ctx, filepath.Join(l.Dir, "ledger.db"), &sqlitestore.Options{ReadOnly: true})
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrLocation, err)
	}
	return store, store, nil
}
