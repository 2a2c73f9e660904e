package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

const (
	// briskCalls is how many calls a client makes without much of a pause. A
	// fault may take seconds, and a round is to stay small.
	briskCalls = 150
	triesMax   = 3
)

// call is a request and what its client was told, from the first time it asked to
// the last.
type call struct {
	request
	answer
	client       int
	began, ended time.Duration // since the round began
	// doubted is set once an answer was unknown: what is told later of it,
	// unless it is acknowledged, may be about another try.
	doubted bool
	told    outcome // by the time the round was over
	found   bool    // and its record was in the journal by then
}

// take keeps an answer. That nothing was written by this try says nothing of one
// before whose outcome is unknown.
func (c *call) take(a *answer) {
	if a.Outcome == unwritten && c.doubted {
		return
	}
	c.answer = *a
	c.doubted = c.doubted || a.Outcome == unknown
}

// targets are acknowledged payments and holds that later requests are about.
type targets struct {
	mu              sync.Mutex
	payments, holds []*request
}

func (t *targets) add(q *request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch q.Do {
	case doPay:
		t.payments = append(t.payments, q)
	case doHold:
		t.holds = append(t.holds, q)
	}
}

// pick returns one of the list, or nil. One that is taken is nobody else's: the
// ledger chooses the id of what is done to it.
func (t *targets) pick(list *[]*request, r *rand.Rand, take bool) *request {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(*list) == 0 {
		return nil
	}
	i := r.IntN(len(*list))
	q := (*list)[i]
	if take {
		*list = slices.Delete(*list, i, i+1)
	}
	return q
}

// client asks for one thing after the other until the round is over.
type client struct {
	number  int
	round   *round
	rand    *rand.Rand
	calls   []*call
	strange []string // what it was told and cannot be
	move    *request // of the cursor, past what it was shown
}

func (c *client) run(ctx context.Context, over <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-over:
			return
		default:
		}
		if again := c.again(); again != nil {
			c.repeat(ctx, again)
		} else {
			one := &call{request: c.next(), client: c.number}
			c.calls = append(c.calls, one)
			c.ask(ctx, one)
		}
		rest := time.Duration(c.rand.IntN(2000)) * time.Microsecond
		if n > briskCalls {
			rest += 50 * time.Millisecond
		}
		_ = pause(ctx, rest)
	}
}

// again returns, now and then, a call that was acknowledged.
func (c *client) again() *call {
	if len(c.calls) == 0 || c.rand.IntN(12) > 0 {
		return nil
	}
	one := c.calls[c.rand.IntN(len(c.calls))]
	if !one.Do.posts() || one.Outcome != acknowledged {
		return nil
	}
	return one
}

// repeat asks for what was acknowledged once more.
func (c *client) repeat(ctx context.Context, one *call) {
	a := c.send(ctx, &one.request)
	switch a.Outcome {
	case refused:
		c.find(one, "was acknowledged and, asked again, refused: %s", a.Message)
	case acknowledged:
		if !a.Replayed || !slices.EqualFunc(a.Records, one.Records, slices.Equal) {
			c.find(one, "was acknowledged and, asked again, got another answer: %s", a.Records)
		}
	}
}

// ask asks until there is an answer, or leaves it for later.
func (c *client) ask(ctx context.Context, one *call) {
	one.began = c.round.now()
	for try := 1; ; try++ {
		a := c.send(ctx, &one.request)
		if try == 1 && a.Replayed {
			c.find(one, "was answered as a replay though it was never asked for before")
		}
		one.take(&a)
		if !one.Do.posts() {
			break
		}
		answered := a.Outcome == acknowledged || a.Outcome == refused
		if answered || try == triesMax || c.rand.IntN(3) == 0 {
			break
		}
		_ = pause(ctx, time.Duration(5+c.rand.IntN(20*try))*time.Millisecond)
	}
	one.ended = c.round.now()
	if one.Outcome == acknowledged {
		c.round.targets.add(&one.request)
		if one.Do == doCatchUp && len(one.Records) > 0 {
			c.move = &request{Do: doMove, ID: ledger.NewID(), From: one.Seq, To: one.Seq + int64(len(one.Records))}
		}
	}
}

func (c *client) send(ctx context.Context, q *request) answer {
	ctx, cancel := context.WithTimeout(ctx, c.round.options.CallTimeout)
	defer cancel()
	c.round.load.begin(q.Do)
	a := c.round.server.send(ctx, c.number, q)
	if a.Outcome == refused && impossible[a.Code] || a.Code == "corrupt" {
		c.strange = append(c.strange, fmt.Sprintf("%s %s was answered %s: %s", q.Do, q.ID, a.Code, a.Message))
	}
	c.round.load.end(q.Do, &a)
	return a
}

func (c *client) find(one *call, format string, args ...any) {
	c.strange = append(c.strange, fmt.Sprintf("%s %s ", one.Do, one.ID)+fmt.Sprintf(format, args...))
}

// next draws a request, or moves the cursor past what was read.
func (c *client) next() request {
	if c.move != nil {
		q := *c.move
		c.move = nil
		return q
	}
	q := request{ID: ledger.NewID(), Wallet: wallet(1 + c.rand.IntN(wallets)), Minor: int64(1 + c.rand.IntN(99))}
	if n := c.rand.IntN(100); n < 76 {
		c.posting(&q, n)
	} else {
		c.attending(&q, n-76)
	}
	return q
}

// posting makes the request one that writes records with ids of the client's.
func (c *client) posting(q *request, n int) {
	t := &c.round.targets
	switch {
	case n < 18:
		q.Do = doTopUp
	case n < 42:
		q.Do = doPay
	case n < 47: // more than there ever is
		q.Do, q.Minor = doPay, 1_000_000_00
	case n < 55:
		q.Do, q.Wallet, q.Expires = doHold, wallet(heldFrom+c.rand.IntN(wallets-heldFrom+1)), c.round.expiry(c.rand)
	case n < 60:
		q.about(doCapture, t.pick(&t.holds, c.rand, false), q.ID)
	case n < 63:
		q.about(doRelease, t.pick(&t.holds, c.rand, true), uuid.Nil)
	case n < 68:
		q.about(doRefund, t.pick(&t.payments, c.rand, false), q.ID)
	case n < 71:
		q.about(doReverse, t.pick(&t.payments, c.rand, true), uuid.Nil)
	default:
		q.Do, q.Wallet, q.Beside, q.Of = doLinked, wallet(1), wallet(2+c.rand.IntN(wallets-1)), ledger.NewID()
	}
}

// attending makes the request one of those that others than tills make, or a
// reading.
func (c *client) attending(q *request, n int) {
	switch {
	case n < 3:
		q.Do = doExpire
	case n < 6 && c.round.seals:
		q.Do = doSeal
	case n < 12 && c.round.follows:
		q.Do = doCatchUp
	default:
		q.Do = doRead
		if c.rand.IntN(5) == 0 {
			q.Wallet = canteen
		}
	}
}

// about makes the request one about an earlier request, if there is one.
func (q *request) about(do verb, of *request, id uuid.UUID) {
	if of == nil {
		q.Do = doRead
		return
	}
	q.Do, q.ID, q.Of, q.Wallet = do, id, of.ID, of.Wallet
	q.Minor = min(q.Minor, of.Minor)
}
