package books

import (
	"context"

	"github.com/campusledger/campusledger/ledger"
)

// viewer is the part of [ledger.Store] that reads at one moment.
type viewer interface {
	View(ctx context.Context) (ledger.View, error)
}

// atOneMoment calls read with a reader that sees one moment. A reader that is
// no store is one already.
func atOneMoment(ctx context.Context, reader ledger.Reader, read func(ledger.Reader) error) (err error) {
	store, ok := reader.(viewer)
	if !ok {
		return read(reader)
	}
	view, err := store.View(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := view.Close(); err == nil {
			err = closeErr
		}
	}()
	return read(view)
}
