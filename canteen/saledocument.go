package canteen

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode"
)

// saleDocument is the document of a sale's transaction:
//
//	{"lines":[{"barcode":"2000000100012","name":"米饭","price":"1.00","qty":2}],"terminal":"T0001"}
//
// It holds what was sold and where, never to whom.
type saleDocument struct {
	Lines    []documentLine `json:"lines"`
	Terminal string         `json:"terminal"`
}

type documentLine struct {
	Barcode string `json:"barcode"`
	Name    string `json:"name"`
	Price   string `json:"price"` // of one portion, decimal, in the currency of the postings
	Qty     int    `json:"qty"`
}

func newDocument(terminal string, lines []PricedLine) (json.RawMessage, error) {
	document := saleDocument{Terminal: terminal, Lines: make([]documentLine, len(lines))}
	for i, line := range lines {
		document.Lines[i] = documentLine{Barcode: line.Barcode, Name: line.Name, Price: line.Price.Decimal(), Qty: line.Quantity}
	}
	return json.Marshal(document)
}

// ReadSale reads a sale from its record, for statements, receipts and
// nutrition. It fails with [ErrNotSale] for any other record.
func ReadSale(record *ledger.Record) (Sold, error) {
	if record.Kind != campus.KindSale {
		return Sold{}, fmt.Errorf("record %d of kind %s: %w", record.Seq, record.Kind, ErrNotSale)
	}
	var document saleDocument
	if err := json.Unmarshal(record.Document, &document); err != nil {
		return Sold{}, fmt.Errorf("record %d: %w: its document: %w", record.Seq, ErrNotSale, err)
	}
	sold := Sold{
		ID: record.ID, Seq: record.Seq, At: record.At, Date: record.Date,
		Terminal: document.Terminal, Cashier: record.By, Lines: make([]PricedLine, len(document.Lines)),
	}
	if err := sold.readPostings(record.Lines); err != nil {
		return Sold{}, fmt.Errorf("record %d: %w", record.Seq, err)
	}
	for i, line := range document.Lines {
		price, err := money.Parse(line.Price, sold.Total.Currency())
		if err != nil {
			return Sold{}, fmt.Errorf("record %d: %w: line %d: %w", record.Seq, ErrNotSale, i+1, err)
		}
		total, err := price.Mul(int64(line.Qty))
		if err != nil {
			return Sold{}, fmt.Errorf("record %d: %w: line %d: %w", record.Seq, ErrNotSale, i+1, err)
		}
		sold.Lines[i] = PricedLine{Barcode: line.Barcode, Name: line.Name, Quantity: line.Qty, Price: price, Total: total}
	}
	return sold, nil
}

// readPostings reads who paid whom and from what. Records count debits
// positive: what leaves a wallet is positive, a wallet with money negative.
func (s *Sold) readPostings(lines []ledger.Line) error {
	for i := range lines {
		family, names, _ := strings.Cut(lines[i].Account, "/")
		amount := lines[i].Amount
		var err error
		if s.FromWallet.Currency() != amount.Currency() {
			zero := money.Zero(amount.Currency())
			s.FromSubsidy, s.FromWallet, s.FromArrears = zero, zero, zero
		}
		switch campus.Family(family) {
		case campus.FamilySubsidy:
			s.FromSubsidy, err = s.FromSubsidy.Add(amount)
		case campus.FamilyWallet:
			s.Holder, s.FromWallet = names, amount
			s.Balance, err = lines[i].Balance.Neg()
		case campus.FamilyArrears:
			s.FromArrears = amount
		case campus.FamilyMerchant:
			s.Merchant = names
			s.Total, err = amount.Neg()
		}
		if err != nil {
			return err
		}
	}
	if s.Holder == "" || s.Merchant == "" {
		return ErrNotSale
	}
	return nil
}

// differs returns the first field in which a sale that was made differs from
// what is asked now. Prices are those of then, and AllowCredit is a permission:
// neither makes another sale of it.
func (s *Sale) differs(made *Sold, holder string) string {
	switch {
	case made.Holder != holder:
		return "holder"
	case made.Merchant != s.Merchant:
		return "merchant"
	case made.Terminal != s.Terminal:
		return "terminal"
	case made.Cashier != s.Cashier:
		return "by"
	case len(made.Lines) != len(s.Lines):
		return "lines"
	}
	for i, line := range s.Lines {
		if made.Lines[i].Quantity != line.Quantity || made.Lines[i].Barcode != qrcode.Classify(line.Barcode).Text {
			return fmt.Sprintf("lines[%d]", i)
		}
	}
	return ""
}
