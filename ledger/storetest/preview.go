package storetest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func previews() []clause {
	const same = "Preview answers what posting the request would answer at this moment, and writes nothing."
	return []clause{
		{"a preview answers what the request is then answered", same, previewEqualsPost},
		{"a preview of what is refused says so and writes nothing", same, previewRefused},
		{"a preview of what was written is a replay", same, func(t *testing.T, s *school) {
			once := topUp(wallet1, 100)
			record := s.post(t, once)
			receipt, err := s.book.Preview(t.Context(), once)
			require.NoError(t, err)
			require.Equal(t, ledger.Receipt{Record: record, Replayed: true}, receipt)
			once.By = "another"
			_, err = s.book.Preview(t.Context(), once)
			require.ErrorIs(t, err, ledger.ErrIDReused)
		}},
		{"previews amid payments write nothing", same, func(t *testing.T, s *school) {
			books := []*ledger.Book{s.book, s.openBook(t)}
			atOnce(40, func(i int) {
				one := topUp(wallet1, 1)
				if i%2 == 0 {
					_, err := books[i/20].Preview(t.Context(), one)
					if err != nil {
						t.Error(err)
					}
					return
				}
				if _, err := books[i/20].Post(t.Context(), one); err != nil {
					t.Error(err)
				}
			})
			require.Equal(t, int64(20), s.balance(t, wallet1))
		}},
	}
}

// everyRequest returns a request of each kind that the school accepts, in this
// order or alone.
func (s *school) everyRequest(t *testing.T) []ledger.Request {
	t.Helper()
	sale, filled := s.sale(t, 100), s.post(t, topUp(wallet2, 30)).ID
	s.post(t, topUp(wallet1, 100))
	captured := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 30)}).ID
	released := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 30)}).ID
	return []ledger.Request{
		meal(300), refundOf(sale, 40), ledger.Reversal{Of: filled, By: "finance:1"},
		ledger.Authorization{Transaction: meal(20), Expires: s.head(t).At.Add(24 * time.Hour)},
		partOf(captured, 20, 20), ledger.Release{Hold: released, Why: "no show"},
		ledger.Change{By: "test", ID: ledger.NewID(), Why: "test", Account: wallet2, Floor: yuan(0), State: ledger.StateFrozen},
		ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{wallet("wallet/h3")}},
		ledger.Chart{By: "test", ID: ledger.NewID(), Why: "test", Families: []ledger.Family{{Path: "fee", Control: "1212", Side: ledger.DebitSide}}},
	}
}

func previewEqualsPost(t *testing.T, s *school) {
	requests := s.everyRequest(t)
	s.stopClock(t) // the time is in the answer
	for _, request := range requests {
		before := s.head(t)
		previewed, err := s.book.Preview(t.Context(), request)
		require.NoError(t, err)
		require.Equal(t, before, s.head(t))
		answer := s.book.PostAll(t.Context(), request)[0]
		require.NoError(t, answer.Err)
		require.Equal(t, answer.Receipt, previewed)
	}
}

func previewRefused(t *testing.T, s *school) {
	sale := s.sale(t, 100)
	hold := s.preorder(t, 50)
	remembered := payment(wallet1, 51)
	remembered.Remember = true
	for _, request := range []ledger.Request{
		remembered, refundOf(sale, 101), ledger.Reversal{Of: numbered(0)}, partOf(hold, 51, 51), ledger.Release{Hold: sale},
		ledger.Authorization{Transaction: payment("nobody", 1)},
		ledger.Change{By: "test", ID: ledger.NewID(), Why: "test", Account: wallet1, State: ledger.StateClosed},
		ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{wallet(wallet1)}},
		ledger.Chart{ID: ledger.NewID()},
	} {
		before := s.head(t)
		_, previewed := s.book.Preview(t.Context(), request)
		require.Error(t, previewed)
		require.Equal(t, before, s.head(t))
		posted := s.book.PostAll(t.Context(), request)[0].Err
		require.Equal(t, posted, previewed)
	}
	_, err := s.book.Preview(t.Context(), remembered)
	var refused *ledger.RememberedError
	require.ErrorAs(t, err, &refused, "the post was remembered, not the preview")
}
