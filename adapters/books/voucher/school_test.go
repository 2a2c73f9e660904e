package voucher_test

import (
	"context"
	"iter"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/ledger/storetest"
	"github.com/campusledger/campusledger/sql/pgtest"
)

const bookID ledger.BookID = 7

// day is a date of the school's first month.
func day(n int) ledger.Date { return ledger.DateOf(2026, time.September, n) }

func cny(text string) money.Amount { return money.MustParse(text, money.CNY) }

// september is the period that most tests export.
var september = voucher.Period{From: day(1), To: day(4)}

// school is a small school with a book. What it does is always the same, so that
// its files are.
type school struct {
	t     *testing.T
	store ledger.Store
	book  *ledger.Book
	chart *campus.Chart
	now   time.Time
	n     int
}

// played is a school in memory after its first days.
func played(t *testing.T) *school {
	t.Helper()
	s := newSchool(t, storetest.NewMemory())
	s.play()
	return s
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

// newSchool opens a school with two pupils, two merchants, a programme, and fee
// items of each nature.
func newSchool(t *testing.T, store ledger.Store) *school {
	t.Helper()
	s := &school{t: t, store: store, now: time.Date(2026, time.September, 1, 4, 0, 0, 0, time.UTC)}
	var err error
	s.chart, err = campus.New(nil)
	require.NoError(t, err)
	s.book, err = ledger.Create(t.Context(), store, bookID, ledger.Genesis{Name: "第一中学, \"No. 1\"", OpenDate: day(1)},
		&ledger.Options{Now: func() time.Time { s.now = s.now.Add(time.Second); return s.now }})
	require.NoError(t, err)
	require.NoError(t, s.chart.Enforce(t.Context(), s.book, "office"))
	accounts := append(s.chart.Treasury("main", "desk"), s.chart.Gateway("wechat")...)
	for _, holder := range []string{"h1", "h2"} {
		accounts = append(accounts, s.chart.Holder(holder, "meal")...)
	}
	accounts = append(accounts, s.chart.Merchant("canteen1")...)
	accounts = append(accounts, s.chart.Merchant("canteen2")...)
	accounts = append(accounts, s.chart.Fund("meal"),
		s.chart.FeeItem(campus.Administrative, "tuition"), s.chart.FeeItem(campus.Service, "bus"), s.chart.FeeItem(campus.Agency, "books"),
		s.chart.Bill("tuition-h1", cny("800")), s.chart.Bill("bus-h1", cny("300")), s.chart.Bill("books-h1", cny("120")), s.chart.Bill("bus-h2", cny("300")))
	require.NoError(t, campus.Ensure(t.Context(), s.book, "office", accounts...))
	return s
}

// event has an id that follows from how many events were before it.
func (s *school) event() campus.Event {
	s.n++
	return campus.Event{ID: ledger.KeyID("event", strconv.Itoa(s.n)), By: "test"}
}

func (s *school) post(transaction ledger.Transaction) ledger.Record {
	s.t.Helper()
	receipt, err := s.book.Post(s.t.Context(), transaction)
	require.NoError(s.t, err)
	return receipt.Record
}

func (s *school) topUp(holder, amount string) ledger.Record {
	s.t.Helper()
	return s.post(s.chart.TopUp(campus.TopUp{Event: s.event(), Gateway: "wechat", Holder: holder, Amount: cny(amount)}))
}

func (s *school) sell(holder, merchant, price string) ledger.Record {
	s.t.Helper()
	return s.post(s.chart.Sale(campus.Sale{
		Event: s.event(), Holder: holder, Merchant: merchant, Price: cny(price), Programmes: []string{"meal"}, Credit: true,
	}))
}

func (s *school) bill(nature campus.Nature, item, holder, amount string) {
	s.t.Helper()
	s.post(s.chart.FeeAssessed(campus.Fee{Event: s.event(), Bill: item + "-" + holder, Nature: nature, Item: item, Amount: cny(amount)}))
}

func (s *school) pay(bill string, from campus.Source, amount string) ledger.Record {
	s.t.Helper()
	return s.post(s.chart.FeePaid(campus.Fee{Event: s.event(), Bill: bill, From: from, Amount: cny(amount)}))
}

func (s *school) closeDay(n int) {
	s.t.Helper()
	_, err := s.book.CloseDay(s.t.Context(), ledger.DayClose{Date: day(n)})
	require.NoError(s.t, err)
}

func (s *school) reopenDay(n int) {
	s.t.Helper()
	_, err := s.book.Reopen(s.t.Context(), ledger.Reopen{Date: day(n), By: "head teacher", Why: "a sale was forgotten"})
	require.NoError(s.t, err)
}

// play is the school's first days: subsidies, top-ups, sales with subsidy and on
// credit, bills of each nature and their payment, a reversal, a refund, the
// gateway's settlement with its fee, the merchant's with commission, and a day
// that was reopened while the next was under way. Nothing happens on the third.
func (s *school) play() {
	s.t.Helper()
	s.firstDay()
	s.closeDay(1)
	s.sell("h1", "canteen1", "9.50") // on the second, before the first opens again
	s.reopenDay(1)
	s.sell("h2", "canteen2", "6.00")
	s.closeDay(1)
	s.secondDay()
	s.closeDay(2)
	s.closeDay(3)
	s.fourthDay()
	s.closeDay(4)
	s.topUp("h2", "20") // on the fifth, which is open
}

func (s *school) firstDay() {
	s.t.Helper()
	s.post(s.chart.SubsidyFunded(campus.SubsidyMoney{Event: s.event(), Programme: "meal", Bank: "main", Amount: cny("500")}))
	s.post(s.chart.SubsidyGranted(campus.SubsidyMoney{Event: s.event(), Programme: "meal", Holder: "h1", Amount: cny("4")}))
	s.topUp("h1", "100")
	s.sell("h1", "canteen1", "12.50")
	s.sell("h1", "canteen1", "8")
	s.sell("h2", "canteen1", "15") // has nothing: on credit
	s.bill(campus.Administrative, "tuition", "h1", "800")
	s.bill(campus.Service, "bus", "h1", "300")
	s.bill(campus.Agency, "books", "h1", "120")
	s.bill(campus.Service, "bus", "h2", "300")
}

func (s *school) secondDay() {
	s.t.Helper()
	s.topUp("h2", "50") // repays what was on credit
	s.pay("tuition-h1", campus.FromGateway("wechat"), "800")
	s.pay("bus-h1", campus.FromGateway("wechat"), "200")
	s.pay("bus-h1", campus.FromWallet("h1"), "50")
	s.pay("books-h1", campus.FromCash("desk"), "120")
	mistaken := s.pay("bus-h2", campus.FromCash("desk"), "300")
	_, err := s.book.Reverse(s.t.Context(), ledger.Reversal{Of: mistaken.ID, By: "finance"})
	require.NoError(s.t, err)
	sold := s.sell("h1", "canteen2", "7")
	amount := cny("3")
	_, err = s.book.Refund(s.t.Context(), ledger.Refund{
		ID: s.event().ID, Of: sold.ID, By: "cashier", Lines: []ledger.RefundLine{{Line: 1, Amount: amount}, {Line: 3, Amount: amount}},
	})
	require.NoError(s.t, err)
}

func (s *school) fourthDay() {
	s.t.Helper()
	s.post(s.chart.GatewaySettled(campus.GatewaySettlement{
		Event: s.event(), Gateway: "wechat", Bank: "main", Gross: cny("1150"), Charge: cny("6.90"),
	}))
	s.post(s.chart.MerchantSettled(campus.Payout{Event: s.event(), Merchant: "canteen1", Amount: cny("45"), Commission: cny("0.45")}))
	s.post(s.chart.PaidOut(campus.Payout{Event: s.event(), Merchant: "canteen1", Bank: "main", Amount: cny("44.55")}))
	s.sell("h2", "canteen2", "30")
	s.post(s.chart.ArrearsRepaid(campus.Repayment{Event: s.event(), Holder: "h2", From: campus.FromCash("desk"), Amount: cny("1")}))
}

func (s *school) exporter(options *voucher.Options) *voucher.Exporter {
	s.t.Helper()
	exporter, err := voucher.New(s.store, bookID, options)
	require.NoError(s.t, err)
	return exporter
}

func campusDesk() campus.Source { return campus.FromCash("desk") }

// richer is a store whose account table has a cent too much.
type richer struct {
	ledger.Reader
	account string
}

func (r richer) Accounts(ctx context.Context, book ledger.BookID, query ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	return func(yield func(ledger.Account, error) bool) {
		for account, err := range r.Reader.Accounts(ctx, book, query) {
			if account.Path == r.account {
				account.Debits++
			}
			if !yield(account, err) {
				return
			}
		}
	}
}
