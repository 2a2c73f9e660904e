package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// Options of a day. The zero value of each field is its default.
type Options struct {
	// Pupils is how many pupils the school has. Default: 500.
	Pupils int
	// Scans is how many sales are tried. Default: 1,300.
	Scans int
	// Seed decides everything that is chosen. Default: 0.
	Seed uint64
	// Progress is told how many of all steps are done; it may be called
	// concurrently. Default: nobody is.
	Progress func(stage string, done int)
}

// day is a day being played.
type day struct {
	school   *school.School
	gateway  *Gateway
	options  Options
	random   *rand.Rand
	stage    string
	pupils   []pupil
	holders  []identity.Number // by pupil
	codes    []string          // on the pupils' cards
	barcodes []string          // of the dishes

	mu      sync.Mutex // guards summary while a stage runs
	summary Summary
}

func (o Options) withDefaults() Options {
	if o.Pupils == 0 {
		o.Pupils = 500
	}
	if o.Scans == 0 {
		o.Scans = 1300
	}
	return o
}

// SchoolName is the name of the book that a day is played in.
const SchoolName = "示范学校"

var (
	// ErrRealSchool means that the book is not one of a demo: playing in it
	// would bill real pupils.
	ErrRealSchool = errors.New("demo: the data is a real school's; give the demo a data location of its own")
	// ErrOtherDemo means that a day of another size was played with this seed.
	ErrOtherDemo = errors.New("the data holds a demo of another size; give this one a data location or a seed of its own")
)

// callers is how many tills and guardians act at once.
const callers = 64

// Play plays the day on the school, which must have been opened with the
// gateway's client. It may be cut off anywhere and played again with the same
// options.
func Play(ctx context.Context, s *school.School, g *Gateway, options *Options) (Summary, error) {
	d := &day{school: s, gateway: g}
	if options != nil {
		d.options = *options
	}
	d.options = d.options.withDefaults()
	if d.options.Pupils < 1 || d.options.Scans < 0 {
		return Summary{}, errors.New("demo: pupils and scans must be positive")
	}
	d.random = rand.New(rand.NewPCG(d.options.Seed, 2026))
	head, err := s.Book.Head(ctx)
	if err != nil {
		return Summary{}, err
	}
	if head.Name != SchoolName {
		return Summary{}, ErrRealSchool
	}
	desk, err := s.Desk()
	if err != nil {
		return Summary{}, err
	}
	g.Deliver(desk)
	began := time.Now()
	for _, stage := range d.stages() {
		d.stage = stage.name
		start := time.Now()
		if err := stage.play(ctx); err != nil {
			return d.summary, fmt.Errorf("demo: %s: %w", stage.name, err)
		}
		d.summary.Stages = append(d.summary.Stages, StageTime{Name: stage.name, Took: time.Since(start)})
	}
	d.summary.Took = time.Since(began)
	return d.summary, nil
}

// each calls do for 0 to n-1, several at a time, and stops at the first error.
func (d *day) each(n int, do func(i int) error) error {
	var group errgroup.Group
	group.SetLimit(callers)
	for i := range n {
		group.Go(func() error {
			defer d.progress(1)
			return do(i)
		})
	}
	return group.Wait()
}

func (d *day) progress(n int) {
	if d.options.Progress != nil {
		d.options.Progress(d.stage, n)
	}
}

// key is an idempotency key that stays the same when the day is played again.
func (d *day) key(what string, i int) string {
	return fmt.Sprintf("demo-%d-%s-%d", d.options.Seed, what, i)
}
