package sheet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/campusledger/campusledger/adapters/books/sheet"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func statement(t *testing.T, s sheet.Statement, options *sheet.Options) []byte {
	t.Helper()
	var file bytes.Buffer
	require.NoError(t, s.Write(t.Context(), &file, options))
	return file.Bytes()
}

func TestStatementIsGolden(t *testing.T) {
	t.Parallel()
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSchool(t, open(t))
			s.play()
			requireGolden(t, "wallet.csv", statement(t, sheet.Statement{Reader: s.store, Book: bookID, Account: "wallet/h1", From: day(1), To: day(2)}, nil))
		})
	}
}

// short is what is compared of a statement's rows.
func short(rows [][]string) []string {
	var all []string
	for _, row := range rows[1:] {
		all = append(all, fmt.Sprint(row[0], " ", row[4], " ", row[6], "/", row[7], " ", row[8], " ", row[9]))
	}
	return all
}

// A date has what was posted with it, wherever that is in the journal.
func TestStatementIsOfDates(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.play()
	of := func(from, to ledger.Date) []string {
		t.Helper()
		return short(readCSV(t, statement(t, sheet.Statement{Reader: s.store, Book: bookID, Account: "wallet/h1", From: from, To: to}, nil)))
	}
	require.Equal(t, []string{
		" 期初余额 / 平 0.00", "2026-09-01 topup /100.00 贷 100.00", "2026-09-01 sale 12.50/ 贷 87.50", "2026-09-01 sale 0.01/ 贷 87.49",
		" 期末余额 12.51/100.00 贷 87.49",
	}, of(day(1), day(1)), "without the sale of the second, which lies between")
	require.Equal(t, []string{
		" 期初余额 / 贷 87.49", "2026-09-02 sale 8.00/ 贷 79.49", "2026-09-02 topup /20.00 贷 99.49", "2026-09-02 fee.paid 50.00/ 贷 49.49",
		" 期末余额 58.00/20.00 贷 49.49",
	}, of(day(2), day(2)))
	require.Equal(t, []string{" 期初余额 / 贷 49.49", " 期末余额 0.00/0.00 贷 49.49"}, of(day(3), day(3)))
	s.sell("49.49")
	require.Equal(t, []string{" 期初余额 / 贷 49.49", "2026-09-04 sale 49.49/ 平 0.00", " 期末余额 49.49/0.00 平 0.00"}, of(day(3), ledger.Date{}), "up to now")
	require.Len(t, of(ledger.Date{}, ledger.Date{}), 9)
	require.Len(t, of(ledger.Date{}, day(1)), 5)
}

func TestStatementAsAWorkbookSaysTheSame(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.play()
	of := sheet.Statement{Reader: s.store, Book: bookID, Account: "merchant/-1", Location: time.UTC}
	text := readCSV(t, statement(t, of, nil))
	require.Equal(t, "2026-09-01 04:00:03", text[2][1])
	book, stored, _ := readXLSX(t, statement(t, of, &sheet.Options{Format: sheet.XLSX}))
	require.Equal(t, text, padded(stored))
	require.Equal(t, "明细账", book.GetSheetList()[0])
	requireTypes(t, book, stored)
}

// Numbers that spreadsheet programs would round are texts.
func TestAWorkbookRoundsNothing(t *testing.T) {
	t.Parallel()
	store := storetest.NewMemory()
	b, err := ledger.Create(t.Context(), store, bookID, ledger.Genesis{Name: "x", OpenDate: day(1)}, nil)
	require.NoError(t, err)
	_, err = b.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY}, {Path: "fund", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
	}})
	require.NoError(t, err)
	for _, amount := range []string{"0.10", "9999999999999.99", "90071992547409.93"} {
		_, err = b.Post(t.Context(), ledger.Transaction{ID: ledger.NewID(), Kind: "gift", Postings: []ledger.Posting{
			ledger.Debit("bank", cny(amount)), ledger.Credit("fund", cny(amount)),
		}})
		require.NoError(t, err)
	}
	book, stored, shown := readXLSX(t, statement(t, sheet.Statement{Reader: store, Book: bookID, Account: "bank"}, &sheet.Options{Format: sheet.XLSX}))
	require.Equal(t, []string{"0.10", "9999999999999.99", "90071992547409.93"}, []string{stored[2][6], stored[3][6], stored[4][6]})
	require.Equal(t, []string{"0.10", "9,999,999,999,999.99", "90071992547409.93"}, []string{shown[2][6], shown[3][6], shown[4][6]})
	for row, want := range map[int]bool{3: false, 4: false, 5: true} {
		kind, err := book.GetCellType("明细账", fmt.Sprint("G", row))
		require.NoError(t, err)
		require.Equal(t, want, kind == excelize.CellTypeInlineString, "row %d is %v", row, kind)
	}
}

