package load

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

const (
	// floorBatch is how many records the floor writes in one transaction.
	floorBatch = 1000
	// oneByOneMax is how many records are written one by one, for time's sake.
	oneByOneMax = 4000
)

// Floor is a database with the store's schema, durable as the store's is,
// without its rules. It has a head for book 1 and, to write to, nothing else.
type Floor interface {
	// Write writes rows as fast as bare SQL can, in one transaction, reading
	// nothing. Of an account in Updated it sets Debits, Credits, LastSeq,
	// MovedSeq and Moves, which are as they stand after the rows.
	Write(ctx context.Context, rows *ledger.Changes) error
	// WriteOne writes the rows of one record in a transaction of its own; it is
	// called by several at once. To the accounts in Updated, in their order, it
	// adds Debits, Credits and Moves, which are what the record adds: Moves is 1,
	// however many of its lines moved the account. LastSeq and MovedSeq are the
	// record's position; of two records the later one's stays, whichever is
	// written last. It leaves the head alone, behind which all would queue.
	WriteOne(ctx context.Context, rows *ledger.Changes) error
	// Balance reads the totals of the account with the path. It is called by
	// several at once, as is Page.
	Balance(ctx context.Context, path string) error
	// Page reads the last entries of an account up to a position, with what
	// their records say, newest first. None is an error.
	Page(ctx context.Context, path string, until int64, limit int) error
	Close() error
}

// Beside is what a floor did.
type Beside struct {
	Count int64 // units of the workload
	Took  time.Duration
}

// PerSecond is the rate, 0 if there was nothing to do.
func (b *Beside) PerSecond() float64 {
	if b.Took <= 0 {
		return 0
	}
	return float64(b.Count) / b.Took.Seconds()
}

// Laid are the rows of a run, ready to be written to a floor that has what was
// prepared. They are written once.
type Laid struct {
	load  *Load
	count int64
	floor Floor
	rows  *ledger.Changes
}

// Lay writes what was prepared to an empty floor, and reads what the run wrote.
// The store must be a [ledger.Rows].
func (l *Load) Lay(ctx context.Context, run *Run, floor Floor) (*Laid, error) {
	rows, err := l.lay(ctx, floor)
	if err != nil {
		return nil, fmt.Errorf("lay out %s: %w", l.workload.Name, err)
	}
	return &Laid{load: l, count: run.Count, floor: floor, rows: rows}, nil
}

// InBatches writes the rows in batches of 1,000 records on one connection.
func (d *Laid) InBatches(ctx context.Context) (Beside, error) {
	batches, err := split(d.rows, floorBatch, newStanding(d.load.prepared))
	if err != nil {
		return Beside{}, fmt.Errorf("floor of %s: %w", d.load.workload.Name, err)
	}
	begin := time.Now()
	for _, batch := range batches {
		if err := d.floor.Write(ctx, batch); err != nil {
			return Beside{}, fmt.Errorf("floor of %s: %w", d.load.workload.Name, err)
		}
	}
	return Beside{Count: d.count, Took: time.Since(begin)}, nil
}

// OneByOne writes the rows with a transaction for each record, on so many
// connections at once, for the first 4,000 records of the run. The head is set
// once they are written.
func (d *Laid) OneByOne(ctx context.Context, connections int) (Beside, error) {
	all := len(d.rows.Records)
	singles, err := split(d.rows, 1, newStanding(d.load.prepared))
	if err != nil {
		return Beside{}, fmt.Errorf("row by row, %s: %w", d.load.workload.Name, err)
	}
	singles = singles[:min(oneByOneMax, all)]
	add(singles, newStanding(d.load.prepared))
	begin := time.Now()
	err = each(ctx, singles, connections, d.floor.WriteOne)
	took := time.Since(begin)
	if err == nil && len(singles) > 0 {
		err = d.floor.Write(ctx, &ledger.Changes{Head: singles[len(singles)-1].Head})
	}
	if err != nil {
		return Beside{}, fmt.Errorf("row by row, %s: %w", d.load.workload.Name, err)
	}
	return Beside{Count: d.count * int64(len(singles)) / max(int64(all), 1), Took: took}, nil
}

// each hands the changes to so many workers.
func each(ctx context.Context, all []*ledger.Changes, workers int, write func(context.Context, *ledger.Changes) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				if err := write(ctx, all[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// lay writes what was prepared to the floor, and returns what the run wrote.
func (l *Load) lay(ctx context.Context, floor Floor) (*ledger.Changes, error) {
	prepared, err := l.rowsFrom(ctx, ledger.Head{}, l.before, l.prepared)
	if err != nil {
		return nil, err
	}
	if err := floor.Write(ctx, prepared); err != nil {
		return nil, err
	}
	head, err := l.store.Head(ctx, bookID)
	if err != nil {
		return nil, err
	}
	accounts, err := collect(l.store.Accounts(ctx, bookID, ledger.AccountQuery{}))
	if err != nil {
		return nil, err
	}
	return l.rowsFrom(ctx, l.before, head, accounts)
}

// BareReads lets so many callers read with the floor instead of the book, on
// the store's own database.
func (l *Load) BareReads(ctx context.Context, callers int, until Until, floor Floor) (Beside, error) {
	run, err := l.atOnce(ctx, callers, until, func(ctx context.Context, c *caller) error {
		return l.workload.bare(ctx, c, floor)
	})
	if err != nil {
		return Beside{}, fmt.Errorf("bare %s: %w", l.workload.Name, err)
	}
	return Beside{Count: run.Count, Took: run.Took}, nil
}
