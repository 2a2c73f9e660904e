package identity

import (
	"errors"
	"fmt"
	"time"
)

// The conditions a caller branches on. Texts carry no personal data.
var (
	// ErrKeys: the database was written with other keys; see [KeysError].
	ErrKeys = errors.New("identity: these keys do not fit the database")
	// ErrInvalid: a value given by the caller is missing or out of range; see [InvalidError].
	ErrInvalid = errors.New("identity: invalid value")
	// ErrUnknownHolder: the school has no such holder.
	ErrUnknownHolder = errors.New("identity: unknown holder")
	// ErrHolderLeft: the holder has left the school.
	ErrHolderLeft = errors.New("identity: holder has left")
	// ErrHolderPresent: the act needs a holder who has left.
	ErrHolderPresent = errors.New("identity: holder has not left")
	// ErrNotOpen: the holder's accounts are not open yet; importing again repairs it.
	ErrNotOpen = errors.New("identity: accounts not open yet")
	// ErrSchoolFull: a school has used all its holder numbers.
	ErrSchoolFull = errors.New("identity: no holder numbers left")

	// ErrNoCard: no card with this serial was ever issued to the holder.
	ErrNoCard = errors.New("identity: no such card")
	// ErrCardVoid: the card was replaced by a newer one.
	ErrCardVoid = errors.New("identity: card is void")
	// ErrCardLost: the card is reported lost.
	ErrCardLost = errors.New("identity: card is reported lost")
	// ErrCardBlocked: the school blocked the card.
	ErrCardBlocked = errors.New("identity: card is blocked")
	// ErrCardState: the card's state does not allow the change; see [CardStateError].
	ErrCardState = errors.New("identity: card state does not allow this")
	// ErrSerialsUsedUp: the holder has had 255 cards, all that a code can tell apart.
	ErrSerialsUsedUp = errors.New("identity: card serials used up")

	// ErrNoMatch: no holder fits all fields of a claim. It does not say which field failed.
	ErrNoMatch = errors.New("identity: no holder matches")
	// ErrLookupLimit: the guardian has looked up too often; see [LookupLimitError].
	ErrLookupLimit = errors.New("identity: too many look-ups")
	// ErrTicket: a binding ticket is forged, expired or another guardian's.
	ErrTicket = errors.New("identity: ticket is not valid")
	// ErrTooManyGuardians: the holder has as many guardians as allowed.
	ErrTooManyGuardians = errors.New("identity: holder has too many guardians")
	// ErrNotBound: the guardian is not bound to the holder.
	ErrNotBound = errors.New("identity: guardian is not bound to this holder")

	// ErrCursor: a page cursor is not one that Page returned.
	ErrCursor = errors.New("identity: cursor is not valid")
)

// KeysError says which of the keys is missing or different. It unwraps to
// [ErrKeys].
type KeysError struct {
	Purpose string // the row of table keyring, such as "identity/index"
}

func (e *KeysError) Error() string {
	return fmt.Sprintf("%v: key %q is missing or different; start with the key file this database was created with", ErrKeys, e.Purpose)
}

// Unwrap returns [ErrKeys].
func (*KeysError) Unwrap() error { return ErrKeys }

// InvalidError names a value that is missing or out of range, never the value.
// It unwraps to [ErrInvalid].
type InvalidError struct {
	Field string // the Go field, such as "StudentNo"
	Index int    // the position in a batch, from 0
	Rule  string // what it must be
}

func (e *InvalidError) Error() string {
	return fmt.Sprintf("%v: %s (item %d) %s", ErrInvalid, e.Field, e.Index, e.Rule)
}

// Unwrap returns [ErrInvalid].
func (*InvalidError) Unwrap() error { return ErrInvalid }

// CardStateError says what was asked of a card in which state. It unwraps to
// [ErrCardState].
type CardStateError struct {
	Action Action
	State  CardState
}

func (e *CardStateError) Error() string {
	return fmt.Sprintf("%v: %s on a card that is %q", ErrCardState, e.Action, e.State)
}

// Unwrap returns [ErrCardState].
func (*CardStateError) Unwrap() error { return ErrCardState }

// LookupLimitError says when the guardian may try again. It unwraps to
// [ErrLookupLimit].
type LookupLimitError struct {
	RetryAt time.Time
}

func (e *LookupLimitError) Error() string {
	return fmt.Sprintf("%v: try again at %s", ErrLookupLimit, e.RetryAt.Format(time.RFC3339))
}

// Unwrap returns [ErrLookupLimit].
func (*LookupLimitError) Unwrap() error { return ErrLookupLimit }
