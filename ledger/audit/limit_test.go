package audit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/money"
)

// spender begins a book with a wallet that has a limit, and a shop: positions
// 1 and 2.
func spender(t *testing.T, store ledger.Store, limit ledger.Limit) scribe {
	t.Helper()
	book, err := ledger.Create(t.Context(), store, historyBook, ledger.Genesis{Name: "No. 1 School", OpenDate: monday}, nil)
	require.NoError(t, err)
	s := scribe{t: t, book: book}
	s.open("accounts",
		ledger.AccountSpec{Path: "wallet", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Limits: ledger.Limits{limit}},
		ledger.AccountSpec{Path: "shop", Control: "2202", Side: ledger.CreditSide, Currency: money.CNY})
	return s
}

func (s scribe) spend(key string, minor int64) {
	s.t.Helper()
	s.post(key, "sale", ledger.Debit("wallet", cny(minor)), ledger.Credit("shop", cny(minor)))
}

func (s scribe) reverse(of string) {
	s.t.Helper()
	s.did(s.book.Reverse(s.t.Context(), ledger.Reversal{Of: ledger.KeyID(of)}))
}

func (s scribe) reopen(date ledger.Date) {
	s.t.Helper()
	s.did(s.book.Reopen(s.t.Context(), ledger.Reopen{Date: date, By: "head:1", Why: "late"}))
}

// limit replaces the limits of the wallet.
func (s scribe) limit(key string, limit ledger.Limit) {
	s.t.Helper()
	s.did(s.book.ChangeAccount(s.t.Context(), ledger.Change{
		By: "test", ID: ledger.KeyID(key), Why: "asked for", Account: "wallet", Limits: ledger.Limits{limit}, State: ledger.StateOpen,
	}))
}

func (s scribe) records() []ledger.Record {
	s.t.Helper()
	var records []ledger.Record
	for record, err := range s.book.Records(s.t.Context(), 0) {
		require.NoError(s.t, err)
		records = append(records, record)
	}
	return records
}

// exceeded audits the journal as it would be had the record at the position set
// the most of the limit, and returns where it finds it exceeded.
func exceeded(t *testing.T, records []ledger.Record, seq int, most int64) []string {
	t.Helper()
	forged := append([]ledger.Record(nil), records...)
	record, err := ledger.ParseRecord(records[seq-1].Canonical())
	require.NoError(t, err)
	record.Accounts[0].Limits[0].Max = cny(most)
	forged[seq-1] = record
	var keys []string
	for _, f := range auditOf(t, forged, nil).Findings {
		if f.Code == audit.CodeRecordLimit {
			keys = append(keys, f.Key)
		}
	}
	return keys
}

func TestLimitsAreCountedAgain(t *testing.T) {
	t.Parallel()
	debits := ledger.Limit{Name: "cap", Side: ledger.DebitSide, Per: ledger.PerDay, Max: cny(101)}

	t.Run("a week begins on Monday and is of business dates", func(t *testing.T) {
		t.Parallel()
		week := debits
		week.Per, week.Max = ledger.PerWeek, cny(300)
		store := openSQLite(t).store
		s := spender(t, store, week)
		s.spend("monday", 100) // 3
		s.close(monday, saturday)
		s.spend("saturday", 100) // 5
		s.close(saturday, sunday)
		s.spend("sunday", 100) // 7
		s.close(sunday, nextMonday)
		s.spend("next monday", 300) // 9
		require.True(t, clean(t, store))
		require.Empty(t, exceeded(t, s.records(), 2, 300))
		require.Equal(t, []string{"seq=7", "seq=9"}, exceeded(t, s.records(), 2, 299))
		require.Equal(t, []string{"seq=5", "seq=7", "seq=9"}, exceeded(t, s.records(), 2, 199))
	})
	t.Run("what is undone on its day is given back, a capture's share is not", func(t *testing.T) {
		t.Parallel()
		store := openSQLite(t).store
		s := spender(t, store, debits)
		s.spend("a", 100) // 3
		s.reverse("a")
		s.spend("b", 100)                                                                                            // 5
		s.refund("c", "b", ledger.RefundLine{Line: 0, Amount: cny(30)}, ledger.RefundLine{Line: 1, Amount: cny(30)}) // 6: 70 used
		s.did(s.book.Authorize(t.Context(), ledger.Authorization{Transaction: ledger.Transaction{                    // 7: 100
			ID: ledger.KeyID("d"), Kind: "sale", Postings: []ledger.Posting{ledger.Debit("wallet", cny(30)), ledger.Credit("shop", cny(30))},
		}}))
		s.capture("e", "d", true, 10, 10) // 8: 80
		s.spend("f", 20)                  // 9: 100
		s.reverse("e")                    // 10
		s.spend("g", 1)                   // 11: 101
		s.close(monday, tuesday)
		s.post("h", "sale", ledger.Debit("wallet", cny(60)), ledger.Debit("wallet", cny(40)), ledger.Credit("shop", cny(100))) // 13: 100
		s.reverse("f")                                                                                                         // 14: Monday's
		s.spend("i", 1)                                                                                                        // 15: 101
		require.True(t, clean(t, store))
		require.Empty(t, exceeded(t, s.records(), 2, 101))
		require.Equal(t, []string{"seq=11", "seq=15"}, exceeded(t, s.records(), 2, 100))
		require.Equal(t, []string{"seq=3", "seq=5", "seq=7", "seq=9", "seq=11", "seq=13", "seq=15"}, exceeded(t, s.records(), 2, 99))
	})
	t.Run("a limit that a later day used lets a reopened one alone", func(t *testing.T) {
		t.Parallel()
		store := openSQLite(t).store
		s := spender(t, store, debits)
		s.spend("monday", 101) // 3
		s.close(monday, tuesday)
		s.spend("tuesday", 100) // 5
		s.reopen(monday)
		s.spend("late", 500) // 7
		s.close(monday, tuesday)
		s.spend("tuesday again", 1) // 9
		require.True(t, clean(t, store))
		require.Equal(t, []string{"seq=3", "seq=9"}, exceeded(t, s.records(), 2, 100))
	})
	t.Run("what was used stays used while a limit keeps its name, side and window", func(t *testing.T) {
		t.Parallel()
		store := openSQLite(t).store
		s := spender(t, store, debits)
		s.spend("a", 101) // 3
		more := debits
		more.Max, more.Kinds = cny(200), []string{"sale"}
		s.limit("more", more) // 4
		s.spend("b", 99)      // 5
		other := more
		other.Name = "other"
		s.limit("other", other) // 6
		s.spend("c", 200)       // 7
		other.Per = ledger.PerWeek
		s.limit("week", other) // 8
		s.spend("d", 200)      // 9
		other.Side = ledger.CreditSide
		s.limit("side", other) // 10
		s.post("e", "sale", ledger.Credit("wallet", cny(200)), ledger.Debit("shop", cny(200)))
		require.True(t, clean(t, store))
		require.Equal(t, []string{"seq=5"}, exceeded(t, s.records(), 4, 199))
		require.Equal(t, []string{"seq=7"}, exceeded(t, s.records(), 6, 199))
		require.Equal(t, []string{"seq=9"}, exceeded(t, s.records(), 8, 199))
		require.Equal(t, []string{"seq=11"}, exceeded(t, s.records(), 10, 199))
	})
}
