package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"time"

	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// benchCmd measures on databases of its own.
type benchCmd struct {
	Workloads workloadsCmd `cmd:"" default:"withargs" help:"Measure what this machine can post and read a second under several loads, each on an empty book, beside bare SQL. The default."`
	Growth    growthCmd    `cmd:"" help:"Measure what a payment, a balance and a statement page cost as one book grows. Ten million records take ten minutes to write and 10 GB of disk."`
	Endure    endureCmd    `cmd:"" help:"Let a school live for half an hour, and watch memory, rate and the rows that are written most."`
}

// workloadsCmd measures every load on a new database.
type workloadsCmd struct {
	benchPlace
	Workload []string      `help:"Which workloads to run. Default: all; --list describes them." placeholder:"NAME"`
	List     bool          `help:"Print the workloads, and stop."`
	Callers  []int         `help:"How many callers act at once." default:"1,16,64,256,1024"`
	Runs     int           `help:"How often each is measured, each time on a new database; medians are printed." default:"1"`
	Duration time.Duration `help:"How long each run lasts; opening lasts until its accounts are open." default:"3s"`
	Wallets  int           `help:"Wallets that pay; of http, pupils with cards." default:"10000"`
	Accounts int64         `help:"Accounts of opening." default:"100000"`
	Entries  int           `help:"Entries of the account of which statements reads pages." default:"1000000"`
	Profiles string        `help:"Directory for a CPU profile of each run; of http, of the server." type:"existingdir"`
}

// Validate is called by kong.
func (c *workloadsCmd) Validate() error {
	if c.Runs < 1 || c.Duration <= 0 || c.Wallets < 1 || c.Accounts < 1 || c.Entries < 1 || slices.Min(append(c.Callers, 1)) < 1 {
		return errors.New("--runs, --duration, --wallets, --accounts, --entries and --callers: want more than zero")
	}
	_, err := c.workloads()
	return err
}

func (c *workloadsCmd) workloads() ([]load.Workload, error) {
	all := append(load.Workloads(), httpWorkload)
	if len(c.Workload) == 0 {
		return all, nil
	}
	var chosen []load.Workload
	for _, name := range c.Workload {
		i := slices.IndexFunc(all, func(w load.Workload) bool { return w.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("--workload %s: see --list", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// Run measures every workload with every number of callers.
func (c *workloadsCmd) Run(ctx context.Context, s streams) (err error) {
	defer collectLess()() // as a server does
	workloads, err := c.workloads()
	if err != nil {
		return err
	}
	if c.List {
		printWorkloads(s.out, workloads)
		return nil
	}
	ground, err := c.ground(ctx, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ground.close()) }()
	bar := progress(s.err, len(workloads)*len(c.Callers)*c.Runs)
	var rows []benchRow
	for _, w := range workloads {
		b := &bench{workloadsCmd: c, ground: ground, workload: w, step: func() { _ = bar.Add(1) }}
		bar.Describe(fmt.Sprintf("%-16s", w.Name))
		err := b.measure(ctx, func(row *benchRow) error {
			rows = append(rows, *row)
			if !c.JSON {
				return nil
			}
			return json.NewEncoder(s.out).Encode(row)
		})
		if err != nil {
			return err
		}
	}
	_ = bar.Clear()
	if c.JSON {
		return nil
	}
	return printBench(s.out, ground, rows)
}

func printWorkloads(w io.Writer, workloads []load.Workload) {
	t := newTable(w, "workload", "counts", "what the callers do")
	t.SetColumnConfigs(nil)
	for _, one := range workloads {
		t.AppendRow([]any{one.Name, one.Unit, one.About})
	}
	t.Render()
}

// profile writes the CPU profile of a run, if asked for; the result ends it.
func (b *bench) profile(callers int) (func() error, error) {
	if b.Profiles == "" {
		return func() error { return nil }, nil
	}
	return startProfile(b.profileName(callers))
}

func (b *bench) profileName(callers int) string {
	return filepath.Join(b.Profiles, fmt.Sprintf("%s-%s-%d.pprof", b.ground.name(), b.workload.Name, callers))
}
