package ledger

import (
	"errors"
	"slices"
)

// Kind groups errors by what a caller can do about them.
type Kind string

// The kinds. [KindOf] returns no other.
const (
	KindInvalid     Kind = "invalid"     // mend the request
	KindNotFound    Kind = "not_found"   // it does not exist
	KindConflict    Kind = "conflict"    // it contradicts what is there
	KindRefused     Kind = "refused"     // a rule of the book says no
	KindUnavailable Kind = "unavailable" // try again later
	KindUnknown     Kind = "unknown"     // ask again with the same id
	KindInternal    Kind = "internal"    // everything else
)

// Condition is a row of the table of stable codes.
type Condition struct {
	Err  error  // the sentinel
	Code string // the same in Go, HTTP and at the terminal; it never changes
	Kind Kind   // what a caller can do about it
}

// Conditions returns the table of stable codes, in the order in which a request
// is checked.
func Conditions() []Condition { return slices.Clone(codes) }

// codes is one row for each condition.
var codes = []Condition{
	{ErrBusy, "busy", KindUnavailable},
	{ErrConflict, "busy", KindUnavailable},
	{ErrInvalid, "invalid", KindInvalid},
	{ErrRecordRejected, "record_rejected", KindInvalid},
	{ErrBookUnknown, "book_unknown", KindNotFound},
	{ErrBookExists, "book_exists", KindConflict},
	{ErrIDReused, "id_reused", KindConflict},
	{ErrRecordUnknown, "record_unknown", KindNotFound},
	{ErrReversed, "reversed", KindConflict},
	{ErrNotReversible, "not_reversible", KindRefused},
	{ErrRefunded, "refunded", KindConflict},
	{ErrHoldUnknown, "hold_unknown", KindNotFound},
	{ErrHoldCaptured, "hold_captured", KindConflict},
	{ErrHoldReleased, "hold_released", KindConflict},
	{ErrHoldExpired, "hold_expired", KindConflict},
	{ErrHoldNotExpired, "hold_not_expired", KindRefused},
	{ErrDateClosed, "date_closed", KindRefused},
	{ErrDateNotOpen, "date_not_open", KindRefused},
	{ErrCloseNotLatest, "close_not_latest", KindRefused},
	{ErrFamilyUnknown, "family_unknown", KindRefused},
	{ErrFamilyMismatch, "family_mismatch", KindRefused},
	{ErrAccountUnknown, "account_unknown", KindNotFound},
	{ErrAccountExists, "account_exists", KindConflict},
	{ErrCurrencyMismatch, "currency_mismatch", KindInvalid},
	{ErrAccountClosed, "account_closed", KindRefused},
	{ErrAccountFrozen, "account_frozen", KindRefused},
	{ErrNotEmpty, "account_not_empty", KindRefused},
	{ErrHoldExceeded, "hold_exceeded", KindRefused},
	{ErrRefundExceeded, "refund_exceeded", KindRefused},
	{ErrOverflow, "overflow", KindInvalid},
	{ErrUnbalanced, "unbalanced", KindInvalid},
	{ErrInsufficient, "insufficient", KindRefused},
	{ErrAboveCeiling, "above_ceiling", KindRefused},
	{ErrLimitExceeded, "limit_exceeded", KindRefused},
	{ErrOutcomeUnknown, "outcome_unknown", KindUnknown},
	{ErrCorrupt, "corrupt", KindInternal},
}

// CodeOf returns the stable code of an error of this package, such as
// "account_frozen", "internal" for any other error, and "" for none.
func CodeOf(err error) string {
	if err == nil {
		return ""
	}
	for _, c := range codes {
		if errors.Is(err, c.Err) {
			return c.Code
		}
	}
	return "internal"
}

// KindOf returns the kind of an error of this package, [KindInternal] for any
// other error, and "" for none.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	for _, c := range codes {
		if errors.Is(err, c.Err) {
			return c.Kind
		}
	}
	return KindInternal
}
