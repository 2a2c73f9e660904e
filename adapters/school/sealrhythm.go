package school

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/campusledger/campusledger/ledger/seal"
)

// rhythm is when a serving school seals between day closes.
type rhythm struct {
	every time.Duration // negative for never
	lock  sync.Mutex
	due   time.Time
}

// beat reports whether it is time, once for each time.
func (r *rhythm) beat(now time.Time) bool {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.every < 0 || now.Before(r.due) {
		return false
	}
	r.due = now.Add(r.every)
	return true
}

// sealNow seals what was posted since the latest checkpoint, if it is time. Of
// several servers on one database each has its own time, and what another has
// sealed is not sealed again.
func (s *School) sealNow(ctx context.Context) error {
	if !s.rhythm.beat(s.now()) {
		return nil
	}
	head, err := s.Book.Head(ctx)
	if err != nil {
		return err
	}
	latest, err := s.Checkpoint(ctx)
	if err != nil && !errors.Is(err, seal.ErrNotSealed) {
		return err
	}
	if latest.Size >= head.Seq {
		return nil
	}
	_, err = s.Seal(ctx)
	return err
}
