package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/schollz/progressbar/v3"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/seal"
)

type auditCmd struct {
	place
	trusted
	Checkpoint []string `help:"File of a checkpoint that was kept outside: the journal must still have its root. May be repeated." type:"existingfile"`
	From       string   `help:"File that an earlier --save wrote: what that audit read is trusted and not read again." type:"existingfile"`
	Save       string   `help:"Write where a clean audit ended, for a later --from. Keep it from those who can write to the database." type:"path"`
	Journal    string   `help:"Audit an exported journal (JSON lines) instead of a database." type:"existingfile" xor:"source"`
	Archive    []string `help:"Audit archives that follow one another from the first record on." type:"existingfile" xor:"source"`
	Sealed     bool     `help:"A day close without a seal is a finding, where the school's keys are known." default:"true" negatable:""`
	JSON       bool     `name:"json" help:"Print the report as one JSON object."`
	Codes      bool     `help:"Print the codes of findings and what they mean, and stop."`
	Tampering  bool     `help:"Print what an audit sees: the table of changes that tests make to a database, and stop."`
}

// Run audits a book as of one moment. It writes nothing and needs no lock, so
// it runs beside a server, and on a replica.
func (c *auditCmd) Run(ctx context.Context, s streams) error {
	switch {
	case c.Codes:
		return printCodes(s.out)
	case c.Tampering:
		_, err := io.WriteString(s.out, audit.TamperTable()+"\n"+school.TamperTable())
		return err
	}
	bar := progress(s.err, -1)
	options, err := c.options(bar)
	if err != nil {
		return err
	}
	reader, closer, err := c.source(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = closer() }()
	report, err := auditSchool(ctx, reader, c.place, options)
	_ = bar.Clear()
	if err != nil {
		return err
	}
	if c.JSON {
		encoder := json.NewEncoder(s.out)
		err = encoder.Encode(report)
	} else {
		err = printReport(s.out, &report)
	}
	if err == nil && !report.Clean() {
		err = errFindings
	}
	return err
}

// auditSchool audits a book, and with it the tables around the ledger that repeat
// it, if the reader is the ledger of a school's database and they can be read.
func auditSchool(ctx context.Context, reader ledger.Reader, of place, options *audit.Options) (audit.Report, error) {
	journal, ok := reader.(school.Ledger)
	if !ok {
		report, err := audit.Run(ctx, reader, ledger.BookID(of.School), options)
		report.Unread = append(report.Unread, school.ProjectionTables()...)
		return report, err
	}
	projections, err := school.OpenProjections(ctx, of.location(), of.School, journal)
	if err != nil {
		return audit.Report{}, err
	}
	options.Projections = projections.List
	report, err := audit.Run(ctx, reader, ledger.BookID(of.School), options)
	report.Unread = append(report.Unread, projections.Unread...)
	return report, errors.Join(err, projections.Close())
}

// options are what the flags ask for. Without keys among them those of the data
// directory are taken, if it has any.
func (c *auditCmd) options(bar *progressbar.ProgressBar) (*audit.Options, error) {
	options := &audit.Options{Progress: func(seq, last int64) {
		bar.ChangeMax64(last)
		_ = bar.Set64(seq)
	}}
	err := c.ownKeys()
	if err != nil {
		return nil, err
	}
	if len(c.Key) > 0 || len(c.Keys) > 0 {
		if options.Verifier, err = c.verifier(nil); err != nil {
			return nil, err
		}
		options.ClosesSealed = c.Sealed && c.stored()
	}
	for _, name := range c.Checkpoint {
		checkpoint, err := readCheckpoint(name)
		if err != nil {
			return nil, err
		}
		options.Checkpoints = append(options.Checkpoints, checkpoint)
	}
	if c.Save != "" {
		options.Save = c.save
	}
	if c.From == "" {
		return options, nil
	}
	text, err := os.ReadFile(c.From)
	if err != nil {
		return nil, err
	}
	options.From = &audit.State{}
	if err := json.Unmarshal(text, options.From); err != nil {
		return nil, fmt.Errorf("--from %s: %w", c.From, err)
	}
	return options, nil
}

// stored reports whether a database is audited.
func (c *auditCmd) stored() bool { return c.Journal == "" && len(c.Archive) == 0 }

// ownKeys takes the school's own public keys if no others were given.
func (c *auditCmd) ownKeys() error {
	if len(c.Key) > 0 || len(c.Keys) > 0 || !c.stored() {
		return nil
	}
	keys, err := school.ReadSealKeys(c.Data, c.School)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	c.Key = keys.Verifiers()
	return nil
}

func readCheckpoint(name string) (seal.Checkpoint, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return seal.Checkpoint{}, err
	}
	checkpoint, err := seal.ParseCheckpoint(string(text))
	if err != nil {
		return seal.Checkpoint{}, fmt.Errorf("--checkpoint %s: %w", name, err)
	}
	return checkpoint, nil
}

func (c *auditCmd) save(state *audit.State) error {
	d, err := newDraft(c.Save)
	if err != nil {
		return err
	}
	defer d.discard()
	if err := d.file.Chmod(0o600); err != nil { // it has the key of the fingerprints
		return err
	}
	if err := d.fill(func(w io.Writer) error { return json.NewEncoder(w).Encode(state) }); err != nil {
		return err
	}
	_, err = d.keep()
	return err
}
