package canteen

import (
	"fmt"

	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode"
)

const (
	linesMax    = 100
	quantityMax = 99
)

// Line is a barcode as scanned and how many portions of it.
type Line struct {
	Barcode  string
	Quantity int // 1 to 99
}

// PricedLine is a line with what the menu says of it.
type PricedLine struct {
	Barcode  string
	Name     string
	Quantity int
	Price    money.Amount // of one portion
	Total    money.Amount
}

// Quote is what a sale would cost now.
type Quote struct {
	Lines []PricedLine // in the order asked
	Total money.Amount
}

// Price prices 1 to 100 lines. A line that cannot be priced is a [LineError],
// which says which one; a quantity out of range is an [InvalidError].
func (m *Menu) Price(lines []Line) (Quote, error) {
	if err := checkLines(lines); err != nil {
		return Quote{}, err
	}
	dishes := *m.dishes.Load() // one menu for all lines
	quote := Quote{Lines: make([]PricedLine, len(lines)), Total: money.Zero(m.currency)}
	for i := range lines {
		scan := qrcode.Classify(lines[i].Barcode)
		priced, err := priceLine(dishes, scan.Text, lines[i].Quantity)
		if err == nil {
			quote.Lines[i] = priced
			quote.Total, err = quote.Total.Add(priced.Total)
		}
		if err != nil {
			return Quote{}, &LineError{Line: i + 1, Kind: scan.Kind, Err: err}
		}
	}
	return quote, nil
}

func checkLines(lines []Line) error {
	if len(lines) < 1 || len(lines) > linesMax {
		return &InvalidError{Field: "Lines", Rule: fmt.Sprintf("must be 1 to %d", linesMax)}
	}
	for i := range lines {
		if lines[i].Quantity < 1 || lines[i].Quantity > quantityMax {
			return &InvalidError{Field: fmt.Sprintf("Lines[%d].Quantity", i), Rule: fmt.Sprintf("must be 1 to %d", quantityMax)}
		}
	}
	return nil
}

func priceLine(dishes map[string]Dish, barcode string, quantity int) (PricedLine, error) {
	dish, ok := dishes[barcode]
	switch {
	case !ok:
		return PricedLine{}, ErrUnknownDish
	case !dish.Active:
		return PricedLine{}, ErrDishInactive
	}
	total, err := dish.Price.Mul(int64(quantity))
	return PricedLine{Barcode: dish.Barcode, Name: dish.Name, Quantity: quantity, Price: dish.Price, Total: total}, err
}
