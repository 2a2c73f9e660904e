package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// The files of a backup. sql/BACKUP.md says how to restore it.
const (
	ledgerFile = "ledger.db"   // the ledger's store
	domainFile = "campus.db"   // people, dishes, bills, orders
	dumpFile   = "school.dump" // a PostgreSQL database, as pg_dump writes it
)

type backupCmd struct {
	place
	Dir    string `arg:"" help:"Directory to make, as a whole or not at all." type:"path"`
	KeysTo string `help:"Also copy keys and credentials, to this other directory: keep it apart from the backup." type:"path"`
}

// Run takes a backup beside a server. Keys do not go into it: who finds one can
// read no names and sign no checkpoint.
func (c *backupCmd) Run(ctx context.Context, s streams) error {
	taken, err := takeBackup(ctx, c.place, c.Dir)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.out, "%s: the first %d records of book %d, root %s.\n", c.Dir, taken.Seq, taken.Book, taken.Root); err != nil {
		return err
	}
	if c.KeysTo == "" {
		_, err := fmt.Fprintf(s.err, "Its keys are not in it; without them no name in it can be read. Keep %s apart, or give --keys-to.\n",
			filepath.Join(c.Data, "keys.json"))
		return err
	}
	return keepKeys(s, c.Data, c.KeysTo)
}

// Validate is called by kong.
func (c *backupCmd) Validate() error {
	if c.KeysTo != "" {
		inside, err := filepath.Rel(c.Dir, c.KeysTo)
		if err == nil && filepath.IsLocal(inside) {
			return errors.New("--keys-to: keys beside the data that they protect protect nothing: name another directory")
		}
	}
	return c.place.Validate()
}

// takeBackup makes the directory. It has its name only when all of it is durable.
func takeBackup(ctx context.Context, from place, dir string) (backupManifest, error) {
	if err := from.exists(); err != nil {
		return backupManifest{}, err
	}
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return backupManifest{}, errors.Join(fmt.Errorf("%s is there already: name a new directory", dir), err)
	}
	draft, err := os.MkdirTemp(filepath.Dir(dir), ".campusledger-backup-*") // mode 0700
	if err != nil {
		return backupManifest{}, err
	}
	defer func() { _ = os.RemoveAll(draft) }()
	manifest := backupManifest{Format: backupFormat, Book: ledger.BookID(from.School), At: time.Now().UTC().Truncate(time.Second)}
	if from.Database == "" {
		err = manifest.copyFiles(ctx, from.Data, draft)
	} else {
		err = manifest.dump(ctx, from.Database, draft)
	}
	if err == nil {
		err = manifest.write(draft)
	}
	if err == nil {
		err = os.Rename(draft, dir)
	}
	if err != nil {
		return backupManifest{}, err
	}
	return manifest, syncPath(filepath.Dir(dir))
}

// copyFiles copies the embedded databases as of one moment. A payment's row is
// written before it is posted and marked after; no row is written at the moment,
// so that the copies are as a power cut would have left them, and opening the
// school finishes what is half done. See sqlitestore.Backup.
func (m *backupManifest) copyFiles(ctx context.Context, from, to string) error {
	var files []sqlitestore.BackupFile
	for _, name := range []string{domainFile, ledgerFile} { // the ledger last
		files = append(files, sqlitestore.BackupFile{From: filepath.Join(from, name), To: filepath.Join(to, name)})
	}
	if err := sqlitestore.Backup(ctx, files...); err != nil {
		return err
	}
	store, closer, err := school.OpenLedger(ctx, school.Location{Dir: to})
	if err != nil {
		return err
	}
	return errors.Join(m.stand(ctx, store), closer.Close(), m.add(to, domainFile, ledgerFile))
}

// stand notes where the book stands.
func (m *backupManifest) stand(ctx context.Context, reader ledger.Reader) error {
	head, err := reader.Head(ctx, m.Book)
	if err != nil {
		return err
	}
	tree, err := ledger.ParseTree(head.Seq, head.Tree)
	if err != nil {
		return err
	}
	root, err := tree.Root()
	m.Seq, m.Root = head.Seq, hex.EncodeToString(root)
	return err
}
