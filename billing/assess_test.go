package billing_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/ledger"
)

func TestAssess(t *testing.T) {
	t.Parallel()
	t.Run("makes out one bill a holder and books it as owed", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			item := s.put(t, "校服费,代收费,高一,286.50,2026-09-30,是")[0]
			done, err := s.Assess(t.Context(), billing.Assessment{Item: item.ID, Holders: []billing.Ref{"h2", "h1", "h2"}, By: "staff:7"})
			require.NoError(t, err)
			require.Equal(t, billing.Assessed{Created: 2, Booked: 2}, done)
			require.Equal(t, "286.50 CNY", s.balance(t, billing.BillIDOf(item.ID, "h1").Account()))
			require.Equal(t, "573.00 CNY", s.balance(t, "agency/"+string(item.ID)))
			bill := s.bill(t, billing.BillIDOf(item.ID, "h1"))
			require.True(t, bill.Assessed)
			require.False(t, bill.Paid())
			require.Equal(t, yuan("286.50"), bill.Outstanding)
		})
	})
	t.Run("credits the account of the item's nature", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			items := s.put(t, "学费,行政事业性收费,高一,1.00,2026-09-30,否", "课后服务费,服务性收费,高一,1.00,2026-09-30,是")
			for i, family := range []string{"treasury/", "income/"} {
				_, err := s.Assess(t.Context(), billing.Assessment{Item: items[i].ID, Holders: holders(1), By: "staff:7"})
				require.NoError(t, err)
				require.Equal(t, "1.00 CNY", s.balance(t, family+string(items[i].ID)))
			}
		})
	})
	t.Run("again, with more holders, bills only those who have no bill", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			item := s.tuition(t)
			done, err := s.Assess(t.Context(), billing.Assessment{Item: item.ID, Holders: holders(3), By: "staff:8"})
			require.NoError(t, err)
			require.Equal(t, billing.Assessed{Created: 1, Existed: 2, Booked: 1}, done)
			require.Equal(t, "3000.00 CNY", s.balance(t, "treasury/"+string(item.ID)))
		})
	})
	t.Run("many times at once bills once", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			item := s.put(t, "学费,行政事业性收费,高一,1000.00,2026-09-20,否")[0]
			var wait sync.WaitGroup
			failures := make([]error, 4)
			for i := range failures {
				wait.Go(func() {
					refs := holders(30)
					if i%2 == 1 {
						slices.Reverse(refs)
					}
					_, failures[i] = s.Assess(t.Context(), billing.Assessment{Item: item.ID, Holders: refs, By: fmt.Sprintf("staff:%d", i)})
				})
			}
			wait.Wait()
			require.NoError(t, errors.Join(failures...))
			require.Equal(t, "30000.00 CNY", s.balance(t, "treasury/"+string(item.ID)))
		})
	})
	t.Run("refuses what is malformed or unknown before it writes", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			item := s.put(t, "学费,行政事业性收费,高一,1000.00,2026-09-20,否")[0]
			for _, wrong := range []billing.Assessment{
				{Item: item.ID, Holders: holders(1)},
				{Item: item.ID, Holders: holders(1), By: strings.Repeat("x", 129)},
				{Item: item.ID, Holders: holders(1), By: "a\x00"},
				{Item: item.ID, Holders: []billing.Ref{"h1", ""}, By: "staff:7"},
				{Item: item.ID, Holders: []billing.Ref{"h/1"}, By: "staff:7"},
				{Item: item.ID, Holders: []billing.Ref{"h-1"}, By: "staff:7"},
				{Item: item.ID, Holders: []billing.Ref{billing.Ref(strings.Repeat("h", 65))}, By: "staff:7"},
			} {
				_, err := s.Assess(t.Context(), wrong)
				require.ErrorIs(t, err, ledger.ErrInvalid)
			}
			for _, unknown := range []billing.ItemID{"", "nosuchitem", "\x00\xff"} {
				_, err := s.Assess(t.Context(), billing.Assessment{Item: unknown, Holders: holders(1), By: "staff:7"})
				require.ErrorIs(t, err, billing.ErrItemUnknown)
			}
			stored, err := s.Item(t.Context(), item.ID)
			require.NoError(t, err)
			require.False(t, stored.Billed)
		})
	})
}

