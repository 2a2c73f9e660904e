package faults

import (
	"context"

	"github.com/campusledger/campusledger/ledger"
)

// server is where clients send their requests. What it cannot send is unwritten.
type server interface {
	send(ctx context.Context, client int, q *request) answer
	// kill ends it as a crash does, and starts another one.
	kill() error
	// end stops it, once it has done what it has begun.
	end() error
	// abandon leaves one that does not end to itself, dead if it can be.
	abandon()
}

// local are two servers in this process, which share a store and contend for the
// book.
type local struct {
	books [2]*ledger.Book
	close func() error
}

func newLocal(ctx context.Context, store ledger.Store, id ledger.BookID, options *ledger.Options) (*local, error) {
	l := &local{close: func() error { return nil }}
	for i := range l.books {
		book, err := ledger.Open(ctx, store, id, options)
		if err != nil {
			return nil, err
		}
		l.books[i] = book
	}
	return l, nil
}

func (l *local) send(ctx context.Context, client int, q *request) answer {
	return q.send(ctx, l.books[client%len(l.books)])
}

func (l *local) kill() error { return errNoProcess }

func (l *local) end() error { return l.close() }

func (l *local) abandon() {}
