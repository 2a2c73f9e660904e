package httpapi

import (
	"github.com/google/uuid"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// amountIn reads an amount of a request, which must be positive. The tokens are
// where it stands in the body.
func amountIn(a wire.Amount, tokens ...string) (money.Amount, error) {
	at := func(name string) []string { return append(append([]string(nil), tokens...), name) }
	currency, err := money.ParseCurrency(a.Currency)
	if err != nil {
		return money.Amount{}, invalidField("is no currency that is known", at("currency")...)
	}
	amount, err := money.Parse(a.Amount, currency)
	if err != nil {
		return money.Amount{}, invalidField(err.Error(), at("amount")...)
	}
	if amount.Sign() <= 0 {
		return money.Amount{}, invalidField("must be more than zero", at("amount")...)
	}
	return amount, nil
}

// bookAmountIn is amountIn for the currency of the school's accounts.
func (a *api) bookAmountIn(amount wire.Amount, tokens ...string) (money.Amount, error) {
	parsed, err := amountIn(amount, tokens...)
	if err == nil && parsed.Currency() != a.school.Chart.Currency() {
		err = invalidField("the accounts are in "+a.school.Chart.Currency().Code(), append(tokens, "currency")...)
	}
	return parsed, err
}

func amountOut(a money.Amount) wire.Amount {
	return wire.Amount{Amount: a.Decimal(), Currency: a.Currency().Code()}
}

func holderIn(ref string) (identity.Number, error) {
	number, err := identity.ParseRef(ref)
	if err != nil {
		return 0, invalidParameter("holder", "is not a reference such as h102938")
	}
	return number, nil
}

func dateIn(text, field string) (ledger.Date, error) {
	date, err := ledger.ParseDate(text)
	if err != nil {
		return ledger.Date{}, invalidField("is not a date such as 2026-09-01", field)
	}
	return date, nil
}

// transactionID derives the id of what an idempotency key asks for. Callers and
// operations have their own keys: nobody can meet, or probe, another's.
func transactionID(operation string, by caller, key uuid.UUID) uuid.UUID {
	return ledger.KeyID("httpapi", operation, string(by.role), by.subject, key.String())
}

func holderOut(m *identity.Masked) wire.Holder {
	return wire.Holder{
		Holder: m.Ref(), Kind: wire.HolderKind(m.Kind), Status: wire.HolderStatus(m.Status), Name: m.Name,
		StudentNo: m.StudentNo, Grade: m.Grade, Class: m.Class, Boarding: m.Boarding, Card: cardOut(m.Card),
	}
}

func cardOut(c identity.Card) wire.Card {
	return wire.Card{State: wire.CardState(c.State), Serial: int(c.Serial)}
}

func receiptOut(r *ledger.Record) wire.Receipt {
	return wire.Receipt{Id: r.ID, Seq: r.Seq, Kind: r.Kind, Date: r.Date.String(), At: r.At}
}

func replayedOut(replayed bool) *string {
	text := "false"
	if replayed {
		text = "true"
	}
	return &text
}

func linesIn(lines wire.OrderedLines) []canteen.Line {
	asked := make([]canteen.Line, len(lines))
	for i, line := range lines {
		asked[i] = canteen.Line{Barcode: line.Dish, Quantity: line.Quantity}
	}
	return asked
}

func linesOut(lines []canteen.PricedLine) []wire.PricedLine {
	priced := make([]wire.PricedLine, len(lines))
	for i, line := range lines {
		priced[i] = wire.PricedLine{
			Dish: line.Barcode, Name: line.Name, Quantity: line.Quantity,
			UnitPrice: amountOut(line.Price), Amount: amountOut(line.Total),
		}
	}
	return priced
}

func walletOf(n identity.Number) string  { return campus.Path(campus.FamilyWallet, n.Ref()) }
func arrearsOf(n identity.Number) string { return campus.Path(campus.FamilyArrears, n.Ref()) }

// limitOr is the limit of a page, or the document's default.
func limitOr(limit *wire.Limit) int {
	if limit == nil {
		return 50
	}
	return *limit
}

func textOr(text *string, fallback string) string {
	if text == nil {
		return fallback
	}
	return *text
}

// nextOut leaves the cursor out after the last page.
func nextOut(next string) *string {
	if next == "" {
		return nil
	}
	return &next
}

// entryOut turns an entry, debit positive, to the account's own side: money into
// a wallet and more arrears are both positive.
func entryOut(e *ledger.Entry, side ledger.Side) wire.Entry {
	return wire.Entry{
		Record: e.ID, Seq: e.Seq, Kind: e.Kind, Date: e.Date.String(), At: e.At,
		Amount: amountOut(seenFrom(side, e.Amount)), Balance: amountOut(seenFrom(side, e.Balance)),
	}
}

func seenFrom(side ledger.Side, a money.Amount) money.Amount {
	return money.Of(int64(side)*a.Minor(), a.Currency())
}

func merchantAccount(merchant string) string { return campus.Path(campus.FamilyMerchant, merchant) }
