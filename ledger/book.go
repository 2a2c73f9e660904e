package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Book posts to one book of a store and reads it. Its methods may be called by
// any number of goroutines; those of several processes meet in the store. A
// Book holds no resources of its own and needs no closing.
type Book struct {
	id      BookID
	store   Store
	reader  Reader // the store, or one moment of it
	options Options
	commit  committer
	signal  signal      // raised by each commit
	caller  *sync.Mutex // of a store in a caller's transaction; else nil
}

// Options tune a [Book]. The zero value of each field is its default.
type Options struct {
	// Now gives the time of journaling. Default: time.Now.
	Now func() time.Time
	// BatchMax is how many transactions one commit may hold. Default: 1,000.
	BatchMax int
	// QueueMax is how many transactions may wait before ErrBusy. Default:
	// 10,000.
	QueueMax int
	// KnownMax is how many accounts the book remembers from batch to batch, about
	// 500 bytes each and their metadata. They are read anew if another process has posted. Default:
	// 16,384; negative for none.
	KnownMax int
	// CommitTimeout bounds how long one batch may take at the store.
	// Default: 30 s.
	CommitTimeout time.Duration
	// PollInterval is how often a follower asks a store that cannot tell for
	// records of other processes. Default: 100 ms.
	PollInterval time.Duration
}

