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
	doing []verb // what clients do in this round, other than to read
	turn  int    // of doing

	mu         sync.Mutex   // guards what follows
	begun      map[verb]int // calls
	answered   int          // postings acknowledged
	unanswered int          // postings without an answer
	last       string       // what the last of these was told
	changed    chan struct{}
}

// Round returns the number of the round, from 0.
func (l *Load) Round() int { return l.round }

// Book returns the book of the round.
func (l *Load) Book() ledger.BookID { return l.book }

// Between returns a number from least to most, another one each time.
func (l *Load) Between(least, most int) int { return least + l.rand.IntN(most-least+1) }

// Moment waits for a moment to strike: until between least and most more postings
// were acknowledged, and then for a client that begins to post, to seal, to move a
// cursor or to expire holds, each in its turn. It returns the context's error.
func (l *Load) Moment(ctx context.Context, least, most int) error {
	if err := l.Acknowledged(ctx, l.Between(least, most)); err != nil {
		return err
	}
	do := l.doing[(l.round+l.turn)%len(l.doing)]
	l.turn++
	return l.wait(ctx, fmt.Sprintf("client to %s", do), 1, func() int { return l.begun[do] })
}

// Acknowledged waits until so many more postings were acknowledged, or returns the
// context's error.
func (l *Load) Acknowledged(ctx context.Context, count int) error {
	return l.wait(ctx, "acknowledgements", count, func() int { return l.answered })
}

// Unanswered waits until so many more postings ended in an error that is no answer
// of the book's, or returns the context's error.
func (l *Load) Unanswered(ctx context.Context, count int) error {
	return l.wait(ctx, "postings without an answer", count, func() int { return l.unanswered })
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
			return fmt.Errorf("wait for %d %s: %w (the last posting without an answer was told: %s)", count, what, ctx.Err(), l.told())
		}
		l.mu.Lock()
	}
	l.mu.Unlock()
	return nil
}

func (l *Load) told() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// begin tells those who wait that a client asks for something.
func (l *Load) begin(do verb) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.begun[do]++
	l.change()
}

// end tells those who wait of an answer.
func (l *Load) end(do verb, a *answer) {
	if !do.posts() {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch a.Outcome {
	case acknowledged:
		l.answered++
	case unknown, unwritten:
		l.unanswered++
		l.last = a.Message
	}
	l.change()
}

func (l *Load) change() {
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
