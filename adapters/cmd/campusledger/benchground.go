package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"syscall"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// benchPlace is where a bench makes its databases: files in a temporary directory
// inside --data, or schemas inside --database. They are gone afterwards.
type benchPlace struct {
	Data     string `help:"Directory whose file system is measured; beside --database, where the workload http keeps keys meanwhile." default:"./campusledger-data" env:"CAMPUSLEDGER_DATA" type:"path"`
	Database string `help:"PostgreSQL URL to measure instead. The bench makes a schema in this database, writes to it and drops it; a bench that is killed leaves it." env:"CAMPUSLEDGER_DATABASE"`
	Force    bool   `help:"Measure in a database that holds a school's books, which the load slows down."`
	JSON     bool   `name:"json" help:"Print one JSON object a line."`
}

// ground opens the place, and warns of one that is not durable.
func (p *benchPlace) ground(ctx context.Context, s streams) (g ground, err error) {
	if p.Database != "" {
		g, err = openPostgresGround(ctx, p.Database, p.Data, p.Force)
	} else {
		g, err = openSQLiteGround(p.Data)
	}
	if err != nil {
		return nil, err
	}
	if why := g.lossy(); why != "" {
		_, _ = fmt.Fprintf(s.err, "NOT DURABLE: %s. These figures say nothing about production.\n", why)
	}
	return g, nil
}

// onOneBook prepares a book that grows in a database of its own, and does something
// with it, as a server would.
func (p *benchPlace) onOneBook(ctx context.Context, s streams, wallets int, do func(ground, *plot, *load.Growth) error) (err error) {
	defer collectLess()()
	g, err := p.ground(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	built, err := g.build(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, built.close()) }()
	book, err := load.PrepareGrowth(ctx, built.store, &load.Options{Wallets: wallets})
	if err != nil {
		return err
	}
	return do(g, built, book)
}

// heading says what the figures below it are of.
func heading(w io.Writer, g ground) error {
	durable := "Every acknowledgement is durable."
	if why := g.lossy(); why != "" {
		durable = "NOT DURABLE: " + why + "."
	}
	_, err := fmt.Fprintf(w, "%s; %d processors, %s/%s, %s. %s\n\n",
		g.about(), runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH, runtime.Version(), durable)
	return err
}

// ground is where a bench makes its throwaway databases.
type ground interface {
	name() string
	// about says which database it is, and where.
	about() string
	// lossy says why what is acknowledged may be lost; "" if it may not.
	lossy() string
	// build makes an empty database.
	build(ctx context.Context) (*plot, error)
	// newSite makes an empty place for a school.
	newSite(ctx context.Context) (*site, error)
	close() error
}

// plot is one throwaway database.
type plot struct {
	store ledger.Store
	// floor writes bare SQL to the same database.
	floor func(ctx context.Context) (load.Floor, error)
	meter func(ctx context.Context) (meters, error)
	// settle does the housekeeping that is due, so that what is measured next is
	// not that of what was written before.
	settle func(ctx context.Context) error
	// hot are the tables of which rows are written again and again, in the order
	// of their names; none where they cannot be told apart.
	hot func(ctx context.Context) ([]hotTable, error)
	// serverMemory is what the processes of a server on this machine hold for
	// themselves, in bytes; -1 where there is none.
	serverMemory func() int64
	close        func() error
}

// hotTable says how a table bears that its rows are written again.
type hotTable struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
	// Dead rows wait to be removed.
	Dead int64 `json:"dead_rows"`
	// Updates since the table was made, and those of them that needed no new
	// entry in an index (HOT).
	Updates    int64 `json:"updates"`
	HotUpdates int64 `json:"hot_updates"`
	Vacuums    int64 `json:"vacuums"`
}

// meters are counters that only grow; -1 where there is none.
type meters struct {
	log, disk   int64 // bytes
	own, server time.Duration
}

func (m *meters) since(before *meters) meters {
	d := meters{log: -1, disk: m.disk - before.disk, own: m.own - before.own, server: -1}
	if m.log >= 0 && before.log >= 0 {
		d.log = m.log - before.log
	}
	if m.server >= 0 && before.server >= 0 {
		d.server = m.server - before.server
	}
	return d
}

// ownCPU is the processor time of this process.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
