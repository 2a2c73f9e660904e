package pgstore_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

// A document may hold what PostgreSQL's own numbers and texts cannot.
func TestAChainPassesThroughAnyDocument(t *testing.T) {
	t.Parallel()
	store := pgstore.New(newPool(t, nil), nil)
	book := newBook(t, store, 1)
	odd := topUp("w/1", 1)
	odd.Document = json.RawMessage(`{"lines":[["w/1","CNY",1,1,99]],"nul":"\u0000","number":1e999999}`)
	_, err := book.Post(t.Context(), odd)
	require.NoError(t, err)
	_, err = book.Post(t.Context(), topUp("w/1", 1))
	require.NoError(t, err)
	require.Len(t, list(t, store.Moves(t.Context(), bookID, ledger.MoveQuery{Account: "w/1"})), 2)
}

// A chain that was broken by hand is an error where it breaks, and never goes on
// for ever.
func TestABrokenChainIsCorrupt(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]string{
		"a record is gone":               `delete from journal where seq = 5`,
		"a record names itself":          `update journal set body = regexp_replace(body, '(-?[0-9]+,-?[0-9]+),4]', '\1,5]', 'g') where seq = 5`,
		"a record names a later one":     `update journal set body = regexp_replace(body, '(-?[0-9]+,-?[0-9]+),4]', '\1,6]', 'g') where seq = 5`,
		"a record has no such account":   `update journal set body = replace(body, 'w/1', 'w/7') where seq = 5`,
		"a record has no lines":          `update journal set body = '{}' where seq = 5`,
		"a record is no JSON":            `update journal set body = '{' where seq = 5`,
		"the account names no record":    `update account set moved_seq = 99, last_seq = 99 where path = 'w/1'`,
		"the account names another's":    `update account set moved_seq = 2 where path = 'w/1'`,
		"a milestone is of another's":    `insert into milestone (book_id, account, seq) select book_id, number, 2 from account where path = 'w/1'`,
		"a milestone is behind the head": `insert into milestone (book_id, account, seq) select book_id, number, 99 from account where path = 'w/1'`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := newPool(t, nil)
			store := pgstore.New(pool, nil)
			book := newBook(t, store, 1)
			for range 3 { // at 4, 5 and 6
				_, err := book.Post(t.Context(), topUp("w/1", 1))
				require.NoError(t, err)
			}
			tag, err := pool.Exec(t.Context(), damage)
			require.NoError(t, err)
			require.EqualValues(t, 1, tag.RowsAffected())
			for _, q := range []ledger.MoveQuery{{Account: "w/1"}, {Account: "w/1", Before: 2}, {Account: "w/1", Before: 50}} {
				for _, failure := range store.Moves(t.Context(), bookID, q) {
					if failure != nil {
						err = failure
					}
				}
			}
			require.ErrorIs(t, err, ledger.ErrCorrupt)
		})
	}
}
