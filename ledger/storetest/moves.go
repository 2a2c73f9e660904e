package storetest

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func moves() []clause {
	const newestFirst = "Moves yields the records that moved an account, newest first."
	const query = "MoveQuery selects the records that moved the account with the path: those before the position Before (0: from the newest) and after the position After, at most Limit (0: all)."
	const last = "MovedSeq is the journal position of the last record that moved the account, 0 for none, and Moves how many did."
	const prev = "Prev is the position of the last record before this one that moved the account, 0 for none."
	const entries = "EntryQuery selects entries of the account with the path: those that come before the given position and line (Before 0: from the newest) and after the position After, at most Limit (0: all)."
	return []clause{
		{"records that moved an account are read between two positions, newest first", query, readMoves},
		{"a long chain reads alike from every position", query, everyPosition},
		{"what did not move an account is no part of its chain", newestFirst, notMoved},
		{"an account without moves has none, an unknown one neither", newestFirst, func(t *testing.T, s *school) {
			s.post(t, topUp(wallet1, 1))
			for _, path := range []string{wallet2, "nobody", "wallet", "wallet/", "", "%", "\xff'\""} {
				require.Empty(t, s.moves(t, ledger.MoveQuery{Account: path}), path)
				require.Empty(t, s.moves(t, ledger.MoveQuery{Account: path, Before: 3, Limit: 1}), path)
			}
		}},
		{"a chain ends where it began, whatever position it is asked for", query, func(t *testing.T, s *school) {
			s.post(t, topUp(wallet1, 1))
			s.post(t, topUp(wallet1, 1))
			require.Equal(t, s.moves(t, ledger.MoveQuery{Account: wallet1}), s.moves(t, ledger.MoveQuery{Account: wallet1, After: -1}))
		}},
		{"an account knows its last move and how many there were", last, countMoves},
		{"each line names the move before", prev, namePrevious},
		{"moves are each book's own", "Books share nothing but the database.", ownMoves},
		{"a view's chain does not grow", "View begins a read-only transaction: all its reads see one moment.", viewedMoves},
		{"a chain that is left early holds nothing", "they hold a connection until they end.", leaveChainEarly},
		{"entries are read between two positions, newest first", entries, readEntries},
		{"entries of a long chain are read page by page", entries, pageEntries},
	}
}

func (s *school) moves(t testing.TB, query ledger.MoveQuery) []ledger.StoredRecord {
	t.Helper()
	return all(t, s.store.Moves(t.Context(), s.id, query))
}

func positions(records []ledger.StoredRecord) []int64 {
	var seqs []int64
	for _, record := range records {
		seqs = append(seqs, record.Seq)
	}
	return seqs
}

func readMoves(t *testing.T, s *school) {
	var seqs []int64
	for i := range int64(4) {
		seqs = append(seqs, s.post(t, topUp(wallet1, i+1)).Seq)
		s.post(t, topUp(wallet2, 1))
	}
	for _, c := range []struct {
		query ledger.MoveQuery
		want  []int64
	}{
		{ledger.MoveQuery{}, []int64{seqs[3], seqs[2], seqs[1], seqs[0]}},
		{ledger.MoveQuery{Limit: 3}, []int64{seqs[3], seqs[2], seqs[1]}},
		{ledger.MoveQuery{Limit: 9}, []int64{seqs[3], seqs[2], seqs[1], seqs[0]}},
		{ledger.MoveQuery{Before: seqs[2]}, []int64{seqs[1], seqs[0]}},
		{ledger.MoveQuery{Before: seqs[2] + 1}, []int64{seqs[2], seqs[1], seqs[0]}},
		{ledger.MoveQuery{Before: seqs[2], Limit: 1}, []int64{seqs[1]}},
		{ledger.MoveQuery{Before: seqs[0]}, nil},
		{ledger.MoveQuery{Before: 1}, nil},
		{ledger.MoveQuery{Before: math.MaxInt64, Limit: 1}, []int64{seqs[3]}},
		{ledger.MoveQuery{After: seqs[1]}, []int64{seqs[3], seqs[2]}},
		{ledger.MoveQuery{After: seqs[1] - 1, Limit: 2}, []int64{seqs[3], seqs[2]}},
		{ledger.MoveQuery{After: seqs[1], Before: seqs[3]}, []int64{seqs[2]}},
		{ledger.MoveQuery{After: seqs[2], Before: seqs[2]}, nil},
		{ledger.MoveQuery{After: seqs[3], Before: seqs[1]}, nil},
		{ledger.MoveQuery{After: seqs[3]}, nil},
		{ledger.MoveQuery{After: math.MaxInt64}, nil},
	} {
		c.query.Account = wallet1
		require.Equal(t, c.want, positions(s.moves(t, c.query)), "%+v", c.query)
	}
}

