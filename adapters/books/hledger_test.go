package books_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/sql/pgtest"
)

const book ledger.BookID = 3

var firstDay = ledger.DateOf(2026, time.September, 1)

// hledger runs Debian's hledger on a journal. It is needed in CI only.
func hledger(t *testing.T, journal []byte, args ...string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("hledger"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("hledger is needed in CI")
		}
		t.Skip("no hledger here")
	}
	cmd := exec.CommandContext(t.Context(), "hledger", append([]string{"-f", "-"}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.Stdin = bytes.NewReader(journal)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return stderr.String(), err
	}
	return string(out), nil
}

func export(t *testing.T, reader ledger.Reader) []byte {
	t.Helper()
	var journal bytes.Buffer
	require.NoError(t, books.WriteHledger(t.Context(), &journal, reader, book, nil))
	return journal.Bytes()
}

// requireAgreement lets hledger check the export, and compares its balances
// with those of every account and every control account.
func requireAgreement(t *testing.T, b *ledger.Book, journal []byte) {
	t.Helper()
	out, err := hledger(t, journal, "check", "--strict")
	require.NoError(t, err, "%.2000s", out)
	want, got := map[string]string{}, balances(t, journal, "--flat")
	for account, err := range b.Accounts(t.Context(), "") {
		require.NoError(t, err)
		root := "assets"
		if account.Side == ledger.CreditSide {
			root = "liabilities"
		}
		name := root + ":" + account.Control + ":" + strings.ReplaceAll(account.Path, "/", ":")
		if amount := money.Of(account.Debits-account.Credits, account.Currency); !amount.IsZero() {
			want[name+" "+account.Currency.Code()] = amount.Decimal()
		}
	}
	require.NotEmpty(t, want)
	require.Equal(t, want, got)
	requireTrialBalance(t, b, journal)
}

func requireTrialBalance(t *testing.T, b *ledger.Book, journal []byte) {
	t.Helper()
	// A control account may have accounts of both sides.
	want, got := map[string]money.Amount{}, map[string]money.Amount{}
	totals, err := b.TrialBalance(t.Context())
	require.NoError(t, err)
	for _, total := range totals {
		if balance := total.Balance(); !balance.IsZero() {
			want[total.Control+" "+total.Currency.Code()] = balance
		}
	}
	for name, decimal := range balances(t, journal, "--flat", "--depth=2") {
		_, key, _ := strings.Cut(name, ":")
		currency, err := money.ParseCurrency(key[len(key)-3:])
		require.NoError(t, err)
		amount, err := money.Parse(decimal, currency)
		require.NoError(t, err)
		sum := money.Zero(currency)
		if earlier, ok := got[key]; ok {
			sum = earlier
		}
		got[key], err = sum.Add(amount)
		require.NoError(t, err)
	}
	require.Equal(t, want, got)
}

// balances are hledger's, by account and commodity, without those of zero.
func balances(t *testing.T, journal []byte, args ...string) map[string]string {
	t.Helper()
	out, err := hledger(t, journal, append([]string{"balance", "-N", "--layout=bare", "-O", "csv"}, args...)...)
	require.NoError(t, err, out)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	require.NoError(t, err)
	found := map[string]string{}
	for _, row := range rows[1:] {
		if strings.Trim(row[2], "0.") != "" {
			found[row[0]+" "+row[1]] = row[2]
		}
	}
	return found
}

