package canteen

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/together"
)

// programmes returns the subsidies of a holder that have money to spend, in
// the order of their names. One granted a moment later serves the next meal.
func (c *Counter) programmes(ctx context.Context, holder string) (names []string, total money.Amount, err error) {
	total = money.Zero(c.parts.Chart.Currency())
	subsidised, _, err := c.subsidised.Get(ctx, struct{}{})
	if err != nil {
		return nil, total, fmt.Errorf("subsidies of %s: %w", holder, err)
	}
	if !subsidised.perhaps(holder) {
		return nil, total, nil
	}
	prefix := campus.Path(campus.FamilySubsidy, holder) + "/"
	for account, err := range c.parts.Book.Accounts(ctx, prefix) {
		if err != nil {
			return nil, total, fmt.Errorf("subsidies of %s: %w", holder, err)
		}
		if !spendable(&account) {
			continue
		}
		names = append(names, strings.TrimPrefix(account.Path, prefix))
		if total, err = total.Add(account.Balance()); err != nil {
			return nil, total, fmt.Errorf("subsidies of %s: %w", holder, err)
		}
	}
	return names, total, nil
}

// spendable reports whether a debit could take anything from the account.
func spendable(account *ledger.Account) bool {
	takesDebits := account.State == ledger.StateOpen || account.State == ledger.StateFrozenCredits
	return takesDebits && account.Balance().Sign() > 0
}

// subsidised are the holders who have an account of a subsidy, whatever is in it.
// Most have none, and a look at the accounts costs as much as half the sale.
// Accounts are only ever added to a book, so what was read is true for as long as
// the book, to which other processes write as well, has as many as it had.
type subsidised struct {
	accounts int64 // that the book had
	holders  map[string]struct{}
	all      bool // the holders are all there are
}

const (
	subsidiesPage = 1000
	// subsidiesMax bounds what is read anew when an account was opened. A school
	// with more looks at each holder's.
	subsidiesMax = 10 * subsidiesPage
	// oneAnswer is for all who ask, however many they are.
	oneAnswer = math.MaxInt
)

func (s *subsidised) perhaps(holder string) bool {
	_, has := s.holders[holder]
	return has || !s.all
}

// newSubsidised asks for how many accounts the book has, and for who is subsidised
// whenever there are more. One goroutine at a time calls fetch.
func newSubsidised(book *ledger.Book) *together.Reader[struct{}, *subsidised] {
	known := &subsidised{}
	return together.New(oneAnswer, func(ctx context.Context, _ []struct{}) (map[struct{}]*subsidised, error) {
		head, err := book.Head(ctx)
		if err == nil && head.Accounts != known.accounts {
			known, err = readSubsidised(ctx, book, head.Accounts, known)
		}
		return map[struct{}]*subsidised{{}: known}, err
	})
}

// readSubsidised returns what was known before if it fails.
func readSubsidised(ctx context.Context, book *ledger.Book, accounts int64, before *subsidised) (*subsidised, error) {
	now := &subsidised{accounts: accounts, holders: map[string]struct{}{}}
	prefix, cursor := string(campus.FamilySubsidy)+"/", ""
	for read := 0; read < subsidiesMax && !now.all; read += subsidiesPage {
		page, err := book.AccountPage(ctx, ledger.AccountFilter{Prefix: prefix}, cursor, subsidiesPage)
		if err != nil {
			return before, err
		}
		for i := range page.Accounts {
			holder, _, _ := strings.Cut(strings.TrimPrefix(page.Accounts[i].Path, prefix), "/")
			now.holders[holder] = struct{}{}
		}
		cursor, now.all = page.Next, page.Next == ""
	}
	return now, nil
}
