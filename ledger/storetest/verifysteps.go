package storetest

import (
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// addHold follows what a record does to holds.
func (b *rebuilt) addHold(r *ledger.Record) {
	switch r.Kind {
	case ledger.KindHold:
		for _, line := range r.Held {
			account := b.accounts[line.Account]
			account.addHeld(line.Amount.Minor())
			account.used.count(account.Limits, line.Side, r.For, r.Date, abs(line.Amount.Minor()))
			account.LastSeq = r.Seq
		}
		b.holds[r.ID] = &ledger.StoredHold{
			Seq: r.Seq, ID: r.ID, State: ledger.HoldHeld, Expires: r.Expires, Captured: make([]int64, len(r.Held)), LastSeq: r.Seq,
		}
	case ledger.KindCapture:
		b.addCapture(r)
	case ledger.KindRelease:
		b.endHold(r, ledger.HoldReleased)
	case ledger.KindExpiry:
		require.False(b.t, r.At.Before(b.holds[r.Of].Expires), "a hold expires when its time is over")
		b.endHold(r, ledger.HoldExpired)
	}
}

// addHeld reserves an amount, debit positive.
func (a *rebuiltAccount) addHeld(minor int64) {
	a.HeldDebits, a.HeldCredits = a.HeldDebits+max(minor, 0), a.HeldCredits-min(minor, 0)
}

// free gives back what was reserved.
func (a *rebuiltAccount) free(minor int64) {
	a.HeldDebits, a.HeldCredits = a.HeldDebits-max(minor, 0), a.HeldCredits+min(minor, 0)
}

// giveBack returns to the limits what a record of a transaction of the kind used,
// unless the account was changed since.
func (a *rebuiltAccount) giveBack(side ledger.Side, kind string, r *ledger.Record, today ledger.Date, minor int64) {
	if a.ChangedSeq <= r.Seq {
		a.used.giveBack(a.Limits, side, kind, r.Date, today, minor)
	}
}

func (b *rebuilt) addCapture(r *ledger.Record) {
	hold, authorized := b.holds[r.Of], b.records[r.Of]
	require.Equal(b.t, ledger.HoldHeld, hold.State, "only an open hold is captured")
	require.Equal(b.t, authorized.For, r.For)
	require.Equal(b.t, authorized.Due, r.Due)
	require.Len(b.t, r.Lines, len(authorized.Held))
	if !hold.Expires.IsZero() {
		require.True(b.t, r.At.Before(hold.Expires), "an expired hold is not captured")
	}
	hold.LastSeq = r.Seq
	left := false
	for i, line := range r.Lines {
		require.Equal(b.t, authorized.Held[i].Account, line.Account)
		b.accounts[line.Account].free(line.Amount.Minor())
		hold.Captured[i] += abs(line.Amount.Minor())
		held := abs(authorized.Held[i].Amount.Minor())
		require.LessOrEqual(b.t, hold.Captured[i], held, "no more is captured than was held")
		left = left || hold.Captured[i] < held
	}
	if r.Final || !left {
		b.endHold(r, ledger.HoldCaptured)
	}
}

// endHold frees what is left of a hold.
func (b *rebuilt) endHold(r *ledger.Record, state ledger.HoldState) {
	hold, authorized := b.holds[r.Of], b.records[r.Of]
	require.Equal(b.t, ledger.HoldHeld, hold.State, "a hold ends once")
	hold.State, hold.LastSeq = state, r.Seq
	for i, line := range authorized.Held {
		account := b.accounts[line.Account]
		account.LastSeq = r.Seq
		left := abs(line.Amount.Minor()) - hold.Captured[i]
		account.free(int64(line.Side) * left)
		account.giveBack(line.Side, authorized.For, authorized, r.Date, left)
	}
}

// addCorrection follows what reversals and refunds say of other records.
func (b *rebuilt) addCorrection(r *ledger.Record) {
	if r.Kind != ledger.KindReversal && r.Kind != ledger.KindRefund {
		return
	}
	original := b.records[r.Of]
	require.NotEmpty(b.t, original.Lines, "only postings are undone")
	require.NotContains(b.t, []string{ledger.KindReversal, ledger.KindRefund}, original.Kind)
	for i, line := range r.Lines {
		minor := abs(line.Amount.Minor())
		if original.Kind != ledger.KindCapture { // its hold used the limits, perhaps in another window
			b.accounts[line.Account].giveBack(-line.Side, original.Kind, original, r.Date, minor)
		}
		if r.Kind != ledger.KindRefund || minor == 0 {
			continue
		}
		key := ledger.Refunded{Seq: original.Seq, Line: r.Refunds[i]}
		b.refunds[key] += minor
		require.Equal(b.t, original.Lines[key.Line].Account, line.Account)
		require.LessOrEqual(b.t, b.refunds[key], abs(original.Lines[key.Line].Amount.Minor()), "no more is refunded than was posted")
	}
}

// addClosings sums, for each account, all that was posted with its date or an
// earlier one: the close commits to all of them, and writes down those that it
// has to.
func (b *rebuilt) addClosings(r *ledger.Record) {
	debits, credits := make(map[string]int64), make(map[string]int64)
	for _, entry := range b.entries {
		if r.Date.Before(entry.date) {
			continue // posted before an earlier date was reopened
		}
		debits[entry.account] += max(entry.minor, 0)
		credits[entry.account] -= min(entry.minor, 0)
	}
	var every []ledger.Closing
	for path, account := range b.accounts {
		closing := ledger.Closing{
			Account: path, Number: account.Number, Control: account.Control, Currency: account.Currency,
			Date: r.Date, Debits: debits[path], Credits: credits[path],
		}
		every = append(every, closing)
		if account.LastSeq > b.head.TouchedSeq {
			b.closings = append(b.closings, closing)
		}
	}
	leaves := naiveBalances(every)
	require.Equal(b.t, naiveCommitment(leaves), r.Balances, "record %d commits to what every account stood at", r.Seq)
	b.nodes = append(b.nodes, naiveNodes(r.Seq, leaves)...)
}

// since returns the last position up to which nothing has a later date than the
// close at a position.
func (b *rebuilt) since(closed int64) int64 {
	var date ledger.Date
	for _, r := range b.records {
		if r.Seq == closed {
			date = r.Date
		}
	}
	since := closed
	for _, r := range b.records {
		if date.Before(r.Date) {
			since = min(since, r.Seq-1)
		}
	}
	return since
}

func abs(minor int64) int64 {
	if minor < 0 {
		return -minor
	}
	return minor
}
