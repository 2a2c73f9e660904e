package canteen

import (
	"context"
	"strings"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode"
	"github.com/campusledger/campusledger/qrcode/identity"
	"github.com/campusledger/campusledger/sql/together"
)

// Directory decides whether a card may pay. An [identity.Directory] is one.
type Directory interface {
	// CheckCard returns the holder, masked, or one of the conditions that
	// [identity.Directory.CheckCard] names.
	CheckCard(ctx context.Context, school int, number identity.Number, serial uint8) (*identity.Masked, error)
}

var _ Directory = (*identity.Directory)(nil)

// CounterParts are what a [Counter] works with. All are required; they may be
// shared with others.
type CounterParts struct {
	Book      *ledger.Book
	Chart     *campus.Chart
	Menu      *Menu // it also says which school
	Codes     *qrcode.Reader
	Directory Directory
}

// CounterOptions tune a [Counter]. The zero value of each field is its default.
type CounterOptions struct {
	// Now gives the time at which a code must be valid. Default: time.Now.
	Now func() time.Time
	// LowBalance is what a holder must be able to spend for
	// [LevelGood]. Default: 20.00.
	LowBalance money.Amount
}

// Counter sells dishes to holders of cards. It keeps no state that another
// process could make untrue, and may be used by any number of goroutines, one for
// each terminal and more.
type Counter struct {
	parts      CounterParts
	now        func() time.Time
	lowBalance money.Amount
	subsidised *together.Reader[struct{}, *subsidised]
}

// NewCounter returns a counter. Nil options are the defaults. It fails with
// [ErrInvalid] if a part is missing or the currencies differ.
func NewCounter(parts CounterParts, options *CounterOptions) (*Counter, error) {
	var o CounterOptions
	if options != nil {
		o = *options
	}
	if parts.Book == nil || parts.Chart == nil || parts.Menu == nil || parts.Codes == nil || parts.Directory == nil {
		return nil, &InvalidError{Field: "CounterParts", Rule: "must all be given"}
	}
	currency := parts.Menu.Currency()
	if !o.LowBalance.IsValid() {
		o.LowBalance = money.MustParse("20", currency)
	}
	if parts.Chart.Currency() != currency || o.LowBalance.Currency() != currency {
		return nil, &InvalidError{Field: "Currency", Rule: "must be the same for chart, menu and low balance"}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Counter{parts: parts, now: o.Now, lowBalance: o.LowBalance, subsidised: newSubsidised(parts.Book)}, nil
}

// open reads the code on a card. Whether the card may pay, it does not say.
func (c *Counter) open(text string) (qrcode.Payload, error) {
	scan := qrcode.Classify(text)
	switch {
	case scan.Kind.IsPayment():
		return qrcode.Payload{}, &Refusal{Reason: ReasonPaymentCode}
	case scan.Kind == qrcode.KindEAN13, scan.Kind == qrcode.KindShortDish:
		return qrcode.Payload{}, &Refusal{Reason: ReasonDishCode}
	case scan.Kind != qrcode.KindStudent:
		return qrcode.Payload{}, &Refusal{Reason: ReasonUnreadable}
	}
	payload, err := c.parts.Codes.Open(scan.Text)
	if err != nil {
		return qrcode.Payload{}, codeRefusal(err)
	}
	return payload, nil
}

// check decides whether the card of a genuine code may pay now.
func (c *Counter) check(ctx context.Context, payload qrcode.Payload) (*identity.Masked, error) {
	if err := payload.Check(uint32(c.parts.Menu.school), c.now()); err != nil {
		return nil, codeRefusal(err)
	}
	holder, err := c.parts.Directory.CheckCard(ctx, c.parts.Menu.school, identity.Number(payload.Holder), payload.Serial)
	if err != nil {
		return nil, cardRefusal(err)
	}
	return holder, nil
}

// isOf reports whether an account is one of the holder's.
func isOf(path, holder string) bool {
	family, names, _ := strings.Cut(path, "/")
	name, _, _ := strings.Cut(names, "/")
	switch campus.Family(family) {
	case campus.FamilyWallet, campus.FamilySubsidy, campus.FamilyArrears:
		return name == holder
	}
	return false
}
