package storetest

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// listed is how many accounts a listing has, listedFew how many are read of it.
const (
	listed    = 20_000
	listedFew = 10
)

// Listing checks that a store yields accounts as it reads them: the first few of
// many, and a page of them, cost a small part of what all of them cost. It
// counts what the whole process allocates, so the test must not be parallel to
// others. [Memory] fails it.
func Listing(t *testing.T, open Open) {
	t.Helper()
	s := newSchool(t, open(t), 1)
	for first := 0; first < listed; first += 1000 {
		specs := make([]ledger.AccountSpec, 1000)
		for i := range specs {
			specs[i] = wallet(fmt.Sprintf("many/%06d", first+i))
		}
		s.openAccounts(t, specs...)
	}
	whole := allocated(func() { require.Equal(t, listed, s.list(t, listed)) })
	few := allocated(func() { require.Equal(t, listedFew, s.list(t, listedFew)) })
	page := allocated(func() {
		page, err := s.book.AccountPage(t.Context(), ledger.AccountFilter{Prefix: "many/"}, "", listedFew)
		require.NoError(t, err)
		require.Len(t, page.Accounts, listedFew)
	})
	t.Logf("%d accounts allocate %d kB, %d of them %d kB, a page of as many %d kB", listed, whole>>10, listedFew, few>>10, page>>10)
	require.Less(t, few, whole/10)
	require.Less(t, page, whole/10)
}

// list reads so many accounts and returns how many there were.
func (s *school) list(t *testing.T, limit int) (read int) {
	t.Helper()
	for _, err := range s.book.Accounts(t.Context(), "many/") {
		require.NoError(t, err)
		if read++; read == limit {
			break
		}
	}
	return read
}

// allocated returns how many bytes the process allocates meanwhile.
func allocated(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
