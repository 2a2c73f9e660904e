package ledger

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// HoldState is where a hold is in its life, which DESIGN.md draws.
type HoldState string

// The states of a hold. All but the first are final.
const (
	HoldHeld     HoldState = "held"
	HoldCaptured HoldState = "captured" // to its end; what was not captured is free again
	HoldReleased HoldState = "released" // parts may have been captured before
	HoldExpired  HoldState = "expired"  // as released, by the record of its expiry
)

// ended returns the condition that refuses any step of a hold in the state.
func (s HoldState) ended() error {
	switch s {
	case HoldCaptured:
		return ErrHoldCaptured
	case HoldReleased:
		return ErrHoldReleased
	case HoldExpired:
		return ErrHoldExpired
	}
	return nil
}

// Authorization asks for a hold: a transaction that reserves its money now and
// posts it, or parts of it, when it is captured. Its id is the hold's.
type Authorization struct {
	Transaction
	// Expires is the time from which the hold can no longer be captured. What
	// it reserves is free again with the record of its expiry: see
	// [Book.ExpireHolds]. Whole microseconds, else it is [ErrInvalid]: see
	// [time.Time.Truncate]. The zero Time is never.
	Expires time.Time // zero for never
}

// Capture posts a hold or a part of it on the open date.
type Capture struct {
	// ID is chosen by the caller, as for a [Transaction].
	ID uuid.UUID
	// Hold is the id of the hold.
	Hold uuid.UUID
	// By says who captured it. Optional.
	By string
	// Document gives the reason. Optional.
	Document json.RawMessage
	// Amounts are what to post of each line of the hold, in its order, zero
	// for nothing; they balance. Nil is all that is left.
	Amounts []money.Amount
	// Final ends the hold: what is not captured then is free again. Nil Amounts
	// are final. A capture of all that is left ends the hold in any case.
	Final bool
}

// Release ends a hold: what was not captured is free again.
type Release struct {
	// Hold is the id of the hold.
	Hold    uuid.UUID
	By, Why string // Why is optional: at most 512 bytes, no personal data
}

// Hold is a hold as it stands.
type Hold struct {
	ID      uuid.UUID
	Seq     int64     // of the record that authorized it
	LastSeq int64     // of the last record about it
	State   HoldState // where it is in its life
	Kind    string    // of the transaction, such as "preorder"
	Date    Date      // on which it was authorized
	Expires time.Time
	Lines   []HoldLine // in the order of its postings
}

// HoldLine is a line of a hold.
type HoldLine struct {
	Account  string       // its path
	Side     Side         // the side that is reserved
	Held     money.Amount // at first, without sign
	Captured money.Amount // of it, without sign
}

func newHold(authorized *Record, stored *StoredHold) (Hold, error) {
	if authorized.Kind != KindHold || len(stored.Captured) != len(authorized.Held) {
		return Hold{}, fmt.Errorf("hold %s: %w: record %d is not of its %d lines", stored.ID, ErrCorrupt, stored.Seq, len(stored.Captured))
	}
	h := Hold{
		ID: stored.ID, Seq: stored.Seq, LastSeq: stored.LastSeq, State: stored.State, Expires: stored.Expires,
		Kind: authorized.For, Date: authorized.Date,
	}
	for i := range authorized.Held {
		l := &authorized.Held[i]
		h.Lines = append(h.Lines, HoldLine{
			Account: l.Account, Side: l.Side, Held: unsigned(l.Amount), Captured: money.Of(stored.Captured[i], l.Amount.Currency()),
		})
	}
	return h, nil
}

// unsigned returns the amount of a line, which is never the smallest int64.
func unsigned(a money.Amount) money.Amount {
	if a.Sign() < 0 {
		return money.Of(-a.Minor(), a.Currency())
	}
	return a
}

// authorization is the command of [Book.Authorize].
type authorization struct {
	posting
	expires time.Time
}

