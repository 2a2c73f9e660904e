package sqlitestore

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A plan that walks a table is fast in an empty book and ruinous in a full one.
func TestNoQueryWalksAWholeTable(t *testing.T) {
	t.Parallel()
	store, err := Open(t.Context(), filepath.Join(t.TempDir(), "books.db"), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	for name, query := range map[string]struct{ text, index string }{
		"head":               {selectHead, "SEARCH book USING INTEGER PRIMARY KEY"},
		"accounts by path":   {accountsByPath, "SEARCH account USING INDEX sqlite_autoindex_account_2 (book_id=? AND path=?)"},
		"accounts by prefix": {accountsByPrefix, "SEARCH account USING INDEX sqlite_autoindex_account_2 (book_id=? AND path>? AND path<?)"},
		"accounts touched":   {accountsTouched, "SEARCH account USING INDEX sqlite_autoindex_account_2 (book_id=?)"},
		"records by id":      {recordsByID, "SEARCH journal USING INDEX sqlite_autoindex_journal_2 (book_id=? AND id=?)"},
		"records after":      {recordsAfter, "SEARCH journal USING INDEX sqlite_autoindex_journal_1 (book_id=? AND seq>?)"},
		"entries of a book":  {entriesOfBook, "SEARCH e USING PRIMARY KEY (book_id=?)"},
		"newest entries":     {entriesNewest, "SEARCH e USING PRIMARY KEY (book_id=? AND account=?)"},
		"entries before":     {entriesBefore, "SEARCH e USING PRIMARY KEY (book_id=? AND account=? AND (seq,line)<(?,?))"},
		"all closings":       {closingsAll, "(book_id=?"},
		"closings on a date": {closingsOn, "SEARCH l USING PRIMARY KEY (book_id=? AND account=? AND date<?)"},
		"update account":     {updateAccount, "SEARCH account USING PRIMARY KEY (book_id=? AND number=?)"},
	} {
		plan := planOf(t, store, query.text)
		require.Contains(t, plan, query.index, name)
		for _, table := range []string{"account", "journal", "entry", "closing", "a", "j", "e", "c", "l"} {
			require.NotContains(t, plan, "SCAN "+table+"\n", name)
			require.NotContains(t, plan, "SCAN "+table+" ", name)
		}
	}
	for _, text := range []string{entriesNewest, entriesBefore, accountsByPrefix, recordsAfter} {
		require.NotContains(t, planOf(t, store, text), "TEMP B-TREE", "pages are read in index order")
	}
}

func planOf(t *testing.T, store *Store, text string) string {
	t.Helper()
	args := make([]any, strings.Count(text, "?"))
	rows, err := store.pool.QueryContext(context.Background(), "explain query plan "+text, args...)
	require.NoError(t, err)
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		require.NoError(t, rows.Scan(&id, &parent, &unused, &detail))
		plan.WriteString(detail + "\n")
	}
	require.NoError(t, rows.Err())
	return plan.String()
}