func openSQLite(t *testing.T) ledger.Store {
	t.Helper()
	store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "books.db"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

func openPostgres(t *testing.T) ledger.Store {
	t.Helper()
	pool := pgtest.Pool(t)
	require.NoError(t, pgstore.Migrate(t.Context(), pool))
	return pgstore.New(pool, nil)
}

// history writes a book with all that an export can meet.
func history(t *testing.T, store ledger.Store) *ledger.Book {
	t.Helper()
	b, err := ledger.Create(t.Context(), store, book, ledger.Genesis{Name: "第一中学\n\"No. 1\"; account x", OpenDate: firstDay}, nil)
	require.NoError(t, err)
	spec := func(path, control string, side ledger.Side, currency money.Currency) ledger.AccountSpec {
		return ledger.AccountSpec{Path: path, Control: control, Side: side, Currency: currency}
	}
	_, err = b.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), By: "clerk\naccount y", Accounts: []ledger.AccountSpec{
		spec("bank", "1002", ledger.DebitSide, money.CNY),
		spec("bank/2", "1002", ledger.DebitSide, money.CNY), // below another account
		spec("wallet/h1", "2307", ledger.CreditSide, money.CNY),
		spec("wallet/h1.-_", "2307", ledger.CreditSide, money.CNY),
		spec("odd/wallet", "2307", ledger.DebitSide, money.CNY), // the control account's other side
		spec("cash/yen", "1001", ledger.DebitSide, money.JPY),
		spec("cash/dinar", "1001.9-x", ledger.DebitSide, money.KWD),
		spec("capital/yen", "4001", ledger.CreditSide, money.JPY),
		spec("capital/dinar", "4001", ledger.CreditSide, money.KWD),
		spec("unused", "9999", ledger.DebitSide, money.EUR),
	}})
	require.NoError(t, err)
	post := func(by string, postings ...ledger.Posting) ledger.Receipt {
		t.Helper()
		receipt, err := b.Post(t.Context(), ledger.Transaction{ID: ledger.NewID(), Kind: "top-up.1", By: by, Postings: postings})
		require.NoError(t, err)
		return receipt
	}
	endDay := func(day int) {
		t.Helper()
		_, err := b.CloseDay(t.Context(), ledger.DayClose{Date: firstDay.AddDays(day)})
		require.NoError(t, err)
	}
	cny := func(minor int64) money.Amount { return money.Of(minor, money.CNY) }
	first := post("cashier:12", ledger.Debit("bank", cny(123_456_789)), ledger.Credit("wallet/h1", cny(123_456_788)), ledger.Credit("wallet/h1.-_", cny(1)))
	post("date:never, [2026-99-99] = 5 CNY\r\n  x  y", ledger.Debit("bank/2", cny(700)), ledger.Credit("bank", cny(700)))
	endDay(0)
	endDay(1) // nothing happened
	_, err = b.Reverse(t.Context(), ledger.Reversal{Of: first.Record.ID})
	require.NoError(t, err)
	post("", ledger.Debit("cash/yen", money.Of(1_234_567, money.JPY)), ledger.Credit("capital/yen", money.Of(1_234_567, money.JPY)),
		ledger.Debit("cash/dinar", money.Of(1_234_567, money.KWD)), ledger.Credit("capital/dinar", money.Of(1_234_567, money.KWD)))
	post("", ledger.Debit("odd/wallet", cny(5)), ledger.DebitUpTo("bank", cny(9)), ledger.Credit("wallet/h1", cny(5)), ledger.CreditRest("bank"))
	endDay(2)
	post("", ledger.Debit("bank", cny(1<<53+1)), ledger.Credit("wallet/h1", cny(1<<53+1)))
	return b
}

func TestHledgerAgreesWithTheBook(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) ledger.Store{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t)
			b := history(t, store)
			requireAgreement(t, b, export(t, store))
		})
	}
}

func TestHledgerRefusesWhatDoesNotAgree(t *testing.T) {
	t.Parallel()
	store := openSQLite(t)
	history(t, store)
	journal := string(export(t, store))
	for name, change := range map[string][2]string{
		"a posting changed by a cent":     {"bank:2  7.00 CNY", "bank:2  7.01 CNY"},
		"a balance changed by a cent":     {"= 7.00 CNY", "= 7.01 CNY"},
		"an account that is not declared": {"account assets:9999:unused", ""},
		"a currency that is not declared": {"commodity 1000. JPY", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, journal, change[0])
			_, err := hledger(t, []byte(strings.Replace(journal, change[0], change[1], 1)), "check", "--strict")
			var failed *exec.ExitError
			require.ErrorAs(t, err, &failed)
		})
	}
}

func TestWriteHledgerAssertsTheAccountTable(t *testing.T) {
	t.Parallel()
	store := openSQLite(t)
	history(t, store)
	_, err := hledger(t, export(t, richer{store}), "check", "--strict")
	var failed *exec.ExitError
	require.ErrorAs(t, err, &failed)
}