// longChain moves the first wallet, with others in between, until its chain has
// more than three milestones, and returns the positions of all that moved it,
// newest first, as the records say.
func (s *school) longChain(t *testing.T) []int64 {
	t.Helper()
	var requests []ledger.Request
	for i := range 3*ledger.MovesToMilestone + 20 {
		requests = append(requests, topUp(wallet1, int64(i%7+1)))
		switch {
		case i%6 == 0:
			requests = append(requests, topUp(wallet2, 1))
		case i%9 == 0:
			requests = append(requests, transaction("sale",
				ledger.Debit(wallet1, yuan(1)), ledger.Credit(canteen, yuan(2)), ledger.Debit(wallet1, yuan(1))))
		case i%11 == 0:
			s.postAll(t, requests) // what is written in one commit and what in several must not tell
			requests = nil
		}
	}
	s.postAll(t, requests)
	seqs := s.scanMoves(t, wallet1)
	require.Greater(t, len(seqs), 200)
	return seqs
}

func (s *school) postAll(t *testing.T, requests []ledger.Request) {
	t.Helper()
	for _, answer := range s.book.PostAll(t.Context(), requests...) {
		require.NoError(t, answer.Err)
	}
}

// scanMoves looks at the whole journal.
func (s *school) scanMoves(t *testing.T, path string) []int64 {
	t.Helper()
	var seqs []int64
	for _, record := range all(t, s.store.Records(t.Context(), s.id, ledger.RecordQuery{})) {
		if slices.Contains(movedBy(record.Body), path) {
			seqs = append(seqs, record.Seq)
		}
	}
	slices.Reverse(seqs)
	return seqs
}

// selected is what a query must answer, given all.
func selected(seqs []int64, q ledger.MoveQuery) []int64 {
	var list []int64
	for _, seq := range seqs {
		if (q.Before == 0 || seq < q.Before) && seq > q.After && (q.Limit == 0 || len(list) < q.Limit) {
			list = append(list, seq)
		}
	}
	return list
}

func everyPosition(t *testing.T, s *school) {
	chain := s.longChain(t)
	for before := range s.head(t).Seq + 3 {
		parts := []ledger.MoveQuery{
			{}, {Limit: 1}, {Limit: ledger.MovesToMilestone + 2}, {After: before / 2}, {After: before - 9},
		}
		for _, query := range []ledger.MoveQuery{{Limit: 3}, parts[before%int64(len(parts))]} {
			query.Account, query.Before, query.After = wallet1, before, max(0, query.After)
			require.Equal(t, selected(chain, query), positions(s.moves(t, query)), "%+v", query)
		}
	}
	records := all(t, s.store.Records(t.Context(), s.id, ledger.RecordQuery{}))
	for _, got := range s.moves(t, ledger.MoveQuery{Account: wallet1}) {
		require.Equal(t, records[got.Seq-1], got)
	}
	bank := ledger.MoveQuery{Account: bank, Limit: 5}
	every := s.scanMoves(t, bank.Account)
	for bank.Before = range s.head(t).Seq + 3 {
		require.Equal(t, selected(every, bank), positions(s.moves(t, bank)), "%+v", bank)
	}
}

// notMoved names the first wallet in records of many kinds, of which two move it.
func notMoved(t *testing.T, s *school) {
	first := s.post(t, topUp(wallet1, 100)).Seq
	s.setLimits(t, wallet1, spending("", ledger.PerDay, 50))
	s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 10)})
	hold := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 5)}).ID
	refused := payment(wallet1, 1000)
	refused.Remember = true
	_, err := s.book.Post(t.Context(), refused)
	require.Error(t, err)
	s.post(t, tookNothing())
	s.setState(t, wallet1, ledger.StateFrozenCredits)
	s.closeDay(t, firstDay)
	require.Equal(t, []int64{first}, positions(s.moves(t, ledger.MoveQuery{Account: wallet1})))
	captured := s.capture(t, ledger.Capture{Hold: hold}).Seq
	require.Equal(t, []int64{captured, first}, positions(s.moves(t, ledger.MoveQuery{Account: wallet1})))
}

