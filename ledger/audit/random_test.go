package audit_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/money"
)

// chance writes a book at random. What the rules refuse is left out.
type chance struct {
	scribe
	*rand.Rand
	done    map[string]int // records by kind, refusals by code
	journal []ledger.Record
	paths   []string
}

var randomAccounts = []ledger.AccountSpec{
	{Path: "bank", Control: "1002", Side: ledger.DebitSide},
	{Path: "credit", Control: "2307", Side: ledger.CreditSide, Floor: cny(0), Ceiling: cny(900), Limits: ledger.Limits{
		{Name: "day", Side: ledger.DebitSide, Per: ledger.PerDay, Kinds: []string{"sale", "order"}, Max: cny(400)},
		{Name: "once", Side: ledger.DebitSide, Per: ledger.PerTransaction, Kinds: []string{"gift"}, Except: true, Max: cny(250)},
		{Name: "week", Side: ledger.CreditSide, Per: ledger.PerWeek, Max: cny(1_500)},
	}},
	{Path: "debit", Control: "1122", Side: ledger.DebitSide, Floor: cny(-100), Ceiling: cny(500), Limits: ledger.Limits{
		{Name: "week", Side: ledger.DebitSide, Per: ledger.PerWeek, Kinds: []string{"gift"}, Max: cny(300)},
		{Name: "day", Side: ledger.CreditSide, Per: ledger.PerDay, Max: cny(350)},
	}},
	{Path: "shop", Control: "2202", Side: ledger.CreditSide, Floor: cny(-2_000)},
}

func newChance(t *testing.T, store ledger.Store, seed uint64) *chance {
	t.Helper()
	clock := &clock{at: time.Date(2026, time.September, 7, 3, 0, 0, 0, time.UTC)}
	book, err := ledger.Create(t.Context(), store, historyBook, ledger.Genesis{Name: "Chance", OpenDate: monday}, &ledger.Options{Now: clock.now})
	require.NoError(t, err)
	c := &chance{scribe: scribe{t, book, clock}, Rand: rand.New(rand.NewPCG(seed, 1)), done: map[string]int{}}
	for _, spec := range randomAccounts {
		spec.Currency = money.CNY
		c.open(spec.Path, spec)
		c.paths = append(c.paths, spec.Path)
	}
	return c
}

// took counts a record, unless a rule refused it: those are no failure.
func (c *chance) took(receipt ledger.Receipt, err error) {
	c.t.Helper()
	if err == nil {
		c.done[receipt.Record.Kind]++
		c.journal = append(c.journal, receipt.Record)
		return
	}
	switch ledger.KindOf(err) {
	case ledger.KindRefused, ledger.KindConflict, ledger.KindInvalid, ledger.KindNotFound:
		c.done[ledger.CodeOf(err)]++
	default:
		require.NoError(c.t, err)
	}
}

func pick[T any](c *chance, items []T) T { return items[c.IntN(len(items))] }

// transaction has exact lines, lines up to an amount and a rest, often on the
// same accounts.
func (c *chance) transaction(key string) ledger.Transaction {
	t := ledger.Transaction{ID: ledger.KeyID(key), Kind: pick(c, []string{"sale", "order", "gift"}), Remember: c.IntN(20) == 0}
	side := pick(c, []ledger.Side{ledger.DebitSide, ledger.CreditSide})
	add := func(side ledger.Side, take ledger.Take) {
		p := ledger.Posting{Account: pick(c, c.paths), Side: side, Take: take}
		if take != ledger.Rest {
			p.Amount = cny(1 + c.Int64N(150))
		}
		t.Postings = append(t.Postings, p)
	}
	for range 1 + c.IntN(2) {
		add(side, ledger.Exact)
	}
	if c.IntN(4) == 0 {
		add(-side, ledger.Exact)
	}
	for range c.IntN(4) {
		add(-side, ledger.UpTo)
	}
	add(-side, ledger.Rest)
	c.Shuffle(len(t.Postings), func(i, j int) { t.Postings[i], t.Postings[j] = t.Postings[j], t.Postings[i] })
	return t
}

// lot returns a late record of the kinds, or false if there is none.
func (c *chance) lot(kinds ...string) (ledger.Record, bool) {
	for i := len(c.journal) - 1 - c.IntN(8); i >= 0; i-- {
		if slices.Contains(kinds, c.journal[i].Kind) {
			return c.journal[i], true
		}
	}
	return ledger.Record{}, false
}

func (c *chance) step(key string) {
	ctx := c.t.Context()
	switch n := c.IntN(100); {
	case n < 28:
		c.took(c.book.Post(ctx, c.transaction(key)))
	case n < 45:
		a := ledger.Authorization{Transaction: c.transaction(key)}
		if c.IntN(2) == 0 {
			a.Expires = c.clock.at.Add(time.Duration(c.IntN(90)) * time.Second)
		}
		c.took(c.book.Authorize(ctx, a))
	case n < 58:
		if hold, ok := c.lot(ledger.KindHold); ok {
			c.took(c.book.Capture(ctx, c.part(key, &hold)))
		}
	case n < 62:
		if hold, ok := c.lot(ledger.KindHold); ok {
			c.took(c.book.Release(ctx, ledger.Release{Hold: hold.ID}))
		}
	case n < 65:
		n, err := c.book.ExpireHolds(ctx)
		require.NoError(c.t, err)
		c.done[ledger.KindExpiry] += n
	case n < 75:
		if of, ok := c.lot("sale", "order", "gift", ledger.KindCapture); ok {
			c.took(c.book.Refund(ctx, c.back(key, &of)))
		}
	case n < 81:
		if of, ok := c.lot("sale", "order", "gift", ledger.KindCapture); ok {
			c.took(c.book.Reverse(ctx, ledger.Reversal{Of: of.ID}))
		}
	case n < 87:
		c.changeOne(key)
	default:
		c.turnDays(n)
	}
}

