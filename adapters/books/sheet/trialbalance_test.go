package sheet_test

import (
	"archive/zip"
	"bytes"
	"cmp"
	"context"
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/campusledger/campusledger/adapters/books/sheet"
	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func trial(t *testing.T, b sheet.TrialBalance, options *sheet.Options) []byte {
	t.Helper()
	var file bytes.Buffer
	require.NoError(t, b.Write(t.Context(), &file, options))
	return file.Bytes()
}

func TestTrialBalancesAreGolden(t *testing.T) {
	t.Parallel()
	for name, open := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSchool(t, open(t))
			s.play()
			b := sheet.TrialBalance{Reader: s.store, Book: bookID, From: day(2), To: day(2)}
			requireGolden(t, "control.csv", trial(t, b, nil))
			b.Subjects = voucher.DefaultMapping()
			requireGolden(t, "subject.csv", trial(t, b, &sheet.Options{Format: sheet.CSV}))
			s.topUp("1")
			requireGolden(t, "subject.csv", trial(t, b, nil))
		})
	}
}

// The closing balances of every control account are the ledger's own.
func TestTrialBalanceAgreesWithTheLedger(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.play()
	balances := func(totals []ledger.Total, err error) map[string]string {
		t.Helper()
		require.NoError(t, err)
		all := map[string]string{}
		for _, total := range totals {
			if total.Debits != 0 || total.Credits != 0 {
				all[total.Control] = total.Balance().Decimal()
			}
		}
		return all
	}
	for to := 0; to <= 3; to++ {
		b := sheet.TrialBalance{Reader: s.store, Book: bookID}
		want := balances(s.book.TrialBalance(t.Context()))
		if to > 0 {
			b.To = day(to)
			want = balances(s.book.TrialBalanceAt(t.Context(), day(to)))
		}
		for from := 0; from <= to; from++ {
			if from > 0 {
				b.From = day(from)
			}
			lines, err := b.Lines(t.Context())
			require.NoError(t, err)
			got := map[string]string{}
			for _, line := range lines {
				got[line.Code] = line.Closing.Decimal()
				require.Equal(t, line.Closing.Minor(), line.Opening.Minor()+line.Debits.Minor()-line.Credits.Minor())
				if from == 0 {
					require.True(t, line.Opening.IsZero())
				}
			}
			require.Equal(t, want, got, "from %d to %d", from, to)
		}
	}
}

func TestTrialBalanceOfSubjectsIsTheVouchers(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.play()
	exporter, err := voucher.New(s.store, bookID, nil)
	require.NoError(t, err)
	p := voucher.Period{From: day(1), To: day(3)}
	vouchers, err := exporter.Vouchers(t.Context(), p)
	require.NoError(t, err)
	type turnover struct{ debits, credits int64 }
	want, got := map[string]turnover{}, map[string]turnover{}
	for _, v := range vouchers {
		for _, line := range v.Lines {
			sum := want[line.Subject.Code]
			if line.Side == ledger.DebitSide {
				sum.debits += line.Amount.Minor()
			} else {
				sum.credits += line.Amount.Minor()
			}
			want[line.Subject.Code] = sum
		}
	}
	lines, err := sheet.TrialBalance{Reader: s.store, Book: bookID, From: p.From, To: p.To, Subjects: voucher.DefaultMapping()}.Lines(t.Context())
	require.NoError(t, err)
	for _, line := range lines {
		sum := got[line.Code]
		got[line.Code] = turnover{sum.debits + line.Debits.Minor(), sum.credits + line.Credits.Minor()}
	}
	require.Equal(t, want, got)
}

