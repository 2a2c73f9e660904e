package school

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/campusledger/campusledger/ledger/pgstore"
)

// exportLock lets one process at a time decide which dates stay closed. It ends
// with the process: the kernel or the database gives it back.
type exportLock struct {
	domain   *sql.DB
	postgres bool
	dir      string
	number   int
}

func newExportLock(store Ledger, domain *sql.DB, dir string, number int) exportLock {
	_, postgres := store.(*pgstore.Store)
	return exportLock{domain: domain, postgres: postgres, dir: dir, number: number}
}

// held calls do while nobody else has the lock.
func (l *exportLock) held(ctx context.Context, do func() error) error {
	if l.postgres {
		return l.heldInPostgres(ctx, do)
	}
	file, err := os.OpenFile(filepath.Join(l.dir, "exports.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrLocation, err)
	}
	return whileLocked(ctx, file, do)
}

// whileLocked calls do while nobody else has the lock of a file or directory, and
// closes it. The kernel gives the lock back when the process ends.
func whileLocked(ctx context.Context, file *os.File, do func() error) error {
	defer func() { _ = file.Close() }()
	if err := flock(ctx, file); err != nil {
		return fmt.Errorf("%w: lock %s: %w", ErrLocation, file.Name(), err)
	}
	return do()
}

// flock takes a file's lock as soon as nobody else has it.
func flock(ctx context.Context, file *os.File) error {
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-again.C:
		}
	}
}

// exportLockClass keeps the lock apart from those that other programs take in
// the same database: "expo".
const exportLockClass = 0x6578706f

func (l *exportLock) heldInPostgres(ctx context.Context, do func() error) error {
	tx, err := l.domain.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("lock the exports: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it holds nothing but the lock
	if _, err := tx.ExecContext(ctx, "select pg_advisory_xact_lock($1, $2)", exportLockClass, l.number); err != nil {
		return fmt.Errorf("lock the exports: %w", err)
	}
	return do()
}
