package school

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/sql/domaindb"
)

// Exports is what vouchers are exported with, beside a server: the ledger, for
// reading, and what was exported of the book.
type Exports struct {
	*voucher.Exports
	Ledger Ledger

	lock    exportLock
	closers []io.Closer // in the order of opening
}

// OpenExports opens the exports of a school that exists. Nothing is created but
// the tables that its databases lack.
func OpenExports(ctx context.Context, where Location, number int) (*Exports, error) {
	store, closer, err := OpenLedger(ctx, where)
	if err != nil {
		return nil, err
	}
	e := &Exports{Ledger: store, closers: []io.Closer{closer}}
	if err := e.openDomain(ctx, where, number); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (e *Exports) openDomain(ctx context.Context, where Location, number int) error {
	domain, closer, err := where.openDomain(ctx)
	if err != nil {
		return err
	}
	e.closers = append(e.closers, closer)
	e.lock = newExportLock(e.Ledger, domain, where.Dir, number)
	e.Exports, err = voucher.NewExports(domain, ledger.BookID(number), nil)
	return err
}

// Alone calls do while no other process exports vouchers of the school or
// reopens a date of it.
func (e *Exports) Alone(ctx context.Context, do func() error) error { return e.lock.held(ctx, do) }

// Close closes the databases.
func (e *Exports) Close() error {
	var failures []error
	for i := len(e.closers) - 1; i >= 0; i-- {
		failures = append(failures, e.closers[i].Close())
	}
	return errors.Join(failures...)
}

// Reopen opens the latest closed date again, as [ledger.Book.Reopen] does, but
// not if vouchers of it were exported: the error is then a [voucher.LockedError].
func (s *School) Reopen(ctx context.Context, r ledger.Reopen) (receipt ledger.Receipt, err error) {
	exports, err := voucher.NewExports(s.data.domain, ledger.BookID(s.number), nil)
	if err != nil {
		return ledger.Receipt{}, err
	}
	lock := newExportLock(s.store, s.data.domain, s.sealing.dir, s.number)
	err = lock.held(ctx, func() error {
		if err := exports.MayReopen(ctx, r.Date); err != nil {
			return fmt.Errorf("reopen: %w", err)
		}
		receipt, err = s.Book.Reopen(ctx, r)
		return err
	})
	return receipt, err
}

// openDomain opens only the database around the ledger, of a school that exists.
func (l Location) openDomain(ctx context.Context) (*sql.DB, io.Closer, error) {
	if l.Database != "" {
		pool, err := connect(ctx, l.Database)
		if err != nil {
			return nil, nil, err
		}
		domain, err := domaindb.OpenPostgres(ctx, pool)
		if err != nil {
			pool.Close()
			return nil, nil, fmt.Errorf("%w: %w", ErrLocation, err)
		}
		return domain, closeFunc(func() { _ = domain.Close(); pool.Close() }), nil
	}
	path := filepath.Join(l.Dir, "campus.db")
	if _, err := os.Stat(path); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrLocation, err)
	}
	domain, err := domaindb.OpenSQLite(ctx, path)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrLocation, err)
	}
	return domain, domain, nil
}