// tookNothing has a line of the first wallet after which nothing was left to take.
func tookNothing() ledger.Transaction {
	return transaction("sale", ledger.Credit(canteen, yuan(3)), ledger.Debit(bank, yuan(3)), ledger.DebitUpTo(wallet1, yuan(9)))
}

func (s *school) account(t *testing.T, path string) ledger.Account {
	t.Helper()
	account, err := s.book.Account(t.Context(), path)
	require.NoError(t, err)
	return account
}

func countMoves(t *testing.T, s *school) {
	require.Zero(t, s.account(t, wallet1).MovedSeq)
	require.Zero(t, s.account(t, wallet1).Moves)
	s.post(t, topUp(wallet1, 100))
	last := s.post(t, transaction("sale",
		ledger.Debit(wallet1, yuan(1)), ledger.Credit(canteen, yuan(2)), ledger.Debit(wallet1, yuan(1)))).Seq
	s.post(t, tookNothing())
	s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 10)})
	wallet := s.account(t, wallet1)
	require.Equal(t, []int64{last, 2}, []int64{wallet.MovedSeq, wallet.Moves})
	require.Greater(t, wallet.LastSeq, last)
	s.setState(t, wallet1, ledger.StateFrozen)
	wallet = s.account(t, wallet1)
	require.Equal(t, []int64{last, 2}, []int64{wallet.MovedSeq, wallet.Moves}, "a change is no move")
}

func namePrevious(t *testing.T, s *school) {
	prevs := func(record ledger.Record) string {
		var list []int64
		for _, line := range record.Lines {
			list = append(list, line.Prev)
		}
		return fmt.Sprint(list)
	}
	first := s.post(t, topUp(wallet1, 100))
	require.Equal(t, "[0 0]", prevs(first))
	s.post(t, topUp(wallet2, 1))
	twice := s.post(t, transaction("sale",
		ledger.Debit(wallet1, yuan(1)), ledger.Credit(canteen, yuan(2)), ledger.Debit(wallet1, yuan(1))))
	require.Equal(t, fmt.Sprint([]int64{first.Seq, 0, first.Seq}), prevs(twice))
	nothing := s.post(t, tookNothing())
	require.Equal(t, fmt.Sprint([]int64{twice.Seq, first.Seq + 1, twice.Seq}), prevs(nothing))
	hold := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 10)})
	late := s.post(t, payment(wallet1, 1))
	require.Equal(t, fmt.Sprint([]int64{twice.Seq, nothing.Seq}), prevs(late))
	captured := s.capture(t, ledger.Capture{Hold: hold.ID})
	require.Equal(t, fmt.Sprint([]int64{late.Seq, late.Seq}), prevs(captured), "as of the capture, not of its hold")
}

// ownMoves lets two books have accounts with the same paths and numbers: at the
// position of the one's milestone the other moves another account.
func ownMoves(t *testing.T, s *school) {
	neighbour := newSchool(t, s.store, s.id+1)
	s.fill(t, ledger.MovesToMilestone+5)
	var requests []ledger.Request
	for i := range ledger.MovesToMilestone + 20 {
		requests = append(requests, topUp([]string{wallet1, wallet2}[i%2], 1))
	}
	neighbour.postAll(t, requests)
	milestone := s.scanMoves(t, wallet1)[3]
	require.Len(t, s.scanMoves(t, wallet1), ledger.MovesToMilestone+3)
	require.Contains(t, neighbour.scanMoves(t, wallet2), milestone)
	require.Empty(t, s.moves(t, ledger.MoveQuery{Account: wallet2}))
	for _, one := range []*school{s, neighbour} {
		chain := one.scanMoves(t, wallet1)
		for before := range one.head(t).Seq + 2 {
			query := ledger.MoveQuery{Account: wallet1, Before: before, Limit: 3}
			require.Equal(t, selected(chain, query), positions(one.moves(t, query)), "%+v", query)
		}
	}
	verify(t, s.store, neighbour.id)
}

