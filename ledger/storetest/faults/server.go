package faults

import (
	"context"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
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
	desks [2]*desk
	close func() error
}

func newLocal(ctx context.Context, store ledger.Store, id ledger.BookID, keys *seal.Keys, options *ledger.Options) (*local, error) {
	l := &local{close: func() error { return nil }}
	for i := range l.desks {
		d, err := newDesk(ctx, store, id, keys, options)
		if err != nil {
			return nil, err
		}
		l.desks[i] = d
	}
	return l, nil
}

func (l *local) send(ctx context.Context, client int, q *request) answer {
	return l.desks[client%len(l.desks)].answer(ctx, q)
}

func (l *local) kill() error { return errNoProcess }

func (l *local) end() error { return l.close() }

func (l *local) abandon() {}
