package canteen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

// Settlement asks to close what a merchant is owed.
type Settlement struct {
	Merchant string
	// Date is the day before the open business date. Everything owed up to
	// its end is settled, whenever it was sold.
	Date ledger.Date
	// Commission is the percentage the school keeps, such as "1.5", from 0 to
	// 100, rounded half to even. Default: none.
	Commission string
	By         string
}

// Settled is a settlement as journaled.
type Settled struct {
	ID   uuid.UUID
	Seq  int64 // 0 if nothing was owed and so nothing was journaled
	Date ledger.Date
	// Gross is what the merchant was owed: Commission and Net together.
	Gross, Commission, Net money.Amount
	// Replayed is set if it was settled before.
	Replayed bool
}

// Payout asks to book the transfer of a settlement's net to the merchant's bank
// account.
type Payout struct {
	Merchant string
	Date     ledger.Date // of the settlement
	Bank     string      // the school's bank account that pays, as in "bank/<Bank>"
	By       string
}

// Settle moves what the merchant is owed on its way to the merchant, less
// commission. It is done once for each date: again, it returns what was settled
// then. Another date than the day before the open one is [ErrInvalid], because
// two settlements that each count from the same balance would pay twice. If the
// day is closed meanwhile it fails with ledger.ErrDateClosed and nothing is
// booked.
func (m *Merchants) Settle(ctx context.Context, s Settlement) (Settled, error) {
	settled, err := m.settle(ctx, s)
	if err != nil {
		return Settled{}, fmt.Errorf("settle %s of %s: %w", s.Merchant, s.Date, err)
	}
	return settled, nil
}

func (m *Merchants) settle(ctx context.Context, s Settlement) (Settled, error) {
	id := settlementID(s.Merchant, s.Date)
	settled, err := m.settled(ctx, id, s.Date)
	if !errors.Is(err, ErrNotSettled) {
		return settled, err
	}
	head, err := m.parts.Book.Head(ctx)
	if err != nil {
		return Settled{}, err
	}
	if s.Date != head.OpenDate.AddDays(-1) {
		return Settled{}, &InvalidError{Field: "Date", Rule: fmt.Sprintf("must be the day before the open date, %s", head.OpenDate)}
	}
	settled, err = m.owed(ctx, s)
	if err != nil || settled.Gross.IsZero() {
		return settled, err
	}
	document, err := json.Marshal(map[string]ledger.Date{"settles": s.Date})
	if err != nil {
		return Settled{}, err
	}
	transaction := m.parts.Chart.MerchantSettled(campus.Payout{
		Event:    campus.Event{ID: id, By: s.By, Document: document},
		Merchant: s.Merchant, Amount: settled.Gross, Commission: settled.Commission,
	})
	transaction.Date = head.OpenDate // else a day close in between would let two dates count one balance
	receipt, err := m.parts.Book.Post(ctx, transaction)
	if errors.Is(err, ledger.ErrIDReused) { // by another call at this moment, with another commission or less owed
		return m.settled(ctx, id, s.Date)
	}
	if err != nil {
		return Settled{}, err
	}
	settled.ID, settled.Seq, settled.Replayed = id, receipt.Record.Seq, receipt.Replayed
	return settled, nil
}

// owed computes a settlement. What was given back since the date ended, by
// reversed sales, is not paid out.
func (m *Merchants) owed(ctx context.Context, s Settlement) (Settled, error) {
	path := campus.Path(campus.FamilyMerchant, s.Merchant)
	gross, err := m.parts.Book.BalanceAt(ctx, path, s.Date)
	if err != nil {
		return Settled{}, err
	}
	now, err := m.parts.Book.Balance(ctx, path)
	if err != nil {
		return Settled{}, err
	}
	gross = money.Of(max(0, min(gross.Minor(), now.Minor())), gross.Currency())
	settled := Settled{Date: s.Date, Gross: gross, Commission: money.Zero(gross.Currency())}
	if s.Commission != "" {
		settled.Commission, err = gross.Percent(s.Commission, money.HalfEven)
		if err != nil || settled.Commission.Sign() < 0 || settled.Commission.Minor() > gross.Minor() {
			return Settled{}, &InvalidError{Field: "Commission", Rule: "must be a percentage from 0 to 100"}
		}
	}
	settled.Net, err = gross.Sub(settled.Commission)
	return settled, err
}

// settled reads a settlement from the journal. It fails with [ErrNotSettled].
func (m *Merchants) settled(ctx context.Context, id uuid.UUID, date ledger.Date) (Settled, error) {
	record, err := m.parts.Book.Record(ctx, id)
	if errors.Is(err, ledger.ErrRecordUnknown) {
		err = ErrNotSettled
	}
	if err != nil {
		return Settled{}, err
	}
	// As campus posts it: merchant, commission if any, transit.
	gross, net := record.Lines[0].Amount, record.Lines[len(record.Lines)-1].Amount
	if net, err = net.Neg(); err != nil {
		return Settled{}, err
	}
	commission, err := gross.Sub(net)
	return Settled{ID: id, Seq: record.Seq, Date: date, Gross: gross, Commission: commission, Net: net, Replayed: true}, err
}

// PayOut books that the net of a settlement was transferred. It is done once:
// again, it returns the same receipt, and with another bank or By it is
// ledger.ErrIDReused. A date that was not settled is [ErrNotSettled]; so is one
// of which the commission left nothing to transfer.
func (m *Merchants) PayOut(ctx context.Context, p Payout) (ledger.Receipt, error) {
	receipt, err := m.payOut(ctx, p)
	if err != nil {
		return ledger.Receipt{}, fmt.Errorf("pay out %s of %s: %w", p.Merchant, p.Date, err)
	}
	return receipt, nil
}

func (m *Merchants) payOut(ctx context.Context, p Payout) (ledger.Receipt, error) {
	settled, err := m.settled(ctx, settlementID(p.Merchant, p.Date), p.Date)
	if err == nil && settled.Net.IsZero() {
		err = ErrNotSettled
	}
	if err != nil {
		return ledger.Receipt{}, err
	}
	id := ledger.KeyID("canteen.payout", p.Merchant, p.Date.String())
	return m.parts.Book.Post(ctx, m.parts.Chart.PaidOut(campus.Payout{
		Event: campus.Event{ID: id, By: p.By}, Merchant: p.Merchant, Bank: p.Bank, Amount: settled.Net,
	}))
}

func settlementID(merchant string, date ledger.Date) uuid.UUID {
	return ledger.KeyID("canteen.settle", merchant, date.String())
}
