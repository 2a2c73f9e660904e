package school

import "golang.org/x/sync/errgroup"

// postersMax is how many goroutines post at once: the ledger commits together
// what waits together.
const postersMax = 256

// concurrently calls do for every item and returns the first error.
func concurrently[T any](items []T, do func(T) error) error {
	var group errgroup.Group
	group.SetLimit(postersMax)
	for _, item := range items {
		group.Go(func() error { return do(item) })
	}
	return group.Wait()
}
