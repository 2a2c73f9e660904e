package canteen_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/qrcode"
	"github.com/campusledger/campusledger/qrcode/identity"
)

const (
	school   = 102
	rice     = "2000000100012" // 1.00
	eggs     = "2000000100050" // 5.50
	pork     = "2000000100067" // 9.00
	ann      = identity.Number(102938)
	bob      = identity.Number(555)
	merchant = "canteen1"
)

func cny(text string) money.Amount { return money.MustParse(text, money.CNY) }

func firstDay() ledger.Date { return ledger.DateOf(2026, time.September, 1) }

func noon() time.Time { return time.Date(2026, 9, 1, 4, 0, 0, 0, time.UTC) }

// cards is a directory in which a test says what is wrong with a card.
type cards struct {
	mu    sync.Mutex
	wrong map[identity.Number]error
}

func (c *cards) set(number identity.Number, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong[number] = err
}

func (c *cards) CheckCard(_ context.Context, _ int, number identity.Number, _ uint8) (*identity.Masked, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.wrong[number]; err != nil {
		return nil, err
	}
	return &identity.Masked{School: school, Number: number, Name: "张*三", Grade: "高一", Class: "1班"}, nil
}

// shop is a school's canteen with two holders and a merchant.
type shop struct {
	store     ledger.Store
	book      *ledger.Book
	chart     *campus.Chart
	menu      *canteen.Menu
	counter   *canteen.Counter
	merchants *canteen.Merchants
	cards     *cards
	codec     *qrcode.Sealed
}

func newShop(t *testing.T, db *sql.DB) *shop {
	t.Helper()
	ctx := t.Context()
	store, err := sqlitestore.Open(ctx, filepath.Join(t.TempDir(), "ledger.db"), nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = store.Close() })
	s := &shop{store: store, cards: &cards{wrong: make(map[identity.Number]error)}, codec: newCodec(t)}
	s.book, err = ledger.Create(ctx, store, school, ledger.Genesis{Name: "第一中学", OpenDate: firstDay()}, nil)
	require.NoError(t, err)
	s.chart, err = campus.New(nil)
	require.NoError(t, err)
	require.NoError(t, s.chart.Enforce(ctx, s.book, "office"))
	accounts := append(s.chart.Treasury("icbc", "desk"), s.chart.Gateway("wechatpay")...)
	accounts = append(accounts, s.chart.Fund("meal"))
	accounts = append(accounts, s.chart.Holder(ann.Ref(), "meal")...)
	accounts = append(accounts, s.chart.Holder(bob.Ref())...)
	require.NoError(t, campus.Ensure(ctx, s.book, "office", accounts...))
	s.merchants, err = canteen.NewMerchants(canteen.MerchantParts{DB: db, School: school, Book: s.book, Chart: s.chart}, nil)
	require.NoError(t, err)
	require.NoError(t, s.merchants.Put(ctx, canteen.Merchant{ID: merchant, Name: "第一食堂", Payee: "工商银行 尾号1234"}, "office"))
	s.menu, err = canteen.OpenMenu(ctx, db, school, nil)
	require.NoError(t, err)
	s.importDishes(t, "菜品,单价,条码\n米饭,1.00,"+rice+"\n番茄炒蛋,5.50,"+eggs+"\n红烧肉,9.00,"+pork+"\n")
	reader, err := qrcode.NewReader(s.codec)
	require.NoError(t, err)
	s.counter, err = canteen.NewCounter(canteen.CounterParts{
		Book: s.book, Chart: s.chart, Menu: s.menu, Codes: reader, Directory: s.cards,
	}, &canteen.CounterOptions{Now: noon})
	require.NoError(t, err)
	return s
}

func newCodec(t *testing.T) *qrcode.Sealed {
	t.Helper()
	key, err := qrcode.GenerateKey(1)
	require.NoError(t, err)
	ring, err := qrcode.NewKeyring(key)
	require.NoError(t, err)
	codec, err := qrcode.NewSealed(ring)
	require.NoError(t, err)
	return codec
}

func (s *shop) importDishes(t *testing.T, text string) canteen.ImportReport {
	t.Helper()
	file, err := canteen.ReadDishes(strings.NewReader(text), money.CNY)
	require.NoError(t, err)
	report, err := s.menu.Import(t.Context(), file)
	require.NoError(t, err)
	return report
}

// code is the code on a holder's card, of a school and good through a year.
func (s *shop) codeOf(t *testing.T, number identity.Number, schoolNumber uint32, year int) string {
	t.Helper()
	day, err := qrcode.NewDay(year, time.July, 31)
	require.NoError(t, err)
	text, err := s.codec.Seal(qrcode.Payload{School: schoolNumber, Holder: uint64(number), Expires: day, Serial: 1})
	require.NoError(t, err)
	return text
}

func (s *shop) code(t *testing.T, number identity.Number) string {
	t.Helper()
	return s.codeOf(t, number, school, 2027)
}

func (s *shop) topUp(t *testing.T, number identity.Number, amount string) {
	t.Helper()
	s.post(t, s.chart.TopUp(campus.TopUp{
		Event: campus.Event{ID: ledger.NewID()}, Gateway: "wechatpay", Holder: number.Ref(), Amount: cny(amount),
	}))
}

func (s *shop) grant(t *testing.T, number identity.Number, amount string) {
	t.Helper()
	grant := campus.SubsidyMoney{
		Event: campus.Event{ID: ledger.NewID()}, Programme: "meal", Bank: "icbc", Holder: number.Ref(), Amount: cny(amount),
	}
	s.post(t, s.chart.SubsidyFunded(grant))
	grant.ID = ledger.NewID()
	s.post(t, s.chart.SubsidyGranted(grant))
}

func (s *shop) post(t *testing.T, transaction ledger.Transaction) {
	t.Helper()
	_, err := s.book.Post(t.Context(), transaction)
	require.NoError(t, err)
}

func (s *shop) sale(t *testing.T, number identity.Number, barcodes ...string) canteen.Sale {
	t.Helper()
	sale := canteen.Sale{ID: uuid.New(), Code: s.code(t, number), Merchant: merchant, Terminal: "T0001", Cashier: "cashier:12"}
	for _, barcode := range barcodes {
		sale.Lines = append(sale.Lines, canteen.Line{Barcode: barcode, Quantity: 1})
	}
	return sale
}

func (s *shop) balance(t *testing.T, path string) string {
	t.Helper()
	balance, err := s.book.Balance(t.Context(), path)
	require.NoError(t, err)
	return balance.Decimal()
}

func (s *shop) head(t *testing.T) int64 {
	t.Helper()
	head, err := s.book.Head(t.Context())
	require.NoError(t, err)
	return head.Seq
}

func (s *shop) closeDay(t *testing.T, date ledger.Date) {
	t.Helper()
	_, err := s.book.CloseDay(t.Context(), ledger.DayClose{Date: date, By: "finance"})
	require.NoError(t, err)
}

func sampleDishes(t *testing.T) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "examples", "school", "dishes.csv"))
	require.NoError(t, err)
	return text
}
