package storetest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

const (
	// seedVariable replays the commands of an earlier run.
	seedVariable = "CAMPUSLEDGER_TEST_SEED"
	// commandsVariable is how many commands a run has.
	commandsVariable = "CAMPUSLEDGER_TEST_COMMANDS"
	commandsDefault  = 400
)

// Model sends random commands to a book and to a naive model, and compares
// every answer and in the end every balance. A failure names the seed;
// CAMPUSLEDGER_TEST_SEED replays it, and CAMPUSLEDGER_TEST_COMMANDS asks for
// more commands than 400.
func Model(t *testing.T, open Open) {
	t.Helper()
	seed := variable(t, seedVariable, rand.Uint64()) //nolint:gosec // not a secret
	commands := variable(t, commandsVariable, commandsDefault)
	t.Logf("replay with %s=%d %s=%d", seedVariable, seed, commandsVariable, commands)

	store := open(t)
	book, err := ledger.Create(t.Context(), store, 1, ledger.Genesis{Name: "Model", OpenDate: firstDay}, nil)
	require.NoError(t, err)
	d := &dice{
		tally: make(map[string]int),
		Rand:  rand.New(rand.NewPCG(seed, 0)), t: t, book: book, //nolint:gosec // as above
		model: &naive{
			open: firstDay, accounts: make(map[string]*naiveAccount),
			written: make(map[uuid.UUID]naiveRecord), closed: make(map[ledger.Date]bool),
		},
	}
	for i := range commands {
		d.command(int(i))
	}
	t.Logf("answers: %v", d.tally)
	for path, account := range d.model.accounts {
		read, err := book.Account(t.Context(), path)
		require.NoError(t, err)
		require.Equal(t, account.own(0), read.Balance().Minor(), path)
		require.Equal(t, account.AccountSpec, read.AccountSpec)
	}
	verify(t, store, 1)
}

func variable(t *testing.T, name string, fallback uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	value, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, name)
	return value
}

// dice throws commands.
type dice struct {
	*rand.Rand
	t     *testing.T
	book  *ledger.Book
	model *naive
	past  []func()       // commands to be sent again
	tally map[string]int // how often each code was the answer
	ids   []uuid.UUID    // ids that were asked for, whatever the answer
}

func (d *dice) command(i int) {
	switch n := d.IntN(100); {
	case n < 60:
		transaction := d.transaction()
		d.again(func() { d.post(i, transaction) })
	case n < 72 || i < 4:
		id, spec := d.id(), d.spec()
		d.again(func() { d.openAccount(i, id, spec) })
	case n < 80:
		change := ledger.Change{
			ID: d.id(), Why: "test", Account: d.path(), Floor: d.bound(-20), Ceiling: d.bound(30), State: d.state(),
		}
		d.again(func() { d.change(i, change) })
	case n < 88:
		reversal := ledger.Reversal{Of: d.oldID(), By: []string{"a", "b"}[d.IntN(2)]}
		d.again(func() { d.reverse(i, reversal) })
	case n < 90:
		date := d.model.open.AddDays(d.IntN(4) - 2)
		d.again(func() { d.closeDay(i, date) })
	case len(d.past) > 0:
		d.past[d.IntN(len(d.past))]()
	}
}

// again sends a command and remembers to send it again some time.
func (d *dice) again(send func()) {
	d.past = append(d.past, send)
	send()
}

func (d *dice) post(i int, transaction ledger.Transaction) {
	code, amounts := "invalid", []int64(nil)
	if valid(transaction) {
		code, amounts = d.model.post(transaction)
	}
	receipt, err := d.book.Post(d.t.Context(), transaction)
	d.compare(i, transaction, code, amounts, receipt, err)
}

func (d *dice) openAccount(i int, id uuid.UUID, spec ledger.AccountSpec) {
	code := d.model.openAccount(id, spec)
	receipt, err := d.book.OpenAccounts(d.t.Context(), ledger.Opening{ID: id, Accounts: []ledger.AccountSpec{spec}})
	d.compare(i, spec, code, nil, receipt, err)
}

func (d *dice) change(i int, change ledger.Change) {
	code := d.model.change(change)
	receipt, err := d.book.ChangeAccount(d.t.Context(), change)
	d.compare(i, change, code, nil, receipt, err)
}