// TestAssessIsRepaired cuts Assess short at each of its commits in the ledger,
// before and after it is written, and does it again.
func TestAssessIsRepaired(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *school) {
		for commits := range int64(4) {
			for _, written := range []bool{false, true} {
				name := fmt.Sprintf("学费%d%t", commits, written)
				item := s.put(t, name+",行政事业性收费,高一,10.00,2026-09-20,否")[0]
				assessment := billing.Assessment{Item: item.ID, Holders: holders(1), By: "staff:7"}
				s.faults.failAfter(commits, written)
				_, err := s.Assess(t.Context(), assessment)
				s.faults.heal()
				if commits == 3 { // item's account, bill's account, transaction
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, errConnection)
				}
				bill := billing.BillIDOf(item.ID, "h1")
				if commits < 2 {
					_, err = s.Pay(t.Context(), cash(bill, "1.00"))
					require.ErrorIs(t, err, billing.ErrNotAssessed)
					require.False(t, s.bill(t, bill).Assessed)
					bills, err := s.BillsOf(t.Context(), "h1")
					require.NoError(t, err)
					require.Zero(t, bills[slices.IndexFunc(bills, func(b billing.Bill) bool { return b.ID == bill })].Outstanding.Sign())
				}

				assessment.By = "staff:8" // somebody else repairs it
				_, err = s.Assess(t.Context(), assessment)
				require.NoError(t, err)
				require.Equal(t, "10.00 CNY", s.balance(t, bill.Account()))
				require.Equal(t, "10.00 CNY", s.balance(t, "treasury/"+string(item.ID)))
			}
		}
		booked, err := s.Resume(t.Context())
		require.NoError(t, err)
		require.Zero(t, booked, "nothing is left to do")
	})
}

func TestResume(t *testing.T) {
	t.Parallel()
	t.Run("books all that a crash left", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			items := s.put(t, "学费,行政事业性收费,高一,10.00,2026-09-20,否", "书费,代收费,高一,10.00,2026-09-20,否")
			s.faults.failAfter(0, false)
			for _, item := range items {
				_, err := s.Assess(t.Context(), billing.Assessment{Item: item.ID, Holders: holders(3), By: "staff:7"})
				require.ErrorIs(t, err, errConnection)
			}
			s.faults.heal()
			booked, err := s.Resume(t.Context())
			require.NoError(t, err)
			require.Equal(t, 6, booked)
			require.Equal(t, "30.00 CNY", s.balance(t, "treasury/"+string(items[0].ID)))
			require.Equal(t, "30.00 CNY", s.balance(t, "agency/"+string(items[1].ID)))
		})
	})
	t.Run("posts nothing twice where only the mark was lost, also after payments", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			item := s.tuition(t)
			_, err := s.Pay(t.Context(), cash(billing.BillIDOf(item.ID, "h1"), "1000.00"))
			require.NoError(t, err)
			before, err := s.book.Head(t.Context())
			require.NoError(t, err)
			s.forgetMarks(t)
			booked, err := s.Resume(t.Context())
			require.NoError(t, err)
			require.Equal(t, 2, booked)
			after, err := s.book.Head(t.Context())
			require.NoError(t, err)
			require.Equal(t, before.Seq, after.Seq)
		})
	})
}

// gradeList is a school of holders by grade.
type gradeList map[string][]billing.Ref

func (l gradeList) ByGrades(_ context.Context, grades []string) iter.Seq2[billing.Ref, error] {
	return func(yield func(billing.Ref, error) bool) {
		for _, grade := range grades {
			refs, ok := l[grade]
			if !ok {
				yield("", errConnection)
				return
			}
			for _, ref := range refs {
				if !yield(ref, nil) {
					return
				}
			}
		}
	}
}

func TestPayers(t *testing.T) {
	t.Parallel()
	list := gradeList{"高一": {"h3", "h1"}, "高二": {"h2", "h1"}, "高三": {"h9"}}
	mandatory := billing.Item{ID: "i", Grades: []string{"高一", "高二"}}
	voluntary := billing.Item{ID: "i", Grades: []string{"高一", "高二"}, Voluntary: true}

	t.Run("a mandatory item is for all holders of its grades, each once", func(t *testing.T) {
		t.Parallel()
		payers, err := billing.Payers(t.Context(), mandatory, nil, list)
		require.NoError(t, err)
		require.Equal(t, []billing.Ref{"h1", "h2", "h3"}, payers)
	})
	t.Run("a voluntary item is for those who chose it", func(t *testing.T) {
		t.Parallel()
		chosen := []billing.Ref{"h3", "h1", "h3"}
		payers, err := billing.Payers(t.Context(), voluntary, chosen, list)
		require.NoError(t, err)
		require.Equal(t, []billing.Ref{"h1", "h3"}, payers)
		require.Equal(t, []billing.Ref{"h3", "h1", "h3"}, chosen, "the caller's list is left alone")
	})
	t.Run("a voluntary item that nobody chose is for nobody", func(t *testing.T) {
		t.Parallel()
		payers, err := billing.Payers(t.Context(), voluntary, nil, list)
		require.NoError(t, err)
		require.Empty(t, payers)
	})
	t.Run("nobody chooses a mandatory item", func(t *testing.T) {
		t.Parallel()
		_, err := billing.Payers(t.Context(), mandatory, []billing.Ref{"h1"}, list)
		require.ErrorIs(t, err, ledger.ErrInvalid)
	})
	t.Run("half a list of holders is none", func(t *testing.T) {
		t.Parallel()
		payers, err := billing.Payers(t.Context(), billing.Item{Grades: []string{"高一", "初一"}}, nil, list)
		require.ErrorIs(t, err, errConnection)
		require.Empty(t, payers)
	})
}
