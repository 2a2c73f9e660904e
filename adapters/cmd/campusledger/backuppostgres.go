package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/campusledger/campusledger/ledger/pgstore"
)

// errNotEmpty keeps a drill from restoring into a database that is used.
var errNotEmpty = errors.New("the database has tables: a drill restores only into an empty one")

// dump writes the whole database by pg_dump, as of the moment at which the book's
// position is read: both see one exported snapshot.
func (m *backupManifest) dump(ctx context.Context, database, dir string) error {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	var snapshot string
	if err := tx.QueryRow(ctx, "select pg_export_snapshot()").Scan(&snapshot); err != nil {
		return err
	}
	if err := m.stand(ctx, pgstore.In(tx, nil)); err != nil {
		return err
	}
	path := filepath.Join(dir, dumpFile)
	err = runPostgres(ctx, database, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--snapshot="+snapshot, "--file="+path)
	if err == nil {
		err = os.Chmod(path, 0o600)
	}
	return errors.Join(err, syncPath(path), m.add(dir, dumpFile))
}

// restoreDump restores a dump into an empty database.
func restoreDump(ctx context.Context, path, database string) error {
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return err
	}
	var tables int
	err = conn.QueryRow(ctx, "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace"+
		" where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')").Scan(&tables)
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return err
	}
	if tables > 0 {
		return errNotEmpty
	}
	return runPostgres(ctx, database, "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", path)
}

// runPostgres runs one of PostgreSQL's own programs on a database. The password
// goes by the environment, where other users of the machine do not see it.
func runPostgres(ctx context.Context, database, program string, args ...string) error {
	address, password, err := libpqAddress(database)
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, program, append([]string{"--no-password", "--dbname=" + address}, args...)...)
	command.Env = os.Environ()
	if password != "" {
		command.Env = append(command.Env, "PGPASSWORD="+password)
	}
	var said bytes.Buffer
	command.Stderr = &said
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, bytes.TrimSpace(said.Bytes()))
	}
	return nil
}

// libpqAddress returns a URL as PostgreSQL's programs take it, without the
// password and without what is for this program's pool.
func libpqAddress(database string) (address, password string, err error) {
	u, err := url.Parse(database)
	if err != nil || !strings.HasPrefix(u.Scheme, "postgres") {
		return "", "", errors.New("--database: give a URL that begins with postgres://")
	}
	if secret, ok := u.User.Password(); ok {
		password, u.User = secret, url.User(u.User.Username())
	}
	query := u.Query()
	for name := range query {
		switch {
		case name == "password":
			password = query.Get(name)
			query.Del(name)
		case strings.HasPrefix(name, "pool_"), strings.HasSuffix(name, "_cache_capacity"), name == "default_query_exec_mode":
			query.Del(name)
		}
	}
	u.RawQuery = query.Encode()
	return u.String(), password, nil
}
