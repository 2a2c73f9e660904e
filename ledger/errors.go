package ledger

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// The conditions a caller may branch on with errors.Is, in the order in which
// a post is checked: of several faults the first is reported. What is checked
// account by account finds, of faults of several accounts, that of the earlier
// line.
var (
	// ErrBusy means that the queue of the book is full, or that others held
	// the book for too long; nothing was written. See [BusyError].
	ErrBusy = errors.New("the book is busy")
	// ErrInvalid means that a request is malformed whatever the book holds.
	// See [InvalidError].
	ErrInvalid = errors.New("invalid")
	// ErrRecordRejected means that a record of an import is not what the rules
	// make after the records before it. See [RestoreError].
	ErrRecordRejected = errors.New("record does not follow from those before it")
	// ErrBookUnknown means that the store has no such book.
	ErrBookUnknown = errors.New("unknown book")
	// ErrBookExists means that the book was created with other particulars.
	ErrBookExists = errors.New("book exists already")
	// ErrIDReused means that the id stands for other content. See
	// [IDReusedError].
	ErrIDReused = errors.New("id was used for other content")
	// ErrRecordUnknown means that no record has this id or position.
	ErrRecordUnknown = errors.New("unknown record")
	// ErrReversed means that the record was reversed before.
	ErrReversed = errors.New("record was reversed already")
	// ErrNotReversible means that the record has no postings or is itself a
	// reversal or a refund.
	ErrNotReversible = errors.New("record cannot be reversed or refunded")
	// ErrRefunded means that a record to be reversed was refunded in part.
	ErrRefunded = errors.New("record was refunded in part")
	// ErrHoldUnknown means that no hold has this id. See [HoldError], as for
	// the next four.
	ErrHoldUnknown = errors.New("unknown hold")
	// ErrHoldCaptured means that the hold was captured to its end.
	ErrHoldCaptured = errors.New("hold was captured")
	// ErrHoldReleased means that the hold was released.
	ErrHoldReleased = errors.New("hold was released")
	// ErrHoldExpired means that the time of the hold is over.
	ErrHoldExpired = errors.New("hold has expired")
	// ErrHoldNotExpired means that the time of the hold is not over.
	ErrHoldNotExpired = errors.New("hold has not expired")
	// ErrDateClosed means that the date was closed. See [DateError].
	ErrDateClosed = errors.New("business date is closed")
	// ErrDateNotOpen means that the date lies after the open date. See
	// [DateError].
	ErrDateNotOpen = errors.New("business date has not begun")
	// ErrCloseNotLatest means that a close to be reopened is not the latest.
	// See [DateError].
	ErrCloseNotLatest = errors.New("business date is not the latest closed one")
	// ErrFamilyUnknown means that the book's chart has no family for a path.
	// See [AccountError], as for the next seven.
	ErrFamilyUnknown = errors.New("no family of the chart has this account")
	// ErrFamilyMismatch means that an account has another side, currency or
	// control account than its family.
	ErrFamilyMismatch = errors.New("account differs from its family")
	// ErrAccountUnknown means that the book has no such account.
	ErrAccountUnknown = errors.New("unknown account")
	// ErrAccountExists means that an account has this path already.
	ErrAccountExists = errors.New("account exists already")
	// ErrCurrencyMismatch means that an amount is not in the account's
	// currency.
	ErrCurrencyMismatch = money.ErrCurrencyMismatch
	// ErrAccountClosed means that the account takes nothing any more.
	ErrAccountClosed = errors.New("account is closed")
	// ErrAccountFrozen means that the account does not take this side now.
	ErrAccountFrozen = errors.New("account is frozen")
	// ErrNotEmpty means that an account to be closed has a balance or a hold.
	ErrNotEmpty = errors.New("account has a balance or a hold")
	// ErrHoldExceeded means that a capture is above what is left of a line of
	// the hold. See [HoldError].
	ErrHoldExceeded = errors.New("more than is left of the hold")
	// ErrRefundExceeded means that a refund is above what is left of a line of
	// the record. See [RefundError].
	ErrRefundExceeded = errors.New("more than is left to refund")
	// ErrOverflow means that a total would not fit an int64 of minor units.
	ErrOverflow = money.ErrOverflow
	// ErrUnbalanced means that postings do not sum to zero. See
	// [UnbalancedError].
	ErrUnbalanced = errors.New("postings do not balance")
	// ErrInsufficient means that a balance would fall below its floor. See
	// [BoundError].
	ErrInsufficient = errors.New("not enough available")
	// ErrAboveCeiling means that a balance would rise above its ceiling. See
	// [BoundError].
	ErrAboveCeiling = errors.New("balance would exceed its ceiling")
	// ErrLimitExceeded means that a side of an account would take more than a
	// limit allows. See [LimitError].
	ErrLimitExceeded = errors.New("limit would be exceeded")
	// ErrOutcomeUnknown means that the transaction may or may not have been
	// journaled: the context ended, or the connection broke, while it was
	// being committed. Ask again with the same id.
	ErrOutcomeUnknown = errors.New("outcome unknown, ask again with the same id")
	// ErrConflict is what a store answers when a write lost against another
	// one and nothing was written. A book retries it by itself; a caller
	// sees it, as ErrBusy, only after several losses in a row.
	ErrConflict = errors.New("write conflict, nothing was written")
	// ErrCorrupt means that stored data contradicts itself.
	ErrCorrupt = errors.New("stored data is damaged")
)

