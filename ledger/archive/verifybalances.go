package archive

import (
	"context"
	"fmt"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// leavesMax bounds how many leaves are in memory at once, of more than one date:
// 32 bytes each, 128 MiB.
const leavesMax = 1 << 22

// verifyBalances compares what accounts stood at with the closes that stand, which
// are in the order of their dates.
func (a *Archive) verifyBalances(ctx context.Context, closes []*ledger.Record, v *Verified) error {
	for _, closed := range closes {
		if closed.Balances == nil || closed.Balances.Accounts < 0 {
			return fmt.Errorf("%w: record %d has no balances", ErrFormat, closed.Seq)
		}
	}
	accounts, err := a.verifyClosings(ctx, closes)
	if err != nil {
		return err
	}
	for _, closed := range closes { // before memory is given to them
		if closed.Balances.Accounts > accounts {
			return fmt.Errorf("%w: record %d closes %d accounts, %s has %d",
				ErrFormat, closed.Seq, closed.Balances.Accounts, closingsEntry, accounts)
		}
	}
	for len(closes) > 0 {
		n, leaves := 1, closes[0].Balances.Accounts
		for ; n < len(closes) && leaves <= leavesMax-closes[n].Balances.Accounts; n++ {
			leaves += closes[n].Balances.Accounts
		}
		if err := a.verifyRoots(ctx, closes[:n]); err != nil {
			return err
		}
		v.Closes += int64(n)
		closes = closes[n:]
	}
	return nil
}

// verifyClosings checks that the closings are in order and each is of a date and
// an account of a close that stands, and returns of how many accounts they are.
// Of each account one may be older than the first close: how old it is no close
// says.
func (a *Archive) verifyClosings(ctx context.Context, closes []*ledger.Record) (int64, error) {
	var before ledger.Closing // of number 0 if there is none
	accounts := int64(0)
	for c, err := range a.closings(ctx) {
		if err != nil {
			return 0, err
		}
		problem := disorder(&before, &c)
		if problem == "" {
			problem = a.stray(&before, &c, closes)
		}
		if problem != "" {
			return 0, fmt.Errorf("%s: %w: what %q stood at on %s: %s", closingsEntry, ErrFormat, c.Account, c.Date, problem)
		}
		if !again(&before, &c) {
			accounts++
		}
		before = c
	}
	return accounts, nil
}

// again returns whether a closing is of the same account as the one before.
func again(before, c *ledger.Closing) bool { return before.Number > 0 && c.Account == before.Account }

// disorder returns why a closing cannot follow the one before, or "".
func disorder(before, c *ledger.Closing) string {
	switch {
	case c.Account < before.Account, again(before, c) && !before.Date.Before(c.Date):
		return "not in order"
	case again(before, c) && (c.Number != before.Number || c.Currency != before.Currency):
		return "of another account with the path"
	}
	return ""
}

// stray returns why a closing is of no close that stands, of which there is at
// least the archive's last, or "".
func (a *Archive) stray(before, c *ledger.Closing, closes []*ledger.Record) string {
	at, exact := closeFrom(closes, c.Date)
	older := at == 0 && a.manifest.First > 1
	switch {
	case !exact && !older, at == 0 && again(before, c):
		return "of no close"
	case c.Number > closes[at].Balances.Accounts:
		return "of an account that the close does not have"
	}
	return ""
}

// closeFrom returns the index of the first close of a date or after, and whether
// it is of the date.
func closeFrom(closes []*ledger.Record, date ledger.Date) (int, bool) {
	return slices.BinarySearchFunc(closes, date, func(r *ledger.Record, date ledger.Date) int { return r.Date.Compare(date) })
}

// verifyRoots builds the trees of balances of some closes in one pass over the
// closings.
func (a *Archive) verifyRoots(ctx context.Context, closes []*ledger.Record) error {
	trees := make([][]hash, len(closes))
	for i, closed := range closes {
		trees[i] = make([]hash, closed.Balances.Accounts)
	}
	path := ""
	for c, err := range a.closings(ctx) {
		if err != nil {
			return err
		}
		leaf := leafOf(&c)
		for i, _ := closeFrom(closes, c.Date); i < len(trees); i++ { // a later closing of the account replaces it
			if c.Number > int64(len(trees[i])) {
				continue
			}
			if c.Account != path && trees[i][c.Number-1] != (hash{}) {
				return fmt.Errorf("%s: %w: two accounts with the number %d", closingsEntry, ErrFormat, c.Number)
			}
			trees[i][c.Number-1] = leaf
		}
		path = c.Account
	}
	for i, closed := range closes {
		root, err := rootOf(trees[i])
		if err != nil {
			return err
		}
		if root != closed.Balances.Root {
			return fmt.Errorf("%w: the closings of %s are not those of record %d", ErrFormat, closed.Date, closed.Seq)
		}
	}
	return nil
}
