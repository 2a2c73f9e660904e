package sqlitestore_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/ledger/storetest/faults"
	"github.com/campusledger/campusledger/ledger/storetest/faultstest"
)

// hastyVariable makes the server that is killed a broken one.
const hastyVariable = "CAMPUSLEDGER_TEST_HASTY"

// chaosFile is a file under test.
func chaosFile(path string) faults.Subject {
	return faults.Subject{Open: func(ctx context.Context) (ledger.Store, func() error, error) { return openChaos(ctx, path) }}
}

func openChaos(ctx context.Context, path string) (ledger.Store, func() error, error) {
	store, err := sqlitestore.Open(ctx, path, nil)
	if err != nil {
		return nil, nil, err
	}
	if os.Getenv(hastyVariable) != "" {
		broken := newHasty(store)
		return broken, func() error {
			_ = broken.late() // an id that came again is a conflict which nobody is told of
			return store.Close()
		}, nil
	}
	return store, store.Close, nil
}

// TestChaos prints a table of what each fault came to.
func TestChaos(t *testing.T) {
	t.Parallel()
	faultstest.Run(t, "SQLite", []faultstest.Case{
		{Name: "kill -9 of the server", Prepare: func(t *testing.T) faultstest.Trial {
			path := filepath.Join(t.TempDir(), "books.db")
			return faultstest.Trial{Subject: chaosFile(path), Fault: faults.KillServer(faultstest.Process(path))}
		}},
		{Name: "clock jumps", Prepare: func(t *testing.T) faultstest.Trial {
			return faultstest.Trial{Subject: chaosFile(filepath.Join(t.TempDir(), "books.db")), Fault: faults.ClockJumps()}
		}},
		{Name: "lock timeouts", Prepare: func(t *testing.T) faultstest.Trial {
			file := chaosFile(filepath.Join(t.TempDir(), "books.db"))
			return faultstest.Trial{
				Subject: file, Fault: faults.HeldBook(file.Open), Unanswered: true,
				Options: faults.Options{CommitTimeout: 200 * time.Millisecond},
			}
		}},
		{Name: "a view left open", Prepare: func(t *testing.T) faultstest.Trial {
			file := chaosFile(filepath.Join(t.TempDir(), "books.db"))
			return faultstest.Trial{Subject: file, Fault: faults.LongView(file.Open)}
		}},
		{Name: "full disk", Prepare: func(t *testing.T) faultstest.Trial {
			disk := faultstest.Disk(t, 64)
			return faultstest.Trial{
				Subject: chaosFile(filepath.Join(disk.Dir, "books.db")), Fault: faults.FullDisk(disk, nil), Unanswered: true,
			}
		}},
	})
}

// TestServerProcess is no test but the server that others kill.
func TestServerProcess(t *testing.T) { faultstest.Serve(t, openChaos) }

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
	// It keeps neither seals nor cursors.
	bare := faults.Subject{Open: func(ctx context.Context) (ledger.Store, func() error, error) {
		store, end, err := openChaos(ctx, path)
		return struct{ ledger.Store }{store}, end, err
	}}
	report, err := faults.Run(t.Context(), bare, faults.KillServer(faultstest.Process(path, hastyVariable+"=yes")),
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
