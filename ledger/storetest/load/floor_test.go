package load_test

import (
	"context"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// noted is a floor that does to accounts what a floor is told to do, and counts
// the rest.
type noted struct {
	load.Floor // is not read
	mu         sync.Mutex
	accounts   map[int64]ledger.Account
	records    int
	milestones []ledger.Milestone
}

func (n *noted) insert(rows *ledger.Changes) {
	for _, a := range rows.Opened {
		n.accounts[a.Number] = a
	}
	n.records += len(rows.Records)
	n.milestones = append(n.milestones, rows.Milestones...)
}

func (n *noted) Write(_ context.Context, rows *ledger.Changes) error {
	n.insert(rows)
	for _, u := range rows.Updated {
		a := n.accounts[u.Number]
		a.Debits, a.Credits, a.LastSeq, a.MovedSeq, a.Moves = u.Debits, u.Credits, u.LastSeq, u.MovedSeq, u.Moves
		n.accounts[u.Number] = a
	}
	return nil
}

func (n *noted) WriteOne(_ context.Context, rows *ledger.Changes) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.insert(rows)
	for _, u := range rows.Updated {
		a := n.accounts[u.Number]
		a.Debits, a.Credits, a.Moves = a.Debits+u.Debits, a.Credits+u.Credits, a.Moves+u.Moves
		a.LastSeq, a.MovedSeq = max(a.LastSeq, u.LastSeq), max(a.MovedSeq, u.MovedSeq)
		n.accounts[u.Number] = a
	}
	return nil
}

func TestAFloorIsGivenWhatTheStoreWrote(t *testing.T) {
	t.Parallel()
	for name, write := range map[string]func(*load.Laid) (load.Beside, error){
		"in batches": func(d *load.Laid) (load.Beside, error) { return d.InBatches(t.Context()) },
		"one by one": func(d *load.Laid) (load.Beside, error) { return d.OneByOne(t.Context(), 4) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := storetest.NewMemory()
			l, err := load.Prepare(t.Context(), store, load.LunchPeak, &small)
			require.NoError(t, err)
			run, err := l.Run(t.Context(), 8, load.Until{Count: 3000})
			require.NoError(t, err)
			floor := &noted{accounts: make(map[int64]ledger.Account)}
			laid, err := l.Lay(t.Context(), &run, floor)
			require.NoError(t, err)
			_, err = write(laid)
			require.NoError(t, err)

			for account, err := range store.Accounts(t.Context(), 1, ledger.AccountQuery{}) {
				require.NoError(t, err)
				require.Equal(t, account, floor.accounts[account.Number])
			}
			head, err := store.Head(t.Context(), 1)
			require.NoError(t, err)
			require.EqualValues(t, head.Seq, floor.records)
			var milestones []ledger.Milestone
			for milestone, err := range store.MilestoneRows(t.Context(), 1) {
				require.NoError(t, err)
				milestones = append(milestones, milestone)
			}
			require.NotEmpty(t, milestones)
			require.ElementsMatch(t, milestones, floor.milestones)
		})
	}
}
