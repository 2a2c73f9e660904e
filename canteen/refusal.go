package canteen

import (
	"errors"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// Reason says why a holder may not pay. The words are stable: terminals and
// statistics may branch on them.
type Reason string

// The reasons, in the order in which they are looked for: of several the first
// is told.
const (
	ReasonPaymentCode   Reason = "payment_code"      // a payment app's code instead of a card
	ReasonDishCode      Reason = "dish_code"         // a dish's barcode instead of a card
	ReasonUnreadable    Reason = "code_unreadable"   // no code, or not all of it: scan again
	ReasonNotGenuine    Reason = "code_not_genuine"  // forged, altered, or of unknown origin
	ReasonOtherSchool   Reason = "code_other_school" // genuine, but of another school
	ReasonExpired       Reason = "code_expired"
	ReasonHolderUnknown Reason = "holder_unknown"
	ReasonHolderLeft    Reason = "holder_left"
	ReasonNotOpen       Reason = "holder_not_open" // the accounts are not open yet
	ReasonCardUnknown   Reason = "card_unknown"    // this card was never issued
	ReasonCardVoid      Reason = "card_void"       // a newer card replaced it
	ReasonCardLost      Reason = "card_lost"
	ReasonCardBlocked   Reason = "card_blocked"
	ReasonFrozen        Reason = "account_frozen"
	ReasonInsufficient  Reason = "insufficient"   // the cashier may serve on credit
	ReasonArrearsLimit  Reason = "arrears_limit"  // not even on credit
	ReasonLimit         Reason = "limit_exceeded" // a limit of the account, such as a guardian's cap for the day
)

// Refusal is why a sale was not made. It left no trace. It unwraps to
// [ErrRefused] and to its cause. Its texts hold no name, no balance and nothing
// that was scanned; the cause's text may hold a balance, which is not for the
// queue to hear.
type Refusal struct {
	Reason Reason
	// Shortfall is what was lacking, for [ReasonInsufficient], and what
	// would be owed or spent beyond the limit, for [ReasonArrearsLimit] and
	// [ReasonLimit].
	Shortfall money.Amount
	// Cause is the condition of package qrcode, identity or ledger, if any.
	Cause error
}

func (e *Refusal) Error() string { return fmt.Sprintf("%v: %s", ErrRefused, e.Reason) }

// Unwrap returns [ErrRefused] and the cause.
func (e *Refusal) Unwrap() []error {
	if e.Cause == nil {
		return []error{ErrRefused}
	}
	return []error{ErrRefused, e.Cause}
}

// codeRefusal maps what a code's reader says; anything else is no refusal.
func codeRefusal(err error) error {
	var reason Reason
	switch {
	case errors.Is(err, qrcode.ErrUnknownFormat), errors.Is(err, qrcode.ErrMalformed), errors.Is(err, qrcode.ErrTruncated):
		reason = ReasonUnreadable
	case errors.Is(err, qrcode.ErrForged), errors.Is(err, qrcode.ErrUnknownKey), errors.Is(err, qrcode.ErrVersion):
		reason = ReasonNotGenuine
	case errors.Is(err, qrcode.ErrOtherSchool):
		reason = ReasonOtherSchool
	case errors.Is(err, qrcode.ErrExpired):
		reason = ReasonExpired
	default:
		return fmt.Errorf("open code: %w", err)
	}
	return &Refusal{Reason: reason, Cause: err}
}

// cardRefusal maps what the directory says; anything else is no refusal.
func cardRefusal(err error) error {
	var reason Reason
	switch {
	case errors.Is(err, identity.ErrUnknownHolder):
		reason = ReasonHolderUnknown
	case errors.Is(err, identity.ErrHolderLeft):
		reason = ReasonHolderLeft
	case errors.Is(err, identity.ErrNotOpen):
		reason = ReasonNotOpen
	case errors.Is(err, identity.ErrNoCard):
		reason = ReasonCardUnknown
	case errors.Is(err, identity.ErrCardVoid):
		reason = ReasonCardVoid
	case errors.Is(err, identity.ErrCardLost):
		reason = ReasonCardLost
	case errors.Is(err, identity.ErrCardBlocked):
		reason = ReasonCardBlocked
	default:
		return err
	}
	return &Refusal{Reason: reason, Cause: err}
}

// ledgerRefusal maps what the ledger says about the holder's own accounts. A
// fault of another account, such as the merchant's, is no refusal.
func ledgerRefusal(holder string, err error) error {
	var bound *ledger.BoundError
	if errors.As(err, &bound) {
		lacking, overflow := bound.Wanted.Sub(bound.Available())
		switch {
		case overflow != nil:
		case bound.Account == campus.Path(campus.FamilyWallet, holder) && errors.Is(err, ledger.ErrInsufficient):
			return &Refusal{Reason: ReasonInsufficient, Shortfall: lacking, Cause: err}
		case bound.Account == campus.Path(campus.FamilyArrears, holder) && errors.Is(err, ledger.ErrAboveCeiling):
			return &Refusal{Reason: ReasonArrearsLimit, Shortfall: lacking, Cause: err}
		}
	}
	var limit *ledger.LimitError
	if errors.As(err, &limit) && isOf(limit.Account, holder) {
		lacking, overflow := limit.Wanted.Sub(limit.Available())
		if overflow == nil {
			return &Refusal{Reason: ReasonLimit, Shortfall: lacking, Cause: err}
		}
	}
	var account *ledger.AccountError
	if errors.As(err, &account) && isOf(account.Account, holder) {
		switch {
		case errors.Is(err, ledger.ErrAccountFrozen), errors.Is(err, ledger.ErrAccountClosed):
			return &Refusal{Reason: ReasonFrozen, Cause: err}
		case errors.Is(err, ledger.ErrAccountUnknown):
			return &Refusal{Reason: ReasonNotOpen, Cause: err}
		}
	}
	return err
}
