package canteen

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

// DayReport is what moved a merchant's account on one business date.
type DayReport struct {
	Merchant string
	Date     ledger.Date
	Sales    int          // how many
	Gross    money.Amount // of the sales
	// Corrections are all other movements but settlements, such as reversed
	// sales; Corrected is their sum, negative if money was taken back.
	Corrections int
	Corrected   money.Amount
	Settled     money.Amount // on this date, for days before
}

// Report counts a merchant's business date from its account. The open date's
// report is as of now. It reads the entries of the date, however old it is. A
// missing date is [ErrInvalid].
func (m *Merchants) Report(ctx context.Context, merchant string, date ledger.Date) (DayReport, error) {
	zero := money.Zero(m.parts.Chart.Currency())
	report := DayReport{Merchant: merchant, Date: date, Gross: zero, Corrected: zero, Settled: zero}
	if err := m.readDay(ctx, &report); err != nil {
		return DayReport{}, fmt.Errorf("report of %s on %s: %w", merchant, date, err)
	}
	return report, nil
}

const reportPageSize = 1000

func (m *Merchants) readDay(ctx context.Context, report *DayReport) error {
	if report.Date.IsZero() {
		return &InvalidError{Field: "Date", Rule: "must be given"}
	}
	path := campus.Path(campus.FamilyMerchant, report.Merchant)
	day := ledger.StatementQuery{From: report.Date, To: report.Date, Limit: reportPageSize}
	for {
		page, err := m.parts.Book.Statement(ctx, path, day)
		if err != nil {
			return err
		}
		for i := range page.Entries {
			if err := report.add(&page.Entries[i]); err != nil {
				return err
			}
		}
		if day.Cursor = page.Next; day.Cursor == "" {
			return nil
		}
	}
}

func (r *DayReport) add(entry *ledger.Entry) error {
	var err error
	switch entry.Kind {
	case campus.KindSale:
		r.Sales++
		r.Gross, err = r.Gross.Sub(entry.Amount) // entries count debits positive
	case campus.KindMerchantSettled:
		r.Settled, err = r.Settled.Add(entry.Amount)
	default:
		r.Corrections++
		r.Corrected, err = r.Corrected.Sub(entry.Amount)
	}
	return err
}
