package faults

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

// Load is what the clients of a round are doing, for a fault to strike in the
// midst of it. Its methods are for the goroutine of the strike.
type Load struct {
	round int
	book  ledger.BookID
	rand  *rand.Rand
	kill  func() error

	mu         sync.Mutex
	answered   int // calls acknowledged
	unanswered int // calls without an answer
	changed    chan struct{}
}

// Round returns the number of the round, from 0.
func (l *Load) Round() int { return l.round }

// Book returns the book of the round.
func (l *Load) Book() ledger.BookID { return l.book }

// Between returns a number from least to most, another one each time.
func (l *Load) Between(least, most int) int { return least + l.rand.IntN(most-least+1) }

// Acknowledged waits until so many more calls were acknowledged, or returns the
// context's error.
func (l *Load) Acknowledged(ctx context.Context, count int) error {
	return l.wait(ctx, "acknowledgements", count, func() int { return l.answered })
}

// Unanswered waits until so many more calls ended in an error that is no answer
// of the book's, or returns the context's error.
func (l *Load) Unanswered(ctx context.Context, count int) error {
	return l.wait(ctx, "calls without an answer", count, func() int { return l.unanswered })
}

// Pause waits for so long, or returns the context's error.
func (l *Load) Pause(ctx context.Context, d time.Duration) error { return pause(ctx, d) }

// KillServer kills the server process of the round (see Fault.Server) and starts
// it anew.
func (l *Load) KillServer() error { return l.kill() }

func (l *Load) wait(ctx context.Context, what string, count int, read func() int) error {
	l.mu.Lock()
	target := read() + count
	for read() < target {
		changed := l.changed
		l.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("wait for %d %s: %w", count, what, ctx.Err())
		}
		l.mu.Lock()
	}
	l.mu.Unlock()
	return nil
}

// count tells those who wait of an answer.
func (l *Load) count(o outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch o {
	case acknowledged:
		l.answered++
	case unknown, unwritten:
		l.unanswered++
	}
	close(l.changed)
	l.changed = make(chan struct{})
}

// pause waits for so long, or until the context ends.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
