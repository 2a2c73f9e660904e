package canteen

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

// Level is what a cashier sees of a balance: a colour, not a number, because
// the queue reads along.
type Level string

// The levels.
const (
	LevelGood  Level = "good"  // green: at least CounterOptions.LowBalance
	LevelLow   Level = "low"   // yellow: less than that
	LevelEmpty Level = "empty" // red: nothing, but nothing owed
	LevelOwing Level = "owing" // red: arrears
)

// View is what a terminal shows of the card before it.
type View struct {
	Holder string // such as "h102938"
	Name   string // masked, such as 张*三
	Grade  string
	Class  string
	Level  Level
	// Spendable is wallet and subsidies together; Owed is arrears. They are
	// for a screen that only the cashier sees.
	Spendable, Owed money.Amount
}

// Look shows whose card a scanned code is and how much it is good for. It
// refuses as [Counter.Sell] does and books nothing.
func (c *Counter) Look(ctx context.Context, code string) (View, error) {
	view, err := c.look(ctx, code)
	if err != nil {
		return View{}, fmt.Errorf("look at card: %w", err)
	}
	return view, nil
}

func (c *Counter) look(ctx context.Context, code string) (View, error) {
	payload, err := c.open(code)
	if err != nil {
		return View{}, err
	}
	holder, err := c.check(ctx, payload)
	if err != nil {
		return View{}, err
	}
	ref := holder.Ref()
	view := View{Holder: ref, Name: holder.Name, Grade: holder.Grade, Class: holder.Class}
	wallet, err := c.parts.Book.Balance(ctx, campus.Path(campus.FamilyWallet, ref))
	if err != nil {
		return View{}, ledgerRefusal(ref, err)
	}
	if view.Owed, err = c.parts.Book.Balance(ctx, campus.Path(campus.FamilyArrears, ref)); err != nil {
		return View{}, ledgerRefusal(ref, err)
	}
	_, subsidies, err := c.programmes(ctx, ref)
	if err != nil {
		return View{}, err
	}
	if view.Spendable, err = wallet.Add(subsidies); err != nil {
		return View{}, err
	}
	view.Level, err = c.level(view.Spendable, view.Owed)
	return view, err
}

func (c *Counter) level(spendable, owed money.Amount) (Level, error) {
	compared, err := spendable.Cmp(c.lowBalance)
	switch {
	case err != nil:
		return "", err
	case owed.Sign() > 0:
		return LevelOwing, nil
	case spendable.Sign() <= 0:
		return LevelEmpty, nil
	case compared < 0:
		return LevelLow, nil
	}
	return LevelGood, nil
}
