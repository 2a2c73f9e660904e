// Command campusledger is the one binary: it serves a school, plays a demo day,
// imports, closes and reopens days, seals and proves, audits and exports.
//
//	campusledger demo                 play a school's day and audit it
//	campusledger serve --demo         the same, then serve it
//	campusledger import roster FILE   pupils from XLSX or CSV
//	campusledger audit --json         check every fen, exit 1 on any finding
//
// Day closes are sealed; the school proves, and others verify with its public key
// alone:
//
//	campusledger key list             the public keys, to hand out
//	campusledger seal                 sign a checkpoint between closes
//	campusledger prove record 42 --out r.tlog-proof --qr r.png
//	campusledger receipt print 42 --out slip.png
//	campusledger verify r.tlog-proof --keys keys.txt
//
// The QR code is for paper of 80 mm at 203 dpi. A receipt of one of a million
// records fits, but for a record with a large document: then the file is left.
//
// Commands on a school take --data DIR (embedded database) or --database URL
// (PostgreSQL); verify and witness need neither. Exit codes: 0 done, 1 findings,
// refused rows or not proven, 2 could not run.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/campusledger/campusledger/adapters/school"
)

// The exit codes.
const (
	exitDone     = 0
	exitFindings = 1
	exitFailed   = 2
)

// errFindings ends a command that ran and found something wrong; what it is was
// printed.
var errFindings = errors.New("findings")

// place are the flags every command on a school has.
type place struct {
	Data     string `help:"Data directory: keys, and the embedded database." default:"./campusledger-data" env:"CAMPUSLEDGER_DATA" type:"path"`
	Database string `help:"PostgreSQL URL, such as postgres://user@host/db; keys stay in --data." env:"CAMPUSLEDGER_DATABASE"`
	School   int    `help:"School number, 1 to 99999: also the book's." default:"1" env:"CAMPUSLEDGER_SCHOOL"`
}

func (p place) location() school.Location { return school.Location{Dir: p.Data, Database: p.Database} }

// exists fails if the data directory holds no school. A database is asked when
// it is opened.
func (p place) exists() error {
	if p.Database != "" {
		return nil
	}
	if _, err := os.Stat(filepath.Join(p.Data, "ledger.db")); err != nil {
		return fmt.Errorf("--data %s holds no school: %w", p.Data, err)
	}
	return nil
}

// Validate is called by kong.
func (p place) Validate() error {
	if p.School < 1 || p.School > 99_999 {
		return fmt.Errorf("--school %d: want 1 to 99999", p.School)
	}
	return nil
}

// streams are where a command reads and writes.
type streams struct{ out, err io.Writer }

type cli struct {
	Serve      serveCmd      `cmd:"" help:"Serve the HTTP API."`
	Demo       demoCmd       `cmd:"" help:"Play a school's day through the real packages and audit it."`
	Import     importCmd     `cmd:"" help:"Import a roster, dishes or fees, or a whole journal."`
	Merchant   merchantCmd   `cmd:"" help:"Create a merchant that is paid for sales, or change its name."`
	Close      closeCmd      `cmd:"" help:"Close the open business date."`
	Reopen     reopenCmd     `cmd:"" help:"Open the latest closed business date again; it must then be closed anew."`
	Key        keyCmd        `cmd:"" help:"The keys that sign checkpoints."`
	Seal       sealCmd       `cmd:"" help:"Sign a checkpoint of the journal as it stands; each day close is sealed by itself."`
	Checkpoint checkpointCmd `cmd:"" help:"Print a checkpoint that is kept, by default the latest."`
	Prove      proveCmd      `cmd:"" help:"Make a proof that others check without the database."`
	Receipt    receiptCmd    `cmd:"" help:"Receipts on paper, with the proof as a QR code."`
	Verify     verifyCmd     `cmd:"" help:"Check a proof or a checkpoint offline with the school's public key; exit 1 if it proves nothing."`
	Witness    witnessCmd    `cmd:"" help:"Watch a school's checkpoints as an outsider, and cosign them."`
	Cosign     cosignCmd     `cmd:"" help:"Keep a witness's signature with a checkpoint."`
	Audit      auditCmd      `cmd:"" help:"Rebuild everything from the journal and compare; exit 1 on any finding."`
	Export     exportCmd     `cmd:"" help:"Write the books for other programs."`
	Archive    archiveCmd    `cmd:"" help:"Keep closed dates in a file that outlives the database, and prove from it."`
	Bench      benchCmd      `cmd:"" help:"Measure this machine, on a database of its own."`
	Backup     backupCmd     `cmd:"" help:"Copy all data as of one moment, beside a server; keys are kept apart."`
	Drill      drillCmd      `cmd:"" help:"Restore a backup elsewhere, audit it and compare it; exit 1 if a school could not go on from it."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}

// run parses the arguments and runs the command.
func run(ctx context.Context, args []string, s streams) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c,
		kong.Name("campusledger"), kong.Description("A school's money as double-entry books. Exit codes: 0 done, 1 findings, refused or not proven, 2 could not run."),
		kong.UsageOnError(), kong.Writers(s.out, s.err), kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s))
	if err != nil {
		return fail(s, err)
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		return fail(s, err)
	}
	err = command.Run()
	switch {
	case errors.Is(err, errFindings):
		return exitFindings
	case err != nil:
		return fail(s, err)
	}
	return exitDone
}

func fail(s streams, err error) int {
	_, _ = fmt.Fprintln(s.err, "campusledger:", err)
	return exitFailed
}
