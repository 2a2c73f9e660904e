package storetest

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// verify recomputes a book from the bodies in its journal and compares whatever
// else the store keeps of it.
func verify(t testing.TB, store ledger.Store, book ledger.BookID) {
	t.Helper()
	view, err := store.View(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, view.Close()) }()
	head, err := view.Head(t.Context(), book)
	require.NoError(t, err)

	want := newRebuilt(t, book)
	for _, stored := range all(t, view.Records(t.Context(), book, ledger.RecordQuery{})) {
		want.add(stored)
	}
	require.True(t, want.head.At.Equal(head.At), "the head has the time of the last record")
	want.head.At = head.At
	want.head.Accounts, want.head.Tree = int64(len(want.accounts)), want.tree.Hashes()
	require.Equal(t, want.head, head, "the head is at the last record, and its tree is that of the bodies")

	require.Equal(t, want.sortedAccounts(), all(t, view.Accounts(t.Context(), book, ledger.AccountQuery{})))
	want.verifyMoves(view)
	require.Equal(t, want.sortedClosings(), all(t, view.Closings(t.Context(), book, ledger.ClosingQuery{})))
	require.Equal(t, want.sortedRefunds(), all(t, view.Refunds(t.Context(), book)))
	holds := all(t, view.Holds(t.Context(), book, ledger.HoldQuery{}))
	for i := range holds {
		holds[i].Expires = holds[i].Expires.UTC()
	}
	require.Equal(t, want.sortedHolds(), holds)
	want.verifyNodes(view)
	if rows, ok := view.(ledger.Rows); ok {
		want.verifyRows(rows)
	}
}

func all[T any](t testing.TB, rows iter.Seq2[T, error]) []T {
	t.Helper()
	var list []T
	for row, err := range rows {
		require.NoError(t, err)
		list = append(list, row)
	}
	return list
}

// rebuilt is a book as its journal tells it.
type rebuilt struct {
	t        testing.TB
	head     ledger.Head
	tree     *ledger.Tree
	leaves   [][]byte      // of tree
	nodes    []ledger.Node // of the trees of balances
	records  map[uuid.UUID]*ledger.Record
	accounts map[string]*rebuiltAccount
	stored   []ledger.StoredRecord
	entries  []rebuiltEntry
	miles    []ledger.Milestone
	latest   ledger.Date // on which anything was posted
	closings []ledger.Closing
	holds    map[uuid.UUID]*ledger.StoredHold
	refunds  map[ledger.Refunded]int64 // by position and line
}

type rebuiltAccount struct {
	ledger.Account
	used  naiveUses
	moves []int64 // positions of the records that moved it
}

// rebuiltEntry is what a line posted.
type rebuiltEntry struct {
	account string
	date    ledger.Date
	minor   int64 // debit positive
}

func newRebuilt(t testing.TB, book ledger.BookID) *rebuilt {
	return &rebuilt{
		t: t, head: ledger.Head{Book: book}, tree: ledger.NewTree(), records: make(map[uuid.UUID]*ledger.Record),
		accounts: make(map[string]*rebuiltAccount),
		holds:    make(map[uuid.UUID]*ledger.StoredHold), refunds: make(map[ledger.Refunded]int64),
	}
}

func (b *rebuilt) add(stored ledger.StoredRecord) {
	t := b.t
	r, err := ledger.ParseRecord(stored.Body)
	require.NoError(t, err)
	require.Equal(t, b.head.Book, r.Book)
	require.Equal(t, b.head.Seq+1, r.Seq, "the journal has no gaps")
	require.NotContains(t, b.records, r.ID, "an id stands for one record")
	require.False(t, r.At.Before(b.head.At), "time does not run back")
	leaf := ledger.LeafHash(stored.Body)
	require.Equal(t, ledger.StoredRecord{
		Seq: r.Seq, ID: r.ID, Date: r.Date, Mark: ledger.MarkOf(leaf), Body: stored.Body,
	}, stored, "the columns say what the body says")
	require.NoError(t, b.tree.Append(leaf, nil))
	b.leaves, b.stored = append(b.leaves, leaf), append(b.stored, stored)
	b.records[r.ID] = &r
	b.head.Seq, b.head.At = r.Seq, r.At
	if r.Kind == ledger.KindGenesis {
		b.head.OpenDate, b.head.Name = r.Date, r.Name
	}
	require.Equal(t, b.head.OpenDate, r.Date, "a record's date is the date that was open")
	b.addAccounts(&r)
	b.addLines(&r)
	b.addHold(&r)
	b.addCorrection(&r)
	b.addDates(&r)
	b.checkBounds(&r)
}

// addDates follows what a record does to dates and to the chart.
func (b *rebuilt) addDates(r *ledger.Record) {
	switch r.Kind {
	case ledger.KindDayClose:
		require.Equal(b.t, b.head.ClosedSeq, r.Prev, "a close names the one before")
		b.addClosings(r)
		b.head.OpenDate, b.head.ClosedSeq = r.Next, r.Seq
		if !r.Date.Before(b.latest) { // else closings to come have to look as far back
			b.head.TouchedSeq = r.Seq
		}
	case ledger.KindReopen:
		closed := b.records[r.Of]
		require.Equal(b.t, b.head.ClosedSeq, closed.Seq, "the latest close is reopened")
		require.Equal(b.t, b.head.ReopenSeq, r.Prev, "a reopening names the one before")
		require.Equal(b.t, closed.Date, r.Next)
		b.closings = slices.DeleteFunc(b.closings, func(c ledger.Closing) bool { return c.Date == r.Next })
		b.head.OpenDate, b.head.ClosedSeq, b.head.ReopenSeq = r.Next, closed.Prev, r.Seq
		b.head.TouchedSeq = min(b.head.TouchedSeq, b.since(closed.Prev))
	case ledger.KindChart:
		require.Equal(b.t, b.head.ChartSeq, r.Prev, "a chart names the one before")
		b.head.ChartSeq = r.Seq
	}
}

