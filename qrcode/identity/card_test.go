package identity_test

import (
	"database/sql"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/qrcode/identity"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

func TestCardsScannedAtOneMomentAreEachTheirHolders(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		directory := open(t, db, nil)
		people := make([]identity.Registration, 30)
		for i := range people {
			people[i] = pupil(i)
		}
		numbers := enrol(t, directory, people...)
		_, err := directory.IssueCards(t.Context(), school, numbers, "office")
		require.NoError(t, err)
		_, err = directory.ReportLost(t.Context(), school, numbers[7], "office")
		require.NoError(t, err)
		var group sync.WaitGroup
		for round := range 4 {
			for i, number := range numbers {
				group.Go(func() {
					elsewhere := round == 3 // in a school that knows nobody
					at := school
					if elsewhere {
						at++
					}
					holder, err := directory.CheckCard(t.Context(), at, number, 1)
					switch {
					case elsewhere && !errors.Is(err, identity.ErrUnknownHolder), !elsewhere && i == 7 && !errors.Is(err, identity.ErrCardLost):
						t.Errorf("card %d: %v", i, err)
					case !elsewhere && i != 7 && (err != nil || holder.Number != number):
						t.Errorf("card %d of %s: %v %v", i, number.Ref(), holder, err)
					}
				})
			}
		}
		group.Wait()
	})
}

func TestCardLife(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		ctx, directory, clock := t.Context(), (*identity.Directory)(nil), newClock()
		directory = open(t, db, &identity.Options{Now: clock.now})
		opening, err := directory.Upsert(ctx, school, []identity.Registration{pupil(1)})
		require.NoError(t, err)
		number := opening[0].Number

		check := func(serial uint8) error {
			_, err := directory.CheckCard(ctx, school, number, serial)
			return err
		}
		require.ErrorIs(t, check(1), identity.ErrNotOpen)
		require.NoError(t, directory.Activate(ctx, school, []identity.Number{number}))
		require.ErrorIs(t, check(1), identity.ErrNoCard)

		_, err = directory.ReportLost(ctx, school, number, "office")
		var state *identity.CardStateError
		require.ErrorAs(t, err, &state)
		require.Equal(t, identity.CardNone, state.State)

		for range 2 { // a print run may be repeated
			cards, err := directory.IssueCards(ctx, school, []identity.Number{number}, "office")
			require.NoError(t, err)
			require.Equal(t, []identity.Card{{Serial: 1, State: identity.CardActive}}, cards)
		}
		require.NoError(t, check(1))
		require.ErrorIs(t, check(0), identity.ErrNoCard)
		require.ErrorIs(t, check(2), identity.ErrNoCard)

		for range 2 {
			_, err = directory.ReportLost(ctx, school, number, "guardian-1")
			require.NoError(t, err)
		}
		require.ErrorIs(t, check(1), identity.ErrCardLost)
		_, err = directory.UndoLoss(ctx, school, number, "guardian-1")
		require.NoError(t, err)
		require.NoError(t, check(1))

		card, err := directory.Reissue(ctx, school, number, "office")
		require.NoError(t, err)
		require.Equal(t, identity.Card{Serial: 2, State: identity.CardActive}, card)
		require.ErrorIs(t, check(1), identity.ErrCardVoid)
		require.NoError(t, check(2))

		_, err = directory.Block(ctx, school, number, "office")
		require.NoError(t, err)
		require.ErrorIs(t, check(2), identity.ErrCardBlocked)
		require.ErrorIs(t, check(1), identity.ErrCardVoid)
		_, err = directory.UndoLoss(ctx, school, number, "guardian-1")
		require.ErrorIs(t, err, identity.ErrCardState)

		history, err := directory.History(ctx, school, number)
		require.NoError(t, err)
		var actions []identity.Action
		for i, event := range history {
			require.Equal(t, int64(i+1), event.Change)
			require.Equal(t, clock.now(), event.At)
			actions = append(actions, event.Action)
		}
		require.Equal(t, []identity.Action{
			identity.ActIssue, identity.ActLost, identity.ActFound, identity.ActReissue, identity.ActBlock,
		}, actions)
		require.Equal(t, "guardian-1", history[1].By)
		require.Equal(t, uint8(2), history[3].Serial)
	})
}

func TestTheSerialAfter255IsRefused(t *testing.T) {
	t.Parallel()
	directory := open(t, domaintest.SQLite(t), nil)
	numbers := enrol(t, directory, pupil(1))
	_, err := directory.IssueCards(t.Context(), school, numbers, "office")
	require.NoError(t, err)
	for range 254 {
		_, err = directory.Reissue(t.Context(), school, numbers[0], "office")
		require.NoError(t, err)
	}
	masked, err := directory.CheckCard(t.Context(), school, numbers[0], 255)
	require.NoError(t, err)
	require.Equal(t, uint8(255), masked.Card.Serial)
	_, err = directory.Reissue(t.Context(), school, numbers[0], "office")
	require.ErrorIs(t, err, identity.ErrSerialsUsedUp)
}

func TestCardOfAnotherSchoolOrNobodyIsUnknown(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		directory := open(t, db, nil)
		number := enrol(t, directory, pupil(1))[0]
		_, err := directory.CheckCard(t.Context(), school+1, number, 1)
		require.ErrorIs(t, err, identity.ErrUnknownHolder)
		_, err = directory.Reissue(t.Context(), school+1, number, "office")
		require.ErrorIs(t, err, identity.ErrUnknownHolder)
		_, err = directory.Reissue(t.Context(), school, number, "")
		require.ErrorIs(t, err, identity.ErrInvalid, "a change without an author is refused")
	})
}