func newAuthorization(a Authorization) (*authorization, error) {
	p, err := newPosting(a.Transaction)
	if err != nil {
		return nil, err
	}
	expires := a.Expires.UTC()
	if !a.Expires.IsZero() && (expires.Year() < 1 || expires.Year() > 9999 || expires.Nanosecond()%1000 != 0) {
		return nil, &InvalidError{Field: "expires", Problem: fmt.Sprintf("%s: want whole microseconds in the years 1 to 9999", expires)}
	}
	return &authorization{posting: *p, expires: expires}, nil
}

func (a *authorization) same(r *Record) string {
	if field := a.sameAs(r, KindHold); field != "" {
		return field
	}
	if !r.Expires.Equal(a.expires) {
		return "expires"
	}
	return samePostings(r.Held, a.Postings)
}

func (a *authorization) remember(r *Record, why Refusal) bool {
	if !a.posting.remember(r, why) {
		return false
	}
	r.Kind, r.Expires = KindHoldRefusal, a.expires
	return true
}

func (a *authorization) remembered(r *Record) error {
	if r.Kind == KindHoldRefusal && !r.Expires.Equal(a.expires) {
		return &IDReusedError{ID: r.ID, Seq: r.Seq, Field: "expires"}
	}
	return a.sameRefusal(r, KindHoldRefusal)
}

func (a *authorization) decide(d *draft) error {
	if !a.expires.IsZero() && !d.record.At.Before(a.expires) {
		return &HoldError{Hold: a.ID, Err: ErrHoldExpired}
	}
	if err := d.checkDate(a.Date); err != nil {
		return err
	}
	lines, err := d.post(a.Postings, taking{kind: a.Kind, reserve: true})
	if err != nil {
		return err
	}
	r := &d.record
	r.Kind, r.For, r.By, r.Document, r.Due, r.Held, r.Expires = KindHold, a.Kind, a.By, a.Document, a.Due, lines, a.expires
	d.holds = append(d.holds, StoredHold{
		Seq: r.Seq, ID: r.ID, State: HoldHeld, Expires: a.expires, Captured: make([]int64, len(lines)),
	})
	return nil
}

// heldStep is what the steps of a hold share: its id, and the record that
// authorized it, read before, as records never change.
type heldStep struct {
	hold       uuid.UUID
	authorized Record
}

func (s *heldStep) need(n *needs) {
	n.holds[s.hold] = struct{}{}
	for i := range s.authorized.Held {
		n.accounts[s.authorized.Held[i].Account] = struct{}{}
	}
}

// find returns the hold if it can still take a step.
func (s *heldStep) find(d *draft) (StoredHold, error) {
	stored, ok := d.state.hold(s.hold)
	if !ok || s.authorized.Seq == 0 {
		return StoredHold{}, &HoldError{Hold: s.hold, Err: ErrHoldUnknown}
	}
	if err := stored.State.ended(); err != nil {
		return StoredHold{}, &HoldError{Hold: s.hold, Err: err}
	}
	if len(stored.Captured) != len(s.authorized.Held) {
		return StoredHold{}, fmt.Errorf("hold %s: %w: it has %d lines of %d", s.hold, ErrCorrupt, len(stored.Captured), len(s.authorized.Held))
	}
	stored.Captured = slices.Clone(stored.Captured)
	return stored, nil
}

// left returns what is not captured of a line, debit positive.
func (s *heldStep) left(stored *StoredHold, line int) int64 {
	l := &s.authorized.Held[line]
	return l.Amount.Minor() - int64(l.Side)*stored.Captured[line]
}

// end frees what is left of the hold.
func (s *heldStep) end(d *draft, stored *StoredHold, state HoldState) error {
	for i := range s.authorized.Held {
		l := &s.authorized.Held[i]
		account, err := d.account(l.Account)
		if err != nil {
			return err
		}
		left := s.left(stored, i)
		account.free(left)
		account.giveBack(l.Side, &s.authorized, s.authorized.For, d.record.Date, int64(l.Side)*left)
	}
	stored.State = state
	d.holds = append(d.holds, *stored)
	return nil
}
