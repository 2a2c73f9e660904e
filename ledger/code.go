package ledger

import "errors"

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

// codes is the table of stable codes: one for each condition, the same in Go,
// HTTP and at the terminal.
var codes = []struct {
	err  error
	code string
	kind Kind
}{
	{ErrBusy, "busy", KindUnavailable},
	{ErrConflict, "busy", KindUnavailable},
	{ErrInvalid, "invalid", KindInvalid},
	{ErrBookUnknown, "book_unknown", KindNotFound},
	{ErrBookExists, "book_exists", KindConflict},
	{ErrIDReused, "id_reused", KindConflict},
	{ErrRecordUnknown, "record_unknown", KindNotFound},
	{ErrReversed, "reversed", KindConflict},
	{ErrNotReversible, "not_reversible", KindRefused},
	{ErrDateClosed, "date_closed", KindRefused},
	{ErrDateNotOpen, "date_not_open", KindRefused},
	{ErrAccountUnknown, "account_unknown", KindNotFound},
	{ErrAccountExists, "account_exists", KindConflict},
	{ErrCurrencyMismatch, "currency_mismatch", KindInvalid},
	{ErrAccountClosed, "account_closed", KindRefused},
	{ErrAccountFrozen, "account_frozen", KindRefused},
	{ErrNotEmpty, "account_not_empty", KindRefused},
	{ErrOverflow, "overflow", KindInvalid},
	{ErrUnbalanced, "unbalanced", KindInvalid},
	{ErrInsufficient, "insufficient", KindRefused},
	{ErrAboveCeiling, "above_ceiling", KindRefused},
	{ErrOutcomeUnknown, "outcome_unknown", KindUnknown},
	{ErrCorrupt, "corrupt", KindInternal},
}

// CodeOf returns the stable code of an error of this package, such as
// "account_frozen", and "internal" for any other error.
func CodeOf(err error) string {
	for _, c := range codes {
		if errors.Is(err, c.err) {
			return c.code
		}
	}
	return "internal"
}

// KindOf returns the kind of an error of this package, and [KindInternal] for
// any other error.
func KindOf(err error) Kind {
	for _, c := range codes {
		if errors.Is(err, c.err) {
			return c.kind
		}
	}
	return KindInternal
}
