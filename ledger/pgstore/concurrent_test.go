package pgstore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// Two servers, each with its pool and its queue, meet in the row of the book.
func TestTwoServersPostToOneBook(t *testing.T) {
	t.Parallel()
	const each, callers = 400, 8
	url := pgtest.URL(t)
	first := pgstore.New(openPool(t, url, nil), nil)
	books := []*ledger.Book{newBook(t, first, 2)}
	second, err := ledger.Open(t.Context(), pgstore.New(openPool(t, url, nil), nil), bookID, nil)
	require.NoError(t, err)
	books = append(books, second)

	var all errgroup.Group
	for i := range callers {
		all.Go(func() error {
			for range each {
				if _, err := books[i%2].Post(t.Context(), topUp("w/1", 1)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, all.Wait())

	balance, err := second.Balance(t.Context(), "w/1")
	require.NoError(t, err)
	require.Equal(t, money.Of(each*callers, money.CNY), balance)
	var last ledger.StoredRecord
	var at time.Time
	tree := ledger.NewTree()
	for _, record := range list(t, first.Records(t.Context(), bookID, ledger.RecordQuery{})) {
		require.Equal(t, last.Seq+1, record.Seq)
		parsed, err := ledger.ParseRecord(record.Body)
		require.NoError(t, err)
		require.False(t, parsed.At.Before(at))
		at = parsed.At
		require.NoError(t, tree.Append(ledger.LeafHash(record.Body), nil))
		last = record
	}
	require.EqualValues(t, each*callers+3, last.Seq)
	head, err := first.Head(t.Context(), bookID)
	require.NoError(t, err)
	require.Equal(t, tree.Hashes(), head.Tree)
	var running money.Amount
	for i, entry := range list(t, ledger.Entries(t.Context(), first, bookID, ledger.EntryQuery{Account: "w/1"})) {
		require.Equal(t, last.Seq-int64(i), entry.Seq)
		if i > 0 {
			require.Equal(t, running, entry.Balance)
		}
		running, err = entry.Balance.Sub(entry.Amount)
		require.NoError(t, err)
	}
	require.True(t, running.IsZero())
}
