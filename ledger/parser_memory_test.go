package ledger_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// TestAParserKeepsNoDocuments is not parallel: it looks at the whole heap.
func TestAParserKeepsNoDocuments(t *testing.T) {
	var parser ledger.Parser
	var record ledger.Record
	heap := func() int64 {
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		return int64(stats.HeapAlloc)
	}
	before := heap()
	for i := range 400 {
		long := strings.Repeat("x", 60_000)
		r := ledger.Record{
			Book: 1, Seq: 1, ID: ledger.NewID(), Kind: "sale", Date: firstDay, At: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC),
			Document: fmt.Appendf(nil, `{"%d":"%d%s"}`, i, i, long), By: fmt.Sprint(i, long),
		}
		require.NoError(t, parser.Parse(r.Canonical(), &record))
		require.Equal(t, r.Document, record.Document)
		require.Equal(t, r.By, record.By)
	}
	require.Less(t, heap()-before, int64(2<<20), "48 MB were read")
	runtime.KeepAlive(&parser)
}