func (o *Options) withDefaults() (Options, error) {
	var options Options
	if o != nil {
		options = *o
	}
	if options.BatchMax < 0 || options.QueueMax < 0 || options.CommitTimeout < 0 || options.PollInterval < 0 {
		return options, &InvalidError{Field: "options", Problem: "a negative limit"}
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.BatchMax == 0 {
		options.BatchMax = 1000
	}
	if options.QueueMax == 0 {
		options.QueueMax = 10_000
	}
	if options.KnownMax == 0 {
		options.KnownMax = 16_384
	}
	if options.CommitTimeout == 0 {
		options.CommitTimeout = 30 * time.Second
	}
	if options.PollInterval == 0 {
		options.PollInterval = 100 * time.Millisecond
	}
	return options, nil
}

// Open opens a book that [Create] made. It fails with [ErrBookUnknown].
// Nil options are the defaults.
func Open(ctx context.Context, store Store, id BookID, options *Options) (*Book, error) {
	book, err := newBook(store, id, options)
	if err != nil {
		return nil, err
	}
	head, err := store.Head(ctx, id)
	if err == nil && head.Seq == 0 {
		err = ErrBookUnknown
	}
	if err != nil {
		return nil, fmt.Errorf("open book %d: %w", id, err)
	}
	return book, nil
}

// Create creates a book and opens it. Creating it again with the same
// particulars just opens it; with others it fails with [ErrBookExists]. Name and
// OpenDate are the particulars: give the first date, not today's, or use [Open]
// from the second day on.
func Create(ctx context.Context, store Store, id BookID, first Genesis, options *Options) (*Book, error) {
	book, err := newBook(store, id, options)
	if err != nil {
		return nil, err
	}
	command, err := newGenesis(first)
	if err != nil {
		return nil, fmt.Errorf("create book %d: %w", id, err)
	}
	if err := store.Create(ctx, id); err != nil {
		return nil, fmt.Errorf("create book %d: %w", id, err)
	}
	_, err = book.submitOne(ctx, newCall(command))
	if errors.Is(err, ErrIDReused) {
		err = fmt.Errorf("%w: %w", ErrBookExists, err)
	}
	if err != nil {
		return nil, fmt.Errorf("create book %d: %w", id, err)
	}
	return book, nil
}

func newBook(store Store, id BookID, options *Options) (*Book, error) {
	if id <= 0 {
		return nil, &InvalidError{Field: "book", Problem: fmt.Sprintf("%d is not a positive number", id)}
	}
	resolved, err := options.withDefaults()
	if err != nil {
		return nil, err
	}
	book := &Book{id: id, store: store, reader: store, options: resolved}
	if _, ok := store.(CallerStore); ok {
		book.caller = new(sync.Mutex)
	} else {
		book.commit.known.max = resolved.KnownMax
	}
	return book, nil
}

// ID returns the book's id.
func (b *Book) ID() BookID { return b.id }

// Post journals a transaction and returns once it is durable.
//
// Posting the same transaction again returns the first record, marked as
// replayed; another one with its id is [ErrIDReused]. Every other fault of the
// request is one of the conditions in errors.go and leaves no trace. If the
// context ends while the transaction waits, nothing was sent and the context's
// error is returned; if it ends later, or the connection breaks, the answer is
// [ErrOutcomeUnknown]: post it again to learn the outcome.
func (b *Book) Post(ctx context.Context, t Transaction) (Receipt, error) {
	receipt, err := b.write(ctx, t, false)
	if err != nil {
		return Receipt{}, fmt.Errorf("post %s: %w", t.ID, err)
	}
	return receipt, nil
}

// Reverse journals the opposite of an earlier record on the open date. The same
// reversal again is replayed; another reversal of the record is [ErrReversed].
// Bounds and states are those of now: money that was spent since cannot be
// taken back.
func (b *Book) Reverse(ctx context.Context, r Reversal) (Receipt, error) {
	receipt, err := b.write(ctx, r, false)
	if err != nil {
		return Receipt{}, fmt.Errorf("reverse %s: %w", r.Of, err)
	}
	return receipt, nil
}

// Refund journals the return of a part of an earlier record on the open date.
// Beyond what was posted to a line it is [ErrRefundExceeded], after a reversal
// [ErrReversed]. Bounds and states are those of now.
func (b *Book) Refund(ctx context.Context, r Refund) (Receipt, error) {
	receipt, err := b.write(ctx, r, false)
	if err != nil {
		return Receipt{}, fmt.Errorf("refund %s: %w", r.Of, err)
	}
	return receipt, nil
}

// Authorize journals a hold: what its postings would move is reserved until it
// is captured, released or expired. Bounds, limits and states are checked now,
// as for [Book.Post].
func (b *Book) Authorize(ctx context.Context, a Authorization) (Receipt, error) {
	receipt, err := b.write(ctx, a, false)
	if err != nil {
		return Receipt{}, fmt.Errorf("authorize %s: %w", a.ID, err)
	}
	return receipt, nil
}

// Capture posts a hold, or a part of it. A hold takes any number of partial
// captures, up to what it holds, and one final.
func (b *Book) Capture(ctx context.Context, c Capture) (Receipt, error) {
	receipt, err := b.write(ctx, c, false)
	if err != nil {
		return Receipt{}, fmt.Errorf("capture %s: %w", c.ID, err)
	}
	return receipt, nil
}

// Release frees what is left of a hold and ends it. The same release again is
// replayed.
func (b *Book) Release(ctx context.Context, r Release) (Receipt, error) {
	receipt, err := b.write(ctx, r, false)
	if err != nil {
		return Receipt{}, fmt.Errorf("release %s: %w", r.Hold, err)
	}
	return receipt, nil
}

// OpenAccounts opens all the accounts in one record, or none. Once the book has
// a chart, each must have a family in it, and what the account leaves out is
// the family's.
func (b *Book) OpenAccounts(ctx context.Context, o Opening) (Receipt, error) {
	receipt, err := b.write(ctx, o, false)
	if err != nil {
		return Receipt{}, fmt.Errorf("open accounts %s: %w", o.ID, err)
	}
	return receipt, nil
}

// ChangeAccount replaces an account's bounds, limits, metadata and state by a
// journaled record.
func (b *Book) ChangeAccount(ctx context.Context, c Change) (Receipt, error) {
	receipt, err := b.write(ctx, c, false)
	if err != nil {
		return Receipt{}, fmt.Errorf("change account %s: %w", c.Account, err)
	}
	return receipt, nil
}

// SetChart gives the book a chart of accounts by a journaled record.
func (b *Book) SetChart(ctx context.Context, c Chart) (Receipt, error) {
	receipt, err := b.write(ctx, c, false)
	if err != nil {
		return Receipt{}, fmt.Errorf("set chart %s: %w", c.ID, err)
	}
	return receipt, nil
}
