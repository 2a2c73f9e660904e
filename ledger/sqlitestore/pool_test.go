package sqlitestore

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func TestReadersBeyondTheLastConnectionWait(t *testing.T) {
	t.Parallel()
	store, _ := openStore(t)
	createBook(t, store)
	readers := make([]*statements, readersMax)
	for i := range readers {
		var err error
		readers[i], err = store.pool.borrow(t.Context())
		require.NoError(t, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error, 1)
	read := func(ctx context.Context) {
		_, err := store.Head(ctx, 1)
		answer <- err
	}
	go read(ctx)
	cancel()
	require.ErrorIs(t, <-answer, context.Canceled, "not longer than their context")
	view, err := store.View(t.Context())
	require.NoError(t, err, "who has a turn may need a view")
	_, err = view.Head(t.Context(), 1)
	require.NoError(t, err)
	require.NoError(t, view.Close())
	_, err = view.Head(t.Context(), 1)
	require.Error(t, err, "a closed view reads nothing on a connection that is another's")

	go read(t.Context())
	store.pool.giveBack(readers[0])
	require.NoError(t, <-answer, "until one is given back")
	readers[0], err = store.pool.borrow(t.Context())
	require.NoError(t, err)
	go read(t.Context())
	require.NoError(t, store.Close())
	require.ErrorIs(t, <-answer, ErrClosed, "or until the store is closed")
	for _, reader := range readers {
		store.pool.giveBack(reader)
	}
	require.Zero(t, store.pool.db.Stats().OpenConnections, "and the last closes the file")
}

func TestViewsBeyondThoseKeptAreClosed(t *testing.T) {
	t.Parallel()
	store, _ := openStore(t)
	createBook(t, store)
	views := make([]ledger.View, 3*readersMax)
	for i := range views {
		var err error
		views[i], err = store.View(t.Context())
		require.NoError(t, err)
	}
	for _, view := range views {
		require.NoError(t, view.Close())
	}
	require.Equal(t, readersMax, store.pool.db.Stats().OpenConnections)
}
