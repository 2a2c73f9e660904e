package load

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Until says when a run ends, with the first of what is given, and how fast it
// may go.
type Until struct {
	// Count is how many units are done, rounded up to whole acts of the
	// workload. Default: no bound.
	Count int64
	// Duration is after how long no caller begins another act than its
	// first. Default: no bound.
	Duration time.Duration
	// Rate is how many acts begin in a second, at most. Default: no bound.
	Rate float64
}

// Run is what was measured.
type Run struct {
	Count int64 // units done
	Took  time.Duration
	// Latencies are those of single acts, ascending.
	Latencies []time.Duration
	// Batches are how many records each commit had, ascending.
	Batches []int
	// Mallocs and Allocated are what this process allocated: objects and
	// bytes.
	Mallocs, Allocated uint64
}

// PerSecond is the rate.
func (r *Run) PerSecond() float64 { return float64(r.Count) / r.Took.Seconds() }

// Quantile returns the latency that a share of the acts, such as 0.99, did not
// exceed.
func (r *Run) Quantile(share float64) time.Duration { return quantile(r.Latencies, share) }

// Batch returns the batch size that a share of the commits did not exceed, 0 if
// there were none.
func (r *Run) Batch(share float64) int { return quantile(r.Batches, share) }

func quantile[T any](ascending []T, share float64) T {
	var none T
	if len(ascending) == 0 {
		return none
	}
	n := int(share*float64(len(ascending))+0.999999) - 1
	return ascending[min(max(n, 0), len(ascending)-1)]
}

// Run lets so many callers act at once. A Load of a workload that writes is run
// once.
func (l *Load) Run(ctx context.Context, callers int, until Until) (Run, error) {
	if !l.workload.Reads && l.store.spent {
		return Run{}, fmt.Errorf("run %s: %w", l.workload.Name, errSpent)
	}
	l.store.spent = true
	l.store.take()
	run, err := l.atOnce(ctx, callers, until, l.workload.act)
	run.Batches = l.store.take()
	if err != nil {
		return Run{}, fmt.Errorf("run %s: %w", l.workload.Name, err)
	}
	return run, nil
}

var (
	errSpent   = errors.New("the load was run before")
	errNoBound = errors.New("neither count nor duration bound the run")
)

// atOnce lets the callers act until the end.
func (l *Load) atOnce(ctx context.Context, callers int, until Until, act func(context.Context, *caller) error) (Run, error) {
	if until.Count <= 0 && until.Duration <= 0 {
		return Run{}, errNoBound
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stretch := &stretch{acts: (until.Count + l.workload.weight - 1) / l.workload.weight, act: act}
	if until.Rate > 0 {
		stretch.apart = time.Duration(float64(time.Second) / until.Rate)
	}
	took := make([][]time.Duration, callers)
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	stretch.begin = time.Now()
	if until.Duration > 0 {
		stretch.end = stretch.begin.Add(until.Duration)
	}
	var group sync.WaitGroup
	for i := range callers {
		group.Go(func() {
			var err error
			if took[i], err = stretch.run(ctx, newCaller(l, i)); err != nil {
				cancel(err)
			}
		})
	}
	group.Wait()
	run := Run{Took: time.Since(stretch.begin)}
	runtime.ReadMemStats(&after)
	run.Mallocs, run.Allocated = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	run.Latencies = merge(took)
	run.Count = int64(len(run.Latencies)) * l.workload.weight
	if ctx.Err() != nil {
		return Run{}, context.Cause(ctx)
	}
	return run, nil
}

// stretch is the time in which callers act.
type stretch struct {
	begin, end time.Time     // end is zero for no bound
	acts       int64         // 0 for no bound
	apart      time.Duration // of the beginnings of two acts; 0 for no bound
	begun      atomic.Int64
	act        func(context.Context, *caller) error
}

func (s *stretch) run(ctx context.Context, c *caller) ([]time.Duration, error) {
	var took []time.Duration
	for begin := time.Now(); ctx.Err() == nil && (len(took) == 0 || s.end.IsZero() || begin.Before(s.end)); {
		if c.turn = s.begun.Add(1); s.acts > 0 && c.turn > s.acts {
			break
		}
		if s.apart > 0 {
			if begin = s.await(ctx, c.turn); begin.IsZero() {
				break
			}
		}
		if err := s.act(ctx, c); err != nil {
			return took, err
		}
		end := time.Now()
		took = append(took, end.Sub(begin))
		begin = end
	}
	return took, nil
}

// await returns when it is an act's turn to begin, with the time; with none if
// the stretch ends before.
func (s *stretch) await(ctx context.Context, turn int64) time.Time {
	due := s.begin.Add(time.Duration(turn-1) * s.apart)
	if !s.end.IsZero() && !due.Before(s.end) {
		return time.Time{}
	}
	timer := time.NewTimer(time.Until(due))
	defer timer.Stop()
	select {
	case <-timer.C:
		return time.Now()
	case <-ctx.Done():
		return time.Time{}
	}
}