// A statement that is longer than one look at the journal is still in order.
func TestStatementReadsALongJournal(t *testing.T) {
	t.Parallel()
	const records = 25_000
	store := storetest.NewMemory()
	b, err := ledger.Create(t.Context(), store, bookID, ledger.Genesis{Name: "x", OpenDate: day(1)}, nil)
	require.NoError(t, err)
	_, err = b.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY}, {Path: "fund", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
	}})
	require.NoError(t, err)
	var requests []ledger.Request
	for range records {
		requests = append(requests, ledger.Transaction{ID: ledger.NewID(), Kind: "gift", Postings: []ledger.Posting{
			ledger.Debit("bank", cny("0.01")), ledger.Credit("fund", cny("0.01")),
		}})
	}
	for _, answer := range b.PostAll(t.Context(), requests...) {
		require.NoError(t, answer.Err)
	}
	rows := readCSV(t, statement(t, sheet.Statement{Reader: store, Book: bookID, Account: "fund"}, nil))
	require.Len(t, rows, records+3)
	for i := range records {
		require.Equal(t, fmt.Sprint(i+3), rows[i+2][2])
		require.Equal(t, money.Of(int64(i+1), money.CNY).Decimal(), rows[i+2][9])
	}
}

// skipping is a store that has lost a record of an account.
type skipping struct{ ledger.Reader }

func (r skipping) Moves(ctx context.Context, book ledger.BookID, query ledger.MoveQuery) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		first := true
		for record, err := range r.Reader.Moves(ctx, book, query) {
			if !first && !yield(record, err) {
				return
			}
			first = false
		}
	}
}

// errFull is what a full disk answers.
var errFull = errors.New("full")

// full takes so many bytes.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if f.left -= len(p); f.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestStatementErrors(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.play()
	of := sheet.Statement{Reader: s.store, Book: bookID, Account: "wallet/h1"}
	for name, c := range map[string]struct {
		change func(*sheet.Statement)
		want   error
	}{
		"an unknown account":    {func(s *sheet.Statement) { s.Account = "wallet/h9" }, ledger.ErrAccountUnknown},
		"an unknown book":       {func(s *sheet.Statement) { s.Book++ }, ledger.ErrBookUnknown},
		"a date that is open":   {func(s *sheet.Statement) { s.To = day(4) }, ledger.ErrInvalid},
		"from a date to come":   {func(s *sheet.Statement) { s.From = day(5) }, ledger.ErrDateNotOpen},
		"an entry that is gone": {func(s *sheet.Statement) { s.Reader = skipping{s.Reader} }, ledger.ErrCorrupt},
		"a balance that is not": {func(s *sheet.Statement) { s.Reader = biased{s.Reader} }, ledger.ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := of
			c.change(&changed)
			require.ErrorIs(t, changed.Write(t.Context(), io.Discard, nil), c.want)
		})
	}
	for _, format := range []sheet.Format{sheet.CSV, sheet.XLSX} {
		t.Run("a writer that fails, "+string(format), func(t *testing.T) {
			t.Parallel()
			whole := len(statement(t, of, &sheet.Options{Format: format}))
			for left := 0; left < whole; left += 41 {
				require.ErrorIs(t, of.Write(t.Context(), &full{left}, &sheet.Options{Format: format}), errFull, "after %d bytes", left)
			}
			require.NoError(t, of.Write(t.Context(), &full{whole}, &sheet.Options{Format: format}))
		})
	}
}
