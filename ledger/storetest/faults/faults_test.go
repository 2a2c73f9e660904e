package faults_test

import (
	"context"
	"errors"
	"iter"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
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
			require.Positive(t, report.Sealed)
			require.Positive(t, report.Moved)
			require.Positive(t, report.Expired)
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
		"writes records without their holds":     {held, "audit: "},
		"writes records without their accounts":  {halved(func(c *ledger.Changes) { c.Updated = nil }), "audit: "},
		"leaves a gap":                           {newHiding, "position 8 follows position 6"},
		"reads what was before":                  {newBelated, "history of an account is not linearizable"},
		"forgets seals":                          {newForgetful, "was acknowledged and is lost: faults.example/books/"},
		"says that a cursor was moved":           {newCareless, "history of the cursor is not linearizable"},
		"shows a consumer something else":        {newSkipping, "a consumer was shown as record"},
		"finds no expired hold":                  {newPatient, "is still held at"},
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

func TestHledgerIsASecondOpinion(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("hledger")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("hledger is not here")
	}
	require.NoError(t, err)
	store := storetest.NewMemory()
	book, err := ledger.Create(t.Context(), store, 1, ledger.Genesis{Name: "school", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
	require.NoError(t, err)
	_, err = book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		{Path: "wallet/1", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
	}})
	require.NoError(t, err)
	_, err = book.Post(t.Context(), ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("bank", money.Of(1234, money.CNY)), ledger.Credit("wallet/1", money.Of(1234, money.CNY)),
	}})
	require.NoError(t, err)
	agree := faults.Hledger(program)
	require.NoError(t, agree(t.Context(), store, 1))
	require.ErrorContains(t, agree(t.Context(), richer{store}, 1), "12.34")
	require.Error(t, faults.Hledger(program+"-that-is-not-there")(t.Context(), store, 1))
}

// richer has a cent more in each account than was posted.
type richer struct{ ledger.Store }

func (s richer) Accounts(ctx context.Context, book ledger.BookID, q ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	return func(yield func(ledger.Account, error) bool) {
		for account, err := range s.Store.Accounts(ctx, book, q) {
			account.Debits++
			if !yield(account, err) {
				return
			}
		}
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
