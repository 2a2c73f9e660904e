package gateways

import (
	"fmt"

	"github.com/campusledger/campusledger/ledger/money"
)

// TopUpLimits bound what a guardian may load onto a card, because a printed
// code pays without a PIN. A zero Amount means no limit.
type TopUpLimits struct {
	// Single is the most one top-up may be.
	Single money.Amount
	// Balance is the most the wallet may hold after it.
	Balance money.Amount
}

// Check tells whether a top-up of amount onto a wallet that holds balance is
// allowed; call it before [Desk.Start]. It looks at the single limit first and
// at the resulting balance second, and fails with a [*SingleLimitError] or a
// [*BalanceLimitError]; an amount that is not positive is [ErrInvalidRequest],
// another currency [money.ErrCurrencyMismatch].
//
// The balance may change before the money comes: the wallet's own ceiling, or
// the school's willingness to exceed it, is a matter of booking, not of this
// check.
func (l TopUpLimits) Check(amount, balance money.Amount) error {
	if amount.Sign() <= 0 {
		return fmt.Errorf("top-up of %s: %w", amount, ErrInvalidRequest)
	}
	if err := l.checkSingle(amount); err != nil {
		return err
	}
	return l.checkBalance(amount, balance)
}

func (l TopUpLimits) checkSingle(amount money.Amount) error {
	if !l.Single.IsValid() {
		return nil
	}
	above, err := amount.Cmp(l.Single)
	if err != nil {
		return fmt.Errorf("top-up single limit: %w", err)
	}
	if above > 0 {
		return &SingleLimitError{Amount: amount, Limit: l.Single}
	}
	return nil
}

func (l TopUpLimits) checkBalance(amount, balance money.Amount) error {
	result, err := balance.Add(amount)
	if err != nil {
		return fmt.Errorf("top-up: %w", err)
	}
	if !l.Balance.IsValid() {
		return nil
	}
	above, err := result.Cmp(l.Balance)
	if err != nil {
		return fmt.Errorf("top-up balance limit: %w", err)
	}
	if above > 0 {
		return &BalanceLimitError{Amount: amount, Balance: balance, Limit: l.Balance}
	}
	return nil
}
