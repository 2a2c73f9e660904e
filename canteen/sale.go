package canteen

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// Sale is dishes asked for at a terminal and the card that is to pay.
type Sale struct {
	// ID makes the sale idempotent for ever. A terminal chooses it when the
	// sale begins and keeps it for every retry.
	ID uuid.UUID
	// Code is the text as scanned from the card. It is a bearer token and is
	// written down nowhere.
	Code  string
	Lines []Line // 1 to 100
	// Merchant is who is paid, Terminal which machine asks (1 to 64 bytes),
	// Cashier who operates it, such as "cashier:12" (1 to 128 bytes). None of
	// them is a person's name: they are journaled.
	Merchant, Terminal, Cashier string
	// AllowCredit lets what subsidies and wallet lack become arrears, within
	// the limit. It is the cashier's explicit choice, each time.
	AllowCredit bool
}

// Sold is a sale as journaled. Who paid is a number, not a name.
type Sold struct {
	ID   uuid.UUID
	Seq  int64 // journal position
	At   time.Time
	Date ledger.Date

	Holder, Merchant, Terminal, Cashier string

	Lines []PricedLine // at the prices of then
	Total money.Amount // the sum of the next three
	// FromSubsidy, FromWallet and FromArrears are what paid it.
	FromSubsidy, FromWallet, FromArrears money.Amount
	// Balance of the wallet after the sale.
	Balance money.Amount
	// Replayed is set if the sale was made by an earlier call with its ID.
	Replayed bool
}

// Sell sells. It checks in this order and stops at the first fault: the sale is
// well-formed ([InvalidError]); the code is a card's and genuine; the ID is
// new; all lines can be priced ([LineError]); the code is of this school and
// not expired; the card is neither lost, void nor blocked; there is money
// enough or, on credit, room below the arrears limit. What a holder is refused
// for is a [Refusal]. Subsidies pay first, then the wallet, then arrears.
//
// The same ID again returns the sale that was made, even if prices have changed
// or the card was lost since. With other dishes, another holder, merchant,
// terminal or cashier it is ledger.ErrIDReused. A refused sale may be tried
// again with its ID, for example on credit.
//
// Other errors are the ledger's. After ledger.ErrOutcomeUnknown the sale may
// have been made: ask again.
func (c *Counter) Sell(ctx context.Context, s Sale) (Sold, error) {
	sold, err := c.sell(ctx, &s)
	if err != nil {
		return Sold{}, fmt.Errorf("sell %s: %w", s.ID, err)
	}
	return sold, nil
}

func (c *Counter) sell(ctx context.Context, s *Sale) (Sold, error) {
	if err := s.check(); err != nil {
		return Sold{}, err
	}
	payload, err := c.open(s.Code)
	if err != nil {
		return Sold{}, err
	}
	sold, refused := c.sellNow(ctx, s, payload)
	if refused == nil {
		return sold, nil
	}
	// The ledger replays what it is asked again; whatever else is in the way of
	// a sale that was made is not in the way of its answer. So only a call that
	// failed looks for it, not every sale.
	sold, err = c.made(ctx, s, identity.Number(payload.Holder).Ref())
	if errors.Is(err, ledger.ErrRecordUnknown) || err != nil && errors.Is(refused, ledger.ErrOutcomeUnknown) {
		return Sold{}, refused
	}
	return sold, err
}

// sellNow sells as if there had been no such sale.
func (c *Counter) sellNow(ctx context.Context, s *Sale, payload qrcode.Payload) (Sold, error) {
	quote, err := c.parts.Menu.Price(s.Lines)
	if err != nil {
		return Sold{}, err
	}
	holder, err := c.check(ctx, payload)
	if err != nil {
		return Sold{}, err
	}
	return c.post(ctx, s, holder.Ref(), quote)
}

// made returns the sale with this ID if there is one.
func (c *Counter) made(ctx context.Context, s *Sale, holder string) (Sold, error) {
	record, err := c.parts.Book.Record(ctx, s.ID)
	if err != nil {
		return Sold{}, err
	}
	sold, err := ReadSale(&record)
	field := "kind"
	if err == nil {
		field = s.differs(&sold, holder)
	}
	if field != "" {
		return Sold{}, &ledger.IDReusedError{ID: s.ID, Seq: record.Seq, Field: field}
	}
	sold.Replayed = true
	return sold, nil
}

func (c *Counter) post(ctx context.Context, s *Sale, holder string, quote Quote) (Sold, error) {
	programmes, _, err := c.programmes(ctx, holder)
	if err != nil {
		return Sold{}, err
	}
	document, err := newDocument(s.Terminal, quote.Lines)
	if err != nil {
		return Sold{}, err
	}
	receipt, err := c.parts.Book.Post(ctx, c.parts.Chart.Sale(campus.Sale{
		Event:  campus.Event{ID: s.ID, By: s.Cashier, Document: document},
		Holder: holder, Merchant: s.Merchant, Price: quote.Total,
		Programmes: programmes, Credit: s.AllowCredit,
	}))
	if err != nil {
		return Sold{}, ledgerRefusal(holder, err)
	}
	sold, err := ReadSale(&receipt.Record)
	sold.Replayed = receipt.Replayed
	return sold, err
}

func (s *Sale) check() error {
	if s.ID == uuid.Nil {
		return &InvalidError{Field: "ID", Rule: "must be given"}
	}
	for _, text := range []struct {
		field, value string
		bytesMax     int
	}{{"Merchant", s.Merchant, 64}, {"Terminal", s.Terminal, 64}, {"Cashier", s.Cashier, 128}} {
		if text.value == "" || len(text.value) > text.bytesMax || !utf8.ValidString(text.value) {
			return &InvalidError{Field: text.field, Rule: fmt.Sprintf("must have 1 to %d bytes of UTF-8", text.bytesMax)}
		}
	}
	return checkLines(s.Lines)
}