func TestTrialBalanceKeepsCurrenciesApart(t *testing.T) {
	t.Parallel()
	store := storetest.NewMemory()
	b, err := ledger.Create(t.Context(), store, bookID, ledger.Genesis{Name: "x", OpenDate: day(1)}, nil)
	require.NoError(t, err)
	var opening ledger.Opening
	var postings []ledger.Posting
	for _, currency := range []money.Currency{money.JPY, money.CNY, money.KWD} {
		opening.Accounts = append(opening.Accounts,
			ledger.AccountSpec{Path: "bank/" + currency.Code(), Control: "1002", Side: ledger.DebitSide, Currency: currency},
			ledger.AccountSpec{Path: "odd/" + currency.Code(), Control: "9-odd", Side: ledger.CreditSide, Currency: currency})
		amount := money.Of(123_456_789, currency)
		postings = append(postings, ledger.Debit("bank/"+currency.Code(), amount), ledger.Credit("odd/"+currency.Code(), amount))
	}
	opening.ID = ledger.NewID()
	_, err = b.OpenAccounts(t.Context(), opening)
	require.NoError(t, err)
	_, err = b.Post(t.Context(), ledger.Transaction{ID: ledger.NewID(), Kind: "first", Postings: postings})
	require.NoError(t, err)
	rows := readCSV(t, trial(t, sheet.TrialBalance{Reader: store, Book: bookID}, nil))
	require.Equal(t, [][]string{
		{"1002", "银行存款", "", "", "", "CNY", "", "", "1234567.89", "0.00", "1234567.89", ""},
		{"1002", "银行存款", "", "", "", "JPY", "", "", "123456789", "0", "123456789", ""},
		{"1002", "银行存款", "", "", "", "KWD", "", "", "123456.789", "0.000", "123456.789", ""},
		{"9-odd", "", "", "", "", "CNY", "", "", "0.00", "1234567.89", "", "1234567.89"},
		{"9-odd", "", "", "", "", "JPY", "", "", "0", "123456789", "", "123456789"},
		{"9-odd", "", "", "", "", "KWD", "", "", "0.000", "123456.789", "", "123456.789"},
		{"合计", "", "", "", "", "CNY", "0.00", "0.00", "1234567.89", "1234567.89", "1234567.89", "1234567.89"},
		{"合计", "", "", "", "", "JPY", "0", "0", "123456789", "123456789", "123456789", "123456789"},
		{"合计", "", "", "", "", "KWD", "0.000", "0.000", "123456.789", "123456.789", "123456.789", "123456.789"},
	}, rows[1:])
	_, _, shown := readXLSX(t, trial(t, sheet.TrialBalance{Reader: store, Book: bookID}, &sheet.Options{Format: sheet.XLSX}))
	require.Equal(t, []string{"1,234,567.89", "123456789", "123,456.789"}, []string{shown[1][8], shown[2][8], shown[3][8]})
}

func TestControlAccountsBelowOneSubjectHaveNamesOfTheirOwn(t *testing.T) {
	t.Parallel()
	store := storetest.NewMemory()
	b, err := ledger.Create(t.Context(), store, bookID, ledger.Genesis{Name: "x", OpenDate: day(1)}, nil)
	require.NoError(t, err)
	opening := ledger.Opening{ID: ledger.NewID()}
	postings := []ledger.Posting{ledger.Debit("bank", cny("8"))}
	for path, control := range map[string]string{
		"bank": "1002", "other": "2307", "wallet/h1": "2307.01", "wallet/h2": "2307.01", "transit/refund": "2307.04", "payout": "2307.04",
		"e": "2307.09", "d/1": "2307.09", "c": "2307.09", "b": "2307.09",
	} {
		side := ledger.CreditSide
		if path == "bank" {
			side = ledger.DebitSide
		} else if path != "b" {
			postings = append(postings, ledger.Credit(path, cny("1")))
		}
		opening.Accounts = append(opening.Accounts, ledger.AccountSpec{Path: path, Control: control, Side: side, Currency: money.CNY})
	}
	_, err = b.OpenAccounts(t.Context(), opening)
	require.NoError(t, err)
	_, err = b.Post(t.Context(), ledger.Transaction{ID: ledger.NewID(), Kind: "first", Postings: postings})
	require.NoError(t, err)
	want := []string{"银行存款", "其他应付款", "其他应付款（wallet）", "其他应付款（payout、transit）", "其他应付款（b、c、d等）", "合计"}
	names := func(balance sheet.TrialBalance) (found []string) {
		for _, row := range readCSV(t, trial(t, balance, nil))[1:] {
			found = append(found, cmp.Or(row[1], row[0]))
		}
		return found
	}
	require.Equal(t, want, names(sheet.TrialBalance{Reader: store, Book: bookID}))
	_, err = b.CloseDay(t.Context(), ledger.DayClose{Date: day(1)})
	require.NoError(t, err)
	require.Equal(t, want, names(sheet.TrialBalance{Reader: store, Book: bookID, To: day(1)}), "of a closed date, too")
}

func TestTrialBalanceAsAWorkbookSaysTheSame(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.play()
	b := sheet.TrialBalance{Reader: s.store, Book: bookID, Subjects: voucher.DefaultMapping()}
	text := readCSV(t, trial(t, b, nil))
	file := trial(t, b, &sheet.Options{Format: sheet.XLSX})
	book, stored, shown := readXLSX(t, file)
	require.Equal(t, unharmed(text), padded(stored), "digit by digit")
	require.Equal(t, "科目余额表", book.GetSheetList()[0])
	require.Equal(t, file, trial(t, b, &sheet.Options{Format: sheet.XLSX}), "and always the same bytes")
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	for _, part := range archive.File {
		require.Equal(t, 1980, part.Modified.Year(), "whenever it is written")
	}
	requireTypes(t, book, stored)
	require.Contains(t, shown[1], "119.28")
}

// unharmed takes the apostrophes off again.
func unharmed(rows [][]string) [][]string {
	for _, row := range rows {
		for i := range row {
			row[i] = strings.TrimPrefix(row[i], "'")
		}
	}
	return rows
}

