package faults

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"
)

// ClockJumps is the fault of a clock that jumps up to two hours back and forth,
// and for a while stands still. The holds of the round expire within an hour.
func ClockJumps() Fault {
	var offset atomic.Int64
	var stopped atomic.Pointer[time.Time]
	now := func() time.Time {
		if at := stopped.Load(); at != nil {
			return *at
		}
		return time.Now().Add(time.Duration(offset.Load()))
	}
	return Fault{Name: "clock jumps", Now: now, Strike: func(ctx context.Context, load *Load) error {
		for range 12 {
			if err := load.Moment(ctx, 3, 20); err != nil {
				return err
			}
			offset.Store(int64((rand.Float64()*4 - 2) * float64(time.Hour)))
			stopped.Store(nil)
			if load.Between(0, 3) == 0 {
				at := now()
				stopped.Store(&at)
			}
		}
		stopped.Store(nil)
		return nil
	}}
}
