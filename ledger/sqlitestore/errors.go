package sqlitestore

import (
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/campusledger/campusledger/ledger"
)

var (
	// ErrReadOnly means that a store opened read-only was asked to write, or
	// that the file or its directory may not be written.
	ErrReadOnly = errors.New("database is read-only")
	// ErrClosed means that the store was closed.
	ErrClosed = errors.New("store is closed")
	// ErrPath means that a path names no file: it is empty, or SQLite's
	// ":memory:", which every connection would have to itself.
	ErrPath = errors.New("a ledger needs a file; tests take one in t.TempDir()")
	// ErrTxLost means that SQLite has rolled the caller's transaction back by
	// itself, as it does when a disk is full or fails: nothing of it will be
	// committed, and its Commit will say so.
	ErrTxLost = errors.New("SQLite has rolled the transaction back")
	// ErrDiskFull means that the disk has no room for the write; nothing of
	// it was written.
	ErrDiskFull = errors.New("disk is full")
)

// translate gives an error of SQLite the meaning it has for a ledger, by its
// primary result code (https://sqlite.org/rescode.html).
func translate(err error) error {
	if err == nil {
		return nil
	}
	var failure *sqlite.Error
	if !errors.As(err, &failure) {
		return err
	}
	meaning := meaningOf(failure)
	if meaning == nil {
		return err
	}
	return fmt.Errorf("%w: %w", meaning, err)
}

func meaningOf(failure *sqlite.Error) error {
	switch failure.Code() & 0xff {
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return ledger.ErrConflict
	case sqlite3.SQLITE_FULL:
		return ErrDiskFull
	case sqlite3.SQLITE_READONLY:
		return ErrReadOnly
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return ledger.ErrCorrupt
	}
	return nil
}

// isTaken reports whether a record has the id of another.
func isTaken(err error) bool {
	var failure *sqlite.Error
	return errors.As(err, &failure) && failure.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE &&
		strings.Contains(failure.Error(), "journal.id")
}

// isIO reports whether the disk answered with an error, so that nobody knows
// what is on it.
func isIO(err error) bool {
	var failure *sqlite.Error
	return errors.As(err, &failure) && failure.Code()&0xff == sqlite3.SQLITE_IOERR
}
