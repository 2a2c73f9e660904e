package slip_test

import (
	"context"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/slip"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/seal"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// books are a school's, with one pupil who has 100 yuan.
type books struct {
	store  seal.Store
	book   *ledger.Book
	chart  *campus.Chart
	keys   *seal.Keys
	sealer *seal.Sealer
}

func now() time.Time { return time.Date(2026, time.September, 1, 4, 5, 6, 0, time.UTC) }

func newBooks(ctx context.Context) (*books, error) {
	store := storetest.NewMemory()
	b := &books{store: store}
	var err error
	if b.chart, err = campus.New(nil); err != nil {
		return nil, err
	}
	genesis := ledger.Genesis{Name: "实验小学", OpenDate: ledger.DateOf(2026, 9, 1)}
	if b.book, err = ledger.Create(ctx, store, 1, genesis, &ledger.Options{Now: now}); err != nil {
		return nil, err
	}
	accounts := append(b.chart.Holder("h102938", "meal"), b.chart.Merchant("canteen1")...)
	accounts = append(accounts, b.chart.Gateway("wechat")...)
	if _, err = b.book.OpenAccounts(ctx, ledger.Opening{ID: ledger.KeyID("chart"), Accounts: accounts}); err != nil {
		return nil, err
	}
	if b.keys, err = seal.GenerateKeys("school.example/books/1", now()); err != nil {
		return nil, err
	}
	if b.sealer, err = seal.NewSealer(store, 1, b.keys); err != nil {
		return nil, err
	}
	_, err = b.book.Post(ctx, b.chart.TopUp(campus.TopUp{
		Event: campus.Event{ID: ledger.KeyID("top-up"), By: "gateway"}, Gateway: "wechat", Holder: "h102938", Amount: yuan("100.00"),
	}))
	return b, err
}

func yuan(amount string) money.Amount { return money.MustParse(amount, money.CNY) }

// sell posts a sale of two dishes, the second under this name.
func (b *books) sell(ctx context.Context, dish string) (uuid.UUID, error) {
	document, err := json.Marshal(map[string]any{"terminal": "t01", "lines": []map[string]any{
		{"barcode": "2000000100012", "name": "米饭", "price": "1.00", "qty": 2},
		{"barcode": "2000000100029", "name": dish, "price": "12.50", "qty": 1},
	}})
	if err != nil {
		return uuid.UUID{}, err
	}
	id := ledger.KeyID("sale", dish)
	_, err = b.book.Post(ctx, b.chart.Sale(campus.Sale{
		Event:  campus.Event{ID: id, By: "counter-1", Document: document},
		Holder: "h102938", Merchant: "canteen1", Price: yuan("14.50"),
	}))
	return id, err
}

// prove seals the journal as it stands and proves a record.
func (b *books) prove(ctx context.Context, id uuid.UUID) (seal.Receipt, error) {
	if _, err := b.sealer.Seal(ctx); err != nil {
		return seal.Receipt{}, err
	}
	return seal.NewProver(b.store, 1).Receipt(ctx, id)
}

// slipOf sells a dish and makes the slip.
func (b *books) slipOf(t *testing.T, school, dish string) (*slip.Slip, seal.Receipt) {
	t.Helper()
	id, err := b.sell(t.Context(), dish)
	require.NoError(t, err)
	receipt, err := b.prove(t.Context(), id)
	require.NoError(t, err)
	printed, err := slip.New(school, &receipt)
	require.NoError(t, err)
	return printed, receipt
}

func mustBooks(t *testing.T) *books {
	t.Helper()
	b, err := newBooks(t.Context())
	require.NoError(t, err)
	return b
}

// mustFont opens the font that Debian has.
func mustFont(t *testing.T) *slip.Font {
	t.Helper()
	font, err := slip.OpenFont(slip.FontPath)
	if err != nil {
		missing(t, "fonts-wqy-microhei")
	}
	return font
}

// scan reads the QR code in a picture as a telephone does.
func scan(t *testing.T, picture image.Image) string {
	t.Helper()
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil {
		missing(t, "zbar-tools")
	}
	path := filepath.Join(t.TempDir(), "scanned.png")
	file, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, png.Encode(file, picture))
	require.NoError(t, file.Close())
	text, err := exec.CommandContext(t.Context(), zbarimg, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", path).Output()
	require.NoError(t, err)
	return strings.TrimSuffix(string(text), "\n")
}

// missing skips on a laptop and fails in CI.
func missing(t *testing.T, packageName string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("install Debian's %s", packageName)
	}
	t.Skipf("Debian's %s is not installed", packageName)
}
