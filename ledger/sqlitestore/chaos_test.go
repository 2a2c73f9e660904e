package sqlitestore_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/ledger/storetest/faults"
)

const (
	// roundsVariable is how often each fault strikes; 1 by default.
	roundsVariable = "CAMPUSLEDGER_TEST_ROUNDS"
	// serverVariable makes the test binary a server on the file.
	serverVariable = "CAMPUSLEDGER_TEST_SERVER"
	// hastyVariable makes that server a broken one.
	hastyVariable = "CAMPUSLEDGER_TEST_HASTY"
)

func chaosRounds(t *testing.T) int {
	text := os.Getenv(roundsVariable)
	if text == "" {
		return 1
	}
	rounds, err := strconv.Atoi(text)
	require.NoError(t, err, roundsVariable)
	return rounds
}

// chaosFile is a file under test.
func chaosFile(path string) faults.Subject {
	return faults.Subject{Open: func(ctx context.Context) (ledger.Store, func() error, error) {
		store, err := sqlitestore.Open(ctx, path, nil)
		if err != nil {
			return nil, nil, err
		}
		return store, store.Close, nil
	}}
}

// TestChaos prints a table of what each fault came to.
func TestChaos(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "books.db")
	reports := []faults.Report{
		chaos(t, chaosFile(path), faults.KillServer(serverProcess(path))),
		chaos(t, chaosFile(path), faults.ClockJumps()),
		chaos(t, chaosFile(path), heldFile(t, path)),
		chaos(t, chaosFile(path), longView(path)),
	}
	if report, ok := chaosFullDisk(t); ok {
		reports = append(reports, report)
	}
	var table strings.Builder
	require.NoError(t, faults.WriteTable(&table, reports...))
	t.Logf("SQLite\n%s", &table)
}

func chaos(t *testing.T, subject faults.Subject, fault faults.Fault) faults.Report {
	t.Helper()
	rounds := chaosRounds(t)
	report, err := faults.Run(t.Context(), subject, fault, &faults.Options{Rounds: rounds})
	require.NoError(t, err)
	for _, finding := range report.Findings {
		t.Errorf("%s: %s", fault.Name, finding)
	}
	require.Equal(t, rounds, report.Rounds)
	require.GreaterOrEqual(t, report.Acknowledged, 10*rounds, "a round without load proves nothing")
	return report
}

// heldFile is another program that writes to the file for longer than a book
// waits.
func heldFile(t *testing.T, path string) faults.Fault {
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return faults.Fault{Name: "lock timeouts", Strike: func(ctx context.Context, load *faults.Load) error {
		for range 2 {
			if err := load.Acknowledged(ctx, load.Between(5, 50)); err != nil {
				return err
			}
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			if err := errors.Join(load.Unanswered(ctx, 4), tx.Rollback()); err != nil {
				return err
			}
		}
		return nil
	}}
}

// longView is a reader that reads one moment all the while, in a process's other
// store, so that the write-ahead log cannot be reset.
func longView(path string) faults.Fault {
	return faults.Fault{Name: "a view left open", Strike: func(ctx context.Context, load *faults.Load) error {
		store, err := sqlitestore.Open(ctx, path, &sqlitestore.Options{ReadOnly: true})
		if err != nil {
			return err
		}
		view, err := store.View(ctx)
		if err != nil {
			return errors.Join(err, store.Close())
		}
		before, err := view.Head(ctx, load.Book())
		err = errors.Join(err, load.Acknowledged(ctx, 200))
		after, headErr := view.Head(ctx, load.Book())
		if headErr == nil && after.Seq != before.Seq {
			headErr = errors.New("the view has moved")
		}
		return errors.Join(err, headErr, view.Close(), store.Close())
	}}
}

// serverProcess runs this test binary as a server on the file.
func serverProcess(path string, environment ...string) func(ctx context.Context) *exec.Cmd {
	return func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestServerProcess$", "-test.timeout=10m")
		cmd.Env = append(append(os.Environ(), serverVariable+"="+path), environment...)
		return cmd
	}
}

// TestServerProcess is no test but the server that others kill.
func TestServerProcess(t *testing.T) {
	path := os.Getenv(serverVariable)
	if path == "" {
		t.Skip("runs as the process of TestChaos")
	}
	file, err := sqlitestore.Open(t.Context(), path, nil)
	require.NoError(t, err)
	var store ledger.Store = file
	end := file.Close
	if os.Getenv(hastyVariable) != "" {
		broken := newHasty(file)
		store, end = broken, func() error { return errors.Join(broken.late(), file.Close()) }
	}
	require.NoError(t, faults.Serve(t.Context(), store, os.Stdin, os.Stdout))
	require.NoError(t, end())
}

// hasty acknowledges a commit, and commits it when the next one comes.
type hasty struct {
	ledger.Store
	turn chan struct{} // holds one token: whoever has it may write
	late func() error
}

func newHasty(store ledger.Store) *hasty {
	s := &hasty{Store: store, turn: make(chan struct{}, 1), late: func() error { return nil }}
	s.turn <- struct{}{}
	return s
}

func (s *hasty) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	select {
	case <-s.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	locked, err := ledger.Locked(nil), s.late()
	s.late = func() error { return nil }
	if err == nil {
		locked, err = s.Store.Lock(ctx, book, need)
	}
	if err != nil {
		s.turn <- struct{}{}
		return nil, err
	}
	return &hastyLocked{locked, s}, nil
}

type hastyLocked struct {
	ledger.Locked
	store *hasty
}

func (l *hastyLocked) Commit(_ context.Context, c ledger.Changes) error {
	l.store.late = func() error { return l.Locked.Commit(context.Background(), c) }
	l.store.turn <- struct{}{}
	return nil
}

func (l *hastyLocked) Rollback(ctx context.Context) error {
	defer func() { l.store.turn <- struct{}{} }()
	return l.Locked.Rollback(ctx)
}

func TestAServerThatAcknowledgesTooSoonIsCaught(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "books.db")
	report, err := faults.Run(t.Context(), chaosFile(path), faults.KillServer(serverProcess(path, hastyVariable+"=yes")),
		&faults.Options{Rounds: 5}) // a kill may fall between two commits
	require.NoError(t, err)
	// Lost, or lost and written anew by a client that asked again.
	require.Regexp(t, "was acknowledged and (is lost|, asked again, got another answer)", reported(report))
}

func reported(report faults.Report) string {
	var all strings.Builder
	for _, finding := range report.Findings {
		all.WriteString(finding.String() + "\n")
	}
	return all.String()
}
