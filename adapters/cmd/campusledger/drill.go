package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

type drillCmd struct {
	place
	Backup     string   `help:"Directory of a backup that was made earlier. Default: one is made now." type:"existingdir"`
	Keys       string   `help:"Directory where the keys are kept apart: the drill says whether they open the backup. Default: --data." type:"existingdir"`
	Checkpoint []string `help:"File of a checkpoint that was kept outside: the restored journal must reach it and have its root. May be repeated." type:"existingfile"`
	Into       string   `help:"PostgreSQL: URL of an empty database, into which the backup is restored." xor:"target"`
	Restored   string   `help:"PostgreSQL: URL of a database that was restored already, such as from a base backup." xor:"target"`
	JSON       bool     `name:"json" help:"Print the report as one JSON object."`
}

// Validate is called by kong.
func (c *drillCmd) Validate() error {
	switch {
	case c.Database == "" && (c.Into != "" || c.Restored != ""):
		return errors.New("--into and --restored go with --database: the embedded database is restored into a temporary directory")
	case c.Database != "" && c.Into == "" && c.Restored == "":
		return errors.New("with --database, give --into URL of an empty database to restore into, or --restored URL of one restored already")
	case c.Restored != "" && c.Backup != "":
		return errors.New("--restored is restored already: there is no use for --backup")
	case c.Database != "" && (c.Restored == c.Database || c.Into == c.Database):
		return errors.New("a database is not its own backup: give the URL of another one")
	}
	return c.place.Validate()
}

// Run restores a backup elsewhere and says whether the school could go on from
// it. The original is only read, beside a server; it may be gone, if an earlier
// backup and the kept keys are given.
func (c *drillCmd) Run(ctx context.Context, s streams) error {
	work, err := os.MkdirTemp("", "campusledger-drill-*") // mode 0700
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	r := &drillReport{Findings: []string{}}
	restored, err := c.restore(ctx, work, r)
	if err != nil {
		return err
	}
	if err := c.check(ctx, s, restored, r); err != nil {
		return err
	}
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(r)
	} else {
		err = r.print(s.out)
	}
	if err == nil && len(r.Findings) > 0 {
		err = errFindings
	}
	return err
}

// restore brings a backup to where it is tried, with its keys.
func (c *drillCmd) restore(ctx context.Context, work string, r *drillReport) (place, error) {
	restored := place{Data: filepath.Join(work, "restored"), School: c.School}
	if err := os.Mkdir(restored.Data, 0o700); err != nil {
		return restored, err
	}
	keys := c.Keys
	if keys == "" {
		keys = c.Data
	}
	r.find(takeKeys(keys, restored.Data, c.School)...)
	if c.Restored != "" {
		restored.Database = c.Restored
		return restored, nil
	}
	from := c.Backup
	if from == "" {
		from = filepath.Join(work, "backup")
		if _, err := takeBackup(ctx, c.place, from); err != nil {
			return restored, err
		}
	}
	manifest, err := readManifest(from)
	if err != nil {
		return restored, err
	}
	if int(manifest.Book) != c.School {
		return restored, fmt.Errorf("%s is a backup of school %d, not %d", from, manifest.Book, c.School)
	}
	r.Backup = &manifest
	r.find(manifest.faults(from)...)
	err = c.bring(ctx, from, &manifest, &restored)
	return restored, err
}

func (c *drillCmd) bring(ctx context.Context, from string, manifest *backupManifest, restored *place) error {
	if c.Into != "" {
		if !manifest.has(dumpFile) {
			return fmt.Errorf("%s is a backup of an embedded database: leave --database and --into", from)
		}
		restored.Database = c.Into
		return restoreDump(ctx, filepath.Join(from, dumpFile), c.Into)
	}
	if !manifest.has(ledgerFile) || !manifest.has(domainFile) {
		return fmt.Errorf("%s is a backup of a PostgreSQL database: give --database and --into", from)
	}
	for _, name := range []string{ledgerFile, domainFile} {
		if err := copyLarge(filepath.Join(from, name), filepath.Join(restored.Data, name)); err != nil {
			return err
		}
	}
	return nil
}
