package faultstest

import (
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/storetest/faults"
)

// roundsVariable is how often each fault strikes; 1 by default.
const roundsVariable = "CAMPUSLEDGER_TEST_ROUNDS"

// acknowledgedMin is how many postings a round must have: one without load proves
// nothing.
const acknowledgedMin = 10

// Case is a fault, which may be prepared in a test of its own.
type Case struct {
	Name    string
	Prepare func(t *testing.T) Trial
}

// Trial is a fault, and the database that suffers it.
type Trial struct {
	Subject faults.Subject // hledger is its second opinion, if it has none
	Fault   faults.Fault   // with the name of the case
	// Options are of the run; its rounds are given from outside.
	Options faults.Options
	// Unanswered says that the fault cannot strike without that postings get
	// no answer. Default: it can.
	Unanswered bool
}

// Run lets every fault strike and fails if anything is found. In the end it logs a
// table with one line for each fault.
func Run(t *testing.T, database string, cases []Case) {
	t.Helper()
	reports := make([]faults.Report, len(cases))
	t.Cleanup(func() { // once the cases are done
		var table strings.Builder
		struck := slices.DeleteFunc(reports, func(r faults.Report) bool { return r.Rounds == 0 })
		require.NoError(t, faults.WriteTable(&table, struck...))
		t.Logf("%s\n%s", database, &table)
	})
	agree := hledger(t)
	for i, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			trial := c.Prepare(t)
			trial.Fault.Name = c.Name
			if trial.Subject.Agree == nil {
				trial.Subject.Agree = agree
			}
			reports[i] = strike(t, &trial)
		})
	}
}

// againMax is how often rounds are repeated in which a fault has not struck: it
// does by chance, and one round may be without.
const againMax = 20

func strike(t *testing.T, c *Trial) faults.Report {
	t.Helper()
	c.Options.Rounds = rounds(t)
	report, err := faults.Run(t.Context(), c.Subject, c.Fault, &c.Options)
	struck := func() bool { return !c.Unanswered || report.Unwritten+report.Unknown > 0 }
	for again := 0; err == nil && len(report.Findings) == 0 && !struck() && again < againMax; again++ {
		report, err = faults.Run(t.Context(), c.Subject, c.Fault, &c.Options)
	}
	for _, finding := range report.Findings {
		t.Error(finding)
	}
	require.NoError(t, err)
	require.Equal(t, c.Options.Rounds, report.Rounds)
	require.GreaterOrEqual(t, report.Acknowledged, acknowledgedMin*report.Rounds, "a round without load proves nothing")
	require.True(t, struck(), "the fault has not struck")
	t.Logf("%d rounds survived in %s", report.Rounds, report.Took.Round(time.Second))
	return report
}

func rounds(t *testing.T) int {
	t.Helper()
	text := os.Getenv(roundsVariable)
	if text == "" {
		return 1
	}
	rounds, err := strconv.Atoi(text)
	require.NoError(t, err, roundsVariable)
	return rounds
}

// hledger returns the second opinion, or nil where there is no such program.
func hledger(t *testing.T) faults.Opinion {
	t.Helper()
	program, err := exec.LookPath("hledger")
	if err != nil && os.Getenv("CI") == "" {
		t.Logf("no second opinion here: %v", err)
		return nil
	}
	require.NoError(t, err, "CI needs hledger")
	return faults.Hledger(program)
}
