package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"

	"github.com/campusledger/campusledger/ledger"
)

const (
	// backupStepPages is how much is copied before the context is asked again:
	// 16 MiB.
	backupStepPages = 4096
	// backupLockEvery is how often the write lock is tried. SQLite's own waiting
	// grows to 100 ms between two tries and finds busy writers at work each time.
	backupLockEvery = time.Millisecond
)

// BackupFile is a database file and where its copy is to be.
type BackupFile struct {
	// From is a file that exists. It need not be a ledger.
	From string
	// To must not exist; it is readable by its owner alone.
	To string
}

// Backup copies databases while they are written to, all as they stood at one
// moment, and returns once the copies are durable. Any process may do it, beside
// the one that owns the files. If it fails, no copy is left.
//
// To begin, it takes the write lock of every file but the last, one after the
// other, for the few milliseconds in which the reads of all begin; so give them
// in the order in which a program that writes to several locks them. Nothing is
// committed to those files meanwhile: the moment at which the read of the last
// begins is one of them all. The copying then keeps no writer waiting, but keeps
// the write-ahead logs from shrinking until it ends.
//
// It waits for the locks until the context ends. A copy is the pages as they
// are, damaged ones too: an audit of the copy says whether it is sound.
func Backup(ctx context.Context, files ...BackupFile) error {
	moments, err := beginTogether(ctx, files)
	defer func() {
		for _, m := range moments {
			m.end()
		}
	}()
	for i, m := range moments {
		if err != nil {
			break
		}
		if err = m.copyTo(ctx, files[i].To); err != nil {
			for _, done := range files[:i] {
				_ = os.Remove(done.To)
			}
		}
	}
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

// moment is a database file as it stood when a read transaction began.
type moment struct {
	path string
	db   *sql.DB
	conn *sql.Conn
}

// beginTogether begins to read all files while nobody writes to any but the
// last. The moments it returns are to be ended, also with an error.
func beginTogether(ctx context.Context, files []BackupFile) (moments []*moment, err error) {
	var holders []*moment
	defer func() {
		for _, holder := range holders {
			holder.end()
		}
	}()
	for _, file := range files[:max(len(files)-1, 0)] {
		holder, err := lockWriters(ctx, file.From)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file.From, err)
		}
		holders = append(holders, holder)
	}
	for _, file := range files {
		m, err := beginOn(ctx, file.From, "begin; select 1 from sqlite_schema limit 1")
		if err != nil {
			return moments, fmt.Errorf("%s: %w", file.From, translate(err))
		}
		moments = append(moments, m)
	}
	return moments, nil
}

// lockWriters takes SQLite's write lock of a file, until the end.
func lockWriters(ctx context.Context, path string) (*moment, error) {
	tick := time.NewTicker(backupLockEvery)
	defer tick.Stop()
	m, err := beginOn(ctx, path, "pragma busy_timeout = 0")
	if err != nil {
		return nil, translate(err)
	}
	for {
		_, err := m.conn.ExecContext(ctx, "begin immediate")
		if err == nil {
			return m, nil
		}
		if err = translate(err); !errors.Is(err, ledger.ErrConflict) {
			m.end()
			return nil, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			m.end()
			return nil, fmt.Errorf("its writers leave no gap: %w", ctx.Err())
		}
	}
}

// beginOn opens an existing file and runs the text on a connection to it.
func beginOn(ctx context.Context, path, text string) (*moment, error) {
	db, err := sql.Open("sqlite", dsn(path, url.Values{"mode": {"rw"}, "_pragma": {"busy_timeout(5000)"}}))
	if err != nil {
		return nil, err
	}
	m := &moment{path: path, db: db}
	if m.conn, err = db.Conn(ctx); err == nil {
		_, err = m.conn.ExecContext(ctx, text)
	}
	if err != nil {
		m.end()
		return nil, err
	}
	return m, nil
}

func (m *moment) end() {
	if m.conn != nil {
		_, _ = m.conn.ExecContext(context.Background(), "rollback")
		_ = m.conn.Close()
	}
	_ = m.db.Close()
}

// copyTo writes the file durably, or not at all.
func (m *moment) copyTo(ctx context.Context, path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err = file.Close(); err == nil {
		err = m.conn.Raw(func(driver any) error { return copyPages(ctx, driver, path) })
	}
	if err == nil {
		err = syncFile(path)
	}
	if err == nil {
		err = syncFile(filepath.Dir(path))
	}
	if err != nil {
		_, _ = os.Remove(path), os.Remove(path+"-journal")
		return fmt.Errorf("%s to %s: %w", m.path, path, translate(err))
	}
	return nil
}

// copyPages copies what the connection's read transaction sees. In a transaction
// the pages stand still, so that no step begins anew.
func copyPages(ctx context.Context, driver any, path string) error {
	source, ok := driver.(interface {
		NewBackup(uri string) (*sqlite.Backup, error)
	})
	if !ok {
		return fmt.Errorf("the driver's %T makes no backups", driver)
	}
	backup, err := source.NewBackup(dsn(path, nil))
	if err != nil {
		return err
	}
	for more := true; more && err == nil; {
		if err = ctx.Err(); err == nil {
			more, err = backup.Step(backupStepPages)
		}
	}
	return errors.Join(err, backup.Finish())
}

// syncFile makes a file, or the names in a directory, durable.
func syncFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
