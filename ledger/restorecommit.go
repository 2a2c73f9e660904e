package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
)

// commit brings a batch into the book, all of it or nothing.
func (r *restoration) commit(ctx context.Context, batch []restored) error {
	if err := r.prepare(ctx, batch); err != nil {
		return err
	}
	if r.head.Seq == 0 {
		if err := r.begin(ctx, batch); err != nil {
			return err
		}
	}
	locked, err := r.book.store.Lock(ctx, r.book.id, r.need(batch))
	if err != nil {
		return err
	}
	changes, err := r.decide(locked.Snapshot(), batch)
	if err != nil {
		_ = locked.Rollback(ctx)
		return err
	}
	if err := locked.Commit(ctx, changes); err != nil {
		return err
	}
	r.head = changes.Head
	r.options.Progress(r.head)
	return nil
}

// begin creates the book. An import that is refused at once leaves no trace: its
// first batch is judged before, as an empty book has nothing to be read.
func (r *restoration) begin(ctx context.Context, batch []restored) error {
	if _, err := r.decide(Snapshot{Head: r.head}, batch); err != nil {
		return err
	}
	return r.book.store.Create(ctx, r.book.id)
}

func (r *restoration) need(batch []restored) Need {
	commands := make([]command, 0, len(batch))
	for i := range batch {
		if batch[i].failure == nil {
			commands = append(commands, batch[i].command)
		}
	}
	return needOf(commands)
}

// decide applies a batch and returns what it has to write.
func (r *restoration) decide(snapshot Snapshot, batch []restored) (Changes, error) {
	if !bytes.Equal(snapshot.Head.Tree, r.head.Tree) {
		return Changes{}, fmt.Errorf("%w: the book is at record %d, the import left it at %d", ErrConflict, snapshot.Head.Seq, r.head.Seq)
	}
	state, err := newState(snapshot, nil, 0)
	if err != nil {
		return Changes{}, err
	}
	for i := range batch {
		if err := state.restore(&batch[i]); err != nil {
			return Changes{}, err
		}
	}
	return state.changes(), nil
}

// restore applies what made a record. What comes out has to be the record.
func (s *state) restore(one *restored) error {
	if one.failure != nil {
		return one.failure
	}
	receipt, err := s.apply(one.command, one.record.At)
	if s.head.Seq != one.seq { // else it was journaled, perhaps as a refusal
		switch {
		case receipt.Replayed:
			err = fmt.Errorf("it repeats record %d", receipt.Record.Seq)
		case errors.Is(err, ErrCorrupt): // what the book has
			return err
		}
		return one.reject(err)
	}
	made := s.pending.Records[len(s.pending.Records)-1].Body
	if bytes.Equal(made, one.body) {
		return nil
	}
	failure := one.reject(errNotTheRules)
	failure.Key, failure.Found, failure.Want = differs(one.body, made)
	return failure
}

// checkPlace refuses a record that belongs elsewhere.
func (one *restored) checkPlace(book BookID) error {
	refuse := func(why error, key string, found, want int64) error {
		failure := one.reject(why)
		failure.Key, failure.Found, failure.Want = key, strconv.FormatInt(found, 10), strconv.FormatInt(want, 10)
		return failure
	}
	switch {
	case one.record.Book != book:
		return refuse(errOtherBook, "book", int64(one.record.Book), int64(book))
	case one.record.Seq != one.seq:
		return refuse(errOtherPlace, "seq", one.record.Seq, one.seq)
	}
	return nil
}
