package main

import (
	"context"
	"errors"
	"os"
	"runtime/pprof"

	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// connectionsMax is how many connections write row by row.
const connectionsMax = 16

// bench is one workload of a command.
type bench struct {
	*workloadsCmd
	ground   ground
	workload load.Workload
	step     func()
}

// measure yields a row for each number of callers, in medians.
func (b *bench) measure(ctx context.Context, yield func(*benchRow) error) error {
	measure := b.write
	switch {
	case b.workload.Name == httpWorkload.Name:
		measure = b.overHTTP
	case b.workload.Reads:
		p, l, err := b.prepare(ctx) // once: reading leaves it as it is
		if err != nil {
			return err
		}
		defer func() { _ = p.close() }()
		measure = func(ctx context.Context, callers int) (benchRow, error) { return b.read(ctx, p, l, callers) }
	}
	for _, callers := range b.Callers {
		var runs []benchRow
		for range b.Runs {
			row, err := measure(ctx, callers)
			if err != nil {
				return err
			}
			runs = append(runs, row)
			b.step()
		}
		row := medians(runs)
		if err := yield(&row); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) prepare(ctx context.Context) (*plot, *load.Load, error) {
	p, err := b.ground.build(ctx)
	if err != nil {
		return nil, nil, err
	}
	l, err := load.Prepare(ctx, p.store, b.workload.Name, &load.Options{Wallets: b.Wallets, Entries: b.Entries})
	if err != nil {
		return nil, nil, errors.Join(err, p.close())
	}
	return p, l, nil
}

func (b *bench) until() load.Until {
	if b.workload.Name == load.Opening {
		return load.Until{Count: b.Accounts}
	}
	return load.Until{Duration: b.Duration}
}

// write measures once on a new database, and the floors on others beside it.
func (b *bench) write(ctx context.Context, callers int) (row benchRow, err error) {
	p, l, err := b.prepare(ctx)
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	row, run, err := b.run(ctx, p, l, callers)
	if err != nil {
		return row, err
	}
	connections := min(callers, connectionsMax)
	batched, used, err := b.onFloor(ctx, l, &run, func(laid *load.Laid) (load.Beside, error) { return laid.InBatches(ctx) })
	if err != nil {
		return row, err
	}
	row.beside(&batched, &used)
	single, _, err := b.onFloor(ctx, l, &run, func(laid *load.Laid) (load.Beside, error) { return laid.OneByOne(ctx, connections) })
	row.RowPerS, row.RowConnections = single.PerSecond(), connections
	return row, err
}

// read measures once, and bare SQL on the same database.
func (b *bench) read(ctx context.Context, p *plot, l *load.Load, callers int) (benchRow, error) {
	row, _, err := b.run(ctx, p, l, callers)
	if err != nil {
		return row, err
	}
	floor, err := p.floor(ctx)
	if err != nil {
		return row, err
	}
	bare, used, err := metered(ctx, p.meter, func() (load.Beside, error) { return l.BareReads(ctx, callers, b.until(), floor) })
	row.beside(&bare, &used)
	return row, errors.Join(err, floor.Close())
}

// run runs the workload between two looks at the meters.
func (b *bench) run(ctx context.Context, p *plot, l *load.Load, callers int) (benchRow, load.Run, error) {
	before, err := p.meter(ctx)
	if err != nil {
		return benchRow{}, load.Run{}, err
	}
	stop, err := b.profile(callers)
	if err != nil {
		return benchRow{}, load.Run{}, err
	}
	run, failed := l.Run(ctx, callers, b.until())
	if err := errors.Join(failed, stop()); err != nil {
		return benchRow{}, run, err
	}
	after, err := p.meter(ctx)
	if err != nil {
		return benchRow{}, run, err
	}
	row := newBenchRow(b.ground, b.workload, callers, &run)
	row.used(after.since(&before), run.Count)
	return row, run, nil
}

// onFloor writes the rows of a run to a new floor.
func (b *bench) onFloor(
	ctx context.Context, l *load.Load, run *load.Run, write func(*load.Laid) (load.Beside, error),
) (beside load.Beside, used meters, err error) {
	p, err := b.ground.build(ctx)
	if err != nil {
		return beside, used, err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	floor, err := p.floor(ctx)
	if err != nil {
		return beside, used, err
	}
	defer func() { err = errors.Join(err, floor.Close()) }()
	laid, err := l.Lay(ctx, run, floor)
	if err != nil {
		return beside, used, err
	}
	return metered(ctx, p.meter, func() (load.Beside, error) { return write(laid) })
}

// metered measures between two looks at the meters.
func metered[T any](
	ctx context.Context, meter func(context.Context) (meters, error), measure func() (T, error),
) (result T, used meters, err error) {
	before, err := meter(ctx)
	if err != nil {
		return result, used, err
	}
	if result, err = measure(); err != nil {
		return result, used, err
	}
	after, err := meter(ctx)
	return result, after.since(&before), err
}

func startProfile(name string) (func() error, error) {
	file, err := os.Create(name)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return file.Close()
	}, nil
}
