package simulator

import (
	"fmt"
	"time"

	"github.com/campusledger/campusledger/ledger/money"
)

// Settlement is what the gateway owes a merchant for the payments of one day:
// Net = Gross - Fee. It goes to the merchant's bank account as one sum.
type Settlement struct {
	Merchant string
	Date     string // yyyy-mm-dd, the day of payment at the gateway's place
	Orders   int
	Gross    money.Amount
	Fee      money.Amount // the sum of each order's fee, rounded half up to the minor unit
	Net      money.Amount
}

// Settlement adds up the merchant's payments of a day; there may be none. It
// fails with [ErrNoMerchant], and on a date that is not yyyy-mm-dd.
func (s *Server) Settlement(merchant, date string) (Settlement, error) {
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return Settlement{}, fmt.Errorf("settlement date %.20q is not yyyy-mm-dd", date)
	}
	if _, ok := s.merchants[merchant]; !ok {
		return Settlement{}, ErrNoMerchant
	}
	total := Settlement{Merchant: merchant, Date: date, Gross: money.Zero(s.currency), Fee: money.Zero(s.currency)}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.orders {
		if o.merchant.ID != merchant || o.state != tradeSuccess || o.paidAt.In(s.place).Format(time.DateOnly) != date {
			continue
		}
		if err := total.add(o.amount, s.feePercent); err != nil {
			return Settlement{}, fmt.Errorf("settle %s: %w", date, err)
		}
	}
	var err error
	total.Net, err = total.Gross.Sub(total.Fee)
	return total, err
}

func (t *Settlement) add(amount money.Amount, feePercent string) error {
	fee, err := amount.Percent(feePercent, money.HalfUp)
	if err != nil {
		return err
	}
	if t.Gross, err = t.Gross.Add(amount); err != nil {
		return err
	}
	t.Fee, err = t.Fee.Add(fee)
	t.Orders++
	return err
}
