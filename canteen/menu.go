package canteen

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode"
	"github.com/campusledger/campusledger/sql/canteendb"
)

// Menu is the dishes of a school. It answers from memory and writes to the
// database: what this Menu imports is sold at once, what another process
// imports is sold after [Menu.Refresh], which a server with siblings calls
// every few seconds. Until then it sells at the prices it knows.
type Menu struct {
	db       *sql.DB
	school   int
	currency money.Currency
	now      func() time.Time

	writing sync.Mutex // from reading the database to replacing dishes
	dishes  atomic.Pointer[map[string]Dish]
}

// MenuOptions tune a [Menu]. The zero value of each field is its default.
type MenuOptions struct {
	// Currency of all prices. Default: CNY.
	Currency money.Currency
	// Now gives the time of imports. Default: time.Now.
	Now func() time.Time
}

// OpenMenu reads the dishes of a school, 0 to 99999. Nil options are the
// defaults.
func OpenMenu(ctx context.Context, db *sql.DB, school int, options *MenuOptions) (*Menu, error) {
	var o MenuOptions
	if options != nil {
		o = *options
	}
	if !o.Currency.IsValid() {
		o.Currency = money.CNY
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := checkSchool(school); err != nil {
		return nil, err
	}
	m := &Menu{db: db, school: school, currency: o.Currency, now: o.Now}
	if err := m.Refresh(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

func checkSchool(school int) error {
	if school < 0 || school > int(qrcode.MaxSchool) {
		return &InvalidError{Field: "school", Rule: fmt.Sprintf("must be 0 to %d", qrcode.MaxSchool)}
	}
	return nil
}

// Currency returns the currency of all prices.
func (m *Menu) Currency() money.Currency { return m.currency }

// Refresh reads all dishes again.
func (m *Menu) Refresh(ctx context.Context) error {
	m.writing.Lock()
	defer m.writing.Unlock()
	dishes, err := m.stored(ctx, canteendb.New(m.db))
	if err != nil {
		return fmt.Errorf("read menu of school %d: %w", m.school, err)
	}
	m.dishes.Store(&dishes)
	return nil
}

func (m *Menu) stored(ctx context.Context, q *canteendb.Queries) (map[string]Dish, error) {
	rows, err := q.DishList(ctx, int64(m.school))
	if err != nil {
		return nil, err
	}
	dishes := make(map[string]Dish, len(rows))
	for i := range rows {
		dish, err := dishFrom(&rows[i])
		if err != nil {
			return nil, fmt.Errorf("dish %s: %w", rows[i].Barcode, err)
		}
		dishes[dish.Barcode] = dish
	}
	return dishes, nil
}

// Dish returns the dish with a barcode as scanned: blanks around it and the
// case of letters do not matter. It is found whether active or not.
func (m *Menu) Dish(barcode string) (Dish, bool) {
	dish, ok := (*m.dishes.Load())[qrcode.Classify(barcode).Text]
	return dish, ok
}

// Dishes returns all dishes in the order of their barcodes.
func (m *Menu) Dishes() []Dish {
	return slices.SortedFunc(maps.Values(*m.dishes.Load()), func(a, b Dish) int { return cmp.Compare(a.Barcode, b.Barcode) })
}
