package books_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/ledger"
)

func TestProgramsAgreeWithOddNamesAndTexts(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	for name, open := range stores() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t)
			history(t, store)
			requireAgreement(t, t.TempDir(), store, book)
		})
	}
}

func TestProgramsAgreeWithEveryKindOfRecord(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	for name, open := range stores() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t)
			c := newChronicle(t, store)
			agree := func() { requireAgreement(t, t.TempDir(), store, book) }
			c.firstDay()
			agree()
			c.closeDay(0)
			c.refund(c.sell(100), 30)
			c.closeDay(1)
			c.sell(50)
			agree()

			c.reopenDay(1)
			agree()
			c.reopenDay(0)
			c.sell(200) // on the first day, beneath days that were closed
			agree()
			c.closeDay(0)
			c.sell(25)
			c.closeDay(1)
			agree()
			c.sell(10)
			c.closeDay(2)
			c.reopenDay(2)
			agree()
			for _, p := range programs() {
				requireEveryKind(t, exported(t, p, store))
			}
		})
	}
}

func TestProgramsReadBooksThatHaveNothingYet(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	store := openSQLite(t)
	require.NoError(t, store.Create(t.Context(), book))
	check := func() {
		for _, p := range programs() {
			require.NoError(t, p.check(t.Context(), p.writeFile(t, t.TempDir(), store, book)), p.name)
		}
		require.Equal(t, strings.Join(bodies(t, store), ""), linesOf(t, store, nil))
	}
	check()
	_, err := ledger.Create(t.Context(), store, book, ledger.Genesis{Name: "New", OpenDate: firstDay}, nil)
	require.NoError(t, err)
	check()
}

// exported is a book as a program reads it.
func exported(t *testing.T, p program, store ledger.Store) string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, p.write(t.Context(), &text, store, book, nil))
	return text.String()
}

// requireEveryKind looks for comments of what moved nothing, and for
// transactions of what did.
func requireEveryKind(t *testing.T, text string) {
	t.Helper()
	for _, kind := range []string{
		ledger.KindGenesis, ledger.KindOpening, ledger.KindChange, ledger.KindDayClose, ledger.KindReopen, ledger.KindChart,
		ledger.KindHold, ledger.KindRelease, ledger.KindExpiry, ledger.KindRefusal,
	} {
		require.Regexp(t, `(?m)^; 2026-09-0\d \(\d+\) `+kind+`  id: `, text, "a comment")
		require.NotRegexp(t, `(?m)^2026-09-0\d.* "?`+kind+`"?$`, text, "no transaction")
	}
	for _, kind := range []string{ledger.KindReversal, ledger.KindRefund, ledger.KindCapture} {
		require.Regexp(t, `(?m)^2026-09-0\d.* "?`+kind+`"?$`, text)
	}
}

// A day that was reopened is asserted as it was closed at last.
func TestStandingClosesOnlyAreAsserted(t *testing.T) {
	t.Parallel()
	store := openSQLite(t)
	c := newChronicle(t, store)
	c.post(c.move("topup", "bank", "wallet/h1", 1000))
	c.closeDay(0)
	c.sell(70)
	c.reopenDay(0)
	c.sell(300)
	c.closeDay(0)
	c.closeDay(1)
	for name, c := range map[string]struct {
		write                     program
		heading, first, then, not string
	}{
		"hledger": {
			programs()[0], "ledger.close  ; balances at the end of the day\n",
			"liabilities:2307:wallet:h1:CNY  0.00 CNY = -7.00 CNY\n", "liabilities:2307:wallet:h1:CNY  0.00 CNY = -6.30 CNY\n", "bank",
		},
		"beancount": {
			programs()[2], "; balances at the end of the day\n",
			"2026-09-02 balance Liabilities:2307:Wallet-h1-CNY  -7.00 CNY\n", "2026-09-03 balance Liabilities:2307:Wallet-h1-CNY  -6.30 CNY\n", "Bank",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := exported(t, c.write, store)
			require.Equal(t, 2, strings.Count(text, c.heading))
			_, closes, _ := strings.Cut(text, c.heading)
			first, second, _ := strings.Cut(closes, c.heading)
			require.Contains(t, first, c.first, "without the next day's sale")
			require.Contains(t, second, c.then)
			secondDay, _, _ := strings.Cut(second, "\n\n")
			require.NotContains(t, secondDay, c.not, "it did not move again")
		})
	}
}

// Ledger adds up in the order of the file, whatever the dates.
func TestWriteLedgerAssertsEveryPosting(t *testing.T) {
	t.Parallel()
	store := openSQLite(t)
	c := newChronicle(t, store)
	c.post(c.move("topup", "bank", "wallet/h1", 1000))
	c.closeDay(0)
	c.sell(70)
	c.reopenDay(0)
	c.sell(300)
	var text bytes.Buffer
	require.NoError(t, books.WriteLedger(t.Context(), &text, store, book, nil))
	require.Contains(t, text.String(), "    liabilities:2307:wallet:h1:JPY  70 JPY = -930 JPY\n")
	require.Contains(t, text.String(), "    liabilities:2307:wallet:h1:JPY  300 JPY = -630 JPY\n", "of the earlier date, later in the journal")
}
