package ledger

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/campusledger/campusledger/ledger/money"
)

// AccountFilter selects accounts; what is left out lets every account through.
type AccountFilter struct {
	// Prefix is how the path begins: "wallet/".
	Prefix string
	// Control is the control account.
	Control string
	// State is the state.
	State State
	// Min and Max bound the balance, seen from the account's own side; both
	// belong to the range. Accounts of another currency are left out.
	Min, Max money.Amount
}

// AccountPage is a part of a list of accounts, in the byte order of their
// paths.
type AccountPage struct {
	Accounts []Account // in the byte order of their paths
	// Next asks for the page after this one; "" after the last.
	Next string
}

// AccountPage returns a page of the accounts that the filter lets through: the
// first page for an empty cursor, else the page that an earlier page's Next
// names. limit is 1 to 1,000. However many accounts there are, a page takes
// memory for its own only; it may have to pass over many to find them.
func (b *Book) AccountPage(ctx context.Context, filter AccountFilter, cursor string, limit int) (AccountPage, error) {
	if limit < 1 || limit > accountsMax {
		return AccountPage{}, &InvalidError{Field: "limit", Problem: fmt.Sprintf("%d is not 1 to %d", limit, accountsMax)}
	}
	query, err := filter.query()
	if err != nil {
		return AccountPage{}, err
	}
	after, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || cursor != "" && checkPath("cursor", string(after)) != nil {
		return AccountPage{}, &InvalidError{Field: "cursor", Problem: "is not one that a page gave"}
	}
	query.After, query.Limit = string(after), limit+1
	var page AccountPage
	for account, err := range b.reader.Accounts(ctx, b.id, query) {
		if err != nil {
			return AccountPage{}, err
		}
		if len(page.Accounts) == limit {
			page.Next = base64.RawURLEncoding.EncodeToString([]byte(page.Accounts[limit-1].Path))
			break
		}
		page.Accounts = append(page.Accounts, account)
	}
	return page, nil
}

func (f *AccountFilter) query() (AccountQuery, error) {
	query := AccountQuery{Prefix: f.Prefix, Control: f.Control, State: f.State}
	if f.State != "" && !f.State.valid() {
		return query, &InvalidError{Field: "state", Problem: fmt.Sprintf("%.20q is no account state", f.State)}
	}
	if f.Min.IsValid() && f.Max.IsValid() && f.Min.Currency() != f.Max.Currency() {
		return query, &InvalidError{Field: "max", Problem: fmt.Sprintf("%s is not in %s", f.Max, f.Min.Currency())}
	}
	if f.Min.IsValid() {
		minor := f.Min.Minor()
		query.Currency, query.BalanceMin = f.Min.Currency(), &minor
	}
	if f.Max.IsValid() {
		minor := f.Max.Minor()
		query.Currency, query.BalanceMax = f.Max.Currency(), &minor
	}
	return query, nil
}
