package httpapi

import (
	"context"
	"time"

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

// Commit writes a batch: see [ledger.Locked].
func (l *tracedLocked) Commit(ctx context.Context, changes ledger.Changes) error {
	l.batch.span.SetAttributes(keyRecords.Int(len(changes.Records)))
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
	tracer trace.Tracer
	span   trace.Span
	posts  []*tracedPost
}

func (t *Traces) beginBatch(ctx context.Context, book ledger.BookID, need ledger.Need) *batch {
	b := &batch{tracer: t.tracer, posts: t.posts.of(need.IDs)}
	links := make([]trace.Link, len(b.posts))
	for i, post := range b.posts {
		links[i].SpanContext = post.request.SpanContext()
	}
	_, b.span = t.tracer.Start(ctx, "ledger batch", trace.WithLinks(links...),
		trace.WithAttributes(keyBook.Int64(int64(book)), keyAsked.Int(len(need.IDs))))
	begin, longest := time.Now(), time.Duration(0)
	for _, post := range b.posts {
		waited := begin.Sub(post.since)
		longest = max(longest, waited)
		post.request.SetAttributes(keyWaited.Float64(waited.Seconds()))
		post.request.AddLink(trace.Link{SpanContext: b.span.SpanContext()})
	}
	if len(b.posts) > 0 {
		b.span.SetAttributes(keyWaited.Float64(longest.Seconds()))
	}
	return b
}

// step begins a span below the batch's. The context is that of the call: it is
// the one that ends.
func (b *batch) step(ctx context.Context, name string) (context.Context, trace.Span) {
	return b.tracer.Start(trace.ContextWithSpan(ctx, b.span), name)
}

func (b *batch) end(outcome string, err error) {
	b.span.SetAttributes(keyOutcome.String(outcome))
	finish(b.span, err)
	for _, post := range b.posts {
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
