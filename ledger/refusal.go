package ledger

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// Refusal explains an error in the same words wherever it is told.
type Refusal struct {
	// Code is the stable code: see [CodeOf].
	Code string
	// Rule is what stood in the way: "floor", "ceiling", the name of a limit;
	// else the code.
	Rule string
	// Account is the account at fault, "" for none.
	Account string
	// Date is the business date asked for, for rules about it.
	Date Date
	// Wanted is how much was asked of the rule and Available how much it
	// would have allowed; both are the zero Amount for rules that do not
	// count money.
	Wanted, Available money.Amount
}

// Explain says what an error of this package means: the code, and what its
// typed error knows of the rule, the account and the amounts.
func Explain(err error) Refusal {
	r := Refusal{Code: CodeOf(err)}
	r.Rule = r.Code
	var (
		remembered *RememberedError
		bound      *BoundError
		limit      *LimitError
		hold       *HoldError
		refund     *RefundError
		account    *AccountError
		date       *DateError
	)
	switch {
	case errors.As(err, &remembered):
		return remembered.Refusal
	case errors.As(err, &bound):
		r.Account, r.Wanted, r.Available, r.Rule = bound.Account, bound.Wanted, bound.Available(), "floor"
		if errors.Is(err, ErrAboveCeiling) {
			r.Rule = "ceiling"
		}
	case errors.As(err, &limit):
		r.Account, r.Wanted, r.Available, r.Rule = limit.Account, limit.Wanted, limit.Available(), limit.Limit
	case errors.As(err, &hold):
		r.Account, r.Wanted, r.Available = hold.Account, hold.Wanted, hold.Available
	case errors.As(err, &refund):
		r.Account, r.Wanted, r.Available = refund.Account, refund.Wanted, refund.Available()
	case errors.As(err, &account):
		r.Account = account.Account
	case errors.As(err, &date):
		r.Date = date.Date
	}
	return r
}

// LimitError says which limit of which account stands in the way. It unwraps
// to [ErrLimitExceeded].
type LimitError struct {
	Account string
	Limit   string       // its name, the reason
	Per     Window       // its window
	Max     money.Amount // what it allows in a window
	Used    money.Amount // in the present window, before the transaction
	Wanted  money.Amount // by the transaction
}

// Error says it in a sentence without personal data.
func (e *LimitError) Error() string {
	return fmt.Sprintf("account %s: %s: %s allows %s a %s, used %s, wanted %s", e.Account, ErrLimitExceeded, e.Limit, e.Max, e.Per, e.Used, e.Wanted)
}

// Unwrap returns [ErrLimitExceeded].
func (e *LimitError) Unwrap() error { return ErrLimitExceeded }

// Available returns how much the limit still allows in the present window.
func (e *LimitError) Available() money.Amount {
	return money.Of(distance(e.Used.Minor(), e.Max.Minor()), e.Max.Currency())
}

// HoldError says what is wrong with which hold. It unwraps to one of the
// conditions of holds.
type HoldError struct {
	Hold uuid.UUID // its id
	// Account, Wanted and Available are of the line at fault, for
	// [ErrHoldExceeded].
	Account           string
	Wanted, Available money.Amount
	Err               error
}

// Error says it in a sentence without personal data.
func (e *HoldError) Error() string {
	if e.Account == "" {
		return fmt.Sprintf("hold %s: %s", e.Hold, e.Err)
	}
	return fmt.Sprintf("hold %s: account %s: %s: wanted %s, available %s", e.Hold, e.Account, e.Err, e.Wanted, e.Available)
}

// Unwrap returns the condition.
func (e *HoldError) Unwrap() error { return e.Err }

// RefundError says which line of which record has too little left. It unwraps
// to [ErrRefundExceeded].
type RefundError struct {
	Of       uuid.UUID    // the id of the record
	Line     int          // position in its Lines
	Account  string       // of the line
	Posted   money.Amount // by the line, without sign
	Refunded money.Amount // of it by earlier refunds
	Wanted   money.Amount // by this refund, with the lines before it
}

// Error says it in a sentence without personal data.
func (e *RefundError) Error() string {
	return fmt.Sprintf("record %s: lines[%d]: account %s: %s: posted %s, refunded %s, wanted %s",
		e.Of, e.Line, e.Account, ErrRefundExceeded, e.Posted, e.Refunded, e.Wanted)
}

// Unwrap returns [ErrRefundExceeded].
func (e *RefundError) Unwrap() error { return ErrRefundExceeded }

// Available returns what is left of the line.
func (e *RefundError) Available() money.Amount {
	return money.Of(e.Posted.Minor()-e.Refunded.Minor(), e.Posted.Currency())
}

// RememberedError answers a transaction that was refused before and asked to be
// remembered: see Transaction.Remember. It unwraps to the condition of then.
type RememberedError struct {
	Seq     int64   // of the record of the refusal
	Refusal Refusal // why, as it was explained then
}

// Error says it in a sentence without personal data.
func (e *RememberedError) Error() string {
	text := fmt.Sprintf("refused before, by record %d: %s", e.Seq, e.Refusal.Code)
	if e.Refusal.Account != "" {
		text += ": account " + e.Refusal.Account
	}
	if e.Refusal.Wanted.IsValid() {
		text += fmt.Sprintf(": wanted %s, available %s", e.Refusal.Wanted, e.Refusal.Available)
	}
	return text
}

// Unwrap returns the condition.
func (e *RememberedError) Unwrap() error {
	for _, c := range codes {
		if c.Code == e.Refusal.Code {
			return c.Err
		}
	}
	return nil
}

// LinkedError says which of several linked requests was refused. It unwraps to
// why.
type LinkedError struct {
	Index int // among the requests
	Err   error
}

// Error says it in a sentence without personal data.
func (e *LinkedError) Error() string { return fmt.Sprintf("requests[%d]: %s", e.Index, e.Err) }

// Unwrap returns why the request was refused.
func (e *LinkedError) Unwrap() error { return e.Err }

// isRefusal reports whether a rule refused a request, so that its refusal may
// be remembered, rather than that something broke.
func isRefusal(err error) bool {
	switch KindOf(err) {
	case KindInvalid, KindNotFound, KindConflict, KindRefused:
		return !strings.HasPrefix(CodeOf(err), "book_")
	}
	return false
}
