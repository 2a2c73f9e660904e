package main

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// TestAnAcknowledgementIsDurable ends a real server while sixteen tills sell, in
// the moment in which one of them has its answer: by SIGTERM, by SIGINT, and by
// SIGKILL, which leaves it no time for anything. Whatever was acknowledged is in the
// journal, once. A server that was asked to stop finishes what it accepted: then
// nothing else is there either, so that no sale was posted and its answer cut off.
func TestAnAcknowledgementIsDurable(t *testing.T) {
	t.Parallel()
	for way, signal := range map[string]os.Signal{
		"stopped by SIGTERM": syscall.SIGTERM, "stopped by SIGINT": syscall.SIGINT, "killed by SIGKILL": syscall.SIGKILL,
	} {
		for name, place := range map[string][]string{
			"embedded":   {"--data", t.TempDir()},
			"PostgreSQL": {"--data", t.TempDir(), "--database", pgtest.URL(t)},
		} {
			t.Run(way+", "+name, func(t *testing.T) {
				t.Parallel()
				mode := []string{"--demo", "--demo-pupils", "24", "--demo-scans", "80"}
				for range 3 {
					endsWithAllAcknowledged(t, signal, place, mode)
					mode = []string{"--simulator"} // the same school again
				}
				code, out, errs := call(t, append([]string{"audit"}, place...)...)
				require.Equal(t, exitDone, code, "%s%s", out, errs)
			})
		}
	}
}

func endsWithAllAcknowledged(t *testing.T, signal os.Signal, place, mode []string) {
	t.Helper()
	const enough = 100
	server := startServer(t, slices.Concat(place, mode)...)
	before := salesInJournal(t, place)
	acknowledged, unanswered := server.sellUntilEnded(t, server.cards(t), enough, signal)
	err := server.command.Wait()
	if signal != syscall.SIGKILL {
		require.NoError(t, err, "a stop that was asked for is no failure")
	}
	require.GreaterOrEqual(t, len(acknowledged), enough)
	require.NotZero(t, unanswered, "tills sold until the server was gone")
	posted := map[uuid.UUID]int{}
	for _, id := range salesInJournal(t, place)[len(before):] {
		posted[id]++
	}
	for id := range acknowledged {
		require.Equal(t, 1, posted[id], "an acknowledged sale must be in the journal")
	}
	if signal != syscall.SIGKILL {
		cut := len(posted) - len(acknowledged)
		require.Zero(t, cut, "sales were posted and their answers cut off")
	}
}

// sellUntilEnded sells from sixteen tills, signals the server as soon as enough
// sales were acknowledged, and goes on until no answer comes.
func (s *server) sellUntilEnded(t *testing.T, codes []string, enough int, signal os.Signal) (acknowledged map[uuid.UUID]struct{}, unanswered int) {
	t.Helper()
	acknowledged = map[uuid.UUID]struct{}{}
	var mu sync.Mutex
	var once sync.Once
	var tills sync.WaitGroup
	for till := range 16 {
		tills.Go(func() {
			for n := 0; ; n++ {
				sold, err := s.call(httpapi.Cashier, http.MethodPost, "/v1/sales", uuid.NewString(), saleOf(codes[(till+16*n)%len(codes)]))
				if err != nil {
					mu.Lock()
					unanswered++
					mu.Unlock()
					return // ended
				}
				var sale struct{ ID uuid.UUID }
				if sold.status == http.StatusCreated && json.Unmarshal(sold.body, &sale) == nil {
					mu.Lock()
					acknowledged[sale.ID] = struct{}{}
					mu.Unlock()
				}
				mu.Lock()
				count := len(acknowledged)
				mu.Unlock()
				if count >= enough || n > 100*enough {
					once.Do(func() { _ = s.command.Process.Signal(signal) })
				}
			}
		})
	}
	tills.Wait()
	return acknowledged, unanswered
}

// salesInJournal returns the sales' ids in the order of the journal, read from the
// database itself.
func salesInJournal(t *testing.T, place []string) (ids []uuid.UUID) {
	t.Helper()
	where := school.Location{Dir: place[1]}
	if len(place) > 2 {
		where.Database = place[3]
	}
	store, closer, err := school.OpenLedger(t.Context(), where)
	require.NoError(t, err)
	defer func() { require.NoError(t, closer.Close()) }()
	for record, err := range store.Records(t.Context(), 1, ledger.RecordQuery{}) {
		require.NoError(t, err)
		parsed, err := ledger.ParseRecord(record.Body)
		require.NoError(t, err)
		if parsed.Kind == campus.KindSale {
			ids = append(ids, record.ID)
		}
	}
	return ids
}