// requireTypes looks at each cell: amounts are numbers and all else is text.
func requireTypes(t *testing.T, book *excelize.File, rows [][]string) {
	t.Helper()
	name := book.GetSheetList()[0]
	numbers := 0
	for y, row := range rows {
		for x, value := range row {
			at, err := excelize.CoordinatesToCellName(x+1, y+1)
			require.NoError(t, err)
			kind, err := book.GetCellType(name, at)
			require.NoError(t, err)
			formula, err := book.GetCellFormula(name, at)
			require.NoError(t, err)
			require.Empty(t, formula)
			heading := rows[0][x]
			isNumber := y > 0 && value != "" && (strings.Contains(heading, "余额") || strings.Contains(heading, "发生额") ||
				heading == "借方" || heading == "贷方" || heading == "记录号" || heading == "行号")
			if isNumber {
				numbers++
				require.Contains(t, []excelize.CellType{excelize.CellTypeUnset, excelize.CellTypeNumber}, kind, at)
			} else if value != "" {
				require.Equal(t, excelize.CellTypeInlineString, kind, at)
			}
		}
	}
	require.Positive(t, numbers)
}

// Whatever a caller of the ledger or a mapping chose as a text is a text.
func TestTextsAreNoFormulas(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.play()
	for _, name := range []string{"=1+1", "+1", "-1", "@SUM(A1)", "＝1+1", "=<b>&amp;"} {
		mapping, err := voucher.ParseMapping(strings.NewReader(strings.Replace(string(voucher.DefaultMappingFile()), "学生预存款", name, 1)))
		require.NoError(t, err)
		rows := readCSV(t, trial(t, sheet.TrialBalance{Reader: s.store, Book: bookID, Subjects: mapping}, nil))
		found := map[string][]string{}
		for _, row := range rows {
			found[row[0]] = row
		}
		require.Equal(t, "'"+name, found["230701"][1])
		require.Equal(t, "'-1", found["230703"][2], "a merchant's number")
		require.Equal(t, "预算会计合计", found["预算会计合计"][0], "other texts stay")
		book, stored, _ := readXLSX(t, trial(t, sheet.TrialBalance{Reader: s.store, Book: bookID, Subjects: mapping}, &sheet.Options{Format: sheet.XLSX}))
		requireTypes(t, book, stored)
		require.Equal(t, unharmed(rows), padded(stored), "a workbook has texts as they are")
	}
}

func TestNoBOMLeavesOutTheMark(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	b := sheet.TrialBalance{Reader: s.store, Book: bookID}
	require.True(t, bytes.HasPrefix(trial(t, b, &sheet.Options{NoBOM: true}), []byte("科目编码,")))
}

// biased is a store whose account table has a cent too much.
type biased struct{ ledger.Reader }

func (r biased) Accounts(ctx context.Context, book ledger.BookID, query ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	return func(yield func(ledger.Account, error) bool) {
		for account, err := range r.Reader.Accounts(ctx, book, query) {
			if account.Path == "wallet/h1" {
				account.Credits++
			}
			if !yield(account, err) {
				return
			}
		}
	}
}

func TestTrialBalanceErrors(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	s.play()
	b := sheet.TrialBalance{Reader: s.store, Book: bookID}
	for name, c := range map[string]struct {
		change func(*sheet.TrialBalance)
		want   error
	}{
		"a date that is open":            {func(b *sheet.TrialBalance) { b.To = day(4) }, ledger.ErrInvalid},
		"a date to come":                 {func(b *sheet.TrialBalance) { b.To = day(5) }, ledger.ErrDateNotOpen},
		"from a date to come":            {func(b *sheet.TrialBalance) { b.From = day(5) }, ledger.ErrDateNotOpen},
		"from after to":                  {func(b *sheet.TrialBalance) { b.From, b.To = day(3), day(2) }, ledger.ErrInvalid},
		"an unknown book":                {func(b *sheet.TrialBalance) { b.Book++ }, ledger.ErrBookUnknown},
		"figures that differ":            {func(b *sheet.TrialBalance) { b.Reader = biased{s.store} }, ledger.ErrCorrupt},
		"accounts without a subject":     {func(b *sheet.TrialBalance) { b.Subjects = onlyBank(t) }, voucher.ErrUnmapped},
		"a subject of another currency":  {func(b *sheet.TrialBalance) { b.Subjects, b.Currency = voucher.DefaultMapping(), money.USD }, voucher.ErrCurrency},
		"subjects that the journal lost": {func(b *sheet.TrialBalance) { b.Reader, b.Subjects = biased{s.store}, voucher.DefaultMapping() }, ledger.ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := b
			c.change(&changed)
			var file bytes.Buffer
			require.ErrorIs(t, changed.Write(t.Context(), &file, nil), c.want)
			require.Empty(t, file.Bytes(), "nothing is written that is wrong")
		})
	}
	require.ErrorIs(t, b.Write(t.Context(), &bytes.Buffer{}, &sheet.Options{Format: "pdf"}), ledger.ErrInvalid)
}

func onlyBank(t *testing.T) *voucher.Mapping {
	t.Helper()
	mapping, err := voucher.ParseMapping(strings.NewReader("账户,科目编码,科目名称,性质\nbank,1002,,资金\n"))
	require.NoError(t, err)
	return mapping
}
