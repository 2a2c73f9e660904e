package load

import (
	"context"
	"errors"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
)

// spoiled is how many wallets there are of each kind that cannot pay.
const spoiled = 50

func poor(i int) string    { return fmt.Sprintf("wallet/poor%02d", i) }
func frozen(i int) string  { return fmt.Sprintf("wallet/frozen%02d", i) }
func limited(i int) string { return fmt.Sprintf("wallet/limited%02d", i) }

// spoilWallets opens wallets that cannot pay, each for another reason.
func spoilWallets(ctx context.Context, l *Load) error {
	var specs []ledger.AccountSpec
	postings := []ledger.Posting{ledger.DebitRest(bank)}
	for i := range spoiled {
		capped := walletSpec(limited(i))
		capped.Limits = ledger.Limits{{Name: "guardian", Side: ledger.DebitSide, Per: ledger.PerDay, Max: fen(1)}}
		specs = append(specs, walletSpec(poor(i)), walletSpec(frozen(i)), capped)
		postings = append(postings, ledger.Credit(frozen(i), fen(purse)), ledger.Credit(limited(i), fen(purse)))
	}
	if _, err := l.book.OpenAccounts(ctx, ledger.Opening{ID: ledger.NewID(), Accounts: specs}); err != nil {
		return err
	}
	if _, err := l.book.Post(ctx, ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: postings}); err != nil {
		return err
	}
	for i := range spoiled {
		_, err := l.book.ChangeAccount(ctx, ledger.Change{
			ID: ledger.NewID(), By: "office", Why: "card lost", Account: frozen(i),
			Floor: fen(0), Ceiling: fen(purseMax), State: ledger.StateFrozen,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lastPaid is a caller's last payment, to be sent again.
type lastPaid struct {
	transaction ledger.Transaction
	seq         int64 // 0 for none
}

// payRefused pays as at lunch; three of ten do not go through.
func payRefused(ctx context.Context, c *caller) error {
	t := c.lunch()
	switch which := c.dice.IntN(20); {
	case which < 2:
		t.Postings[0].Account = poor(c.dice.IntN(spoiled))
		return c.refused(ctx, t, ledger.ErrInsufficient)
	case which < 3:
		t.Postings[0].Account = frozen(c.dice.IntN(spoiled))
		return c.refused(ctx, t, ledger.ErrAccountFrozen)
	case which < 4:
		t.Postings[0].Account = limited(c.dice.IntN(spoiled))
		return c.refused(ctx, t, ledger.ErrLimitExceeded)
	case which < 6 && c.last.seq > 0:
		return c.again(ctx)
	}
	receipt, err := c.load.book.Post(ctx, t)
	c.last = lastPaid{t, receipt.Record.Seq}
	return err
}

func (c *caller) refused(ctx context.Context, t ledger.Transaction, want error) error {
	err := c.post(ctx, t)
	switch {
	case errors.Is(err, want):
		return nil
	case err == nil:
		return fmt.Errorf("a payment of %s was not refused: %w", t.Postings[0].Account, errAnswer)
	}
	return err
}

// errAnswer stands for an answer that the workload does not expect.
var errAnswer = errors.New("unexpected answer")

func (c *caller) again(ctx context.Context) error {
	receipt, err := c.load.book.Post(ctx, c.last.transaction)
	if err == nil && (!receipt.Replayed || receipt.Record.Seq != c.last.seq) {
		err = fmt.Errorf("payment %s sent again: %w", c.last.transaction.ID, errAnswer)
	}
	return err
}
