package pgstore_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

// What was put into the database by hand refers to whatever it likes. An audit
// has to see it.
func TestRowsThatBelongToNothingAreSeen(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	store := pgstore.New(pool, nil)
	book := newBook(t, store, 1) // two records
	_, err := book.Post(t.Context(), topUp("w/1", 5))
	require.NoError(t, err)
	_, err = book.CloseDay(t.Context(), ledger.DayClose{Date: openDate})
	require.NoError(t, err)
	for _, statement := range []string{
		`alter table closing drop constraint closing_account_fkey`,
		`insert into milestone (book_id, account, seq) values (7, 77, 1), (7, 1, 99)`,
		`insert into closing (book_id, account, date, debits, credits) values (7, 78, '2026-09-01', 1, 2)`,
		`insert into journal (book_id, seq, id, date, mark, body)
			values (7, -5, 'ff000000-0000-0000-0000-000000000000', 'epoch', 0, '')`,
		`insert into node (book_id, tree, level, number, hash) values (7, 99, 16, 12, decode(repeat('00', 32), 'hex'))`,
		`insert into seal (book_id, seq, note) values (7, 1000, 'of nothing')`,
		`insert into cursor (book_id, consumer, seq) values (7, '', 1000)`,
	} {
		_, err := pool.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	view, err := store.View(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, view.Close()) }()
	ctx := t.Context()
	for name, rows := range map[string]ledger.Rows{"store": store, "view": view.(ledger.Rows)} {
		t.Run(name, func(t *testing.T) {
			require.ElementsMatch(t, []ledger.Milestone{{Account: 77, Seq: 1}, {Account: 1, Seq: 99}}, list(t, rows.MilestoneRows(ctx, bookID)))
			require.ElementsMatch(t, []ledger.ClosingRow{
				{Account: 1, Date: openDate, Debits: 5}, {Account: 2, Date: openDate, Credits: 5}, {Account: 78, Date: openDate, Debits: 1, Credits: 2},
			}, list(t, rows.ClosingRows(ctx, bookID)))
			ids := list(t, rows.RecordIDs(ctx, bookID))
			require.Len(t, ids, 6)
			require.Equal(t, uuid.UUID{255}, ids[5])
			require.Equal(t, []ledger.Node{{Tree: 99, Level: 16, Number: 12, Hash: make([]byte, 32)}}, list(t, rows.NodeRows(ctx, bookID)))
			require.Equal(t, []ledger.Seal{{Seq: 1000, Note: "of nothing"}}, list(t, rows.Seals(ctx, bookID, 1)))
			require.Equal(t, []ledger.CursorRow{{Consumer: "", Seq: 1000}}, list(t, rows.CursorRows(ctx, bookID)))
			require.Len(t, list(t, rows.Closings(ctx, bookID, ledger.ClosingQuery{})), 2, "which the readings in order do not see")
		})
	}
}

func TestASealOfNoPositionIsRefused(t *testing.T) {
	t.Parallel()
	store := pgstore.New(newPool(t, nil), nil)
	newBook(t, store, 1)
	require.Error(t, store.PutSeal(t.Context(), bookID, ledger.Seal{Seq: 0, Note: "x"}, ""))
	require.Empty(t, list(t, store.Seals(t.Context(), bookID, -1)))
}
