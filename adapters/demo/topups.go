package demo

import (
	"context"
	"time"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger/money"
)

// topUp lets six of ten guardians top up 50 to 300, pays at the gateway, and
// waits until each payment has come back: by a notification, or by asking where
// the notification was lost or wrong.
func (d *day) topUp(ctx context.Context) error {
	amounts := make([]money.Amount, len(d.holders))
	for i := range amounts {
		if d.random.IntN(10) < 6 {
			amounts[i] = money.Of(int64(50+10*d.random.IntN(26))*100, d.school.Chart.Currency())
			d.summary.TopUps++
		}
	}
	return d.payments(ctx, len(d.holders), func(i int) error {
		if !amounts[i].IsValid() {
			return nil
		}
		return d.payTopUp(ctx, school.TopUp{Key: d.key("topup", i), Holder: d.holders[i], Guardian: guardian(i), Amount: amounts[i]})
	})
}

// payments lets several guardians at a time do what they do at the gateway and
// waits until all of it has come back.
func (d *day) payments(ctx context.Context, n int, do func(i int) error) error {
	if err := d.each(n, do); err != nil {
		return err
	}
	return d.collect(ctx)
}

// payTopUp asks for a top-up and pays it.
func (d *day) payTopUp(ctx context.Context, request school.TopUp) error {
	order, err := d.school.StartTopUp(ctx, request)
	if err != nil {
		return err
	}
	return d.pay(ctx, order)
}

// pay is the payer at the gateway.
func (d *day) pay(ctx context.Context, order gateways.Order) error {
	if order.State != gateways.OrderSent {
		return nil // an earlier run paid it
	}
	return d.gateway.Client.Pay(ctx, order.Checkout)
}

// collect waits for the notifications under way and asks about the orders that
// are still open.
func (d *day) collect(ctx context.Context) error {
	drained, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := d.gateway.Server.Drain(drained); err != nil {
		return err
	}
	desk, err := d.school.Desk()
	if err != nil {
		return err
	}
	swept, err := desk.Sweep(ctx, 0)
	d.summary.Swept += swept.Paid
	return err
}
