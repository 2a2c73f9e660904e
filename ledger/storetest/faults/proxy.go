package faults

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// Cut says where a [Proxy] cuts a connection.
type Cut int

// The places to cut. All are ambiguous for the client that wrote.
const (
	// BeforeCommit drops what ends the transaction.
	BeforeCommit Cut = iota
	// WithinCommit lets the first half of it through.
	WithinCommit
	// AfterCommit lets it through, waits until the database has ended the
	// transaction, and drops the answer.
	AfterCommit
	// AnyAnswer lets whatever a client sends next through, be it a commit, a
	// statement that is a transaction by itself, or a read; waits until the
	// database has done it, and drops the answer.
	AnyAnswer
)

// State is what a database does on a connection, as the end of what it has sent
// tells.
type State int

// The states of a connection.
const (
	Working     State = iota // it has more to send
	Transaction              // it waits for the client's next message, with a transaction open
	Idle                     // it waits, without one
)

// Proxy stands between clients and a database on a port of the loopback
// interface, and makes the network fail. Its methods may be called at any time.
type Proxy struct {
	dial     func(ctx context.Context) (net.Conn, error)
	state    func(tail []byte) State
	listener net.Listener
	links    sync.WaitGroup

	mu     sync.Mutex // guards what follows
	closed bool
	open   map[*link]struct{}
	cuts   int // still to do
	where  Cut
	done   chan struct{} // closed once there are no cuts to do
	delay  time.Duration
}

// tailMax is how much of the end of an answer a Proxy looks at.
const tailMax = 16

// NewProxy listens on a port and connects each client with the database. dial
// connects to the database. state reads the last bytes, up to 16, that the
// database has sent on a connection, such as [PostgresState]. Whatever a client
// sends to a database with a transaction open is taken to end it: a driver that
// prepares statements then may be cut there, before the commit.
func NewProxy(dial func(ctx context.Context) (net.Conn, error), state func(tail []byte) State) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	done := make(chan struct{})
	close(done)
	p := &Proxy{dial: dial, state: state, listener: listener, open: make(map[*link]struct{}), done: done}
	p.links.Go(p.accept)
	return p, nil
}

// PostgresState reads the message ReadyForQuery, the last of every answer of
// PostgreSQL (its manual, "Message Formats"). A store that sends all its writes
// together with the commit has a transaction open only before that.
func PostgresState(tail []byte) State {
	const ready = "Z\x00\x00\x00\x05"
	at := len(tail) - len(ready) - 1
	switch {
	case at < 0 || string(tail[at:at+len(ready)]) != ready:
		return Working
	case tail[at+len(ready)] == 'I':
		return Idle
	}
	return Transaction
}

// Addr returns the address on which clients are served, such as "127.0.0.1:4711".
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Cut cuts the connections of the next transactions that end, so many of them, or
// of whatever is asked next for AnyAnswer, in place of what was to be cut before.
// It waits until that is done or the context ends; what is left is then cut all
// the same.
func (p *Proxy) Cut(ctx context.Context, where Cut, count int) error {
	p.mu.Lock()
	p.where, p.cuts, p.done = where, count, make(chan struct{})
	done := p.done
	if count == 0 {
		close(done)
	}
	p.mu.Unlock()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// CutAll cuts all connections where they are.
func (p *Proxy) CutAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.open {
		l.close()
	}
}

// Slow delays whatever is sent from now on, in both directions, by so much; zero
// for no more.
func (p *Proxy) Slow(delay time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.delay = delay
}

// Close cuts all connections and returns once the proxy has ended.
func (p *Proxy) Close() error {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	err := p.listener.Close()
	p.CutAll()
	p.links.Wait()
	return err
}

func (p *Proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			p.links.Go(func() { p.serve(client) })
		}
	}
}

func (p *Proxy) serve(client net.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	database, err := p.dial(ctx)
	cancel()
	if err != nil {
		_ = client.Close()
		return
	}
	l := &link{proxy: p, client: client, database: database}
	p.mu.Lock()
	p.open[l] = struct{}{}
	if p.closed {
		l.close()
	}
	p.mu.Unlock()
	p.links.Go(l.answers)
	l.requests()
	p.mu.Lock()
	delete(p.open, l)
	p.mu.Unlock()
}

// takeCut reports whether a connection is to be cut now that its client sends
// something, and where.
func (p *Proxy) takeCut(state State) (Cut, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cuts == 0 || state == Working || state == Idle && p.where != AnyAnswer {
		return 0, false
	}
	if p.cuts--; p.cuts == 0 {
		close(p.done)
	}
	return p.where, true
}

func (p *Proxy) latency() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.delay
}
