package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// growthCmd fills one book, and measures each time it has reached a size.
type growthCmd struct {
	benchPlace
	Sizes    []int64       `help:"Records in the journal at which to measure, ascending; 0 is a book in which nobody has paid. Each million takes about a minute to write and 1 GB of disk." default:"0,100000,1000000,10000000"`
	Callers  int           `help:"How many callers pay at once." default:"256"`
	Payments int64         `help:"Payments of a stretch. At each size there is one that is not counted, then --runs of them." default:"10000"`
	Readers  []int         `help:"How many callers read at once." default:"1,16"`
	Reads    time.Duration `help:"How long a stretch of reading lasts." default:"2s"`
	Runs     int           `help:"How many stretches are measured of each; medians are printed." default:"9"`
	Wallets  int           `help:"Wallets that pay." default:"10000"`
}

// Validate is called by kong.
func (c *growthCmd) Validate() error {
	if c.Callers < 1 || c.Payments < 1 || c.Reads <= 0 || c.Runs < 1 || c.Wallets < 1 || slices.Min(append(c.Readers, 1)) < 1 {
		return errors.New("--callers, --payments, --readers, --reads, --runs and --wallets: want more than zero")
	}
	if len(c.Sizes) == 0 || c.Sizes[0] < 0 || !slices.IsSorted(c.Sizes) {
		return errors.New("--sizes: want at least one, none negative, each larger than the one before")
	}
	return nil
}

// Run fills the book and measures.
func (c *growthCmd) Run(ctx context.Context, s streams) error {
	return c.onOneBook(ctx, s, c.Wallets, func(ground ground, p *plot, book *load.Growth) error {
		return c.grow(ctx, s, ground, p, book)
	})
}

func (c *growthCmd) grow(ctx context.Context, s streams, ground ground, p *plot, book *load.Growth) error {
	bar := progress(s.err, len(c.Sizes))
	defer func() { _ = bar.Clear() }()
	var rows []growthRow
	g := &growth{growthCmd: c, ground: ground, plot: p, book: book, yield: func(row growthRow) error {
		if row.Reads == "" && len(rows) > 0 {
			row.against(&rows[0])
		}
		rows = append(rows, row)
		if !c.JSON {
			return nil
		}
		return json.NewEncoder(s.out).Encode(row)
	}}
	for _, size := range c.Sizes {
		bar.Describe(fmt.Sprintf("%d records", size))
		if err := g.measureAt(ctx, size); err != nil {
			return err
		}
		_ = bar.Add(1)
	}
	if c.JSON {
		return nil
	}
	_ = bar.Clear()
	return printGrowth(s.out, ground, rows)
}

// growth is one book on its way.
type growth struct {
	*growthCmd
	ground ground
	plot   *plot
	book   *load.Growth
	yield  func(growthRow) error
}

// stretch is what is measured as often as is asked.
type stretch func(ctx context.Context, callers int, until load.Until) (load.Run, error)

func (g *growth) measureAt(ctx context.Context, size int64) error {
	if err := g.book.Fill(ctx, size); err != nil {
		return err
	}
	if err := g.plot.settle(ctx); err != nil {
		return err
	}
	payments := load.Until{Count: g.Payments}
	first, err := g.run(ctx, g.book.Pay, g.Callers, payments)
	if err != nil {
		return err
	}
	row, err := g.row(ctx, g.book.Pay, g.Callers, payments)
	if err != nil {
		return err
	}
	row.FirstLogBytes = first.LogBytes
	if err := g.yield(row); err != nil {
		return err
	}
	for _, readers := range g.Readers {
		if err := g.read(ctx, readers); err != nil {
			return err
		}
	}
	return nil
}

func (g *growth) read(ctx context.Context, readers int) error {
	for _, reading := range []struct {
		what string
		of   stretch
	}{{"balances", g.book.ReadBalances}, {"pages", g.book.ReadPages}} {
		row, err := g.row(ctx, reading.of, readers, load.Until{Duration: g.Reads})
		if err != nil {
			return err
		}
		row.Reads = reading.what
		if err := g.yield(row); err != nil {
			return err
		}
	}
	return nil
}

// row measures the stretches of one kind.
func (g *growth) row(ctx context.Context, of stretch, callers int, until load.Until) (row growthRow, err error) {
	row = growthRow{Store: g.ground.name(), Durable: g.ground.lossy() == "", Callers: callers, Runs: g.Runs, Entries: g.book.Entries()}
	if row.Records, err = g.book.Records(ctx); err != nil {
		return row, err
	}
	var runs []figures
	for range g.Runs {
		run, err := g.run(ctx, of, callers, until)
		if err != nil {
			return row, err
		}
		runs = append(runs, run)
	}
	row.figures = mediansOf(runs)
	return row, nil
}

func (g *growth) run(ctx context.Context, of stretch, callers int, until load.Until) (figures, error) {
	run, used, err := metered(ctx, g.plot.meter, func() (load.Run, error) { return of(ctx, callers, until) })
	f := figuresOf(&run)
	f.used(used, run.Count)
	return f, err
}
