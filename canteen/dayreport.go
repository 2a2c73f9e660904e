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
// report is as of now. It reads all entries since the date, so a recent date
// is cheap and an old one is not.
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
	path := campus.Path(campus.FamilyMerchant, report.Merchant)
	for cursor := ""; ; {
		page, err := m.parts.Book.Statement(ctx, path, cursor, reportPageSize)
		if err != nil {
			return err
		}
		for i := range page.Entries {
			switch order := page.Entries[i].Date.Compare(report.Date); {
			case order < 0: // newest first: all others are older still
				return nil
			case order == 0:
				if err := report.add(&page.Entries[i]); err != nil {
					return err
				}
			}
		}
		if cursor = page.Next; cursor == "" {
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