func (d *dice) reverse(i int, reversal ledger.Reversal) {
	code, amounts := d.model.reverse(reversal)
	receipt, err := d.book.Reverse(d.t.Context(), reversal)
	d.compare(i, reversal, code, amounts, receipt, err)
}

func (d *dice) closeDay(i int, date ledger.Date) {
	code := d.model.closeDay(date)
	receipt, err := d.book.CloseDay(d.t.Context(), ledger.DayClose{Date: date})
	d.compare(i, date, code, nil, receipt, err)
}

func (d *dice) compare(i int, command any, code string, lines []int64, receipt ledger.Receipt, err error) {
	d.t.Helper()
	got := ""
	switch {
	case err != nil:
		got = ledger.CodeOf(err)
	case receipt.Replayed:
		got = replayed
	}
	d.tally[got]++
	require.Equal(d.t, code, got, "command %d: %+v: %v", i, command, err)
	require.Equal(d.t, lines, amounts(receipt.Record), "command %d: %+v", i, command)
}

func valid(transaction ledger.Transaction) bool {
	for _, p := range transaction.Postings {
		if p.Take != ledger.Rest && p.Amount.Sign() <= 0 {
			return false
		}
	}
	return len(transaction.Postings) >= 2
}

// transaction is often balanced, sometimes by taking what is lacking, and
// sometimes nonsense.
func (d *dice) transaction() ledger.Transaction {
	t := ledger.Transaction{ID: d.id(), Kind: "test"}
	if d.IntN(10) == 0 {
		t.Date = d.model.open.AddDays(d.IntN(3) - 1)
	}
	for range 1 + d.IntN(4) {
		t.Postings = append(t.Postings, d.posting())
	}
	switch first := t.Postings[0]; d.IntN(4) {
	case 0:
		t.Postings = append(t.Postings, ledger.DebitRest(d.path()), ledger.CreditRest(d.path()))
	case 1, 2:
		first.Take, first.Amount = ledger.Exact, yuan(1+d.Int64N(30))
		other := first
		other.Side, other.Account = -first.Side, d.path()
		t.Postings = []ledger.Posting{first, other}
	}
	return t
}

func (d *dice) posting() ledger.Posting {
	p := ledger.Posting{Account: d.path(), Side: ledger.DebitSide, Take: ledger.Take(d.IntN(3))}
	if d.IntN(2) == 0 {
		p.Side = ledger.CreditSide
	}
	if p.Take != ledger.Rest {
		p.Amount = yuan(d.Int64N(31)) // zero is invalid
	}
	return p
}

func (d *dice) spec() ledger.AccountSpec {
	side := ledger.DebitSide
	if d.IntN(2) == 0 {
		side = ledger.CreditSide
	}
	spec := ledger.AccountSpec{Path: d.path(), Control: "1", Side: side, Currency: money.CNY, State: ledger.StateOpen}
	spec.Floor, spec.Ceiling = d.bound(-20), d.bound(30)
	return spec
}

func (d *dice) path() string { return fmt.Sprintf("account/%d", d.IntN(9)) }

// bound is near the number given, or none.
func (d *dice) bound(near int64) money.Amount {
	if d.IntN(3) == 0 {
		return money.Amount{}
	}
	return yuan(near + d.Int64N(60) - 30)
}

func (d *dice) state() ledger.State {
	states := []ledger.State{
		ledger.StateOpen, ledger.StateOpen, ledger.StateOpen, ledger.StateOpen, ledger.StateOpen, ledger.StateOpen,
		ledger.StateOpen, ledger.StateOpen, ledger.StateOpen, ledger.StateFrozen,
		ledger.StateFrozenDebits, ledger.StateFrozenCredits, ledger.StateClosed,
	}
	return states[d.IntN(len(states))]
}

// id is mostly new.
func (d *dice) id() uuid.UUID {
	if len(d.ids) > 0 && d.IntN(20) == 0 {
		return d.oldID()
	}
	d.ids = append(d.ids, numbered(len(d.ids)))
	return d.ids[len(d.ids)-1]
}

func (d *dice) oldID() uuid.UUID {
	if len(d.ids) == 0 {
		return numbered(-1)
	}
	return d.ids[d.IntN(len(d.ids))]
}
