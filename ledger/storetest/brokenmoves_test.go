package storetest_test

import (
	"context"
	"iter"
	"sync"
	"testing"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// Stores that lose their way along the records that moved an account.

func unmoved(store ledger.Store) ledger.Store {
	return writing(store, func(c *ledger.Changes) {
		accounts(c, func(a *ledger.Account) { a.MovedSeq = 0 })
	})
}

func uncounted(store ledger.Store) ledger.Store {
	return writing(store, func(c *ledger.Changes) {
		accounts(c, func(a *ledger.Account) { a.Moves = 0 })
	})
}

func trackless(store ledger.Store) ledger.Store {
	return &tracklessStore{store.(everything), writing(store, func(c *ledger.Changes) { c.Milestones = nil })}
}

type tracklessStore struct {
	everything
	locks ledger.Store
}

func (s *tracklessStore) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	return s.locks.Lock(ctx, book, need)
}

// moveReader is a store with another way to read moves.
type moveReader struct {
	ledger.Store
	ask  func(*ledger.MoveQuery)                           // nil: as asked
	read func([]ledger.StoredRecord) []ledger.StoredRecord // nil: as read
}

func (s *moveReader) Moves(ctx context.Context, book ledger.BookID, query ledger.MoveQuery) iter.Seq2[ledger.StoredRecord, error] {
	if s.ask != nil {
		s.ask(&query)
	}
	return changed(s.Store.Moves(ctx, book, query), s.read)
}

func moveless(store ledger.Store) ledger.Store {
	return &moveReader{Store: store, read: func([]ledger.StoredRecord) []ledger.StoredRecord { return nil }}
}

func dropping(store ledger.Store) ledger.Store {
	return &moveReader{Store: store, read: but[ledger.StoredRecord]}
}

func pageless(store ledger.Store) ledger.Store {
	return &moveReader{Store: store, ask: func(q *ledger.MoveQuery) { q.Before = max(0, q.Before-1) }}
}

func sharingMoves(store ledger.Store) ledger.Store {
	var mu sync.Mutex
	kept := make(map[int64]ledger.StoredRecord) // by mark
	return &moveReader{Store: store, read: func(records []ledger.StoredRecord) []ledger.StoredRecord {
		mu.Lock()
		defer mu.Unlock()
		for i, record := range records {
			if earlier, ok := kept[record.Mark]; ok {
				records[i] = earlier
			}
			kept[record.Mark] = records[i]
		}
		return records
	}}
}

// walk says what is wrong with a walker; the zero value is sound.
type walk struct {
	past      bool // goes on beyond After
	passed    bool // yields what is not before Before
	wrong     bool // begins at the last milestone before Before
	anyone    bool // begins at whatever account's milestone
	miscounts bool // counts what it does not yield towards Limit
	short     bool // goes no further than milestones are apart
	first     bool // goes on with the Prev of the first line
	touched   bool // begins at LastSeq
	elsewhere bool // takes the milestones of the book before
	present   bool // has views that walk what is there now
	tireless  bool // does not look at its context
}

func walking(wrong walk) func(ledger.Store) ledger.Store {
	return func(store ledger.Store) ledger.Store {
		return &walker{everything: store.(everything), walks: walks{store.(everything), wrong}}
	}
}

// walker is a store that finds moves as a database has to: from the account or
// a milestone along the lines' Prev.
type walker struct {
	everything
	walks walks
}

func (s *walker) Moves(ctx context.Context, book ledger.BookID, query ledger.MoveQuery) iter.Seq2[ledger.StoredRecord, error] {
	return s.walks.moves(ctx, book, query)
}

func (s *walker) View(ctx context.Context) (ledger.View, error) {
	view, err := s.everything.View(ctx)
	if err != nil {
		return nil, err
	}
	w := walks{view.(ledger.Rows), s.walks.walk}
	if w.present {
		w.Rows = s.everything
	}
	return walkingView{view.(ledger.Rows), view.Close, w}, nil
}

type walkingView struct {
	ledger.Rows
	end   func() error
	walks walks
}

func (v walkingView) Close() error { return v.end() }

func (v walkingView) Moves(ctx context.Context, book ledger.BookID, query ledger.MoveQuery) iter.Seq2[ledger.StoredRecord, error] {
	return v.walks.moves(ctx, book, query)
}

// walks walks along the rows of a store or of a view.
type walks struct {
	ledger.Rows
	walk
}

func (w walks) moves(ctx context.Context, book ledger.BookID, q ledger.MoveQuery) iter.Seq2[ledger.StoredRecord, error] {
	if w.tireless {
		ctx = context.WithoutCancel(ctx)
	}
	return func(yield func(ledger.StoredRecord, error) bool) {
		at, err := w.start(ctx, book, &q)
		for left, steps := q.Limit, 0; err == nil && at > 0 && (at > q.After || w.past); steps++ {
			if w.short && steps >= ledger.MovesToMilestone {
				return
			}
			var stored ledger.StoredRecord
			var prev int64
			if stored, prev, err = w.step(ctx, book, at, q.Account); err != nil {
				break
			}
			wanted := q.Before == 0 || at < q.Before || w.passed
			if wanted && !yield(stored, nil) {
				return
			}
			if wanted || w.miscounts {
				if left--; left == 0 {
					return
				}
			}
			at = prev
		}
		if err != nil {
			yield(ledger.StoredRecord{}, err)
		}
	}
}

// start returns where a walk begins, 0 for nowhere.
func (w walks) start(ctx context.Context, book ledger.BookID, q *ledger.MoveQuery) (at int64, err error) {
	var number int64
	for account, err := range w.Accounts(ctx, book, ledger.AccountQuery{Paths: []string{q.Account}}) {
		if err != nil {
			return 0, err
		}
		number, at = account.Number, account.MovedSeq
		if w.touched {
			at = account.LastSeq
		}
	}
	if q.Before == 0 || at < q.Before {
		return at, nil
	}
	if w.elsewhere {
		book &^= 1
	}
	var before int64
	for milestone, err := range w.MilestoneRows(ctx, book) {
		if err != nil {
			return 0, err
		}
		if milestone.Account != number && !w.anyone {
			continue
		}
		if milestone.Seq >= q.Before {
			at = min(at, milestone.Seq)
		} else {
			before = max(before, milestone.Seq)
		}
	}
	if w.wrong && before > 0 {
		at = before
	}
	return at, nil
}

// step reads a record and the position of the one before in the account's chain.
func (w walks) step(ctx context.Context, book ledger.BookID, at int64, path string) (stored ledger.StoredRecord, prev int64, err error) {
	for stored, err = range w.Records(ctx, book, ledger.RecordQuery{After: at - 1, Limit: 1}) {
		if err != nil {
			return stored, 0, err
		}
	}
	record, err := ledger.ParseRecord(stored.Body)
	for _, line := range record.Lines {
		if line.Account == path || w.first {
			return stored, line.Prev, err
		}
	}
	return stored, 0, err
}

// Else it would be the walk that is caught, and not what is wrong with it.
func TestASoundWalkPassesTheContract(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(testing.TB) ledger.Store { return walking(walk{})(storetest.NewMemory()) })
}