// richer is a store whose account table has a cent too much.
type richer struct{ ledger.Reader }

func (r richer) Accounts(ctx context.Context, book ledger.BookID, query ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	return func(yield func(ledger.Account, error) bool) {
		for account, err := range r.Reader.Accounts(ctx, book, query) {
			if account.Path == "unused" {
				account.Debits++
			}
			if !yield(account, err) {
				return
			}
		}
	}
}

// forgetful is a store whose account table has lost its rows.
type forgetful struct{ ledger.Reader }

func (forgetful) Accounts(context.Context, ledger.BookID, ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	return func(func(ledger.Account, error) bool) {}
}

// errFull is what a full disk answers.
var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWriteHledgerErrors(t *testing.T) {
	t.Parallel()
	store := openSQLite(t)
	history(t, store)
	t.Run("an unknown book", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, books.WriteHledger(t.Context(), io.Discard, store, 99, nil), ledger.ErrBookUnknown)
	})
	t.Run("a record on an account that is gone", func(t *testing.T) {
		t.Parallel()
		err := books.WriteHledger(t.Context(), io.Discard, forgetful{store}, book, nil)
		require.ErrorIs(t, err, ledger.ErrAccountUnknown)
		require.ErrorContains(t, err, "export book 3 to hledger: record 3")
	})
	t.Run("a writer that fails", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, books.WriteHledger(t.Context(), full{}, store, book, nil), errFull)
	})
	t.Run("a root with a colon", func(t *testing.T) {
		t.Parallel()
		err := books.WriteHledger(t.Context(), io.Discard, store, book, &books.Options{DebitRoot: "a:b"})
		require.ErrorIs(t, err, ledger.ErrInvalid)
	})
	t.Run("an ended context", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, books.WriteHledger(ctx, io.Discard, store, book, nil), context.Canceled)
	})
}

func TestWriteHledgerTakesOtherRoots(t *testing.T) {
	t.Parallel()
	store := openSQLite(t)
	history(t, store)
	var journal bytes.Buffer
	options := &books.Options{DebitRoot: "借方", CreditRoot: "贷方"}
	require.NoError(t, books.WriteHledger(t.Context(), &journal, store, book, options))
	require.Contains(t, journal.String(), "\naccount 贷方:2307:wallet:h1\n")
	out, err := hledger(t, journal.Bytes(), "check", "--strict")
	require.NoError(t, err, out)
}

func BenchmarkWriteHledger(b *testing.B) {
	store, err := sqlitestore.Open(b.Context(), filepath.Join(b.TempDir(), "books.db"), nil)
	require.NoError(b, err)
	defer func() { require.NoError(b, store.Close()) }()
	const records = 20_000
	fill(b, store, records)
	b.ResetTimer()
	for b.Loop() {
		require.NoError(b, books.WriteHledger(b.Context(), io.Discard, store, book, nil))
	}
	b.ReportMetric(float64(b.N)*records/b.Elapsed().Seconds(), "records/s")
}

// fill posts from many callers.
func fill(b *testing.B, store ledger.Store, records int) {
	b.Helper()
	written, err := ledger.Create(b.Context(), store, book, ledger.Genesis{Name: "No. 1 School", OpenDate: firstDay}, nil)
	require.NoError(b, err)
	accounts := []ledger.AccountSpec{{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY}}
	for i := range 900 {
		accounts = append(accounts, ledger.AccountSpec{
			Path: fmt.Sprintf("wallet/h%d", i), Control: "2307", Side: ledger.CreditSide, Currency: money.CNY,
		})
	}
	_, err = written.OpenAccounts(b.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: accounts})
	require.NoError(b, err)
	const callers = 100
	done := make(chan error, callers)
	for caller := range callers {
		go func() {
			var failed error
			for i := caller; i < records && failed == nil; i += callers {
				amount := money.Of(int64(i+1), money.CNY)
				_, failed = written.Post(b.Context(), ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
					ledger.Debit("bank", amount), ledger.Credit(accounts[1+i%900].Path, amount),
				}})
			}
			done <- failed
		}()
	}
	for range callers {
		require.NoError(b, <-done)
	}
}
