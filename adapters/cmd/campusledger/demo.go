package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/campusledger/campusledger/adapters/demo"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
)

// demoSize is how large a day is.
type demoSize struct {
	Pupils int    `help:"Pupils of the demo." default:"500"`
	Scans  int    `help:"Sales tried in the demo." default:"1300"`
	Seed   uint64 `help:"What the demo chooses by." default:"1"`
}

func (d demoSize) check() error {
	if d.Pupils < 1 || d.Scans < 0 {
		return fmt.Errorf("--pupils %d --scans %d: want at least one pupil and no negative number", d.Pupils, d.Scans)
	}
	return nil
}

type demoCmd struct {
	place
	demoSize
}

// Validate is called by kong.
func (c *demoCmd) Validate() error { return errors.Join(c.place.Validate(), c.check()) }

// Run plays the day and audits it. Played again on the same data with the same
// size and seed it finishes what was cut off and doubles nothing.
func (c *demoCmd) Run(ctx context.Context, s streams) error {
	gateway, err := demo.StartGateway(c.Seed)
	if err != nil {
		return err
	}
	defer func() { _ = gateway.Close(context.Background()) }()
	opened, err := school.Open(ctx, c.location(), &school.Options{Number: c.School, Name: demo.SchoolName, Gateway: gateway.Client})
	if err != nil {
		return err
	}
	err = playAndAudit(ctx, s, opened, gateway, c.demoSize)
	return errors.Join(err, opened.Close())
}

func playAndAudit(ctx context.Context, s streams, opened *school.School, gateway *demo.Gateway, size demoSize) error {
	options := demo.Options{Pupils: size.Pupils, Scans: size.Scans, Seed: size.Seed}
	bar := progress(s.err, options.Steps())
	options.Progress = func(stage string, done int) {
		bar.Describe(fmt.Sprintf("%-16s", stage))
		_ = bar.Add(done)
	}
	summary, err := demo.Play(ctx, opened, gateway, &options)
	_ = bar.Clear()
	if err != nil {
		return err
	}
	printSummary(s.out, &summary)
	projections, err := opened.Projections(ctx)
	if err != nil {
		return err
	}
	report, err := audit.Run(ctx, opened.Store(), ledger.BookID(opened.Number()), &audit.Options{Projections: projections.List})
	if err != nil {
		return err
	}
	if !report.Clean() {
		return errors.Join(printReport(s.out, &report), errFindings)
	}
	sealed, err := opened.Checkpoint(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "Audit clean: %d records, %d entries, %d accounts, root %.16s…\n"+
		"Sealed: the first %d records by %s; 'campusledger prove record' proves one of them.\n",
		report.Records, report.Entries, report.Accounts, report.Root, sealed.Size, sealed.Origin)
	return err
}

// progress is a bar on a terminal and silent elsewhere.
func progress(w io.Writer, steps int) *progressbar.ProgressBar {
	file, ok := w.(*os.File)
	return progressbar.NewOptions(steps,
		progressbar.OptionSetWriter(w), progressbar.OptionSetVisibility(ok && term.IsTerminal(int(file.Fd()))),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30), progressbar.OptionClearOnFinish())
}

func printSummary(w io.Writer, s *demo.Summary) {
	t := newTable(w, "Business date "+s.Date.String(), "")
	t.AppendRows([]table.Row{
		{"pupils", s.Pupils}, {"fee bills", s.Bills}, {"top-ups asked for", s.TopUps},
		{"payments found by asking", s.Swept}, {"meals sold", s.Sales}, {"of them on credit", s.Credits}, {"records in the journal", s.Records},
	})
	t.AppendSeparator()
	for _, reason := range s.Reasons() {
		t.AppendRow(table.Row{"refused: " + reason, s.Refused[reason]})
	}
	t.AppendSeparator()
	for _, control := range s.Controls {
		t.AppendRow(table.Row{"control account " + control.Control, control.Balance()})
	}
	t.AppendSeparator()
	for _, stage := range s.Stages {
		t.AppendRow(table.Row{stage.Name, stage.Took.Round(time.Millisecond)})
	}
	t.AppendSeparator()
	t.AppendRows([]table.Row{{"duration", s.Took.Round(time.Millisecond)}, {"meals sold per second", fmt.Sprintf("%.0f", s.SalesPerSecond())}})
	t.Render()
}
