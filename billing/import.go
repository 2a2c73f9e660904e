package billing

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/sql/billingdb"
)

// ItemImport is a sheet to be imported: see [ReadItems].
type ItemImport struct {
	Sheet io.Reader
	// DryRun goes through all of it and writes nothing.
	DryRun bool
}

// ImportReport says what an import did, or would have done.
type ImportReport struct {
	DryRun                      bool
	Created, Changed, Unchanged int
	// Items are the school's items that the sheet names, in its order.
	Items []Item
}

// errDryRun takes back what a dry run wrote.
var errDryRun = errors.New("dry run")

// ImportItems writes the fee items of a sheet, all or none: what is new is
// created, what has the name of an item changes it, what the sheet does not
// name stays. It may be repeated. It fails with an [ImportError] that lists all
// that is wrong with the sheet.
func (o *Office) ImportItems(ctx context.Context, in ItemImport) (ImportReport, error) {
	rows, err := ReadItems(in.Sheet, o.chart.Currency())
	if err != nil {
		return ImportReport{}, fmt.Errorf("import fee items: %w", err)
	}
	report := ImportReport{DryRun: in.DryRun}
	err = o.inTx(ctx, func(queries *billingdb.Queries) error {
		if err := o.writeItems(ctx, queries, rows, &report); err != nil {
			return err
		}
		if in.DryRun {
			return errDryRun
		}
		return nil
	})
	if err != nil && !errors.Is(err, errDryRun) {
		return ImportReport{}, fmt.Errorf("import fee items: %w", err)
	}
	return report, nil
}

func (o *Office) writeItems(ctx context.Context, queries *billingdb.Queries, rows []SheetRow, report *ImportReport) error {
	before, err := listItems(ctx, queries, o.school)
	if err != nil {
		return err
	}
	known := make(map[ItemID]Item, len(before))
	for i := range before {
		known[before[i].ID] = before[i]
	}
	var wrong []RowError
	for i := range rows {
		item := rows[i].Item
		item.ID = ItemIDOf(ledger.BookID(o.school), item.Name)
		earlier, exists := known[item.ID]
		item.Billed = earlier.Billed
		report.count(exists, exists && earlier.same(&item))
		report.Items = append(report.Items, item)
		written, err := o.writeItem(ctx, queries, &item)
		if err != nil {
			return fmt.Errorf("row %d: %w", rows[i].Row, err)
		}
		if !written {
			wrong = append(wrong, RowError{Row: rows[i].Row, Code: ItemBilled})
		}
	}
	if len(wrong) > 0 {
		return &ImportError{Rows: wrong}
	}
	return nil
}

func (r *ImportReport) count(exists, same bool) {
	switch {
	case same:
		r.Unchanged++
	case exists:
		r.Changed++
	default:
		r.Created++
	}
}

func (i *Item) same(other *Item) bool {
	return i.Nature == other.Nature && slices.Equal(i.Grades, other.Grades) && i.Amount == other.Amount &&
		i.Due == other.Due && i.Voluntary == other.Voluntary
}

// writeItem reports false if bills keep the item from changing. The order of
// the statements is that of Assess: the item's row is the lock of its bills.
func (o *Office) writeItem(ctx context.Context, queries *billingdb.Queries, item *Item) (bool, error) {
	written, err := queries.UpsertFeeItem(ctx, billingdb.UpsertFeeItemParams{
		School: o.school, ID: string(item.ID), Name: item.Name, Nature: string(item.Nature),
		Grades: strings.Join(item.Grades, gradeSeparator), AmountMinor: item.Amount.Minor(),
		Currency: item.Amount.Currency().Code(), DueDate: item.Due.String(), Voluntary: item.Voluntary, CreatedAt: o.now(),
	})
	if err != nil || written == 0 {
		return false, err
	}
	return true, queries.MoveDueDate(ctx, billingdb.MoveDueDateParams{
		School: o.school, Item: string(item.ID), DueDate: item.Due.String(),
	})
}
