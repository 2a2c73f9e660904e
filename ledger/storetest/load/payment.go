package load

import (
	"context"
	"encoding/json"

	"github.com/campusledger/campusledger/ledger"
)

// document is what a terminal says about a sale, in canonical form.
const document = `{"dishes":[["tomato-egg",1,"8.00"],["rice",1,"1.00"]],"terminal":1}`

// DocumentBytes is how many bytes of each payment are its document.
const DocumentBytes = len(document)

func sale(from, to string, minor int64) ledger.Transaction {
	return ledger.Transaction{
		ID: ledger.NewID(), Kind: "sale", By: "terminal:1", Document: json.RawMessage(document),
		Postings: []ledger.Posting{ledger.Debit(from, fen(minor)), ledger.Credit(to, fen(minor))},
	}
}

func (c *caller) wallet() string { return c.load.wallets[c.dice.IntN(len(c.load.wallets))] }

func (c *caller) merchant() string { return c.load.shops[c.dice.IntN(len(c.load.shops))] }

func (c *caller) price() int64 { return 100 + c.dice.Int64N(1900) }

// lunch is a payment of the lunch peak.
func (c *caller) lunch() ledger.Transaction {
	to := 0
	if c.dice.IntN(5) == 0 {
		to = 1 + c.dice.IntN(20)
	}
	return sale(c.wallet(), c.load.shops[to], c.price())
}

func (c *caller) post(ctx context.Context, t ledger.Transaction) error {
	_, err := c.load.book.Post(ctx, t)
	return err
}

func payAtLunch(ctx context.Context, c *caller) error { return c.post(ctx, c.lunch()) }

func paySpread(ctx context.Context, c *caller) error {
	return c.post(ctx, sale(c.wallet(), c.merchant(), c.price()))
}

func payLinked(ctx context.Context, c *caller) error {
	meal := c.lunch()
	drink := sale(meal.Postings[0].Account, c.merchant(), c.price())
	_, err := c.load.book.PostLinked(ctx, meal, drink)
	return err
}

func holdAndCapture(ctx context.Context, c *caller) error {
	hold := c.lunch()
	if _, err := c.load.book.Authorize(ctx, ledger.Authorization{Transaction: hold}); err != nil {
		return err
	}
	_, err := c.load.book.Capture(ctx, ledger.Capture{ID: ledger.NewID(), Hold: hold.ID, By: hold.By})
	return err
}
