package audit_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
)

func TestClosingsAfterReopenings(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := open(t)
			s := spender(t, e.store, ledger.Limit{Name: "cap", Side: ledger.DebitSide, Per: ledger.PerTransaction, Max: cny(1_000)})
			wednesday := tuesday.AddDays(1)
			s.spend("monday", 1)
			s.close(monday, tuesday)
			s.spend("tuesday", 20)
			s.close(tuesday, wednesday)
			s.spend("wednesday", 300)
			s.reopen(tuesday)
			require.True(t, clean(t, e.store))
			s.reopen(monday)
			require.True(t, clean(t, e.store), "with no date closed")
			s.close(monday, tuesday)
			s.close(tuesday, wednesday)
			s.close(wednesday, saturday)
			require.True(t, clean(t, e.store))
			for date, want := range map[ledger.Date]int64{monday: -1, tuesday: -21, wednesday: -321} {
				balance, err := s.book.BalanceAt(t.Context(), "wallet", date)
				require.NoError(t, err)
				require.Equal(t, cny(want), balance)
			}
			report, err := audit.Run(t.Context(), e.store, historyBook, nil)
			require.NoError(t, err)
			require.EqualValues(t, 6, report.Closings)

			records := s.records()
			records[9].Next = wednesday // of the second close of Monday
			forgery := auditOf(t, records, nil)
			require.Equal(t, "seq=10", forgery.Findings[0].Key)
			require.Equal(t, audit.CodeJournalDate, forgery.Findings[0].Code)

			for _, date := range []ledger.Date{monday, tuesday, wednesday} {
				for column, change := range map[string]string{"debits": "debits = debits + 20", "credits": "credits = credits + 20"} {
					e.exec(t, fmt.Sprintf("update closing set %s where account = 1 and date = '%s'", change, date))
					report, err := audit.Run(t.Context(), e.store, historyBook, nil)
					require.NoError(t, err)
					require.Len(t, report.Findings, 1)
					require.Equal(t, audit.CodeClosingDiffers, report.Findings[0].Code)
					require.Equal(t, "account=wallet date="+date.String(), report.Findings[0].Key)
					require.Equal(t, column, report.Findings[0].Column)
					e.exec(t, fmt.Sprintf("update closing set %s - 20 where account = 1 and date = '%s'", column+" = "+column, date))
				}
			}
		})
	}
}

func TestARecordThatCannotBeReadMayHaveClosedTheDay(t *testing.T) {
	t.Parallel()
	e := openSQLite(t)
	history(t, e.store)
	e.exec(t, "update journal set body = replace(body, '{', '[') where seq = 16")
	report, err := audit.Run(t.Context(), e.store, historyBook, nil)
	require.NoError(t, err)
	require.Equal(t, audit.CodeJournalMark, report.Findings[0].Code)
	require.EqualValues(t, 1, report.Counts[audit.CodeJournalUnreadable])
	require.Zero(t, report.Counts[audit.CodeJournalDate], "the date that follows is taken as it is")
}

func TestACaptureOfNothingAsksNoState(t *testing.T) {
	t.Parallel()
	records := genuine(t)
	records[21].Accounts[1].State = ledger.StateFrozen // arrears, of which only the capture of record 31 takes any
	var keys []string
	for _, f := range auditOf(t, records, nil).Findings {
		if f.Code == audit.CodeRecordState {
			keys = append(keys, f.Key)
		}
	}
	require.Contains(t, keys, "seq=26")
	require.NotContains(t, keys, "seq=27")
	require.NotContains(t, keys, "seq=29")
	require.Contains(t, keys, "seq=31")
}
