package ledger

import (
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// The conditions a caller may branch on with errors.Is, in the order in which
// a post is checked: of several faults the first is reported.
var (
	// ErrBusy means that the queue of the book is full; nothing was sent.
	// See [BusyError].
	ErrBusy = errors.New("too many transactions are waiting")
	// ErrInvalid means that a request is malformed whatever the book holds.
	// See [InvalidError].
	ErrInvalid = errors.New("invalid")
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
	// reversal.
	ErrNotReversible = errors.New("record cannot be reversed")
	// ErrDateClosed means that the date was closed. See [DateError].
	ErrDateClosed = errors.New("business date is closed")
	// ErrDateNotOpen means that the date lies after the open date. See
	// [DateError].
	ErrDateNotOpen = errors.New("business date has not begun")
	// ErrAccountUnknown means that the book has no such account. See
	// [AccountError], as for the next six.
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
	// ErrNotEmpty means that an account to be closed has a balance.
	ErrNotEmpty = errors.New("account has a balance")
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
	Problem string
}

func (e *InvalidError) Error() string { return fmt.Sprintf("invalid %s: %s", e.Field, e.Problem) }

// Unwrap returns [ErrInvalid].
func (e *InvalidError) Unwrap() error { return ErrInvalid }

// AccountError says which account is at fault.
type AccountError struct {
	Account string
	Err     error // one of the account conditions
}

func (e *AccountError) Error() string { return fmt.Sprintf("account %s: %s", e.Account, e.Err) }

// Unwrap returns the condition.
func (e *AccountError) Unwrap() error { return e.Err }

// BoundError says which bound of which account stands in the way. It unwraps
// to [ErrInsufficient] or [ErrAboveCeiling].
type BoundError struct {
	Account string
	Balance money.Amount // before the transaction, in the account's own side
	Bound   money.Amount // the floor or the ceiling
	Wanted  money.Amount // how far the transaction would move the balance
	Err     error
}

func (e *BoundError) Error() string {
	return fmt.Sprintf("account %s: %s: balance %s, bound %s, wanted %s", e.Account, e.Err, e.Balance, e.Bound, e.Wanted)
}

// Unwrap returns the condition.
func (e *BoundError) Unwrap() error { return e.Err }

// Available returns how far the transaction could have moved the balance.
func (e *BoundError) Available() money.Amount {
	return money.Of(distance(min(e.Balance.Minor(), e.Bound.Minor()), max(e.Balance.Minor(), e.Bound.Minor())), e.Balance.Currency())
}

// UnbalancedError says by how much postings fail to balance. It unwraps to
// [ErrUnbalanced].
type UnbalancedError struct {
	Difference money.Amount // debits minus credits
}

func (e *UnbalancedError) Error() string {
	return fmt.Sprintf("%s: debits minus credits is %s", ErrUnbalanced, e.Difference)
}

// Unwrap returns [ErrUnbalanced].
func (e *UnbalancedError) Unwrap() error { return ErrUnbalanced }

// DateError says which business date is open. It unwraps to [ErrDateClosed] or
// [ErrDateNotOpen].
type DateError struct {
	Date, Open Date
	Err        error
}

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

func (e *IDReusedError) Error() string {
	return fmt.Sprintf("id %s: %s: record %d has another %s", e.ID, ErrIDReused, e.Seq, e.Field)
}

// Unwrap returns [ErrIDReused].
func (e *IDReusedError) Unwrap() error { return ErrIDReused }

// BusyError says when to try again. It unwraps to [ErrBusy].
type BusyError struct {
	RetryAfter time.Duration
}

func (e *BusyError) Error() string { return fmt.Sprintf("%s: try again in %s", ErrBusy, e.RetryAfter) }

// Unwrap returns [ErrBusy].
func (e *BusyError) Unwrap() error { return ErrBusy }
