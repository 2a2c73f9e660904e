package ledger

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// capture is the command of [Book.Capture].
type capture struct {
	Capture
	heldStep
}

func newCapture(c Capture, authorized Record) (*capture, error) {
	c.Amounts = slices.Clone(c.Amounts)
	for i, amount := range c.Amounts {
		if !amount.IsValid() || amount.Sign() < 0 {
			return nil, &InvalidError{Field: fmt.Sprintf("amounts[%d]", i), Problem: fmt.Sprintf("is %s, must be zero or more", amount)}
		}
	}
	if c.Amounts != nil && authorized.Seq > 0 && len(c.Amounts) != len(authorized.Held) {
		return nil, &InvalidError{Field: "amounts", Problem: fmt.Sprintf("%d of them, the hold has %d lines", len(c.Amounts), len(authorized.Held))}
	}
	return &capture{Capture: c, heldStep: heldStep{hold: c.Hold, authorized: authorized}}, nil
}

// checkCapture checks what needs no hold, and makes the document canonical.
func checkCapture(c *Capture) error {
	if err := checkID(c.ID); err != nil {
		return err
	}
	if c.Hold == uuid.Nil {
		return &InvalidError{Field: "hold", Problem: "is missing"}
	}
	return checkReason(c.By, &c.Document)
}

func (c *capture) id() uuid.UUID { return c.ID }

func (c *capture) same(r *Record) string {
	switch {
	case r.Kind != KindCapture:
		return "kind"
	case r.Of != c.Hold:
		return "hold"
	case r.By != c.By:
		return "by"
	case string(r.Document) != string(c.Document):
		return "document"
	}
	if c.Amounts != nil && len(c.Amounts) != len(r.Lines) {
		return "amounts" // the hold was not there yet when it was looked for
	}
	if r.Final != (c.Final || c.Amounts == nil) {
		return "final"
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		if (l.Take == Rest) != (c.Amounts == nil) {
			return "amounts"
		}
		if len(c.Amounts) > i && unsigned(l.Amount) != c.Amounts[i] {
			return fmt.Sprintf("amounts[%d]", i)
		}
	}
	return ""
}

func (c *capture) decide(d *draft) error {
	stored, err := c.find(d)
	if err != nil {
		return err
	}
	if !stored.Expires.IsZero() && !d.record.At.Before(stored.Expires) {
		return &HoldError{Hold: c.Hold, Err: ErrHoldExpired}
	}
	lines := c.lines(&stored)
	if err := d.checkCaptured(lines); err != nil {
		return err
	}
	if err := c.checkLeft(&stored, lines); err != nil {
		return err
	}
	if err := d.capture(lines); err != nil {
		return err
	}
	r := &d.record
	r.Kind, r.For, r.By, r.Document, r.Of = KindCapture, c.authorized.For, c.By, c.Document, c.Hold
	r.Lines, r.Due = lines, c.authorized.Due
	left := false
	for i := range lines {
		stored.Captured[i] += unsigned(lines[i].Amount).Minor()
		left = left || c.left(&stored, i) != 0
	}
	r.Final = c.Final || c.Amounts == nil
	if r.Final || !left {
		return c.end(d, &stored, HoldCaptured)
	}
	d.holds = append(d.holds, stored)
	return nil
}

// lines returns what is captured of each line of the hold.
func (c *capture) lines(stored *StoredHold) []Line {
	lines := make([]Line, len(c.authorized.Held))
	for i := range lines {
		held := &c.authorized.Held[i]
		l := &lines[i]
		*l = Line{Account: held.Account, Side: held.Side}
		if c.Amounts == nil {
			l.Take, l.Amount = Rest, money.Of(c.left(stored, i), held.Amount.Currency())
			continue
		}
		l.Amount = money.Of(int64(held.Side)*c.Amounts[i].Minor(), c.Amounts[i].Currency())
		if l.Amount.IsZero() {
			l.Side = DebitSide // zero has no side to be read from
		}
	}
	return lines
}

// checkCaptured refuses lines that their accounts do not take.
func (d *draft) checkCaptured(lines []Line) error {
	for i := range lines {
		l := &lines[i]
		account, err := d.account(l.Account)
		switch {
		case err != nil:
			return err
		case l.Amount.Currency() != account.Currency:
			return &AccountError{Account: l.Account, Err: ErrCurrencyMismatch}
		case l.Amount.IsZero():
			continue
		}
		if err := takes(account, l.Side); err != nil {
			return err
		}
	}
	return nil
}

// checkLeft refuses lines that take more than is left of the hold.
func (c *capture) checkLeft(stored *StoredHold, lines []Line) error {
	for i := range lines {
		wanted, left := unsigned(lines[i].Amount), money.Of(c.left(stored, i), lines[i].Amount.Currency())
		if available := unsigned(left); wanted.Minor() > available.Minor() {
			return &HoldError{Hold: c.Hold, Account: lines[i].Account, Err: ErrHoldExceeded, Wanted: wanted, Available: available}
		}
	}
	return nil
}

// capture turns what lines hold into what they post. No bound and no limit can
// stand in the way: they were kept when it was reserved.
func (d *draft) capture(lines []Line) error {
	sums := make(map[money.Currency]int64, 1)
	for i := range lines {
		l := &lines[i]
		account := d.accounts.find(l.Account)
		if err := addTo(sums, l.Amount); err != nil {
			return err
		}
		account.free(l.Amount.Minor())
		if err := account.move(l.Amount.Minor()); err != nil {
			return err
		}
		l.Balance, l.Prev = money.Of(account.signed(), l.Amount.Currency()), account.MovedSeq
	}
	return balanced(lines, sums)
}

// release is the command of [Book.Release].
type release struct {
	Release
	heldStep
}

func checkRelease(r *Release) error {
	if r.Hold == uuid.Nil {
		return &InvalidError{Field: "hold", Problem: "is missing"}
	}
	if err := checkText("by", r.By, byBytesMax); err != nil {
		return err
	}
	return checkText("why", r.Why, whyBytesMax)
}

func newRelease(r Release, authorized Record) *release {
	return &release{Release: r, heldStep: heldStep{hold: r.Hold, authorized: authorized}}
}

func (r *release) id() uuid.UUID { return KeyID("ledger", "release", r.Hold.String()) }

func (r *release) same(earlier *Record) string { return earlier.differs(KindRelease, r.By, r.Why) }

func (r *release) decide(d *draft) error {
	stored, err := r.find(d)
	if err != nil {
		return err
	}
	d.record.Kind, d.record.By, d.record.Why, d.record.Of = KindRelease, r.By, r.Why, r.Hold
	return r.end(d, &stored, HoldReleased)
}

// expiry is the command of [Book.ExpireHolds].
type expiry struct{ heldStep }

func (e *expiry) id() uuid.UUID { return KeyID("ledger", "expire", e.hold.String()) }

func (e *expiry) same(earlier *Record) string {
	if earlier.Kind != KindExpiry {
		return "kind"
	}
	return ""
}

func (e *expiry) decide(d *draft) error {
	stored, err := e.find(d)
	if err != nil {
		return err
	}
	if stored.Expires.IsZero() || d.record.At.Before(stored.Expires) {
		return &HoldError{Hold: e.hold, Err: ErrHoldNotExpired}
	}
	d.record.Kind, d.record.Of = KindExpiry, e.hold
	return e.end(d, &stored, HoldExpired)
}
