package storetest

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// spoiler is a store whose user writes changes that cannot be.
type spoiler struct {
	ledger.Store
	spoil func(*ledger.Changes)
}

func (s *spoiler) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	locked, err := s.Store.Lock(ctx, book, need)
	if err != nil {
		return nil, err
	}
	return &spoiled{Locked: locked, spoil: s.spoil}, nil
}

type spoiled struct {
	ledger.Locked
	spoil func(*ledger.Changes)
}

func (s *spoiled) Commit(ctx context.Context, changes ledger.Changes) error {
	s.spoil(&changes)
	return s.Locked.Commit(ctx, changes)
}

func atomicity() []clause {
	const allOrNothing = "Commit writes the changes, all or nothing, and returns once they are durable."
	return []clause{
		{"a milestone written twice undoes the whole commit", allOrNothing, failedCommit(func(c *ledger.Changes) {
			milestone := ledger.Milestone{Account: 1, Seq: c.Head.Seq}
			c.Milestones = append(c.Milestones, milestone, milestone)
		})},
		{"a record written twice undoes the whole commit", allOrNothing, failedCommit(func(c *ledger.Changes) {
			c.Records = append(c.Records, c.Records[0])
		})},
		{"a closing of no account undoes the whole commit", allOrNothing, failedCommit(func(c *ledger.Changes) {
			c.Closings = append(c.Closings, ledger.ClosingRow{Account: 1 << 40, Date: firstDay})
		})},
		{
			"a rollback leaves no trace and lets the next one in", "Rollback ends the transaction without a trace.",
			func(t *testing.T, s *school) {
				before := s.head(t)
				require.NoError(t, s.hold(t, ledger.Need{}).Rollback(t.Context()))
				require.Equal(t, before, s.head(t))
				s.post(t, topUp(wallet1, 100))
			},
		},
		{
			"a refused transaction leaves no trace", "leaves no trace.",
			func(t *testing.T, s *school) {
				before := s.head(t)
				refused := transaction("sale", ledger.Credit(canteen, yuan(5)), ledger.Debit(wallet1, yuan(5)))
				_, err := s.book.Post(t.Context(), refused)
				require.ErrorIs(t, err, ledger.ErrInsufficient)
				require.Equal(t, before, s.head(t))
				_, err = s.book.Record(t.Context(), refused.ID)
				require.ErrorIs(t, err, ledger.ErrRecordUnknown)
			},
		},
		{
			"one caller's refusal is no other caller's", "its own answer.",
			func(t *testing.T, s *school) {
				errs := make([]error, 40)
				atOnce(len(errs), func(i int) {
					fen := int64(1)
					if i%2 == 1 {
						fen = walletMax + 1
					}
					_, errs[i] = s.book.Post(t.Context(), topUp(wallet1, fen))
				})
				for i, err := range errs {
					if i%2 == 1 {
						require.ErrorIs(t, err, ledger.ErrAboveCeiling)
					} else {
						require.NoError(t, err)
					}
				}
				require.Equal(t, int64(len(errs)/2), s.balance(t, wallet1))
			},
		},
	}
}

// failedCommit spoils the changes of one transaction and checks that nothing
// of them is there.
func failedCommit(spoil func(*ledger.Changes)) func(t *testing.T, s *school) {
	return func(t *testing.T, s *school) {
		s.post(t, topUp(wallet1, 100))
		before := s.head(t)
		book, err := ledger.Open(t.Context(), &spoiler{Store: s.store, spoil: spoil}, s.id, nil)
		require.NoError(t, err)
		_, err = book.Post(t.Context(), payment(wallet1, 30))
		require.Error(t, err)
		require.NotErrorIs(t, err, ledger.ErrOutcomeUnknown)
		require.Equal(t, before, s.head(t))
		require.Equal(t, int64(100), s.balance(t, wallet1))
		s.post(t, payment(wallet1, 30)) // and the store still works
	}
}
