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
		"all accounts":       {accountsAll, "SEARCH a USING PRIMARY KEY (book_id=?)"},
		"accounts by path":   {accountsByPath, "SEARCH a USING INDEX sqlite_autoindex_account_2 (book_id=? AND path=?)"},
		"accounts by prefix": {accountsByPrefix, "SEARCH a USING INDEX sqlite_autoindex_account_2 (book_id=? AND path>? AND path<?)"},
		"records by id":      {recordsByID, "SEARCH journal USING INDEX sqlite_autoindex_journal_2 (book_id=? AND id=?)"},
		"records after":      {recordsAfter, "SEARCH journal USING INDEX sqlite_autoindex_journal_1 (book_id=? AND seq>?)"},
		"accounts needed":    {accountsNeeded, "SEARCH a USING INDEX sqlite_autoindex_account_2 (book_id=? AND path=?)"},
		"records needed":     {recordsNeeded, "SEARCH journal USING INDEX sqlite_autoindex_journal_2 (book_id=? AND id=?)"},
		"an account's moves": {movesOf, "SEARCH a USING INDEX sqlite_autoindex_account_2 (book_id=? AND path=?)"},
		"a milestone":        {milestoneFrom, "SEARCH milestone USING PRIMARY KEY (book_id=? AND account=? AND seq>?)"},
		"milestones":         {milestonesAll, "SEARCH milestone USING PRIMARY KEY (book_id=?)"},
		"records ahead":      {recordsAhead, "SEARCH journal USING INDEX sqlite_autoindex_journal_1 (book_id=? AND seq>?)"},
		"record at":          {recordAt, "SEARCH journal USING INDEX sqlite_autoindex_journal_1 (book_id=? AND seq=?)"},
		"all closings":       {closingsAll, "SEARCH c USING PRIMARY KEY (book_id=? AND account=?)"},
		"closings on a date": {closingsOn, "SEARCH c USING PRIMARY KEY (book_id=? AND account=? AND date=?)"},
		"an account's":       {closingsOfAccount, "SEARCH a USING INDEX sqlite_autoindex_account_2 (book_id=? AND path=?)"},
		"an account's on":    {closingOfAccountOn, "SEARCH l USING PRIMARY KEY (book_id=? AND account=? AND date<?)"},
		"closings of some":   {closingsOfNumbers, "SEARCH a USING PRIMARY KEY (book_id=? AND number>? AND number<?)"},
		"some on a date":     {closingsOfSomeOn, "SEARCH a USING PRIMARY KEY (book_id=? AND number>? AND number<?)"},
		"one of them":        {closingsOfSomeOn, "SEARCH c USING PRIMARY KEY (book_id=? AND account=? AND date=?)"},
		"nodes":              {nodesOfTree, "SEARCH node USING PRIMARY KEY (book_id=? AND tree=? AND level=? AND number>? AND number<?)"},
		"record ids":         {recordIDs, "SEARCH journal USING COVERING INDEX sqlite_autoindex_journal_2 (book_id=?)"},
		"seals":              {sealsAfter, "SEARCH seal USING PRIMARY KEY (book_id=? AND seq>?)"},
		"holds by id":        {holdsByID, "SEARCH hold USING INDEX sqlite_autoindex_hold_2 (book_id=? AND id=?)"},
		"holds after":        {holdsAfter, "SEARCH hold USING PRIMARY KEY (book_id=? AND seq>?)"},
		"expired holds":      {holdsExpired, "SEARCH hold USING INDEX hold_expiry_idx (book_id=? AND seq>?)"},
		"refunds of a book":  {refundsOfBook, "SEARCH refund USING PRIMARY KEY (book_id=?)"},
		"refunds by seq":     {refundsBySeq, "SEARCH refund USING PRIMARY KEY (book_id=? AND seq=?)"},
		"cursor":             {selectCursor, "SEARCH cursor USING PRIMARY KEY (book_id=? AND consumer=?)"},
		"move cursor":        {moveCursor, "SEARCH cursor USING PRIMARY KEY (book_id=? AND consumer=?)"},
		"their balances":     {accountsNeeded, "SEARCH b USING PRIMARY KEY (book_id=? AND number=?)"},
		"move balance":       {movePlain, "SEARCH balance USING PRIMARY KEY (book_id=? AND number=?)"},
		"move with holds":    {moveHeld, "SEARCH balance USING PRIMARY KEY (book_id=? AND number=?)"},
		"change bounds":      {changeBounds, "SEARCH balance USING PRIMARY KEY (book_id=? AND number=?)"},
		"change account":     {changeAccount, "SEARCH account USING PRIMARY KEY (book_id=? AND number=?)"},
		"reopen a date":      {deleteClosings, "SEARCH closing USING PRIMARY KEY (book_id=? AND account=? AND date=?)"},
	} {
		plan := planOf(t, store, query.text)
		require.Contains(t, plan, query.index, name)
		for _, table := range []string{"account", "balance", "journal", "milestone", "closing", "hold", "refund", "cursor", "node", "seal", "a", "b", "c", "l"} {
			require.NotContains(t, plan, "SCAN "+table+"\n", name)
			require.NotContains(t, plan, "SCAN "+table+" ", name)
		}
	}
	for _, text := range []string{
		accountsByPrefix, recordsAfter, holdsAfter, holdsExpired, accountsAll, closingsAll, closingsOn, nodesOfTree,
		recordIDs, sealsAfter,
	} {
		require.NotContains(t, planOf(t, store, text), "TEMP B-TREE", "pages are read in index order")
	}
}

func planOf(t *testing.T, store *Store, text string) string {
	t.Helper()
	args := make([]any, max(strings.Count(text, "?"), 9)) // also of those that are numbered
	rows, err := store.pool.db.QueryContext(context.Background(), "explain query plan "+text, args...)
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
