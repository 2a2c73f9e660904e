package faults

import (
	"context"
	"errors"

	"github.com/campusledger/campusledger/ledger"
)

// HeldBook is the fault of another program that holds the book, in a store of its
// own, for longer than the others wait.
func HeldBook(open Open) Fault {
	return Fault{Name: "lock timeouts", Strike: func(ctx context.Context, load *Load) error {
		store, end, err := open(ctx)
		if err != nil {
			return err
		}
		for range 2 {
			if err == nil {
				err = load.Moment(ctx, 1, 30)
			}
			if err == nil {
				err = holdUp(ctx, store, load)
			}
		}
		return errors.Join(err, end())
	}}
}

func holdUp(ctx context.Context, store ledger.Store, load *Load) error {
	for {
		locked, err := store.Lock(ctx, load.Book(), ledger.Need{})
		switch {
		case errors.Is(err, ledger.ErrConflict): // the clients were faster
		case err != nil:
			return err
		default:
			return errors.Join(load.Unanswered(ctx, 4), locked.Rollback(ctx))
		}
	}
}

// LongView is the fault of a reader who reads one moment all the while, in a store
// of its own, so that the database cannot tidy up.
func LongView(open Open) Fault {
	return Fault{Name: "a view left open", Strike: func(ctx context.Context, load *Load) error {
		store, end, err := open(ctx)
		if err != nil {
			return err
		}
		view, err := store.View(ctx)
		if err != nil {
			return errors.Join(err, end())
		}
		before, err := view.Head(ctx, load.Book())
		err = errors.Join(err, load.Acknowledged(ctx, 200))
		after, headErr := view.Head(ctx, load.Book())
		if headErr == nil && after.Seq != before.Seq {
			headErr = errors.New("the view has moved")
		}
		return errors.Join(err, headErr, view.Close(), end())
	}}
}