func (b *rebuilt) addAccounts(r *ledger.Record) {
	for _, spec := range r.Accounts {
		account, ok := b.accounts[spec.Path]
		if !ok {
			require.Equal(b.t, ledger.KindOpening, r.Kind, "an account is opened before it is changed")
			account = &rebuiltAccount{Account: ledger.Account{Number: int64(len(b.accounts) + 1)}, used: make(naiveUses)}
			b.accounts[spec.Path] = account
		} else {
			require.Equal(b.t, ledger.KindChange, r.Kind, "an account is opened once")
			require.Equal(b.t, account.ChangedSeq, r.Prev, "a change names the one before")
			account.used.keep(account.Limits, spec.Limits)
		}
		account.AccountSpec, account.ChangedSeq, account.LastSeq = spec, r.Seq, r.Seq
	}
}

func (b *rebuilt) addLines(r *ledger.Record) {
	sums := make(map[money.Currency]int64)
	if len(r.Lines) > 0 && b.latest.Before(r.Date) {
		b.latest = r.Date
	}
	for _, line := range r.Lines {
		require.Equal(b.t, b.accounts[line.Account].MovedSeq, line.Prev, "record %d: a line names the move before", r.Seq)
	}
	for _, line := range r.Lines {
		account := b.accounts[line.Account]
		minor := line.Amount.Minor()
		sums[line.Amount.Currency()] += minor
		account.Debits, account.Credits = account.Debits+max(minor, 0), account.Credits-min(minor, 0)
		account.LastSeq = r.Seq
		require.Equal(b.t, account.Debits-account.Credits, line.Balance.Minor(), "a line carries the balance after it")
		if !strings.HasPrefix(r.Kind, "ledger.") {
			account.used.count(account.Limits, line.Side, r.Kind, r.Date, abs(minor))
		}
		if minor != 0 {
			b.entries = append(b.entries, rebuiltEntry{account: line.Account, date: r.Date, minor: minor})
			b.addMove(account, r.Seq)
		}
	}
	for currency, sum := range sums {
		require.Zero(b.t, sum, "record %d sums to zero in %s", r.Seq, currency)
	}
}

// addMove follows that a record moved an account, with one line or several.
func (b *rebuilt) addMove(account *rebuiltAccount, seq int64) {
	if n := len(account.moves); n > 0 && account.moves[n-1] == seq {
		return
	}
	account.moves = append(account.moves, seq)
	account.MovedSeq, account.Moves = seq, int64(len(account.moves))
	if len(account.moves)%ledger.MovesToMilestone == 0 {
		b.miles = append(b.miles, ledger.Milestone{Account: account.Number, Seq: seq})
	}
}

// checkBounds checks the accounts of a record as if all holds towards a bound
// were captured.
func (b *rebuilt) checkBounds(r *ledger.Record) {
	for _, line := range slices.Concat(r.Lines, r.Held) {
		account := b.accounts[line.Account]
		out, in := account.HeldDebits, account.HeldCredits
		if account.Side == ledger.DebitSide {
			out, in = in, out
		}
		require.GreaterOrEqual(b.t, min(account.HeldDebits, account.HeldCredits), int64(0))
		if account.Floor.IsValid() {
			require.GreaterOrEqual(b.t, account.Balance().Minor()-out, account.Floor.Minor(), "record %d keeps the floor", r.Seq)
		}
		if account.Ceiling.IsValid() {
			require.LessOrEqual(b.t, account.Balance().Minor()+in, account.Ceiling.Minor(), "record %d keeps the ceiling", r.Seq)
		}
	}
}

func (b *rebuilt) sortedAccounts() []ledger.Account {
	var accounts []ledger.Account
	for _, account := range b.accounts {
		account.Used = account.used.list(account.Limits)
		accounts = append(accounts, account.Account)
	}
	slices.SortFunc(accounts, func(x, y ledger.Account) int { return cmp.Compare(x.Path, y.Path) })
	return accounts
}

func (b *rebuilt) sortedHolds() []ledger.StoredHold {
	var holds []ledger.StoredHold
	for _, hold := range b.holds {
		holds = append(holds, *hold)
	}
	slices.SortFunc(holds, func(x, y ledger.StoredHold) int { return cmp.Compare(x.Seq, y.Seq) })
	return holds
}

func (b *rebuilt) sortedRefunds() []ledger.Refunded {
	var refunds []ledger.Refunded
	for refund, minor := range maps.All(b.refunds) {
		refund.Minor = minor
		refunds = append(refunds, refund)
	}
	slices.SortFunc(refunds, func(x, y ledger.Refunded) int {
		return cmp.Or(cmp.Compare(x.Seq, y.Seq), cmp.Compare(x.Line, y.Line))
	})
	return refunds
}

func (b *rebuilt) sortedClosings() []ledger.Closing {
	var closings []ledger.Closing // not an empty list, which is not equal to none
	closings = append(closings, b.closings...)
	slices.SortFunc(closings, func(x, y ledger.Closing) int {
		return cmp.Or(cmp.Compare(x.Account, y.Account), x.Date.Compare(y.Date))
	})
	return closings
}
