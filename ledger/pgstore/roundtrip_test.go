package pgstore_test

import (
	"context"
	"net"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

// wire stands between the client and the server. It counts round trips, and
// cuts the connection once the server has answered, so that the client never
// learns the answer.
type wire struct {
	trips atomic.Int64
	cut   atomic.Bool
}

// tune makes all connections of a pool go over the wire.
func (w *wire) tune(config *pgxpool.Config) {
	config.ShouldPing = func(context.Context, pgxpool.ShouldPingParams) bool { return false }
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return &wiredConn{Conn: conn, wire: w}, err
	}
}

type wiredConn struct {
	net.Conn
	wire *wire
	sent atomic.Bool
}

func (c *wiredConn) Write(b []byte) (int, error) {
	c.sent.Store(true)
	return c.Conn.Write(b)
}

func (c *wiredConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && c.sent.Swap(false) {
		c.wire.trips.Add(1)
	}
	if c.wire.cut.Load() {
		_ = c.Close()
		return 0, net.ErrClosed
	}
	return n, err
}

// wiredBook is a book behind a wire, whose statements are prepared.
func wiredBook(t *testing.T) (*wire, *pgstore.Store, *ledger.Book) {
	t.Helper()
	var w wire
	store := pgstore.New(newPool(t, func(config *pgxpool.Config) {
		oneConnection(config)
		w.tune(config)
	}), nil)
	book := newBook(t, store, 1)
	_, err := book.Post(t.Context(), topUp("w/1", 100))
	require.NoError(t, err)
	return &w, store, book
}

func TestABatchCostsTwoRoundTrips(t *testing.T) {
	t.Parallel()
	t.Run("a post: lock and commit", func(t *testing.T) {
		w, _, book := wiredBook(t)
		before := w.trips.Load()
		_, err := book.Post(t.Context(), topUp("w/1", 100))
		require.NoError(t, err)
		require.EqualValues(t, 2, w.trips.Load()-before)
	})
	t.Run("a thousand records: lock and commit", func(t *testing.T) {
		w, store, _ := wiredBook(t)
		before := w.trips.Load()
		locked, err := store.Lock(t.Context(), bookID, ledger.Need{})
		require.NoError(t, err)
		changes := nextRecord(locked.Snapshot().Head)
		for range 999 {
			next := nextRecord(changes.Head)
			changes.Head, changes.Records = next.Head, append(changes.Records, next.Records...)
		}
		require.NoError(t, locked.Commit(t.Context(), changes))
		require.EqualValues(t, 2, w.trips.Load()-before)
	})
	t.Run("a replay: lock and rollback", func(t *testing.T) {
		w, _, book := wiredBook(t)
		same := topUp("w/1", 100)
		for range 2 { // the second shows that ids come again: from then on they are looked up
			_, err := book.Post(t.Context(), same)
			require.NoError(t, err)
		}
		before := w.trips.Load()
		receipt, err := book.Post(t.Context(), same)
		require.NoError(t, err)
		require.True(t, receipt.Replayed)
		require.EqualValues(t, 2, w.trips.Load()-before)
	})
}
