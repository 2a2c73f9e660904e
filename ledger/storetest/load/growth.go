package load

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/campusledger/campusledger/ledger"
)

const (
	// fillers are how many callers fill a book at once: one batch is written
	// while the others are made.
	fillers = 4
	// fillSize is how many payments each of them sends at once.
	fillSize = 1000
	// beginning is how many payments a book has before anything is measured, so
	// that no page is empty.
	beginning = 2 * pageSize
)

// Growth is one book that is filled with payments of the lunch peak. What posts
// and reads cost is measured in between, as often as is wanted: each stretch has
// the same callers, who do the same again, and finds the rows of those before.
type Growth struct {
	load  *Load
	first int64 // position from which on every page has entries
	head  int64 // position at which the stretch began
	// entries are those of the account that pages are read of.
	entries atomic.Int64
}

// PrepareGrowth opens book 1 of an empty store and its accounts, as the workload
// [Refused] does. Nil options are the defaults; Entries is not used.
func PrepareGrowth(ctx context.Context, store ledger.Store, options *Options) (*Growth, error) {
	l, err := Prepare(ctx, store, Refused, options)
	if err != nil {
		return nil, err
	}
	g := &Growth{load: l}
	if err := g.Fill(ctx, l.before.Seq+beginning); err != nil {
		return nil, err
	}
	g.first, err = g.Records(ctx)
	return g, err
}

// Records returns how many records the journal has.
func (g *Growth) Records(ctx context.Context) (int64, error) {
	head, err := g.load.book.Head(ctx)
	return head.Seq, err
}

// Entries returns how many entries the account has of which pages are read, those
// of refused, linked and held payments aside.
func (g *Growth) Entries() int64 { return g.entries.Load() }

// Fill posts payments, many at once, until the journal has so many records. One
// that has them is left as it is.
func (g *Growth) Fill(ctx context.Context, records int64) error {
	now, err := g.Records(ctx)
	if err != nil {
		return err
	}
	missing := records - now
	if missing <= 0 {
		return nil
	}
	calls := Until{Count: (missing + fillSize - 1) / fillSize}
	_, err = g.run(ctx, fillers, calls, func(ctx context.Context, c *caller) error {
		return g.payMany(ctx, c, min(fillSize, missing-(c.turn-1)*fillSize))
	})
	if err != nil {
		return fmt.Errorf("fill to %d records: %w", records, err)
	}
	return nil
}

// Pay posts payments one by one.
func (g *Growth) Pay(ctx context.Context, callers int, until Until) (Run, error) {
	return g.run(ctx, callers, until, g.pay)
}

// ReadBalances reads the balances of random wallets.
func (g *Growth) ReadBalances(ctx context.Context, callers int, until Until) (Run, error) {
	return g.run(ctx, callers, until, readBalance)
}

// ReadPages reads pages of 50 entries of the account that is paid most, half of
// them the newest, half from anywhere.
func (g *Growth) ReadPages(ctx context.Context, callers int, until Until) (Run, error) {
	return g.run(ctx, callers, until, g.readPage)
}

// Live does what a school does in a day: of twenty acts ten are payments, one a
// hold and its capture, one two linked payments, three are payments of which some
// are refused or sent again, three read a balance and two a page.
func (g *Growth) Live(ctx context.Context, callers int, until Until) (Run, error) {
	return g.run(ctx, callers, until, g.live)
}

// CloseDay closes the open date.
func (g *Growth) CloseDay(ctx context.Context) error {
	head, err := g.load.book.Head(ctx)
	if err != nil {
		return err
	}
	_, err = g.load.book.CloseDay(ctx, ledger.DayClose{Date: head.OpenDate, By: "office"})
	return err
}

func (g *Growth) run(ctx context.Context, callers int, until Until, act func(context.Context, *caller) error) (Run, error) {
	var err error
	if g.head, err = g.Records(ctx); err != nil {
		return Run{}, err
	}
	g.load.store.take()
	run, err := g.load.atOnce(ctx, callers, until, act)
	run.Batches = g.load.store.take()
	if err != nil {
		return Run{}, fmt.Errorf("after record %d: %w", g.head, err)
	}
	return run, nil
}

// lunch is a payment of the lunch peak, counted.
func (g *Growth) lunch(c *caller) ledger.Transaction {
	t := c.lunch()
	if t.Postings[1].Account == longAccount {
		g.entries.Add(1)
	}
	return t
}

func (g *Growth) pay(ctx context.Context, c *caller) error { return c.post(ctx, g.lunch(c)) }

func (g *Growth) payMany(ctx context.Context, c *caller, count int64) error {
	requests := make([]ledger.Request, count)
	for i := range requests {
		requests[i] = g.lunch(c)
	}
	for _, answer := range g.load.book.PostAll(ctx, requests...) {
		if answer.Err != nil {
			return answer.Err
		}
	}
	return nil
}

func (g *Growth) readPage(ctx context.Context, c *caller) error {
	if c.dice.IntN(2) == 0 {
		return c.readPage(ctx, 0)
	}
	return c.readPage(ctx, g.first+c.dice.Int64N(g.head-g.first+1))
}

func (g *Growth) live(ctx context.Context, c *caller) error {
	switch which := c.dice.IntN(20); {
	case which < 10:
		return g.pay(ctx, c)
	case which < 11:
		return holdAndCapture(ctx, c)
	case which < 12:
		return payLinked(ctx, c)
	case which < 15:
		return payRefused(ctx, c)
	case which < 18:
		return readBalance(ctx, c)
	}
	return g.readPage(ctx, c)
}
