package pgstore

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/campusledger/campusledger/ledger"
)

// channel is what notifying commits notify, with the number of the book.
const channel = "campusledger"

const (
	notify   = `select pg_notify($1, $2)`
	listen   = `listen ` + channel
	unlisten = `unlisten ` + channel
)

// waitMax is when Wait answers without having seen anything.
const waitMax = 10 * time.Second

// Wait returns nil once the book has a record after the position, after 10 s
// also without one, or the context's error. See Options.Notify and
// Options.PollInterval.
func (s *Store) Wait(ctx context.Context, book ledger.BookID, after int64) error {
	waiting, stop := context.WithTimeout(ctx, waitMax)
	defer stop()
	err := s.wait(waiting, book, after)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case waiting.Err() != nil:
		return nil
	}
	return err
}

func (s *Store) wait(ctx context.Context, book ledger.BookID, after int64) error {
	if come, err := s.hasAfter(ctx, book, after); come || err != nil {
		return err // without listening for it
	}
	var ring chan struct{}
	if s.options.Notify {
		ring = s.bell.join(book)
		defer s.bell.leave(ring)
	}
	poll := time.NewTicker(s.options.PollInterval)
	defer poll.Stop()
	for {
		select {
		case <-ring:
		case <-poll.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if come, err := s.hasAfter(ctx, book, after); come || err != nil {
			return err
		}
	}
}

func (s *Store) hasAfter(ctx context.Context, book ledger.BookID, after int64) (bool, error) {
	head, err := s.Head(ctx, book)
	return head.Seq > after, err
}

// bell wakes all who wait from one listening connection, which is held only
// while somebody waits. To be woken is to look again, no more: a notification
// may be missing, as may the connection.
type bell struct {
	db        DB
	mu        sync.Mutex
	waiting   map[chan struct{}]ledger.BookID
	listening *listening // nil for none
}

// listening is the life of a listening connection.
type listening struct {
	stop  context.CancelFunc
	done  chan struct{} // closed once the connection was given back
	begun bool
}

// join returns a channel that rings when the book has a new record, and once as
// soon as it would: what was committed before that must be looked for.
func (b *bell) join(book ledger.BookID) chan struct{} {
	ring := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting[ring] = book
	switch {
	case b.listening == nil:
		ctx, stop := context.WithCancel(context.Background())
		b.listening = &listening{stop: stop, done: make(chan struct{})}
		go b.listen(ctx, b.listening)
	case b.listening.begun:
		ring <- struct{}{}
	}
	return ring
}

// leave ends the listening if nobody waits any more, and returns once the
// connection was given back.
func (b *bell) leave(ring chan struct{}) {
	b.mu.Lock()
	delete(b.waiting, ring)
	current := b.listening
	last := len(b.waiting) == 0
	if last {
		b.listening = nil
	}
	b.mu.Unlock()
	if last && current != nil {
		current.stop()
		<-current.done
	}
}

// listen rings until it is stopped or the connection is lost. Then whoever
// joins next begins anew.
func (b *bell) listen(ctx context.Context, current *listening) {
	defer close(current.done)
	defer func() {
		current.stop()
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.listening == current {
			b.listening = nil
		}
	}()
	conn, err := b.db.Acquire(ctx)
	if err != nil {
		return
	}
	defer quieten(conn)
	// Stopped half-way, a connection would be closed instead of given back.
	begun, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoMax)
	defer cancel()
	if _, err := conn.Exec(begun, listen); err != nil {
		return
	}
	b.mu.Lock()
	current.begun = true
	b.ring("")
	b.mu.Unlock()
	for {
		notification, err := conn.Conn().WaitForNotification(ctx)
		if err != nil {
			return
		}
		payload := ""
		if notification != nil { // else a handler of the pool's owner has taken it
			payload = notification.Payload
		}
		b.mu.Lock()
		b.ring(payload)
		b.mu.Unlock()
	}
}

// ring wakes those who wait for a book, or all for none. The caller holds the
// mutex.
func (b *bell) ring(number string) {
	for ring, book := range b.waiting {
		if number != "" && number != strconv.FormatInt(int64(book), 10) {
			continue
		}
		select {
		case ring <- struct{}{}:
		default: // it will look again anyway
		}
	}
}

// quieten returns a listening connection to the pool as it came: nothing is
// notified to it any more and no notification is left on it.
func quieten(conn *pgxpool.Conn) {
	defer conn.Release()
	ctx, cancel := context.WithTimeout(context.Background(), undoMax)
	defer cancel()
	if _, err := conn.Exec(ctx, unlisten); err != nil {
		_ = conn.Conn().Close(ctx)
		return
	}
	cancel()
	for {
		if _, err := conn.Conn().WaitForNotification(ctx); err != nil {
			return
		}
	}
}
