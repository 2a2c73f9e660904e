package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// writers is how many callers press on one account.
const writers = 64

// withinBounds is the third of what holds.
const withinBounds = "After each record no balance lies outside its account's bounds, and none could get there by the capture of any holds, however many callers post at once."

func concurrency() []clause {
	return []clause{
		{
			"no update of a hot account is lost", "any number of goroutines; those of several processes meet in the store.",
			hotAccount,
		},
		{
			"a wallet with money for twenty pays twenty times",
			withinBounds,
			twentyPayments,
		},
		{
			"a wallet is never filled above its ceiling",
			withinBounds,
			func(t *testing.T, s *school) {
				books := []*ledger.Book{s.book, s.openBook(t)}
				var filled atomic.Int64
				atOnce(writers, func(i int) {
					if _, err := books[i%len(books)].Post(t.Context(), topUp(wallet1, walletMax/10)); err == nil {
						filled.Add(1)
					}
				})
				require.Equal(t, int64(10), filled.Load())
				require.Equal(t, int64(walletMax), s.balance(t, wallet1))
			},
		},
		{
			"a second lock of a book waits for the first",
			"no other Lock of this book, by any process, returns before this one ends.",
			secondLock,
		},
		{
			"a lock reads what the one before it wrote", "It reads what need names as of the last commit.",
			func(t *testing.T, s *school) {
				sale := topUp(wallet1, 100)
				before := s.hold(t, ledger.Need{Accounts: []string{wallet1}})
				require.NoError(t, before.Rollback(t.Context()))
				record := s.post(t, sale)
				after := s.hold(t, ledger.Need{Accounts: []string{wallet1, "nobody"}, IDs: ids(sale.ID, numbered(1))})
				defer func() { require.NoError(t, after.Rollback(t.Context())) }()
				snapshot := after.Snapshot()
				require.Equal(t, record.Seq, snapshot.Head.Seq)
				require.Len(t, snapshot.Accounts, 1, "what does not exist is absent")
				require.Equal(t, int64(100), snapshot.Accounts[0].Credits)
				require.Equal(t, record.Seq, snapshot.Accounts[0].LastSeq)
				require.Len(t, snapshot.Records, 1)
				require.Equal(t, record.Canonical(), snapshot.Records[0].Body)
				require.Empty(t, snapshot.All)
			},
		},
		{"a lock reads what need names and no more", "Snapshot answers a Need. What does not exist is absent.", readNeed},
	}
}

// secondLock gives a store that does not exclude a moment to show it. One that
// does cannot fail, however slow the machine is.
func secondLock(t *testing.T, s *school) {
	first := s.hold(t, ledger.Need{})
	var ended atomic.Bool
	second := make(chan bool, 1)
	go func() {
		locked, err := s.store.Lock(t.Context(), s.id, ledger.Need{})
		second <- err == nil && ended.Load()
		if err == nil {
			_ = locked.Rollback(t.Context())
		}
	}()
	select {
	case <-second:
		require.Fail(t, "both locks were held")
	case <-time.After(50 * time.Millisecond):
	}
	ended.Store(true)
	require.NoError(t, first.Rollback(t.Context()))
	require.True(t, <-second)
}

func hotAccount(t *testing.T, s *school) {
	books := []*ledger.Book{s.book, s.openBook(t), s.openBook(t), s.openBook(t)}
	const each = 4
	var posted atomic.Int64
	atOnce(writers, func(i int) {
		for range each {
			sale := transaction("sale", ledger.Debit(bank, yuan(7)), ledger.Credit(canteen, yuan(7)))
			if _, err := books[i%len(books)].Post(t.Context(), sale); err == nil {
				posted.Add(1)
			}
		}
	})
	require.Equal(t, int64(writers*each), posted.Load())
	require.Equal(t, int64(writers*each*7), s.balance(t, canteen))
}

func twentyPayments(t *testing.T, s *school) {
	s.post(t, topUp(wallet1, 20*50+49))
	books := []*ledger.Book{s.book, s.openBook(t)}
	var paid atomic.Int64
	errs := make([]error, writers)
	atOnce(writers, func(i int) {
		if _, errs[i] = books[i%len(books)].Post(t.Context(), payment(wallet1, 50)); errs[i] == nil {
			paid.Add(1)
		}
	})
	for _, err := range errs {
		if err != nil {
			require.ErrorIs(t, err, ledger.ErrInsufficient)
		}
	}
	require.Equal(t, int64(20), paid.Load())
	require.Equal(t, int64(49), s.balance(t, wallet1))
}

func readNeed(t *testing.T, s *school) {
	first, second := s.post(t, topUp(wallet1, 100)), s.post(t, topUp(wallet1, 100))
	s.refund(t, refundOf(first.ID, 10))
	s.refund(t, refundOf(second.ID, 20))
	hold := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 60)})
	part := s.capture(t, partOf(hold.ID, 25, 25))
	s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 10)})
	s.setChart(t, schoolFamilies()...)
	chart := s.setChart(t, schoolFamilies()...)
	s.closeDay(t, firstDay)
	ahead := s.post(t, topUp(wallet2, 5))
	s.reopenDay(t, firstDay)

	read := func(need ledger.Need) ledger.Snapshot {
		locked := s.hold(t, need)
		defer func() { require.NoError(t, locked.Rollback(t.Context())) }()
		return locked.Snapshot()
	}
	head := s.head(t)
	require.Equal(t, ledger.Snapshot{Head: head}, read(ledger.Need{}))
	require.Equal(t, []ledger.StoredHold{{
		Seq: hold.Seq, ID: hold.ID, State: ledger.HoldHeld, Captured: []int64{25, 25}, LastSeq: part.Seq,
	}}, read(ledger.Need{Holds: ids(hold.ID, first.ID, numbered(0))}).Holds)
	require.ElementsMatch(t, []ledger.Refunded{
		{Seq: second.Seq, Line: 0, Minor: 20}, {Seq: second.Seq, Line: 1, Minor: 20},
	}, read(ledger.Need{Refunds: []int64{second.Seq, hold.Seq, 1 << 40}}).Refunds)
	charts := read(ledger.Need{Chart: true}).Chart
	require.Len(t, charts, 1)
	require.Equal(t, chart.Canonical(), charts[0].Body)
	touched := read(ledger.Need{Closing: true})
	require.Len(t, touched.All, 6)
	require.Len(t, touched.Ahead, 2, "the post, and the reopening")
	require.Equal(t, ahead.Canonical(), touched.Ahead[0].Body)
}
