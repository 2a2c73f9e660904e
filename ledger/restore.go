package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
)

// RestoreOptions tune [Restore]. The zero value of each field is its default.
type RestoreOptions struct {
	// BatchMax is how many records one commit may hold. Default: 5,000.
	BatchMax int
	// Progress, if given, is called with the head at which the import begins to
	// write, and after each commit with the head it led to. It is called in the
	// goroutine of Restore.
	Progress func(Head)
}

// batchBytesMax is how many bytes the records of one commit may have together,
// except for one that is longer itself.
const batchBytesMax = 16 << 20

func (o *RestoreOptions) withDefaults() (RestoreOptions, error) {
	var options RestoreOptions
	if o != nil {
		options = *o
	}
	if options.BatchMax < 0 {
		return options, &InvalidError{Field: "options", Problem: "a negative limit"}
	}
	if options.BatchMax == 0 {
		options.BatchMax = 5000
	}
	if options.Progress == nil {
		options.Progress = func(Head) {}
	}
	return options, nil
}

// Restore rebuilds a book from the canonical bytes of all its records, in the
// order of the journal and each without a line break, and returns its head. The
// book is then the same in every table that its journal speaks of, with the same
// root of its tree; seals and cursors are not in a journal. Nil options are the
// defaults. No more than two batches are in memory at once.
//
// The records are not trusted: each is turned back into the request that made
// it, which is applied by the rules at the record's time and has to make the same
// bytes again. So a restore that succeeds is also a proof that the rules were
// followed. It cannot know what was left out at the end, nor a journal that is
// consistent but another one: compare the root with a signed checkpoint.
//
// The book has no records yet or is the beginning of the import, and is then
// continued. So an import that was interrupted is done again from its first
// record. Every error is a [RestoreError], but for those of wrong arguments. It
// unwraps to
//   - [ErrRecordRejected] if a record is damaged, missing or out of order, of
//     another book, or not what the rules make of its request;
//   - [ErrBookExists] if the book has other records than the import, or more;
//     nothing was written;
//   - [ErrConflict] if someone else wrote to the book meanwhile;
//   - the error of the store, of the context or of records.
//
// What was committed before stays, in whole batches; in a transaction of the
// caller's ([CallerStore]) all is the caller's to commit. Nobody should write to
// the book before the import is complete. A slice that records yields is not looked
// at any more when the next is asked for.
func Restore(ctx context.Context, store Store, book BookID, records iter.Seq2[[]byte, error], options *RestoreOptions) (Head, error) {
	resolved, err := options.withDefaults()
	if err != nil {
		return Head{}, err
	}
	target, err := newBook(store, book, nil)
	if err != nil {
		return Head{}, err
	}
	r := &restoration{book: target, options: resolved}
	if err := r.run(ctx, records); err != nil {
		return Head{}, fmt.Errorf("restore book %d: %w", book, r.failure(err))
	}
	return r.head, nil
}

// restoration is an import under way. Only the parsing of the records happens in
// another goroutine.
type restoration struct {
	book    *Book
	options RestoreOptions
	head    Head        // as of the last commit
	next    *restoreRun // that is filled
	waiting *restoreRun // that is parsed while the next is filled
}

// failure returns the error as one that says how far the import came.
func (r *restoration) failure(err error) error {
	var failure *RestoreError
	if !errors.As(err, &failure) {
		failure = &RestoreError{Err: err}
	}
	failure.Committed = r.head.Seq
	return failure
}

func (r *restoration) run(ctx context.Context, records iter.Seq2[[]byte, error]) error {
	defer r.settle()
	known, err := r.known(ctx)
	if err != nil {
		return err
	}
	r.head = known.head
	seq := int64(0)
	for body, failure := range records {
		seq++
		if failure != nil && seq <= known.head.Seq {
			return &RestoreError{Seq: seq, Err: failure}
		}
		if seq <= known.head.Seq {
			if err := known.check(ctx, seq, body); err != nil {
				return err
			}
			continue
		}
		if seq == known.head.Seq+1 {
			r.options.Progress(r.head)
		}
		one := restored{seq: seq, body: bytes.Clone(body)}
		if failure != nil {
			one.failure = &RestoreError{Seq: seq, Err: failure}
		}
		if err := r.take(ctx, one); err != nil {
			return err
		}
		if failure != nil {
			break
		}
	}
	switch {
	case seq == 0:
		return fmt.Errorf("%w: there are none", ErrRecordRejected)
	case seq < known.head.Seq:
		return fmt.Errorf("%w: it has %d records, the import %d", ErrBookExists, known.head.Seq, seq)
	}
	if err := r.hand(ctx); err != nil {
		return err
	}
	return r.hand(ctx)
}

// take adds the next record to those that share a commit.
func (r *restoration) take(ctx context.Context, one restored) error {
	if r.next == nil {
		r.next = newRestoreRun(r.options.BatchMax)
	}
	r.next.add(one)
	if !r.next.full(r.options.BatchMax) {
		return nil
	}
	return r.hand(ctx)
}

// hand begins to parse the records taken, and meanwhile commits those before
// them.
func (r *restoration) hand(ctx context.Context) error {
	ready := r.waiting
	r.waiting, r.next = r.next, nil
	if r.waiting != nil {
		go r.waiting.parse()
	}
	if ready == nil {
		return nil
	}
	<-ready.parsed
	for batch := range ready.batches() {
		if err := r.commit(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// settle waits until nothing is parsed any more.
func (r *restoration) settle() {
	if r.waiting != nil {
		<-r.waiting.parsed
	}
}

// known returns what the book has already.
func (r *restoration) known(ctx context.Context) (*restoredBefore, error) {
	head, err := r.book.Head(ctx)
	if errors.Is(err, ErrBookUnknown) {
		head, err = Head{Book: r.book.id}, nil
	}
	return &restoredBefore{book: r.book, head: head, tree: NewTree()}, err
}
