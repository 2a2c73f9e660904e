package school

import (
	"context"
	"errors"
	"time"
)

// Tend does what a serving school needs now and then: it asks the gateway about
// payments that were started longer ago than patience and have not come, books
// bills that a crash left unbooked, frees what expired holds have reserved, signs
// checkpoints of day closes that have none, and reads what other processes changed
// in the menu. Every [Options.SealEvery] it also seals what was posted since the
// latest checkpoint, so that receipts are proven soon. It goes on past a failure and returns all of them.
func (s *School) Tend(ctx context.Context, patience time.Duration) error {
	var failures []error
	if s.desk != nil {
		_, err := s.desk.Sweep(ctx, patience)
		failures = append(failures, err)
	}
	_, billed := s.Billing.Resume(ctx)
	_, expired := s.Book.ExpireHolds(ctx)
	return errors.Join(append(failures, billed, expired, s.sealCloses(ctx), s.sealNow(ctx), s.Menu.Refresh(ctx))...)
}
