package storetest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

const (
	// seedVariable replays the commands of an earlier run.
	seedVariable = "CAMPUSLEDGER_TEST_SEED"
	// commandsVariable is how many commands a book gets.
	commandsVariable = "CAMPUSLEDGER_TEST_COMMANDS"
	commandsDefault  = 1000 // more than 256 records, so that there are nodes
	// durationVariable is for how long books are filled, one after the other.
	durationVariable = "CAMPUSLEDGER_TEST_DURATION"
)

// Model sends random commands and queries to a book and to a naive model, and
// compares every answer. In the end it recomputes the whole book.
//
// The test's name tells the seed; CAMPUSLEDGER_TEST_SEED replays it, and
// CAMPUSLEDGER_TEST_COMMANDS asks for more commands than 1,000. With
// CAMPUSLEDGER_TEST_DURATION, such as 10m, book after book is filled, each in a
// store of its own and with a seed of its own, until the time is over.
func Model(t *testing.T, open Open) {
	t.Helper()
	commands := int(variable(t, commandsVariable, commandsDefault))
	var until time.Time
	if text := os.Getenv(durationVariable); text != "" {
		duration, err := time.ParseDuration(text)
		require.NoError(t, err, durationVariable)
		until = time.Now().Add(duration)
	}
	for again := true; again; again = time.Now().Before(until) {
		seed := variable(t, seedVariable, rand.Uint64()) //nolint:gosec // not a secret
		passed := t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			t.Logf("replay with %s=%d %s=%d", seedVariable, seed, commandsVariable, commands)
			tally := Program(t, open(t), rand.New(rand.NewPCG(seed, 0)), commands) //nolint:gosec // as above
			t.Logf("answers: %v", tally)
		})
		if !passed {
			return
		}
	}
}

func variable(t *testing.T, name string, fallback uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return fallback
	}
	value, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, name)
	return value
}

// Dice decide what a program does next. A rand.Rand is one.
type Dice interface {
	// IntN returns a number from 0 to n-1.
	IntN(n int) int
}

// Tally counts the answers to the commands and queries of a program: by the
// name of the request's type or of the method, then by the code, which is "" for
// success and "replayed" for a request that was answered with its first record.
type Tally map[string]map[string]int

// Done returns how often a command or query was carried out.
func (t Tally) Done(name string) int { return t[name][""] }

// Code returns how often a code was the answer.
func (t Tally) Code(code string) int {
	sum := 0
	for _, codes := range t {
		sum += codes[code]
	}
	return sum
}

// Add adds what another program met.
func (t Tally) Add(other Tally) {
	for name, codes := range other {
		for code, n := range codes {
			t.count(name, code, n)
		}
	}
}

func (t Tally) count(name, code string, n int) {
	if t[name] == nil {
		t[name] = make(map[string]int)
	}
	t[name][code] += n
}

// Program creates book 1 in a store, sends it as many commands as the dice
// decide, with queries in between, and compares every answer with a naive
// model's. In the end it recomputes the whole book.
func Program(tb testing.TB, store ledger.Store, dice Dice, commands int) Tally {
	tb.Helper()
	p := &program{Dice: dice, tb: tb, store: store, clock: noon, tally: make(Tally)}
	book, err := ledger.Create(tb.Context(), store, 1, ledger.Genesis{Name: "Model", OpenDate: firstDay},
		&ledger.Options{Now: func() time.Time { return p.clock }})
	require.NoError(tb, err)
	p.book, p.model = book, newNaive(firstDay, noon)
	for p.step = range commands {
		p.command()
		if p.one(3) {
			p.query()
		}
	}
	verify(tb, store, 1)
	return p.tally
}

// program is a program under way.
type program struct {
	Dice
	tb    testing.TB
	store ledger.Store
	book  *ledger.Book
	model *naive
	clock time.Time
	step  int
	past  []func()    // commands to be sent again
	ids   []uuid.UUID // that were asked for, whatever the answer
	holds []uuid.UUID // of which holds were asked for
	asked []any       // by the query under way
	tally Tally
}

// command sends one command.
func (p *program) command() {
	p.wait()
	switch n := p.IntN(100); {
	case n < 60 && p.few():
		p.again(p.opening())
	case n < 75:
		p.again(p.request())
	case n < 77:
		p.expireHolds()
	case n < 80:
		p.dayClose()
	case n < 81:
		p.reopening()
	case n < 85:
		p.postAll()
	case n < 89:
		p.postLinked()
	case len(p.past) > 0:
		p.past[p.IntN(len(p.past))]()
	}
}

// again sends a request and remembers to send it, or one much like it, again
// some time.
func (p *program) again(request ledger.Request) {
	p.past = append(p.past, func() {
		if p.one(2) {
			p.send(p.altered(request))
		} else {
			p.send(request)
		}
	})
	p.send(request)
}

// wait moves the clock, now and then back, or to the moment at which a hold ends.
func (p *program) wait() {
	switch p.IntN(16) {
	case 0, 1:
		p.clock = p.clock.Add(time.Minute)
	case 2:
		p.clock = p.clock.Add(-time.Second)
	case 3:
		if hold := p.model.authorized(p.openHold()); hold != nil && p.clock.Before(hold.request.(ledger.Authorization).Expires) {
			p.clock = hold.request.(ledger.Authorization).Expires.Add(-time.Duration(p.IntN(2)) * time.Microsecond)
		}
	default:
		p.clock = p.clock.Add(time.Duration(p.IntN(2000)) * time.Millisecond)
	}
	p.model.now = p.clock
}

// one is true once in n times.
func (p *program) one(n int) bool { return p.IntN(n) == 0 }

func pick[T any](d Dice, list ...T) T { return list[d.IntN(len(list))] }

// id is mostly new.
func (p *program) id() uuid.UUID {
	if len(p.ids) > 0 && p.one(25) {
		return p.oldID()
	}
	p.ids = append(p.ids, numbered(len(p.ids)))
	return p.ids[len(p.ids)-1]
}

// oldID is one that was asked for, often not long ago.
func (p *program) oldID() uuid.UUID { return p.recent(p.ids) }

func (p *program) recent(ids []uuid.UUID) uuid.UUID {
	switch {
	case len(ids) == 0 || p.one(50):
		return numbered(-1)
	case p.one(2):
		return ids[max(0, len(ids)-1-p.IntN(8))]
	}
	return ids[p.IntN(len(ids))]
}
