package archive_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/archive"
	"github.com/campusledger/campusledger/ledger/seal"
)

func (s *school) reopen(t testing.TB, day int) {
	t.Helper()
	_, err := s.book.Reopen(t.Context(), ledger.Reopen{Date: firstDay.AddDays(day), By: "office:1", Why: "forgotten"})
	require.NoError(t, err)
}

func TestAReopenedDayIsArchivedAsClosedAtLast(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 30, 40)
	s.reopen(t, 1)
	s.sell(t, 1, 5)
	s.closeDay(t, firstDay.AddDays(1))
	a := s.archive(t, 0, 2)
	verified, err := a.Verify(t.Context(), s.verifier)
	require.NoError(t, err)
	require.Equal(t, int64(1), verified.Closes)
	require.Equal(t, int64(2), verified.Checkpoints)
}

// The first close in the second archive is of a later date than its earliest.
func TestDaysReopenedAcrossArchivesAreArchivedAsClosedAtLast(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 30, 40, 50)
	s.reopen(t, 2)
	s.reopen(t, 1)
	for day := 1; day <= 2; day++ {
		s.sell(t, day, 5*day)
		s.closeDay(t, firstDay.AddDays(day))
	}
	a := s.archive(t, 1, 4)
	verified, err := a.Verify(t.Context(), s.verifier)
	require.NoError(t, err)
	require.Equal(t, int64(2), verified.Closes)
	for day := 1; day <= 2; day++ {
		want, err := seal.NewProver(s, 1).Balance(t.Context(), "wallet/0.7", firstDay.AddDays(day))
		require.NoError(t, err)
		balance, err := seal.NewProver(a, a.Book()).Balance(t.Context(), "wallet/0.7", firstDay.AddDays(day))
		require.NoError(t, err)
		require.Equal(t, want, balance)
	}
}

func TestWhatIsNotArchived(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 30, 40)
	s.reopen(t, 1)
	s.sell(t, 1, 5)
	s.closeDay(t, firstDay.AddDays(1))
	for name, c := range map[string]struct {
		stretch archive.Stretch
		want    error
		says    string
	}{
		"nothing":                    {archive.Stretch{First: 5, Last: 4}, ledger.ErrInvalid, "of no records"},
		"from before the book":       {archive.Stretch{First: 0, Last: s.closes[0].Seq}, ledger.ErrInvalid, "of no records"},
		"not up to a close":          {archive.Stretch{First: 1, Last: s.closes[0].Seq - 1}, ledger.ErrInvalid, "want a day close"},
		"up to a close made undone":  {archive.Stretch{First: 1, Last: s.closes[1].Seq}, ledger.ErrInvalid, "a close of 2026-08-31 at 75 that was reopened"},
		"beyond the journal":         {archive.Stretch{First: 1, Last: s.closes[2].Seq + 1}, ledger.ErrRecordUnknown, ""},
		"the close before one again": {archive.Stretch{First: 1, Last: s.closes[0].Seq}, nil, ""},
	} {
		_, err := archive.Write(t.Context(), io.Discard, s, 1, c.stretch)
		require.ErrorIs(t, err, c.want, name)
		if c.want != nil {
			require.ErrorContains(t, err, c.says, name)
		}
	}
	_, err := s.book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay.AddDays(2)})
	require.NoError(t, err)
	_, err = archive.Write(t.Context(), io.Discard, s, 1, archive.Stretch{First: 1, Last: s.closes[2].Seq + 1})
	require.ErrorIs(t, err, seal.ErrNotSealed)
}
