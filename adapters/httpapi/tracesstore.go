package httpapi

import (
	"context"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/campusledger/campusledger/ledger"
)

// Observe returns a store that does what the given one does and makes a span of
// each batch, with one below it for each of lock, commit and rollback. A store in
// a transaction of its caller is returned as it is.
//
// A book does not say who is in a batch. The batch's span is linked to the spans
// of those requests whose idempotency key made one of its ids: sales, payments of
// bills and repayments. They are linked to it in turn, say how long they waited for
// it, and have its outcome as an event. What a gateway's notification, a reversal, a
// card or a day close posts is in a batch's counts and has no link.
func (t *Traces) Observe(store ledger.Store) ledger.Store {
	if _, ok := store.(ledger.CallerStore); ok || t == nil {
		return store
	}
	traced := &tracedStore{Store: store, traces: t}
	if waiter, ok := store.(ledger.Waiter); ok {
		return &tracedWaiter{tracedStore: traced, Waiter: waiter}
	}
	return traced
}

type tracedStore struct {
	ledger.Store
	traces *Traces
}

type tracedWaiter struct {
	*tracedStore
	ledger.Waiter
}

// Lock begins a write transaction: see [ledger.Store].
func (s *tracedStore) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	b := s.traces.beginBatch(ctx, book, need)
	ctx, span := b.step(ctx, "ledger lock")
	locked, err := s.Store.Lock(ctx, book, need)
	finish(span, err)
	if err != nil {
		b.end(outcomeOf(err), err)
		return nil, err
	}
	return &tracedLocked{Locked: locked, batch: b}, nil
}

type tracedLocked struct {
	ledger.Locked
	batch *batch
}

// Write writes a part of a batch, which others may have joined: see [ledger.Locked].
func (l *tracedLocked) Write(ctx context.Context, part ledger.Changes) bool {
	written := l.Locked.Write(ctx, part)
	if written {
		l.batch.join(part.Records)
	}
	return written
}

// Commit writes a batch: see [ledger.Locked].
func (l *tracedLocked) Commit(ctx context.Context, changes ledger.Changes) error {
	l.batch.join(changes.Records)
	l.batch.span.SetAttributes(keyRecords.Int64(changes.Head.Seq - l.Snapshot().Head.Seq))
	ctx, span := l.batch.step(ctx, "ledger commit")
	err := l.Locked.Commit(ctx, changes)
	finish(span, err)
	l.batch.end(outcomeOf(err), err)
	return err
}

// Rollback ends a batch that wrote nothing: see [ledger.Locked].
func (l *tracedLocked) Rollback(ctx context.Context) error {
	ctx, span := l.batch.step(ctx, "ledger rollback")
	err := l.Locked.Rollback(ctx)
	finish(span, err)
	l.batch.end("rolled back", err)
	return err
}

// batch is one write transaction of a book.
type batch struct {
	traces  *Traces
	span    trace.Span
	posts   map[*tracedPost]struct{} // those of which it is known that they are in the batch
	longest time.Duration            // that one of them waited
}

func (t *Traces) beginBatch(ctx context.Context, book ledger.BookID, need ledger.Need) *batch {
	b := &batch{traces: t, posts: make(map[*tracedPost]struct{})}
	_, b.span = t.tracer.Start(ctx, "ledger batch", trace.WithAttributes(keyBook.Int64(int64(book)), keyAsked.Int(len(need.IDs))))
	b.link(need.IDs)
	return b
}

// join links those who joined the batch once it had begun, and have a record.
func (b *batch) join(records []ledger.StoredRecord) { b.link(idsOf(records)) }

// link links the batch and those requests that have one of the ids, each once.
func (b *batch) link(ids []uuid.UUID) {
	now := time.Now()
	for _, post := range b.traces.posts.of(ids) {
		if _, linked := b.posts[post]; linked {
			continue
		}
		b.posts[post] = struct{}{}
		waited := now.Sub(post.since)
		post.request.SetAttributes(keyWaited.Float64(waited.Seconds()))
		post.request.AddLink(trace.Link{SpanContext: b.span.SpanContext()})
		b.span.AddLink(trace.Link{SpanContext: post.request.SpanContext()})
		if waited > b.longest {
			b.longest = waited
			b.span.SetAttributes(keyWaited.Float64(waited.Seconds()))
		}
	}
}

// step begins a span below the batch's. The context is that of the call: it is
// the one that ends.
func (b *batch) step(ctx context.Context, name string) (context.Context, trace.Span) {
	return b.traces.tracer.Start(trace.ContextWithSpan(ctx, b.span), name)
}

func (b *batch) end(outcome string, err error) {
	b.span.SetAttributes(keyOutcome.String(outcome))
	finish(b.span, err)
	for post := range b.posts {
		post.request.AddEvent(outcome)
	}
}

// finish ends a span without the error's own words.
func finish(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, outcomeOf(err))
	}
	span.End()
}
