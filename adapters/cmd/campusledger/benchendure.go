package main

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"time"

	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// endureCmd lets a school live for long, and looks at it now and then.
type endureCmd struct {
	benchPlace
	Duration time.Duration `help:"How long the school lives." default:"30m"`
	Every    time.Duration `help:"After how long memory and tables are looked at and the day is closed." default:"1m"`
	Callers  int           `help:"How many callers act at once: they pay, hold, link, are refused, and read." default:"64"`
	Rate     float64       `help:"How many acts begin in a second, at most; 0 for as many as can. The default takes up to 7 GB of disk in half an hour." default:"5000"`
	Wallets  int           `help:"Wallets that pay." default:"10000"`
}

// Validate is called by kong.
func (c *endureCmd) Validate() error {
	if c.Every <= 0 || c.Duration < c.Every || c.Callers < 1 || c.Rate < 0 || c.Wallets < 1 {
		return errors.New("--every, --callers and --wallets: want more than zero; --duration: no less than --every; --rate: none negative")
	}
	return nil
}

// Run lives and looks.
func (c *endureCmd) Run(ctx context.Context, s streams) error {
	return c.onOneBook(ctx, s, c.Wallets, func(ground ground, p *plot, book *load.Growth) error {
		return c.endure(ctx, s, ground, p, book)
	})
}

func (c *endureCmd) endure(ctx context.Context, s streams, ground ground, p *plot, book *load.Growth) error {
	looks := int(c.Duration / c.Every)
	bar := progress(s.err, looks)
	defer func() { _ = bar.Clear() }()
	out := json.NewEncoder(s.out)
	var rows []endureRow
	for i := range looks {
		row, err := c.live(ctx, p, book)
		if err != nil {
			return err
		}
		row.Store, row.Durable, row.Minutes = ground.name(), ground.lossy() == "", (time.Duration(i+1) * c.Every).Minutes()
		rows = append(rows, row)
		_ = bar.Add(1)
		if c.JSON {
			if err := out.Encode(row); err != nil {
				return err
			}
		}
	}
	if c.JSON {
		return out.Encode(map[string][]drift{"verdict": drifts(rows)})
	}
	_ = bar.Clear()
	return printEndure(s.out, ground, rows)
}

// live lives for a while, closes the day, and looks.
func (c *endureCmd) live(ctx context.Context, p *plot, book *load.Growth) (row endureRow, err error) {
	until := load.Until{Duration: c.Every, Rate: c.Rate}
	run, used, err := metered(ctx, p.meter, func() (load.Run, error) { return book.Live(ctx, c.Callers, until) })
	if err != nil {
		return row, err
	}
	row.figures = figuresOf(&run)
	row.used(used, run.Count)
	if err := book.CloseDay(ctx); err != nil {
		return row, err
	}
	if row.Records, err = book.Records(ctx); err != nil {
		return row, err
	}
	row.RSS = memory("self", "VmRSS:")
	runtime.GC()
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	row.Heap, row.Goroutines, row.ServerMemory = heap.HeapAlloc, runtime.NumGoroutine(), p.serverMemory()
	meters, err := p.meter(ctx)
	if err != nil {
		return row, err
	}
	row.Disk = meters.disk
	row.Hot, err = p.hot(ctx)
	return row, err
}
