package billing_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

// BenchmarkAssess bills a school of 10,000 for one item.
func BenchmarkAssess(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkAssess(b, newSchool(b, domaintest.SQLite(b))) })
	b.Run("postgres", func(b *testing.B) { benchmarkAssess(b, newSchool(b, domaintest.Postgres(b))) })
}

func benchmarkAssess(b *testing.B, s *school) {
	refs, round := holders(10_000), 0
	for b.Loop() {
		round++
		sheet := fmt.Sprintf("%s学费%d,行政事业性收费,高一,1000.00,2026-09-20,否\n", heading, round)
		report, err := s.ImportItems(b.Context(), billing.ItemImport{Sheet: strings.NewReader(sheet)})
		require.NoError(b, err)
		done, err := s.Assess(b.Context(), billing.Assessment{Item: report.Items[0].ID, Holders: refs, By: "staff:7"})
		require.NoError(b, err)
		require.Equal(b, len(refs), done.Booked)
	}
	b.ReportMetric(float64(len(refs)*round)/b.Elapsed().Seconds(), "bills/s")
}
