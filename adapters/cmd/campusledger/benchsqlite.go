package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/ledger/sqlitestore/sqlitefloor"
	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// sqliteGround is a temporary directory.
type sqliteGround struct{ dir string }

func openSQLiteGround(data string) (*sqliteGround, error) {
	dir, err := benchDir(data)
	if err != nil {
		return nil, err
	}
	return &sqliteGround{dir: dir}, nil
}

// benchDir makes a directory on the file system of the data directory, which need
// not exist yet.
func benchDir(data string) (string, error) {
	for {
		if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
			break
		}
		data = filepath.Dir(data)
	}
	return os.MkdirTemp(data, ".bench-*")
}

func (g *sqliteGround) name() string  { return "sqlite" }
func (g *sqliteGround) about() string { return "SQLite in " + filepath.Dir(g.dir) }
func (g *sqliteGround) lossy() string { return "" }
func (g *sqliteGround) close() error  { return os.RemoveAll(g.dir) }

func (g *sqliteGround) build(ctx context.Context) (*plot, error) {
	dir, err := os.MkdirTemp(g.dir, "")
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "ledger.db")
	store, err := sqlitestore.Open(ctx, path, nil)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &plot{
		store: store,
		floor: func(ctx context.Context) (load.Floor, error) { return sqlitefloor.Open(ctx, path) },
		meter: func(ctx context.Context) (meters, error) {
			disk, err := pages(ctx, path)
			return meters{log: written(0), disk: disk, own: ownCPU(), server: -1}, err
		},
		settle:       func(ctx context.Context) error { return checkpointFile(ctx, path) },
		hot:          func(context.Context) ([]hotTable, error) { return nil, nil },
		serverMemory: func() int64 { return -1 },
		close:        func() error { return errors.Join(store.Close(), os.RemoveAll(dir)) },
	}, nil
}

func (g *sqliteGround) newSite(context.Context) (*site, error) {
	dir, err := os.MkdirTemp(g.dir, "")
	if err != nil {
		return nil, err
	}
	return &site{
		where: school.Location{Dir: dir},
		meter: func(ctx context.Context, process int) (meters, error) {
			disk, err := pages(ctx, filepath.Join(dir, "ledger.db"))
			return meters{log: written(process), disk: disk, own: ownCPU(), server: -1}, err
		},
		close: func() error { return os.RemoveAll(dir) },
	}, nil
}

// checkpointFile brings all that is in the log into the file.
func checkpointFile(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(60000)")
	if err != nil {
		return err
	}
	var busy bool
	var inLog, moved int
	err = db.QueryRowContext(ctx, "pragma wal_checkpoint(truncate)").Scan(&busy, &inLog, &moved)
	if err == nil && busy {
		err = errors.New("the log is in use")
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("checkpoint of %s: %w", path, err)
	}
	return nil
}

// pages is how large the file is, with what is still in the log.
func pages(ctx context.Context, path string) (int64, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=query_only(ON)")
	if err != nil {
		return 0, err
	}
	var count, size int64
	err = db.QueryRowContext(ctx, "select c.page_count, s.page_size from pragma_page_count c, pragma_page_size s").Scan(&count, &size)
	if err = errors.Join(err, db.Close()); err != nil {
		return 0, fmt.Errorf("size of %s: %w", path, err)
	}
	return count * size, nil
}

// written is how much a process has written to files, -1 where the system
// does not say. Most of it goes to the log, and from there to the file.
func written(process int) int64 {
	text, err := os.ReadFile("/proc/" + processName(process) + "/io")
	if err != nil {
		return -1
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "wchar: "); ok {
			if n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err == nil {
				return n
			}
		}
	}
	return -1
}
