package canteen_test

import (
	"context"
	"iter"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/qrcode"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

// asked counts what is read of a store beside its writes.
type asked struct {
	ledger.Store
	heads, accounts, records atomic.Int64
}

func (a *asked) Head(ctx context.Context, book ledger.BookID) (ledger.Head, error) {
	a.heads.Add(1)
	return a.Store.Head(ctx, book)
}

func (a *asked) Accounts(ctx context.Context, book ledger.BookID, query ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	a.accounts.Add(1)
	return a.Store.Accounts(ctx, book, query)
}

func (a *asked) Records(ctx context.Context, book ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	a.records.Add(1)
	return a.Store.Records(ctx, book, query)
}

type reads struct{ heads, accounts, records int64 }

// count returns what was read since the last call.
func (a *asked) count() reads {
	return reads{a.heads.Swap(0), a.accounts.Swap(0), a.records.Swap(0)}
}

// watched is a counter of the shop whose reads are counted.
func (s *shop) watched(t *testing.T) (*canteen.Counter, *asked) {
	t.Helper()
	watch := &asked{Store: s.store}
	book, err := ledger.Open(t.Context(), watch, school, nil)
	require.NoError(t, err)
	reader, err := qrcode.NewReader(s.codec)
	require.NoError(t, err)
	counter, err := canteen.NewCounter(canteen.CounterParts{
		Book: book, Chart: s.chart, Menu: s.menu, Codes: reader, Directory: s.cards,
	}, &canteen.CounterOptions{Now: noon})
	require.NoError(t, err)
	watch.count()
	return counter, watch
}

func TestASaleReadsNoMoreThanItMust(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	s.topUp(t, bob, "20.00")
	counter, watch := s.watched(t)
	_, err := counter.Sell(t.Context(), s.sale(t, bob, rice))
	require.NoError(t, err)
	require.Equal(t, reads{heads: 1, accounts: 1}, watch.count(), "who has a subsidy at all")

	sale := s.sale(t, bob, rice)
	_, err = counter.Sell(t.Context(), sale)
	require.NoError(t, err)
	require.Equal(t, reads{heads: 1}, watch.count(), "nobody has opened an account since")

	_, err = counter.Sell(t.Context(), s.sale(t, ann, rice))
	require.ErrorIs(t, err, canteen.ErrRefused)
	require.Equal(t, reads{heads: 1, accounts: 1, records: 1}, watch.count(), "what is in hers, and for what was refused an earlier sale")

	again, err := counter.Sell(t.Context(), sale)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	require.Equal(t, reads{heads: 1}, watch.count(), "the ledger knows what it has")
}

func TestASubsidyThatIsNewPaysTheNextMeal(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	s.topUp(t, bob, "20.00")
	s.topUp(t, ann, "20.00")
	counter, _ := s.watched(t)
	for range 2 { // the second finds that there is none without a look
		sold, err := counter.Sell(t.Context(), s.sale(t, bob, rice))
		require.NoError(t, err)
		require.Equal(t, cny("0.00"), sold.FromSubsidy)
	}
	// Another process, such as an import, opens the account and fills it.
	require.NoError(t, campus.Ensure(t.Context(), s.book, "office", s.chart.Subsidy(bob.Ref(), "meal")))
	s.grant(t, bob, "4.00")
	sold, err := counter.Sell(t.Context(), s.sale(t, bob, rice))
	require.NoError(t, err)
	require.Equal(t, cny("1.00"), sold.FromSubsidy)

	// An account that is empty now is one that may be filled again.
	sold, err = counter.Sell(t.Context(), s.sale(t, ann, rice))
	require.NoError(t, err)
	require.Equal(t, cny("0.00"), sold.FromSubsidy)
	s.grant(t, ann, "4.00")
	sold, err = counter.Sell(t.Context(), s.sale(t, ann, rice))
	require.NoError(t, err)
	require.Equal(t, cny("1.00"), sold.FromSubsidy)
}
