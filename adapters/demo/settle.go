package demo

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// choice is the random source of one step, whatever order the steps run in.
func (d *day) choice(what string, i int) *rand.Rand {
	digest := fnv.New64a()
	_, _ = digest.Write([]byte(d.key(what, i)))
	return rand.New(rand.NewPCG(d.options.Seed, digest.Sum64()))
}

// repayArrears lets guardians of children in debt top up twice what is owed:
// the school takes the debt first.
func (d *day) repayArrears(ctx context.Context) error {
	guardians := make(map[identity.Number]int, len(d.holders))
	for i, number := range d.holders {
		guardians[number] = i
	}
	var owing []ledger.Account
	for account, err := range d.school.Book.Accounts(ctx, string(campus.FamilyArrears)+"/") {
		if err != nil {
			return err
		}
		if account.Balance().Sign() > 0 {
			owing = append(owing, account)
		}
	}
	return d.payments(ctx, len(owing), func(n int) error {
		number, err := identity.ParseRef(owing[n].Path[len(campus.FamilyArrears)+1:])
		if err != nil {
			return err
		}
		i, known := guardians[number]
		if !known || d.choice("repay", i).IntN(2) == 0 {
			return nil
		}
		amount, err := owing[n].Balance().Mul(2)
		if err != nil {
			return err
		}
		return d.payTopUp(ctx, school.TopUp{Key: d.key("repay-"+amount.Decimal(), i), Holder: number, Guardian: guardian(i), Amount: amount})
	})
}

// settleGateway books the lump sum that the gateway pays to the bank for all
// payments of the day, less its fee.
func (d *day) settleGateway(ctx context.Context) error {
	date := ledger.DateIn(time.Now(), school.China)
	settlement, err := d.gateway.Client.Settlement(ctx, date.String())
	if err != nil || settlement.Gross.IsZero() {
		return err
	}
	document, err := json.Marshal(map[string]any{"date": date, "orders": settlement.Orders})
	if err != nil {
		return err
	}
	_, err = d.school.Book.Post(ctx, d.school.Chart.GatewaySettled(campus.GatewaySettlement{
		Event:   campus.Event{ID: ledger.KeyID(d.key("settlement", 0), settlement.Gross.Decimal()), By: "finance", Document: document},
		Gateway: d.gateway.Client.Name(), Bank: school.MainBank, Gross: settlement.Gross, Charge: settlement.Fee,
	}))
	return err
}

// closeDay ends the business date of the sales and seals it.
func (d *day) closeDay(ctx context.Context) error {
	closed, err := d.school.CloseDay(ctx, ledger.DayClose{Date: d.summary.Date, By: "finance"})
	if err != nil {
		return err
	}
	return closed.Unsealed
}

// settleMerchant closes what the canteen is owed for the closed date and pays
// it out of the bank account.
func (d *day) settleMerchant(ctx context.Context) error {
	settled, err := d.school.Merchants.Settle(ctx, canteen.Settlement{Merchant: merchant, Date: d.summary.Date, Commission: "1", By: "finance"})
	if err != nil || settled.Seq == 0 {
		return err
	}
	_, err = d.school.Merchants.PayOut(ctx, canteen.Payout{Merchant: merchant, Date: d.summary.Date, Bank: school.MainBank, By: "finance"})
	return err
}

// total takes the figures of the summary from the book.
func (d *day) total(ctx context.Context) error {
	head, err := d.school.Book.Head(ctx)
	if err != nil {
		return err
	}
	d.summary.Records = head.Seq
	d.summary.Controls, err = d.school.Book.TrialBalance(ctx)
	return err
}
