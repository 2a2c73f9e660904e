package faults

import (
	"context"
	"os/exec"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

// Open opens a store on a database, and returns what closes it: closing waits for
// writes that are under way.
type Open func(ctx context.Context) (store ledger.Store, end func() error, err error)

// Opinion compares a book with what another program makes of it. Its error is a
// finding.
type Opinion func(ctx context.Context, store ledger.Store, book ledger.BookID) error

// Subject is the database under test.
type Subject struct {
	// Open is called in each round before its fault and again after it.
	Open Open
	// Agree is a second opinion, such as [Hledger]. Default: none.
	Agree Opinion
}

// Fault is something that a database can be made to suffer.
type Fault struct {
	// Name is for reports, such as "full disk".
	Name string
	// Strike inflicts the fault while clients post, and returns once the
	// database is to serve again. An error means that it could not.
	Strike func(ctx context.Context, load *Load) error
	// Server, if given, is the command of a process that calls [Serve]; a
	// round has the clients post to it instead of to a store of its own. It is
	// called anew for each start.
	Server func(ctx context.Context) *exec.Cmd
	// Now is the clock of the books, if it is not to be time.Now.
	Now func() time.Time
}

// Options tune [Run]. The zero value of each field is its default.
type Options struct {
	// Rounds is how often the fault strikes. Default: 1.
	Rounds int
	// Clients is how many post at once. Default: 8.
	Clients int
	// Seed makes the clients ask for the same things again; how their calls
	// meet is the machine's affair. Default: 1.
	Seed uint64
	// CallTimeout bounds how long a client waits for an answer. Default: 2 s.
	CallTimeout time.Duration
	// CommitTimeout is that of the books: see [ledger.Options]. Default: 1 s.
	CommitTimeout time.Duration
	// Recovery is how long the database may take to serve again after a
	// fault. Default: 30 s.
	Recovery time.Duration
	// StrikeTimeout bounds how long the fault of a round may take; Run fails if
	// it takes longer. Default: 2 min.
	StrikeTimeout time.Duration
	// After is how many acknowledgements a round waits for after the fault.
	// Default: 50.
	After int
}

func (o *Options) withDefaults() Options {
	var options Options
	if o != nil {
		options = *o
	}
	orDefault(&options.Rounds, 1)
	orDefault(&options.Clients, 8)
	orDefault(&options.Seed, 1)
	orDefault(&options.CallTimeout, 2*time.Second)
	orDefault(&options.CommitTimeout, time.Second)
	orDefault(&options.Recovery, 30*time.Second)
	orDefault(&options.StrikeTimeout, 2*time.Minute)
	orDefault(&options.After, 50)
	return options
}

func orDefault[T int | uint64 | time.Duration](value *T, standard T) {
	if *value <= 0 {
		*value = standard
	}
}
