package faults

import (
	"context"
	"errors"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

const (
	// consumer is the name of all who follow the journal of a round: they
	// contend for its cursor.
	consumer = "faults"
	// catchUpMax is how many records one of them is shown at once.
	catchUpMax = 20
)

// desk is what a server answers requests with.
type desk struct {
	store   ledger.Store
	book    *ledger.Book
	sealer  *seal.Sealer   // nil if the store keeps no seals
	cursors ledger.Cursors // nil if it keeps none
}

var (
	errNoSeals   = errors.New("the store keeps no seals")
	errNoCursors = errors.New("the store keeps no cursors")
)

func newDesk(ctx context.Context, store ledger.Store, id ledger.BookID, keys *seal.Keys, options *ledger.Options) (*desk, error) {
	book, err := ledger.Open(ctx, store, id, options)
	if err != nil {
		return nil, err
	}
	d := &desk{store: store, book: book}
	d.cursors, _ = store.(ledger.Cursors)
	if keeper, ok := store.(seal.Store); ok {
		d.sealer, err = seal.NewSealer(keeper, id, keys)
	}
	return d, err
}

func (d *desk) answer(ctx context.Context, q *request) answer {
	switch q.Do {
	case doRead:
		account, err := d.book.Account(ctx, q.Wallet)
		a := newAnswer(err)
		a.Balance = account.Debits - account.Credits
		return a
	case doExpire:
		count, err := d.book.ExpireHolds(ctx)
		a := newAnswer(err)
		a.Count = count
		return a
	case doSeal:
		if d.sealer == nil {
			return newAnswer(errNoSeals)
		}
		checkpoint, err := d.sealer.Seal(ctx)
		a := newAnswer(err)
		a.Seq, a.Note = checkpoint.Size, checkpoint.Note
		return a
	case doCatchUp:
		return d.catchUp(ctx)
	case doMove:
		if d.cursors == nil {
			return newAnswer(errNoCursors)
		}
		err := d.cursors.MoveCursor(ctx, d.book.ID(), consumer, q.From, q.To)
		a := newAnswer(err)
		if errors.Is(err, ledger.ErrConflict) {
			a.Outcome = refused // nothing is moved: see ledger.Cursors
		}
		return a
	}
	return q.post(ctx, d.book)
}

// catchUp reads where the consumer is and what comes next.
func (d *desk) catchUp(ctx context.Context) answer {
	if d.cursors == nil {
		return newAnswer(errNoCursors)
	}
	seq, err := d.cursors.Cursor(ctx, d.book.ID(), consumer)
	if err != nil {
		return newAnswer(err)
	}
	a := answer{Outcome: acknowledged, Seq: seq}
	for record, err := range d.store.Records(ctx, d.book.ID(), ledger.RecordQuery{After: seq, Limit: catchUpMax}) {
		if err != nil {
			return newAnswer(err)
		}
		a.Records = append(a.Records, record.Body)
	}
	return a
}
