package load

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
)

const (
	openingSize = 100
	pageSize    = 50
	longAccount = "merchant/m0000"
)

// openAccounts opens the next wallets.
func openAccounts(ctx context.Context, c *caller) error {
	specs := make([]ledger.AccountSpec, openingSize)
	for i := range specs {
		specs[i] = walletSpec(fmt.Sprintf("pupil/p%07d", c.turn*openingSize+int64(i)))
	}
	_, err := c.load.book.OpenAccounts(ctx, ledger.Opening{ID: ledger.NewID(), By: "office", Accounts: specs})
	return err
}

func readBalance(ctx context.Context, c *caller) error {
	_, err := c.load.book.Balance(ctx, c.wallet())
	return err
}

func bareBalance(ctx context.Context, c *caller, floor Floor) error {
	return floor.Balance(ctx, c.wallet())
}

// lengthenAccount posts as many payments to one merchant as its account is to
// have entries.
func lengthenAccount(ctx context.Context, l *Load) error {
	c := newCaller(l, 0)
	for left := l.options.Entries; left > 0; {
		requests := make([]ledger.Request, min(left, 1000))
		for i := range requests {
			requests[i] = sale(c.wallet(), longAccount, c.price())
		}
		for _, answer := range l.book.PostAll(ctx, requests...) {
			if answer.Err != nil {
				return answer.Err
			}
		}
		left -= len(requests)
	}
	return nil
}

// position is where a page ends: at the newest entry, or anywhere.
func (c *caller) position() int64 {
	head := c.load.before.Seq
	if c.dice.IntN(2) == 0 {
		return head
	}
	return head - c.dice.Int64N(int64(c.load.options.Entries))
}

func readPage(ctx context.Context, c *caller) error {
	until := c.position()
	if until == c.load.before.Seq {
		until = 0
	}
	return c.readPage(ctx, until)
}

// readPage reads the last entries up to a position, 0 for the newest.
func (c *caller) readPage(ctx context.Context, until int64) error {
	query := ledger.StatementQuery{Limit: pageSize, Until: until}
	page, err := c.load.book.Statement(ctx, longAccount, query)
	if err == nil && len(page.Entries) == 0 {
		err = fmt.Errorf("a page without entries: %w", errAnswer)
	}
	return err
}

func barePage(ctx context.Context, c *caller, floor Floor) error {
	return floor.Page(ctx, longAccount, c.position(), pageSize)
}
