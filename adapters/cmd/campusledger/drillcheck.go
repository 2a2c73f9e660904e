package main

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/seal"
)

// drillReport says whether a school could go on from a backup.
type drillReport struct {
	Backup   *backupManifest `json:"backup,omitempty"` // nil for a database restored by others
	Seq      int64           `json:"seq"`              // the last record restored
	Root     string          `json:"root"`             // of the restored journal, in hexadecimal
	Original *int64          `json:"original,omitempty"`
	Audit    *audit.Report   `json:"audit,omitempty"`
	Findings []string        `json:"findings"`
}

func (r *drillReport) find(findings ...string) { r.Findings = append(r.Findings, findings...) }

// check tries the restored school: its files, its book, its book against the
// original's, its keys. What is wrong with it is found, not an error.
func (c *drillCmd) check(ctx context.Context, s streams, restored place, r *drillReport) error {
	if restored.Database == "" {
		for _, name := range []string{ledgerFile, domainFile} {
			r.find(damageOf(ctx, filepath.Join(restored.Data, name))...)
		}
	}
	if err := c.audit(ctx, s, restored, r); err != nil {
		r.find(fmt.Sprintf("the restored book cannot be audited: %v", err))
	}
	if r.Audit == nil {
		return ctx.Err()
	}
	if err := c.compare(ctx, r); err != nil {
		return fmt.Errorf("the original: %w", err)
	}
	opened, err := school.Open(ctx, restored.location(), &school.Options{Number: c.School})
	if err == nil {
		err = opened.Close()
	}
	if err != nil {
		r.find(fmt.Sprintf("the restored school does not open: %v", err))
	}
	return ctx.Err()
}

// audit audits the restored book, with the seals of the kept keys.
func (c *drillCmd) audit(ctx context.Context, s streams, restored place, r *drillReport) error {
	of := auditCmd{place: restored, Checkpoint: c.Checkpoint, Sealed: true}
	bar := progress(s.err, -1)
	defer func() { _ = bar.Clear() }()
	options, err := of.options(bar)
	if err != nil {
		return err
	}
	store, closer, err := school.OpenLedger(ctx, restored.location())
	if err != nil {
		return err
	}
	report, err := auditSchool(ctx, store, restored, options)
	if err := errors.Join(err, closer.Close()); err != nil {
		return err
	}
	r.Audit, r.Seq, r.Root = &report, report.Seq, report.Root
	for _, finding := range report.Findings {
		r.find(fmt.Sprintf("audit: %s: %s", finding.Code, finding.Sentence))
	}
	if backup := r.Backup; backup != nil && (backup.Seq != r.Seq || backup.Root != r.Root) {
		r.find(fmt.Sprintf("the backup was of %d records with root %s, restored were %d with root %s", backup.Seq, backup.Root, r.Seq, r.Root))
	}
	return nil
}

// compare holds the restored journal against the original's at its position. If
// the roots are the same, all records up to there are, and the audit has shown
// that everything else follows from them.
func (c *drillCmd) compare(ctx context.Context, r *drillReport) error {
	if c.exists() != nil {
		return nil // lost: the checkpoints are what there is to compare with
	}
	store, closer, err := school.OpenLedger(ctx, c.location())
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()
	book := ledger.BookID(c.School)
	head, err := store.Head(ctx, book)
	if err != nil {
		return err
	}
	r.Original = &head.Seq
	if head.Seq < r.Seq {
		r.find(fmt.Sprintf("the original has %d records, fewer than the %d restored", head.Seq, r.Seq))
		return nil
	}
	root, err := seal.NewProver(store, book).Root(ctx, r.Seq)
	if err != nil {
		return err
	}
	if text := hex.EncodeToString(root[:]); text != r.Root {
		r.find(fmt.Sprintf("the original's first %d records have root %s, the restored ones %s", r.Seq, text, r.Root))
	}
	return nil
}

// damageOf asks SQLite whether a file is whole, and whether rows refer to what is
// there.
func damageOf(ctx context.Context, path string) (damage []string) {
	uri := "file:" + (&url.URL{Path: path}).EscapedPath() + "?mode=ro&immutable=1"
	db, err := sql.Open("sqlite", uri)
	if err != nil {
		return []string{err.Error()}
	}
	defer func() { _ = db.Close() }()
	var verdict string
	if err := db.QueryRowContext(ctx, "pragma integrity_check(1)").Scan(&verdict); err != nil {
		verdict = err.Error()
	}
	if verdict != "ok" {
		return []string{fmt.Sprintf("%s is damaged: %s", filepath.Base(path), verdict)}
	}
	var orphans int
	if err := db.QueryRowContext(ctx, "select count(*) from pragma_foreign_key_check").Scan(&orphans); err != nil || orphans > 0 {
		damage = append(damage, errors.Join(fmt.Errorf("%s: %d rows refer to rows that are not there", filepath.Base(path), orphans), err).Error())
	}
	return damage
}

func (r *drillReport) print(w io.Writer) error {
	if r.Audit != nil {
		if _, err := fmt.Fprintf(w, "Restored: %d records, %d entries, %d accounts; root %s\n", r.Seq, r.Audit.Entries, r.Audit.Accounts, r.Root); err != nil {
			return err
		}
		if err := r.printOriginal(w); err != nil {
			return err
		}
	}
	for _, finding := range r.Findings {
		if _, err := fmt.Fprintf(w, "Found: %s\n", finding); err != nil {
			return err
		}
	}
	verdict := "The school can go on from this backup: it opens with its keys and its books are clean."
	if len(r.Findings) > 0 {
		verdict = fmt.Sprintf("%d findings: do not rely on this backup.", len(r.Findings))
	}
	_, err := fmt.Fprintln(w, verdict)
	return err
}

func (r *drillReport) printOriginal(w io.Writer) (err error) {
	switch {
	case r.Original == nil:
		_, err = fmt.Fprintln(w, "There is no original to compare with: only a checkpoint kept outside says what was lost.")
	case *r.Original > r.Seq:
		_, err = fmt.Fprintf(w, "The original is %d records ahead by now.\n", *r.Original-r.Seq)
	}
	return err
}

// copyLarge copies a file that may not fit into memory.
func copyLarge(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	target, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}
