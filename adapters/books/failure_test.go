package books_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/ledger"
)

// moving is a store that is read in views only: outside of one it has moved on.
type moving struct {
	ledger.Store
	open int // views
}

func (m *moving) View(ctx context.Context) (ledger.View, error) {
	view, err := m.Store.View(ctx)
	m.open++
	return &closing{view, m}, err
}

func (m *moving) Head(context.Context, ledger.BookID) (ledger.Head, error) {
	return ledger.Head{}, errors.New("another moment")
}

type closing struct {
	ledger.View
	store *moving
}

func (c *closing) Close() error {
	c.store.open--
	return c.View.Close()
}

func TestExportsAreOfOneMoment(t *testing.T) {
	t.Parallel()
	store := &moving{Store: openHistory(t)}
	for _, p := range programs() {
		require.NoError(t, p.write(t.Context(), io.Discard, store, book, nil))
	}
	require.NoError(t, books.WriteJournal(t.Context(), io.Discard, store, book, nil))
	require.Zero(t, store.open, "every view is closed")
}

// forgetful is a store whose account table has lost its rows.
type forgetful struct{ ledger.Reader }

func (forgetful) Accounts(context.Context, ledger.BookID, ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	return func(func(ledger.Account, error) bool) {}
}

// errFull is what a full disk answers.
var errFull = errors.New("full")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestWhatAnExportFailsWith(t *testing.T) {
	t.Parallel()
	store := openSQLite(t)
	history(t, store)
	for _, p := range programs() {
		t.Run(p.name+": an unknown book", func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, p.write(t.Context(), io.Discard, store, 99, nil), ledger.ErrBookUnknown)
		})
		t.Run(p.name+": a record on an account that is gone", func(t *testing.T) {
			t.Parallel()
			err := p.write(t.Context(), io.Discard, forgetful{store}, book, nil)
			require.ErrorIs(t, err, ledger.ErrAccountUnknown)
			require.ErrorContains(t, err, "export book 3 to "+p.name+": record 3")
		})
		t.Run(p.name+": a writer that fails", func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, p.write(t.Context(), full{}, store, book, nil), errFull)
		})
		t.Run(p.name+": an ended context", func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			require.ErrorIs(t, p.write(ctx, io.Discard, store, book, nil), context.Canceled)
		})
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	store := openSQLite(t)
	history(t, store)
	for name, options := range map[string]*books.Options{
		"a root with a colon":              {Roots: books.Roots{Assets: "a:b"}},
		"a root with a blank":              {Roots: books.Roots{Income: "two words"}},
		"a root that is a number":          {Roots: books.Roots{Equity: "3net"}},
		"a root of two natures":            {Roots: books.Roots{Income: "pl", Expenses: "PL"}},
		"a root that is another's default": {Roots: books.Roots{Income: "Assets"}},
		"a nature that is none":            {Nature: func(string, ledger.Side) books.Nature { return 9 }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, p := range programs() {
				require.ErrorIs(t, p.write(t.Context(), io.Discard, store, book, options), ledger.ErrInvalid, p.name)
			}
		})
	}
}
