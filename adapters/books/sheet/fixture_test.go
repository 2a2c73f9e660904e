package sheet_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/ledger/storetest"
	"github.com/campusledger/campusledger/sql/pgtest"
)

const bookID ledger.BookID = 7

func day(n int) ledger.Date { return ledger.DateOf(2026, time.September, n) }

func cny(text string) money.Amount { return money.MustParse(text, money.CNY) }

// stores are those that sheets are read from.
var stores = map[string]func(*testing.T) ledger.Store{
	"memory": func(*testing.T) ledger.Store { return storetest.NewMemory() },
	"sqlite": func(t *testing.T) ledger.Store {
		t.Helper()
		store, err := sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "books.db"), nil)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, store.Close()) })
		return store
	},
	"postgres": func(t *testing.T) ledger.Store {
		t.Helper()
		pool := pgtest.Pool(t)
		require.NoError(t, pgstore.Migrate(t.Context(), pool))
		return pgstore.New(pool, nil)
	},
}

// school is a book of which everything is always the same.
type school struct {
	t     *testing.T
	store ledger.Store
	book  *ledger.Book
	chart *campus.Chart
	n     int
}

func newSchool(t *testing.T, store ledger.Store) *school {
	t.Helper()
	s := &school{t: t, store: store}
	now := time.Date(2026, time.September, 1, 3, 59, 59, 0, time.UTC)
	var err error
	s.chart, err = campus.New(nil)
	require.NoError(t, err)
	s.book, err = ledger.Create(t.Context(), store, bookID, ledger.Genesis{Name: "第一中学", OpenDate: day(1)},
		&ledger.Options{Now: func() time.Time { now = now.Add(time.Second); return now }})
	require.NoError(t, err)
	accounts := append(s.chart.Treasury("main", "desk"), s.chart.Gateway("wechat")...)
	accounts = append(accounts, s.chart.Holder("h1")...)
	accounts = append(append(accounts, s.chart.Merchant("-1")...), s.chart.FeeItem(campus.Service, "bus"), s.chart.Bill("bus-h1", cny("300")))
	require.NoError(t, campus.Ensure(t.Context(), s.book, "office", accounts...))
	return s
}

func (s *school) event() campus.Event {
	s.n++
	return campus.Event{ID: ledger.KeyID("event", strconv.Itoa(s.n)), By: "=test"}
}

func (s *school) post(transaction ledger.Transaction) ledger.Record {
	s.t.Helper()
	receipt, err := s.book.Post(s.t.Context(), transaction)
	require.NoError(s.t, err)
	return receipt.Record
}

func (s *school) topUp(amount string) {
	s.t.Helper()
	s.post(s.chart.TopUp(campus.TopUp{Event: s.event(), Gateway: "wechat", Holder: "h1", Amount: cny(amount)}))
}

func (s *school) sell(price string) {
	s.t.Helper()
	s.post(s.chart.Sale(campus.Sale{Event: s.event(), Holder: "h1", Merchant: "-1", Price: cny(price), Credit: true}))
}

func (s *school) closeDay(n int) {
	s.t.Helper()
	_, err := s.book.CloseDay(s.t.Context(), ledger.DayClose{Date: day(n)})
	require.NoError(s.t, err)
}

// play is three closed days, of which the first was reopened while the second
// was under way, and one that is open.
func (s *school) play() {
	s.t.Helper()
	s.topUp("100")
	s.sell("12.50")
	s.post(s.chart.FeeAssessed(campus.Fee{Event: s.event(), Bill: "bus-h1", Nature: campus.Service, Item: "bus", Amount: cny("300")}))
	s.closeDay(1)
	s.sell("8") // on the second
	_, err := s.book.Reopen(s.t.Context(), ledger.Reopen{Date: day(1), By: "head", Why: "a sale was forgotten"})
	require.NoError(s.t, err)
	s.sell("0.01")
	s.closeDay(1)
	due := s.chart.TopUp(campus.TopUp{Event: s.event(), Gateway: "wechat", Holder: "h1", Amount: cny("20")})
	due.Due = day(30)
	s.post(due)
	s.post(s.chart.FeePaid(campus.Fee{Event: s.event(), Bill: "bus-h1", From: campus.FromWallet("h1"), Amount: cny("50")}))
	s.closeDay(2)
	s.closeDay(3)
	s.post(s.chart.GatewaySettled(campus.GatewaySettlement{Event: s.event(), Gateway: "wechat", Bank: "main", Gross: cny("120"), Charge: cny("0.72")}))
}

// readCSV reads a sheet, without the byte order mark that it must begin with.
func readCSV(t *testing.T, file []byte) [][]string {
	t.Helper()
	text, found := bytes.CutPrefix(file, []byte("\uFEFF"))
	require.True(t, found, "Excel takes it for GBK else")
	require.NotContains(t, strings.ReplaceAll(string(text), "\r\n", ""), "\n")
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)
	return rows
}

// readXLSX reads a workbook with another program: as they are stored, and as
// they are shown.
func readXLSX(t *testing.T, file []byte) (book *excelize.File, stored, shown [][]string) {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(file))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, book.Close()) })
	require.Len(t, book.GetSheetList(), 1)
	name := book.GetSheetList()[0]
	stored, err = book.GetRows(name, excelize.Options{RawCellValue: true})
	require.NoError(t, err)
	shown, err = book.GetRows(name)
	require.NoError(t, err)
	return book, stored, shown
}

// requireGolden compares a file with that in testdata. With
// CAMPUSLEDGER_TEST_GOLDEN=write it is written anew: look at what git says.
func requireGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("CAMPUSLEDGER_TEST_GOLDEN") == "write" {
		require.NoError(t, os.WriteFile(file, got, 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

// padded gives every row the same number of cells, as CSV has.
func padded(rows [][]string) [][]string {
	for i, row := range rows {
		for len(row) < len(rows[0]) {
			row = append(row, "")
		}
		rows[i] = row
	}
	return rows
}
