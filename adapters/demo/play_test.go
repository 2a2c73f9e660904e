package demo_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/adapters/demo"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/sql/pgtest"
)

func TestADayIsCleanAndCanBePlayedAgain(t *testing.T) {
	t.Parallel()
	t.Run("on the embedded database", func(t *testing.T) {
		t.Parallel()
		playTwice(t, school.Location{Dir: t.TempDir()})
	})
	t.Run("on PostgreSQL", func(t *testing.T) {
		t.Parallel()
		playTwice(t, school.Location{Dir: t.TempDir(), Database: pgtest.URL(t)})
	})
}

func TestTheDemoUsesTheSampleSchoolsLists(t *testing.T) {
	t.Parallel()
	for _, list := range []string{"dishes.csv", "fees.csv"} {
		sample, err := os.ReadFile(filepath.Join("..", "..", "examples", "school", list))
		require.NoError(t, err)
		ours, err := os.ReadFile(list)
		require.NoError(t, err)
		require.Equal(t, string(sample), string(ours), "%s is a copy, because nobody imports examples", list)
	}
}

func playTwice(t *testing.T, where school.Location) {
	t.Helper()
	first := play(t, where)
	require.Equal(t, 40, first.Pupils)
	require.Positive(t, first.Sales)
	require.Positive(t, first.Credits)
	require.Positive(t, first.Bills)
	require.Positive(t, first.Refused["insufficient"])
	again := play(t, where)
	require.Equal(t, first.Date, again.Date)
	require.GreaterOrEqual(t, again.Sales, first.Sales, "what was sold is answered again")
	require.LessOrEqual(t, again.Sales, 160)
}

// play plays a day in a process of its own, so to say: everything is opened and
// closed. The result must be clean for us and for hledger.
func play(t *testing.T, where school.Location) demo.Summary {
	t.Helper()
	gateway, err := demo.StartGateway(7)
	require.NoError(t, err)
	defer func() { require.NoError(t, gateway.Close(t.Context())) }()
	s, err := school.Open(t.Context(), where, &school.Options{Name: demo.SchoolName, Gateway: gateway.Client})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	summary, err := demo.Play(t.Context(), s, gateway, &demo.Options{Pupils: 40, Scans: 160, Seed: 7})
	require.NoError(t, err)

	report, err := audit.Run(t.Context(), s.Store(), s.Book.ID(), nil)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	var journal bytes.Buffer
	require.NoError(t, books.WriteHledger(t.Context(), &journal, s.Store(), s.Book.ID(), nil))
	checkWithHledger(t, &journal)
	return summary
}

func checkWithHledger(t *testing.T, journal *bytes.Buffer) {
	t.Helper()
	if _, err := exec.LookPath("hledger"); err != nil {
		requireInCI(t, err)
		return
	}
	check := exec.CommandContext(t.Context(), "hledger", "-f", "-", "check", "--strict")
	check.Stdin = journal
	output, err := check.CombinedOutput()
	require.NoError(t, err, "%s", output)
}

func TestPlayLeavesRealSchoolsAlone(t *testing.T) {
	t.Parallel()
	gateway, err := demo.StartGateway(7)
	require.NoError(t, err)
	defer func() { require.NoError(t, gateway.Close(t.Context())) }()
	where := school.Location{Dir: t.TempDir()}
	s, err := school.Open(t.Context(), where, &school.Options{Name: "No. 1 School", Gateway: gateway.Client})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	before, err := s.Book.Head(t.Context())
	require.NoError(t, err)
	_, err = demo.Play(t.Context(), s, gateway, &demo.Options{Pupils: 5, Scans: 5})
	require.ErrorIs(t, err, demo.ErrRealSchool)
	after, err := s.Book.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, before, after)
}
