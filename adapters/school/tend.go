package school

import (
	"context"
	"errors"
	"time"
)

// Tend does what a serving school needs now and then: it asks the gateway about
// payments that were started longer ago than patience and have not come, books
// bills that a crash left unbooked, and reads what other processes changed in
// the menu. It goes on past a failure and returns all of them.
func (s *School) Tend(ctx context.Context, patience time.Duration) error {
	var failures []error
	if s.desk != nil {
		_, err := s.desk.Sweep(ctx, patience)
		failures = append(failures, err)
	}
	_, err := s.Billing.Resume(ctx)
	return errors.Join(append(failures, err, s.Menu.Refresh(ctx))...)
}
