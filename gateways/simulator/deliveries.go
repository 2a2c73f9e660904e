package simulator

import (
	"context"
	"sync"
)

// deliveries counts what is under way, so that one can wait for none.
type deliveries struct {
	mu      sync.Mutex
	pending int
	idle    chan struct{} // closed when pending falls to zero
	refused bool
}

// begin counts one more, unless the server has closed.
func (d *deliveries) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refused {
		return false
	}
	if d.pending == 0 {
		d.idle = make(chan struct{})
	}
	d.pending++
	return true
}

func (d *deliveries) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.pending--; d.pending == 0 {
		close(d.idle)
	}
}

// refuse makes begin fail from now on.
func (d *deliveries) refuse() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refused = true
}

// wait returns when nothing is pending, or with the context's error.
func (d *deliveries) wait(ctx context.Context) error {
	d.mu.Lock()
	pending, idle := d.pending, d.idle
	d.mu.Unlock()
	if pending == 0 {
		return nil
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
