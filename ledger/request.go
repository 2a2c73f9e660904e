package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// Request is a write that [Book.PostAll], [Book.PostLinked] and [Book.Preview]
// take: a [Transaction], [Reversal], [Refund], [Authorization], [Capture],
// [Release], [Opening], [Change] or [Chart].
type Request interface {
	// command checks the request and reads the records it refers to.
	command(ctx context.Context, b *Book) (command, error)
}

func (t Transaction) command(context.Context, *Book) (command, error) {
	return commandOf(newPosting(t))
}

func (a Authorization) command(context.Context, *Book) (command, error) {
	return commandOf(newAuthorization(a))
}

func (o Opening) command(context.Context, *Book) (command, error) { return commandOf(newOpening(o)) }
func (c Change) command(context.Context, *Book) (command, error)  { return commandOf(newChange(c)) }
func (c Chart) command(context.Context, *Book) (command, error)   { return commandOf(newChart(c)) }

// commandOf keeps a nil pointer from becoming a command.
func commandOf[C command](c C, err error) (command, error) {
	if err != nil {
		return nil, err
	}
	return c, nil
}

func (r Reversal) command(ctx context.Context, b *Book) (command, error) {
	if err := checkReason(r.By, &r.Document); err != nil {
		return nil, err
	}
	original, err := b.undone(ctx, r.Of)
	if err != nil {
		return nil, err
	}
	return newReversal(r, original), nil
}

func (r Refund) command(ctx context.Context, b *Book) (command, error) {
	if err := checkRefund(&r); err != nil {
		return nil, err
	}
	original, err := b.undone(ctx, r.Of)
	if err != nil {
		return nil, err
	}
	return commandOf(newRefund(r, original))
}

// undone returns the record to be undone. One that does not exist has no Seq
// and is refused where the command is decided: its id may have been used.
func (b *Book) undone(ctx context.Context, id uuid.UUID) (Record, error) {
	record, err := b.Record(ctx, id)
	if errors.Is(err, ErrRecordUnknown) {
		return Record{ID: id}, nil
	}
	return record, err
}

// reserved returns the record that authorized a hold, without a Seq if there is
// none.
func (b *Book) reserved(ctx context.Context, hold uuid.UUID) (Record, error) {
	record, err := b.authorized(ctx, hold)
	if errors.Is(err, ErrHoldUnknown) {
		return Record{}, nil
	}
	return record, err
}

func (c Capture) command(ctx context.Context, b *Book) (command, error) {
	if err := checkCapture(&c); err != nil {
		return nil, err
	}
	authorized, err := b.reserved(ctx, c.Hold)
	if err != nil {
		return nil, err
	}
	return commandOf(newCapture(c, authorized))
}

func (r Release) command(ctx context.Context, b *Book) (command, error) {
	if err := checkRelease(&r); err != nil {
		return nil, err
	}
	authorized, err := b.reserved(ctx, r.Hold)
	if err != nil {
		return nil, err
	}
	return newRelease(r, authorized), nil
}

// prepare makes the request's command.
func (b *Book) prepare(ctx context.Context, request Request) (command, error) {
	if request == nil {
		return nil, &InvalidError{Field: "request", Problem: "is nil"}
	}
	return request.command(ctx, b)
}

// Answer answers one of several requests.
type Answer struct {
	Receipt Receipt // of what was written
	Err     error   // why nothing was; nil with a receipt
}

// PostAll writes independent requests, each as if it had been sent alone: one
// may be refused and the next accepted. They are journaled in their order, and
// share commits. The answers come in the order of the requests. If the context
// ends, what was not sent yet is answered with its error.
func (b *Book) PostAll(ctx context.Context, requests ...Request) []Answer {
	answers := make([]Answer, len(requests))
	size := min(b.options.BatchMax, b.options.QueueMax)
	for first := 0; first < len(requests); first += size {
		last := min(first+size, len(requests))
		b.postChunk(ctx, requests[first:last], answers[first:last])
	}
	return answers
}

// postChunk writes as many requests as a batch may have.
func (b *Book) postChunk(ctx context.Context, requests []Request, answers []Answer) {
	var calls []*call
	var places []int
	waiting := make(map[uuid.UUID]struct{}, len(requests))
	flush := func() {
		for i, err := range b.submit(ctx, calls...) {
			if answers[places[i]].Err = err; err == nil {
				answers[places[i]].Receipt = calls[i].receipts[0]
			}
		}
		calls, places = calls[:0], places[:0]
		clear(waiting)
	}
	for i, request := range requests {
		if r, ok := request.(referrer); ok {
			if _, pending := waiting[r.refersTo()]; pending {
				flush()
			}
		}
		c, err := b.prepare(ctx, request)
		if err != nil {
			answers[i].Err = err
			continue
		}
		calls, places = append(calls, newCall(c)), append(places, i)
		waiting[c.id()] = struct{}{}
	}
	flush()
}

// referrer is a request about an earlier record, which is read before it is
// sent.
type referrer interface{ refersTo() uuid.UUID }

func (r Reversal) refersTo() uuid.UUID { return r.Of }
func (r Refund) refersTo() uuid.UUID   { return r.Of }
func (c Capture) refersTo() uuid.UUID  { return c.Hold }
func (r Release) refersTo() uuid.UUID  { return r.Hold }

// PostLinked writes all requests in one commit, in their order, or none of
// them: then the error is a [LinkedError] that says which was refused and why.
// A later request finds what an earlier one did to accounts, but not the
// record of an earlier one: a hold cannot be captured, nor a transaction
// refunded, together with it. Sent again, all are replayed. At most 1,000.
//
// It is how a group of holds is captured or released at once.
func (b *Book) PostLinked(ctx context.Context, requests ...Request) ([]Receipt, error) {
	if len(requests) == 0 || len(requests) > requestsMax {
		return nil, &InvalidError{Field: "requests", Problem: fmt.Sprintf("%d of them, 1 to %d are allowed", len(requests), requestsMax)}
	}
	commands := make([]command, len(requests))
	for i, request := range requests {
		c, err := b.prepare(ctx, request)
		if err != nil {
			return nil, &LinkedError{Index: i, Err: err}
		}
		commands[i] = withoutMemory(c)
	}
	linked := newCall(commands...)
	linked.linked = true
	if err := b.submit(ctx, linked)[0]; err != nil {
		return nil, fmt.Errorf("post linked: %w", err)
	}
	return linked.receipts, nil
}

// withoutMemory returns the command without the wish to be remembered.
func withoutMemory(c command) command {
	switch c := c.(type) {
	case *posting:
		c.Remember = false
	case *authorization:
		c.Remember = false
	}
	return c
}

// Preview answers what posting the request would answer at this moment, and
// writes nothing. The record that it returns has the position and the time it
// would have had.
func (b *Book) Preview(ctx context.Context, request Request) (Receipt, error) {
	return b.write(ctx, request, true)
}

// write sends one request.
func (b *Book) write(ctx context.Context, request Request, dry bool) (Receipt, error) {
	c, err := b.prepare(ctx, request)
	if err != nil {
		return Receipt{}, err
	}
	one := newCall(c)
	one.dry = dry
	return b.submitOne(ctx, one)
}
