package canteen

import (
	"context"
	"fmt"
	"math"
	"strings"
	"sync"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

// programmes returns the subsidies of a holder that have money to spend, in
// the order of their names. One granted a moment later serves the next meal.
func (c *Counter) programmes(ctx context.Context, holder string) (names []string, total money.Amount, err error) {
	total = money.Zero(c.parts.Chart.Currency())
	accounts, _, err := c.accounts.Get(ctx, struct{}{})
	if err != nil {
		return nil, total, fmt.Errorf("subsidies of %s: %w", holder, err)
	}
	if c.unsubsidised.has(holder, accounts) {
		return nil, total, nil
	}
	opened := false
	prefix := campus.Path(campus.FamilySubsidy, holder) + "/"
	for account, err := range c.parts.Book.Accounts(ctx, prefix) {
		if err != nil {
			return nil, total, fmt.Errorf("subsidies of %s: %w", holder, err)
		}
		opened = true
		if !spendable(&account) {
			continue
		}
		names = append(names, strings.TrimPrefix(account.Path, prefix))
		if total, err = total.Add(account.Balance()); err != nil {
			return nil, total, fmt.Errorf("subsidies of %s: %w", holder, err)
		}
	}
	if !opened {
		c.unsubsidised.add(holder, accounts)
	}
	return names, total, nil
}

// spendable reports whether a debit could take anything from the account.
func spendable(account *ledger.Account) bool {
	takesDebits := account.State == ledger.StateOpen || account.State == ledger.StateFrozenCredits
	return takesDebits && account.Balance().Sign() > 0
}

// oneAnswer is for all who ask, however many they are.
const oneAnswer = math.MaxInt

func (c *Counter) countAccounts(ctx context.Context, _ []struct{}) (map[struct{}]int64, error) {
	head, err := c.parts.Book.Head(ctx)
	return map[struct{}]int64{{}: head.Accounts}, err
}

// unsubsidised remembers holders without a subsidy's account: most are, and a
// look at the accounts by their paths costs as much as half the sale. Accounts are
// only ever added to a book, so what is remembered is true for as long as
// the book, which other processes write to as well, has as many as it had.
type unsubsidised struct {
	mu       sync.Mutex
	accounts int64 // of the book
	holders  map[string]struct{}
}

func (u *unsubsidised) has(holder string, accounts int64) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.holders == nil || accounts > u.accounts {
		u.accounts, u.holders = accounts, map[string]struct{}{}
	}
	_, ok := u.holders[holder]
	return ok && accounts == u.accounts
}

// add remembers a holder who had none while the book had, or after it had, so
// many accounts.
func (u *unsubsidised) add(holder string, accounts int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if accounts == u.accounts {
		u.holders[holder] = struct{}{}
	}
}