// part captures all of a hold, all of it in two steps, or nothing more.
func (c *chance) part(key string, hold *ledger.Record) ledger.Capture {
	capture := ledger.Capture{ID: ledger.KeyID(key), Hold: hold.ID, Final: c.IntN(3) == 0}
	share := pick(c, []int64{0, 2, 2, 1, -1})
	if share < 0 {
		return capture
	}
	var sum int64
	capture.Amounts = make([]money.Amount, len(hold.Held))
	for i := range hold.Held {
		amount := hold.Held[i].Amount.Minor()
		if share > 0 {
			amount /= share
		} else {
			amount = 0
		}
		sum += amount
		capture.Amounts[i] = cny(max(amount, -amount))
	}
	for i := range hold.Held { // halves may have lost a unit
		if off := int64(hold.Held[i].Side) * sum; sum != 0 && off > 0 && capture.Amounts[i].Minor() >= off {
			capture.Amounts[i] = cny(capture.Amounts[i].Minor() - off)
			sum = 0
		}
	}
	return capture
}

// back refunds some lines of a record: amounts of one side, the rest of the
// other.
func (c *chance) back(key string, of *ledger.Record) ledger.Refund {
	refund := ledger.Refund{ID: ledger.KeyID(key), Of: of.ID}
	side, rest := pick(c, []ledger.Side{ledger.DebitSide, ledger.CreditSide}), -1
	for i := range of.Lines {
		switch l := &of.Lines[i]; {
		case l.Side == side && !l.Amount.IsZero():
			refund.Lines = append(refund.Lines, ledger.RefundLine{Line: i, Amount: cny(1 + c.Int64N(60))})
		case l.Side != side && c.IntN(2) == 0:
			refund.Lines = append(refund.Lines, ledger.RefundLine{Line: i, Amount: cny(1 + c.Int64N(60)), Take: ledger.UpTo})
		case l.Side != side:
			rest = i
		}
	}
	if rest >= 0 {
		refund.Lines = append(refund.Lines, ledger.RefundLine{Line: rest, Take: ledger.Rest})
	}
	return refund
}

func (c *chance) changeOne(key string) {
	spec := pick(c, randomAccounts)
	change := ledger.Change{
		By: "test", ID: ledger.KeyID(key), Why: "chance", Account: spec.Path, Floor: spec.Floor, Ceiling: spec.Ceiling, Limits: spec.Limits,
		State: ledger.StateOpen,
	}
	if c.IntN(5) == 0 {
		change.State = pick(c, []ledger.State{ledger.StateFrozen, ledger.StateFrozenDebits, ledger.StateFrozenCredits})
	}
	if c.IntN(3) == 0 {
		change.Limits = nil
	}
	if c.IntN(3) == 0 {
		change.Ceiling, change.Floor = money.Amount{}, money.Amount{}
	}
	c.took(c.book.ChangeAccount(c.t.Context(), change))
}

func (c *chance) turnDays(n int) {
	ctx := c.t.Context()
	head, err := c.book.Head(ctx)
	require.NoError(c.t, err)
	if n < 95 || head.ClosedSeq == 0 {
		c.took(c.book.CloseDay(ctx, ledger.DayClose{Date: head.OpenDate, Next: head.OpenDate.AddDays(1 + c.IntN(3))}))
		return
	}
	closed := slices.IndexFunc(c.journal, func(r ledger.Record) bool { return r.Seq == head.ClosedSeq })
	c.took(c.book.Reopen(ctx, ledger.Reopen{Date: c.journal[closed].Date, By: "head:1", Why: "chance"}))
}

func TestRandomBooksAreClean(t *testing.T) {
	t.Parallel()
	done := make(chan map[string]int, 16)
	t.Run("books", func(t *testing.T) {
		for seed := range cap(done) {
			t.Run(fmt.Sprintf("with seed %d", seed), func(t *testing.T) {
				t.Parallel()
				store := openSQLite(t).store
				c := newChance(t, store, uint64(seed))
				var state *audit.State
				for i := range 200 {
					c.step(fmt.Sprintf("step-%d", i))
					if i%40 == 39 {
						report, err := audit.Run(t.Context(), store, historyBook, nil)
						require.NoError(t, err)
						require.Empty(t, report.Findings)
						state = requireResumed(t, store, state, report)
					}
				}
				done <- c.done
			})
		}
	})
	close(done)
	total := map[string]int{}
	for one := range done {
		for what, n := range one {
			total[what] += n
		}
	}
	for _, kind := range []string{
		"sale", ledger.KindHold, ledger.KindCapture, ledger.KindRelease, ledger.KindExpiry, ledger.KindRefund,
		ledger.KindReversal, ledger.KindChange, ledger.KindDayClose, ledger.KindReopen,
		"insufficient", "above_ceiling", "limit_exceeded", "refund_exceeded", "hold_expired", "hold_exceeded", "account_frozen",
	} {
		require.Positive(t, total[kind], "%s never happened: %v", kind, total)
	}
}