// InvalidError says which field of a request is wrong and how. It unwraps to
// [ErrInvalid].
type InvalidError struct {
	Field   string // such as "postings[2].amount"
	Problem string // what is wrong with it, in words
}

// Error says it in a sentence without personal data.
func (e *InvalidError) Error() string { return fmt.Sprintf("invalid %s: %s", e.Field, e.Problem) }

// Unwrap returns [ErrInvalid].
func (e *InvalidError) Unwrap() error { return ErrInvalid }

// AccountError says which account is at fault.
type AccountError struct {
	Account string
	Err     error // one of the account conditions
}

// Error says it in a sentence without personal data.
func (e *AccountError) Error() string { return fmt.Sprintf("account %s: %s", e.Account, e.Err) }

// Unwrap returns the condition.
func (e *AccountError) Unwrap() error { return e.Err }

// BoundError says which bound of which account stands in the way. It unwraps
// to [ErrInsufficient] or [ErrAboveCeiling].
type BoundError struct {
	Account string
	Balance money.Amount // before the transaction, in the account's own side
	Held    money.Amount // what holds may move the balance towards the bound
	Bound   money.Amount // the floor or the ceiling
	Wanted  money.Amount // how far the transaction would move the balance
	Err     error
}

// Error says it in a sentence without personal data.
func (e *BoundError) Error() string {
	return fmt.Sprintf("account %s: %s: balance %s, held %s, bound %s, wanted %s", e.Account, e.Err, e.Balance, e.Held, e.Bound, e.Wanted)
}

// Unwrap returns the condition.
func (e *BoundError) Unwrap() error { return e.Err }

// Available returns how far the transaction could have moved the balance.
func (e *BoundError) Available() money.Amount {
	from, to := e.Bound.Minor(), e.Balance.Minor()-e.Held.Minor()
	if errors.Is(e.Err, ErrAboveCeiling) {
		from, to = e.Balance.Minor()+e.Held.Minor(), e.Bound.Minor()
	}
	return money.Of(distance(from, to), e.Balance.Currency())
}

// UnbalancedError says by how much postings fail to balance. It unwraps to
// [ErrUnbalanced].
type UnbalancedError struct {
	Difference money.Amount // debits minus credits
}

// Error says it in a sentence without personal data.
func (e *UnbalancedError) Error() string {
	return fmt.Sprintf("%s: debits minus credits is %s", ErrUnbalanced, e.Difference)
}

// Unwrap returns [ErrUnbalanced].
func (e *UnbalancedError) Unwrap() error { return ErrUnbalanced }

// DateError says which business date is open. It unwraps to [ErrDateClosed],
// [ErrDateNotOpen] or [ErrCloseNotLatest].
type DateError struct {
	Date, Open Date // asked for, and open
	Err        error
}

// Error says it in a sentence without personal data.
func (e *DateError) Error() string {
	return fmt.Sprintf("date %s: %s: %s is open", e.Date, e.Err, e.Open)
}

// Unwrap returns the condition.
func (e *DateError) Unwrap() error { return e.Err }

// IDReusedError says what differs from the record that has the id. It unwraps
// to [ErrIDReused].
type IDReusedError struct {
	ID    uuid.UUID
	Seq   int64  // of the record
	Field string // such as "postings[0].amount"
}

// Error says it in a sentence without personal data.
func (e *IDReusedError) Error() string {
	return fmt.Sprintf("id %s: %s: record %d has another %s", e.ID, ErrIDReused, e.Seq, e.Field)
}

// Unwrap returns [ErrIDReused].
func (e *IDReusedError) Unwrap() error { return ErrIDReused }

// BusyError says when to try again. It unwraps to [ErrBusy].
type BusyError struct {
	RetryAfter time.Duration // how long to wait before the next try
}

// Error says it in a sentence without personal data.
func (e *BusyError) Error() string { return fmt.Sprintf("%s: try again in %s", ErrBusy, e.RetryAfter) }

// Unwrap returns [ErrBusy].
func (e *BusyError) Unwrap() error { return ErrBusy }
