package sqlitestore

import "runtime"

// parts are written one after the other by a goroutine of their own, which ends
// with wait. The zero value is ready; it is used by one goroutine.
type parts struct {
	todo   chan func() error // nil without a goroutine
	done   chan error        // gets the first error once all are done
	failed error
}

// add takes a part, as soon as the one before is done.
func (p *parts) add(write func() error) {
	if p.todo != nil {
		p.todo <- write
		return
	}
	p.todo, p.done = make(chan func() error), make(chan error, 1)
	go doParts(write, p.todo, p.done, p.failed)
	runtime.Gosched() // to it: what it does takes longest
}

// doParts does nothing any more once one has failed.
func doParts(first func() error, todo <-chan func() error, done chan<- error, failed error) {
	if failed == nil {
		failed = first()
	}
	for write := range todo {
		if failed == nil {
			failed = write()
		}
	}
	done <- failed
}

// wait returns once all parts are done, with the first error there was.
func (p *parts) wait() error {
	if p.todo != nil {
		close(p.todo)
		p.todo, p.failed = nil, <-p.done
	}
	return p.failed
}
