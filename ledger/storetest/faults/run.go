package faults

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"sync"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// Run lets the fault strike round after round and reports what it found. An
// error means that a round could not be run to its end; the report is then of
// those before. Nil options are the defaults.
func Run(ctx context.Context, subject Subject, fault Fault, options *Options) (Report, error) {
	resolved := options.withDefaults()
	report := Report{Fault: fault.Name}
	began := time.Now()
	for number := range resolved.Rounds {
		r := &round{
			number: number, subject: &subject, fault: &fault, options: resolved, book: ledger.BookID(1 + rand.Int64N(1<<52)),
		}
		if err := r.run(ctx); err != nil {
			return report, fmt.Errorf("%s, round %d: %w", fault.Name, number, err)
		}
		report.add(r)
		report.Took = time.Since(began)
	}
	return report, nil
}

// round is one strike and what comes of it.
type round struct {
	number   int
	subject  *Subject
	fault    *Fault
	options  Options
	book     ledger.BookID
	start    time.Time
	keys     *seal.Keys
	seals    bool // the store keeps seals
	follows  bool // the store keeps cursors
	opened   []ledger.Record
	server   server
	targets  targets
	load     *Load
	calls    []*call
	findings []Finding
	settled  time.Time // by the clock of the books, before holds were expired for the last time
	stuck    bool      // the database gives no answer any more
}

func (r *round) now() time.Duration { return time.Since(r.start) }

// clock is the time of the books.
func (r *round) clock() time.Time {
	if r.fault.Now != nil {
		return r.fault.Now()
	}
	return time.Now()
}

// expiry is when a hold ends: for the half of them within the round.
func (r *round) expiry(source *rand.Rand) time.Time {
	at := r.start.Add(time.Hour)
	if source.IntN(2) == 0 {
		at = r.clock().Add(time.Duration(1+source.IntN(50)) * time.Millisecond)
	}
	return at.Truncate(time.Microsecond)
}

func (r *round) find(format string, args ...any) {
	r.findings = append(r.findings, Finding{Round: r.number, Book: r.book, Sentence: fmt.Sprintf(format, args...)})
}

func (r *round) bookOptions() *ledger.Options {
	return &ledger.Options{Now: r.fault.Now, CommitTimeout: r.options.CommitTimeout}
}

func (r *round) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // also of a server process that does not end
	store, end, err := r.subject.Open(ctx)
	if err != nil {
		return fmt.Errorf("open the store: %w", err)
	}
	r.start = time.Now()
	_, r.seals = store.(ledger.Seals)
	_, r.follows = store.(ledger.Cursors)
	if r.keys, err = seal.GenerateKeys(fmt.Sprintf("faults.example/books/%d", r.book), r.start); err == nil {
		r.opened, err = openBook(ctx, store, r.book, &ledger.Options{Now: r.fault.Now}) // before anything is amiss
	}
	if err == nil {
		err = r.serve(ctx, store, end)
	}
	if err != nil {
		return errors.Join(err, end())
	}
	if err := r.strike(ctx); err != nil {
		return err
	}
	if store, end, err = r.subject.Open(ctx); err != nil {
		return fmt.Errorf("open the store again: %w", err)
	}
	err = r.check(ctx, store)
	return errors.Join(err, end())
}

// serve starts what the clients send to. Another process has the database for
// itself.
func (r *round) serve(ctx context.Context, store ledger.Store, end func() error) error {
	if r.fault.Server == nil {
		server, err := newLocal(ctx, store, r.book, r.keys, r.bookOptions())
		if err != nil {
			return err
		}
		server.close = end
		r.server = server
		return nil
	}
	if err := end(); err != nil {
		return err
	}
	command := func() *exec.Cmd { return r.fault.Server(ctx) } // the life of a process is the round's
	p := &process{command: command, book: r.book, keys: r.keys, commit: r.options.CommitTimeout}
	r.server = p
	return p.start()
}

// strike lets clients post until the fault is over and was survived.
func (r *round) strike(ctx context.Context) error {
	source := rand.New(rand.NewPCG(r.options.Seed, uint64(r.number)))
	r.load = &Load{
		round: r.number, book: r.book, rand: source, kill: r.server.kill, doing: r.doing(),
		begun: make(map[verb]int), changed: make(chan struct{}),
	}
	over := make(chan struct{})
	var clients sync.WaitGroup
	all := make([]*client, r.options.Clients)
	for i := range all {
		all[i] = &client{number: i, round: r, rand: rand.New(rand.NewPCG(r.options.Seed+uint64(i)+1, uint64(r.number)))}
		clients.Go(func() { all[i].run(ctx, over) })
	}
	striking, cancel := context.WithTimeout(ctx, r.options.StrikeTimeout)
	defer cancel()
	err := r.fault.Strike(striking, r.load)
	if err == nil {
		r.survive(ctx)
	}
	close(over)
	clients.Wait()
	if err != nil {
		return errors.Join(err, r.server.end())
	}
	for _, c := range all {
		r.calls = append(r.calls, c.calls...)
		for _, sentence := range c.strange {
			r.find("%s", sentence)
		}
	}
	return r.end(ctx)
}

// doing is what a fault may strike.
func (r *round) doing() []verb {
	list := []verb{doPay, doExpire}
	if r.seals {
		list = append(list, doSeal)
	}
	if r.follows {
		list = append(list, doMove)
	}
	return list
}

// survive waits until the database has served again for a while.
func (r *round) survive(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, r.options.Recovery)
	defer cancel()
	if err := r.load.Acknowledged(ctx, r.options.After); err != nil {
		r.find("the database did not serve again within %s: %v", r.options.Recovery, err)
	}
}

// end stops the server, which waits for what it has begun.
func (r *round) end(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() { ended <- r.server.end() }()
	ctx, cancel := context.WithTimeout(ctx, r.options.Recovery)
	defer cancel()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		r.find("the store did not close within %s: a connection or a lock is still held", r.options.Recovery)
		r.server.abandon()
		return nil
	}
}