func viewedMoves(t *testing.T, s *school) {
	s.fill(t, ledger.MovesToMilestone) // its milestone is still to come
	before := s.moves(t, ledger.MoveQuery{Account: wallet1})
	view, err := s.store.View(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, view.Close()) }()
	s.fill(t, 3*ledger.MovesToMilestone)
	for _, until := range []int64{0, s.head(t).Seq, ledger.MovesToMilestone + 1} {
		query := ledger.MoveQuery{Account: wallet1, Before: until}
		require.Equal(t, before, all(t, view.Moves(t.Context(), s.id, query)), "before %d", until)
	}
	require.Greater(t, len(s.moves(t, ledger.MoveQuery{Account: wallet1})), len(before))
}

func leaveChainEarly(t *testing.T, s *school) {
	s.fill(t, 2*ledger.MovesToMilestone)
	for i := range 100 {
		read := 0
		for _, err := range s.store.Moves(t.Context(), s.id, ledger.MoveQuery{Account: wallet1}) {
			require.NoError(t, err)
			if read++; read > i%3 {
				break
			}
		}
	}
	for _, err := range s.store.Moves(t.Context(), s.id, ledger.MoveQuery{Account: wallet1}) {
		require.NoError(t, err)
		s.post(t, topUp(wallet2, 1)) // reading does not hold up writing
	}
}

func readEntries(t *testing.T, s *school) {
	var seqs []int64
	for i := range int64(3) {
		fen := 10 * (i + 1)
		seqs = append(seqs, s.post(t, transaction("topup",
			ledger.Credit(wallet1, yuan(fen)), ledger.Debit(bank, yuan(fen+1)), ledger.Credit(wallet1, yuan(1)))).Seq)
	}
	for _, c := range []struct {
		query ledger.EntryQuery
		want  []int64
	}{
		{ledger.EntryQuery{}, []int64{1, 30, 1, 20, 1, 10}},
		{ledger.EntryQuery{Limit: 3}, []int64{1, 30, 1}},
		{ledger.EntryQuery{Before: seqs[2]}, []int64{1, 20, 1, 10}},
		{ledger.EntryQuery{Before: seqs[2], BeforeLine: 2}, []int64{30, 1, 20, 1, 10}},
		{ledger.EntryQuery{Before: seqs[1], BeforeLine: 2, Limit: 2}, []int64{20, 1}},
		{ledger.EntryQuery{After: seqs[0]}, []int64{1, 30, 1, 20}},
		{ledger.EntryQuery{After: seqs[0], Before: seqs[2]}, []int64{1, 20}},
		{ledger.EntryQuery{After: seqs[2]}, nil},
	} {
		c.query.Account = wallet1
		var read []int64
		for _, entry := range all(t, ledger.Entries(t.Context(), s.store, s.id, c.query)) {
			read = append(read, -entry.Amount.Minor())
		}
		require.Equal(t, c.want, read, "%+v", c.query)
	}
}

// pageEntries turns pages that end anywhere in records and in the chain, and
// compares them with the whole.
func pageEntries(t *testing.T, s *school) {
	s.longChain(t)
	read := func(q ledger.EntryQuery) []ledger.Entry {
		q.Account = wallet1
		return all(t, ledger.Entries(t.Context(), s.store, s.id, q))
	}
	whole := read(ledger.EntryQuery{})
	require.Equal(t, -s.balance(t, wallet1), whole[0].Balance.Minor())
	for i := range whole[1:] {
		require.Equal(t, whole[i].Balance.Minor()-whole[i].Amount.Minor(), whole[i+1].Balance.Minor(), "each goes on from the one before")
	}
	for _, size := range []int{5, ledger.MovesToMilestone} {
		var turned []ledger.Entry
		for q := (ledger.EntryQuery{Limit: size}); ; {
			page := read(q)
			turned = append(turned, page...)
			if len(page) < size {
				break
			}
			q.Before, q.BeforeLine = page[size-1].Seq, page[size-1].Line
		}
		require.Equal(t, whole, turned, "pages of %d", size)
	}
}
