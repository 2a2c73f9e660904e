package storetest

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// noon is when the clocks of the clauses begin.
var noon = time.Date(2026, time.September, 1, 4, 0, 0, 123_456_000, time.UTC)

// clock is a time that only moves when it is told to.
type clock struct{ since atomic.Int64 }

func (c *clock) now() time.Time          { return noon.Add(time.Duration(c.since.Load())) }
func (c *clock) advance(d time.Duration) { c.since.Add(int64(d)) }

// stopClock replaces the school's clock by one that stands still. It lies far
// enough ahead of the records that are there already.
func (s *school) stopClock(t testing.TB) *clock {
	t.Helper()
	c := &clock{}
	c.advance(max(0, s.head(t).At.Add(time.Hour).Sub(noon)).Truncate(time.Hour))
	s.book = s.openBookAt(t, c)
	return c
}

// openBookAt opens the school's book once more, with a clock.
func (s *school) openBookAt(t testing.TB, c *clock) *ledger.Book {
	t.Helper()
	book, err := ledger.Open(t.Context(), s.store, s.id, &ledger.Options{Now: c.now})
	require.NoError(t, err)
	return book
}
