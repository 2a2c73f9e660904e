package demo

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

//go:embed dishes.csv
var dishesCSV []byte

const (
	merchant  = "canteen1"
	programme = "meal"
)

// openCanteen imports the dishes and opens the merchant.
func (d *day) openCanteen(ctx context.Context) error {
	file, err := canteen.ReadDishes(bytes.NewReader(dishesCSV), d.school.Chart.Currency())
	if err != nil {
		return err
	}
	if _, err := d.school.Menu.Import(ctx, file); err != nil {
		return err
	}
	for _, dish := range d.school.Menu.Dishes() {
		d.barcodes = append(d.barcodes, dish.Barcode)
	}
	return d.school.Merchants.Put(ctx, canteen.Merchant{ID: merchant, Name: "第一食堂", Payee: "示范银行 尾号0001"}, "office")
}

// grantSubsidies gives every tenth pupil 20.00 for meals. The first record of
// the day also says which business date is played.
func (d *day) grantSubsidies(ctx context.Context) error {
	grant := money.MustParse("20", d.school.Chart.Currency())
	count := (len(d.holders) + 9) / 10
	funds, err := grant.Mul(int64(count))
	if err != nil {
		return err
	}
	if err := campus.Ensure(ctx, d.school.Book, "office", d.school.Chart.Fund(programme)); err != nil {
		return err
	}
	receipt, err := d.school.Book.Post(ctx, d.school.Chart.SubsidyFunded(campus.SubsidyMoney{
		Event: campus.Event{ID: ledger.KeyID(d.key("fund", 0)), By: "finance"}, Programme: programme, Bank: school.MainBank, Amount: funds,
	}))
	if errors.Is(err, ledger.ErrIDReused) {
		return ErrOtherDemo
	}
	if err != nil {
		return err
	}
	d.summary.Date = receipt.Record.Date
	return d.each(count, func(i int) error {
		ref := d.holders[i*10].Ref()
		if err := campus.Ensure(ctx, d.school.Book, "office", d.school.Chart.Subsidy(ref, programme)); err != nil {
			return err
		}
		_, err := d.school.Book.Post(ctx, d.school.Chart.SubsidyGranted(campus.SubsidyMoney{
			Event: campus.Event{ID: ledger.KeyID(d.key("grant", i)), By: "finance"}, Programme: programme, Holder: ref, Amount: grant,
		}))
		return err
	})
}

// loseCards reports one card in two hundred lost: its pupil still tries it.
func (d *day) loseCards(ctx context.Context) error {
	for i := 7; i < len(d.holders); i += 200 {
		if _, err := d.school.Directory.ReportLost(ctx, d.school.Number(), d.holders[i], guardian(i)); err != nil {
			return err
		}
	}
	return nil
}

// sell plays the tills: each scan is a pupil with a tray of dishes.
func (d *day) sell(ctx context.Context) error {
	return d.each(d.options.Scans, func(i int) error {
		random := d.choice("sale", i)
		sale := canteen.Sale{
			ID: ledger.KeyID(d.key("sale", i)), Code: d.scan(random), Lines: d.tray(random),
			Merchant: merchant, Terminal: fmt.Sprintf("T%02d", i%8+1), Cashier: fmt.Sprintf("cashier:%d", i%8+1),
		}
		sold, err := d.school.Counter.Sell(ctx, sale)
		var refusal *canteen.Refusal
		if errors.As(err, &refusal) && refusal.Reason == canteen.ReasonInsufficient && random.IntN(10) < 7 {
			d.count(string(refusal.Reason))
			sale.AllowCredit = true // the cashier lets the child eat
			sold, err = d.school.Counter.Sell(ctx, sale)
		}
		if err == nil {
			d.sold(&sold)
		}
		return d.reject(err)
	})
}

// scan is what the scanner reads: nearly always the card.
func (d *day) scan(random *rand.Rand) string {
	code := d.codes[random.IntN(len(d.codes))]
	switch random.IntN(200) {
	case 0:
		return code[:len(code)-7] // half a card in the light
	case 1:
		at := 10 + random.IntN(30)
		flipped := strings.ToUpper(code[:at]) + string(rune('A'+(code[at]-'A'+1)%26)) + code[at+1:]
		return flipped // a forgery
	case 2:
		return "134567890123456789" // a payment app held before the scanner
	case 3:
		return strings.ToLower(code) // CapsLock, which is fine
	}
	return code
}

func (d *day) tray(random *rand.Rand) []canteen.Line {
	lines := make([]canteen.Line, 1+random.IntN(3))
	for i := range lines {
		lines[i] = canteen.Line{Barcode: pick(random, d.barcodes), Quantity: 1 + random.IntN(8)/7}
	}
	return lines
}

func (d *day) sold(sold *canteen.Sold) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.summary.Sales++
	if !sold.FromArrears.IsZero() {
		d.summary.Credits++
	}
}

func (d *day) count(reason string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.summary.Refused == nil {
		d.summary.Refused = make(map[string]int)
	}
	d.summary.Refused[reason]++
}

// reject counts what a rule refused; any other error ends the day.
func (d *day) reject(err error) error {
	var refusal *canteen.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refusal):
		d.count(string(refusal.Reason))
	case ledger.KindOf(err) == ledger.KindRefused:
		d.count(ledger.CodeOf(err))
	default:
		return err
	}
	return nil
}
