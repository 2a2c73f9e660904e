package gateways

import (
	"errors"
	"fmt"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

var (
	// ErrInvalidRequest means that a [Request] lacks something or is out of
	// range; nothing was stored.
	ErrInvalidRequest = errors.New("payment request is not valid")
	// ErrKeyReused means that a request key was used before with other
	// content. The error is a [*KeyReusedError].
	ErrKeyReused = errors.New("request key was used with other content")
	// ErrUnavailable means that the gateway gave no usable answer. What it did
	// is unknown: ask again with the same key or order.
	ErrUnavailable = errors.New("gateway gave no answer")
	// ErrRefused means that the gateway refused for good. The error is a
	// [*RefusedError].
	ErrRefused = errors.New("gateway refused")
	// ErrOrderPaid means that what was asked is impossible because the order
	// is paid.
	ErrOrderPaid = errors.New("order is paid")
	// ErrUnknownOrder means that this desk, or the gateway, has no such order.
	ErrUnknownOrder = errors.New("unknown payment order")
	// ErrBadSignature means that a notification is not the gateway's, or not
	// as the gateway sent it.
	ErrBadSignature = errors.New("signature does not match")
	// ErrStale means that a notification was signed too long before, or after,
	// it came.
	ErrStale = errors.New("signature time is out of the window")
	// ErrMalformed means that a gateway's message is signed but cannot be read.
	ErrMalformed = errors.New("message cannot be read")
	// ErrTooLarge means that a notification has more than [MaxNotification]
	// bytes; it was not stored.
	ErrTooLarge = errors.New("notification is too large")
	// ErrMismatch means that a payment is not the one that was ordered. The
	// error is a [*MismatchError].
	ErrMismatch = errors.New("payment does not match its order")
	// ErrSingleLimit means that a top-up is above what one top-up may be. The
	// error is a [*SingleLimitError].
	ErrSingleLimit = errors.New("top-up is above the single limit")
	// ErrBalanceLimit means that a top-up would lift the balance above its
	// limit. The error is a [*BalanceLimitError].
	ErrBalanceLimit = errors.New("top-up would lift the balance above its limit")
)

// KeyReusedError says in which field a request differs from the earlier one
// with the same key. It unwraps to [ErrKeyReused].
type KeyReusedError struct {
	OrderID uuid.UUID // the earlier request's order
	Field   string    // the first field that differs, in the order of Request
}

// Error names the order and the field.
func (e *KeyReusedError) Error() string {
	return fmt.Sprintf("order %s: %v: %s differs", e.OrderID, ErrKeyReused, e.Field)
}

// Unwrap returns [ErrKeyReused].
func (e *KeyReusedError) Unwrap() error { return ErrKeyReused }

// RefusedError carries the gateway's own code. It unwraps to [ErrRefused].
type RefusedError struct {
	Gateway string
	Code    string // as the gateway writes it
}

// Error names the gateway and its code.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("%s: %v: %s", e.Gateway, ErrRefused, e.Code)
}

// Unwrap returns [ErrRefused].
func (e *RefusedError) Unwrap() error { return ErrRefused }

// MismatchError says what about a payment differs from its order. It unwraps
// to [ErrMismatch].
type MismatchError struct {
	OrderID uuid.UUID
	Verdict Verdict // one of the mismatch verdicts
	Ordered string
	Said    string // by the gateway
}

// Error names the order and both values.
func (e *MismatchError) Error() string {
	return fmt.Sprintf("order %s: %v: %s: ordered %q, gateway says %q", e.OrderID, ErrMismatch, e.Verdict, e.Ordered, e.Said)
}

// Unwrap returns [ErrMismatch].
func (e *MismatchError) Unwrap() error { return ErrMismatch }

// SingleLimitError unwraps to [ErrSingleLimit].
type SingleLimitError struct {
	Amount money.Amount // what was asked
	Limit  money.Amount // the most one top-up may be
}

// Error names the amount and the limit.
func (e *SingleLimitError) Error() string {
	return fmt.Sprintf("%v: %s asked, at most %s at a time", ErrSingleLimit, e.Amount, e.Limit)
}

// Unwrap returns [ErrSingleLimit].
func (e *SingleLimitError) Unwrap() error { return ErrSingleLimit }

// BalanceLimitError unwraps to [ErrBalanceLimit].
type BalanceLimitError struct {
	Amount  money.Amount // what was asked
	Balance money.Amount // before the top-up
	Limit   money.Amount // the most the balance may be after it
}

// Error names the limit only: a balance is the holder's business, not a log's.
func (e *BalanceLimitError) Error() string {
	return fmt.Sprintf("%v: %s asked, balance at most %s", ErrBalanceLimit, e.Amount, e.Limit)
}

// Unwrap returns [ErrBalanceLimit].
func (e *BalanceLimitError) Unwrap() error { return ErrBalanceLimit }
