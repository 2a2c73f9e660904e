package faults_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
	"github.com/campusledger/campusledger/ledger/storetest/faults"
)

// crashing is a store that loses what is not durable.
type crashing interface{ crash() ledger.Store }

// subjectOf is a database that holds the store, until a crash.
type subjectOf struct {
	store   ledger.Store
	crashed bool
}

func (s *subjectOf) open(context.Context) (ledger.Store, func() error, error) {
	if lossy, ok := s.store.(crashing); ok && s.crashed {
		return lossy.crash(), func() error { return nil }, nil
	}
	return s.store, func() error { return nil }, nil
}

func (s *subjectOf) strike(ctx context.Context, load *faults.Load) error {
	s.crashed = true
	return load.Acknowledged(ctx, 200)
}

func run(t *testing.T, store ledger.Store, rounds int) faults.Report {
	t.Helper()
	s := &subjectOf{store: store}
	report, err := faults.Run(t.Context(), faults.Subject{Open: s.open}, faults.Fault{Name: "crash", Strike: s.strike},
		&faults.Options{Rounds: rounds})
	require.NoError(t, err)
	return report
}

func TestAStoreThatKeepsItsPromisesPasses(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]ledger.Store{"works": storetest.NewMemory(), "fails in every way it may": clumsy()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := run(t, store, 3)
			require.Empty(t, report.Findings)
			require.Equal(t, 3, report.Rounds)
			require.Greater(t, report.Acknowledged, 600)
			require.Positive(t, report.Refused)
			if name != "works" {
				require.Positive(t, report.Unknown)
				require.Positive(t, report.Unwritten)
			}
		})
	}
}

// A kit that no store can fail is worth nothing.
func TestBrokenStoresAreCaught(t *testing.T) {
	t.Parallel()
	for name, broken := range map[string]struct {
		store    func() ledger.Store
		sentence string // part of a finding
	}{
		"drops a commit and acknowledges it":     {before(nil), "was acknowledged and is lost"},
		"acknowledges before it is durable":      {newHasty, "was acknowledged and is lost"},
		"says that nothing was written, and did": {after(errDisk), `was answered "not written"`},
		"says that it lost, and wrote":           {after(ledger.ErrConflict), "never asked for before"},
		"writes twice when an answer is lost":    {doubling, "nobody asked for record"},
		"writes records without milestones":      {halved(func(c *ledger.Changes) { c.Milestones = nil }), "audit: "},
		"writes records without their accounts":  {halved(func(c *ledger.Changes) { c.Updated = nil }), "audit: "},
		"leaves a gap":                           {newHiding, "position 8 follows position 6"},
		"reads what was before":                  {newBelated, "is not linearizable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := run(t, broken.store(), 1)
			var all strings.Builder
			for _, finding := range report.Findings {
				all.WriteString(finding.String() + "\n")
			}
			require.Contains(t, all.String(), broken.sentence)
		})
	}
}

func TestAFindingOfTheSecondOpinionIsReported(t *testing.T) {
	t.Parallel()
	s := &subjectOf{store: storetest.NewMemory()}
	agree := func(context.Context, ledger.Store, ledger.BookID) error { return errors.New("17.00 are missing") }
	report, err := faults.Run(t.Context(), faults.Subject{Open: s.open, Agree: agree}, faults.Fault{Strike: s.strike}, nil)
	require.NoError(t, err)
	require.Len(t, report.Findings, 1)
	require.Contains(t, report.Findings[0].Sentence, "17.00 are missing")
}

func TestAFaultThatCannotStrikeIsAnError(t *testing.T) {
	t.Parallel()
	s := &subjectOf{store: storetest.NewMemory()}
	for name, strike := range map[string]func(context.Context, *faults.Load) error{
		"it fails":                 func(context.Context, *faults.Load) error { return errDisk },
		"it has no server to kill": func(_ context.Context, load *faults.Load) error { return load.KillServer() },
	} {
		report, err := faults.Run(t.Context(), faults.Subject{Open: s.open}, faults.Fault{Name: "x", Strike: strike}, nil)
		require.ErrorContains(t, err, "x, round 0: ", name)
		require.Zero(t, report.Rounds)
	}
}

func TestClocksThatJumpDoNotTurnBackTheJournal(t *testing.T) {
	t.Parallel()
	s := &subjectOf{store: storetest.NewMemory()}
	report, err := faults.Run(t.Context(), faults.Subject{Open: s.open}, faults.ClockJumps(), &faults.Options{Rounds: 2})
	require.NoError(t, err)
	require.Empty(t, report.Findings)
}
