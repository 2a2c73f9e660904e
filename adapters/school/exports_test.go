package school_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/sql/pgtest"
)

func locations(t *testing.T) map[string]school.Location {
	t.Helper()
	return map[string]school.Location{
		"embedded":   {Dir: t.TempDir()},
		"PostgreSQL": {Dir: t.TempDir(), Database: pgtest.URL(t)},
	}
}

func openExports(t *testing.T, where school.Location) *school.Exports {
	t.Helper()
	exports, err := school.OpenExports(t.Context(), where, 1)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, exports.Close()) })
	return exports
}

func TestADateWhoseVouchersWereExportedIsNotReopened(t *testing.T) {
	t.Parallel()
	for name, where := range locations(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, where)
			exports := openExports(t, where) // beside the school
			date := openDate(t, s)
			reopen := ledger.Reopen{Date: date, By: "head", Why: "mistake"}
			_, err := s.CloseDay(t.Context(), ledger.DayClose{Date: date})
			require.NoError(t, err)
			_, err = s.Reopen(t.Context(), reopen)
			require.NoError(t, err, "nothing was exported")
			_, err = s.CloseDay(t.Context(), ledger.DayClose{Date: date})
			require.NoError(t, err)

			exporter, err := voucher.New(exports.Ledger, 1, nil)
			require.NoError(t, err)
			var file bytes.Buffer
			export, err := exporter.Export(t.Context(), &file, voucher.Request{Format: voucher.U8, Period: voucher.Period{From: date, To: date}})
			require.NoError(t, err)
			export.By = "bookkeeper"
			require.NoError(t, exports.Alone(t.Context(), func() error { return exports.Add(t.Context(), export) }))
			_, err = s.Reopen(t.Context(), reopen)
			var locked *voucher.LockedError
			require.ErrorAs(t, err, &locked)
			require.ErrorIs(t, err, voucher.ErrPeriodLocked)
			require.Equal(t, export.Period, locked.Export.Period)
			require.NotEqual(t, date, openDate(t, s))
		})
	}
}

func TestNobodyReopensWhileVouchersAreExported(t *testing.T) {
	t.Parallel()
	for name, where := range locations(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, where)
			date := openDate(t, s)
			_, err := s.CloseDay(t.Context(), ledger.DayClose{Date: date})
			require.NoError(t, err)
			exports, second := openExports(t, where), openExports(t, where)
			reopen := ledger.Reopen{Date: date, By: "head", Why: "mistake"}
			failure := errors.New("said inside")
			err = exports.Alone(t.Context(), func() error {
				soon, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				_, err := s.Reopen(soon, reopen)
				require.ErrorContains(t, err, "lock")
				soon, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				require.ErrorContains(t, second.Alone(soon, func() error { return nil }), "lock", "nor exports")
				return failure
			})
			require.ErrorIs(t, err, failure)
			require.NoError(t, second.Alone(t.Context(), func() error { return nil }))
			_, err = s.Reopen(t.Context(), reopen)
			require.NoError(t, err)
		})
	}
}

func TestExportsOfNoSchool(t *testing.T) {
	t.Parallel()
	_, err := school.OpenExports(t.Context(), school.Location{Dir: t.TempDir()}, 1)
	require.ErrorIs(t, err, school.ErrLocation)
	_, err = school.OpenExports(t.Context(), school.Location{Database: "postgres://nobody@127.0.0.1:1/none"}, 1)
	require.ErrorIs(t, err, school.ErrLocation)
}
