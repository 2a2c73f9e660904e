package canteen

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/campusledger/campusledger/sql/canteendb"
)

// ImportReport says what an import did, or in a dry run would do.
type ImportReport struct {
	Created, Updated, Unchanged int
	// Problems are those of the file. With any, nothing is imported.
	Problems []RowProblem
	// DryRun is set if nothing was to be written.
	DryRun bool
}

// Import writes the dishes of the file into the menu: new barcodes are
// created, known ones updated if anything differs, dishes that the file does
// not name are left alone. It is all or nothing, because a list of prices of
// which half is in force helps nobody: with faulty rows it is [ErrDishRows]
// beside the report. It may be repeated. A sale is priced before or after the
// whole import, never in between.
func (m *Menu) Import(ctx context.Context, file *DishFile) (ImportReport, error) {
	report, err := m.importDishes(ctx, file, false)
	if err == nil && len(report.Problems) > 0 {
		err = ErrDishRows
	}
	if err != nil {
		return report, fmt.Errorf("import dishes of school %d: %w", m.school, err)
	}
	return report, nil
}

// DryRun says what [Menu.Import] would do and writes nothing.
func (m *Menu) DryRun(ctx context.Context, file *DishFile) (ImportReport, error) {
	report, err := m.importDishes(ctx, file, true)
	if err != nil {
		return report, fmt.Errorf("try import of dishes of school %d: %w", m.school, err)
	}
	return report, nil
}

func (m *Menu) importDishes(ctx context.Context, file *DishFile, dryRun bool) (ImportReport, error) {
	report := ImportReport{Problems: file.Problems, DryRun: dryRun}
	for i := range file.Dishes {
		if file.Dishes[i].Price.Currency() != m.currency {
			return report, &InvalidError{Field: "Price", Rule: "must be in " + m.currency.Code()}
		}
	}
	m.writing.Lock()
	defer m.writing.Unlock()
	tx, err := m.db.BeginTx(ctx, nil)
	if err != nil {
		return report, err
	}
	defer func() { _ = tx.Rollback() }() // of no effect after Commit
	q := canteendb.New(tx)
	dishes, err := m.stored(ctx, q)
	if err != nil {
		return report, err
	}
	changed := report.compare(dishes, file.Dishes)
	if dryRun || len(file.Problems) > 0 {
		return report, nil
	}
	at := m.now().UTC().Truncate(time.Microsecond)
	for i := range changed {
		if err := q.DishPut(ctx, changed[i].row(m.school, at)); err != nil {
			return report, fmt.Errorf("dish %s: %w", changed[i].Barcode, err)
		}
		dishes[changed[i].Barcode] = changed[i]
	}
	if err := tx.Commit(); err != nil {
		return report, err
	}
	m.dishes.Store(&dishes)
	return report, nil
}

// compare counts and returns what differs, in the order of the barcodes: two
// imports that lock rows in one order cannot wait for each other.
func (r *ImportReport) compare(stored map[string]Dish, wanted []Dish) []Dish {
	changed := make(map[string]Dish)
	for _, dish := range wanted {
		switch present, ok := stored[dish.Barcode]; {
		case !ok:
			r.Created++
		case present != dish:
			r.Updated++
		default:
			r.Unchanged++
			continue
		}
		changed[dish.Barcode] = dish
	}
	return slices.SortedFunc(maps.Values(changed), func(a, b Dish) int { return cmp.Compare(a.Barcode, b.Barcode) })
}
