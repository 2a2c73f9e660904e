package sqlitestore

import (
	"bytes"
	"database/sql"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// What was put into the file by hand refers to whatever it likes. An audit has
// to see it.
func TestRowsThatBelongToNothingAreSeen(t *testing.T) {
	t.Parallel()
	store, path := openStore(t)
	require.NoError(t, store.Create(t.Context(), 1))
	commit(t, store, func(c *ledger.Changes) {
		c.Head.Seq, c.Head.Accounts = 1, 1
		c.Records, c.Opened = []ledger.StoredRecord{stored(1, 1)}, []ledger.Account{bareAccount(1, "bank")}
		c.Milestones = []ledger.Milestone{{Account: 1, Seq: 1}}
		c.Closings = []ledger.ClosingRow{{Account: 1, Date: day, Debits: 5}}
	})
	byHand(t, path, `pragma foreign_keys = off;
insert into milestone (book_id, account, seq) values (1, 77, 1), (1, 1, 99);
insert into balance select book_id, 79, side, floor, ceiling, debits, credits, held_debits, held_credits, used, last_seq, moved_seq, moves from balance;
insert into closing (book_id, account, date, debits, credits) values (1, 78, '2026-09-01', 1, 2);
insert into journal (book_id, seq, id, mark, date, body) values (1, -5, unhex('ff000000000000000000000000000000'), 0, '', '');
insert into node (book_id, tree, level, number, hash) values (1, 99, 16, 12, zeroblob(32));
insert into seal (book_id, seq, note) values (1, 1000, 'of nothing');
insert into cursor (book_id, consumer, seq) values (1, '', 1000);`)
	ctx := t.Context()
	for name, reader := range map[string]ledger.Rows{"store": store, "view": viewOf(t, store)} {
		t.Run(name, func(t *testing.T) {
			rows, err := collect(reader.AccountRows(ctx, 1))
			require.NoError(t, err)
			require.ElementsMatch(t, []ledger.AccountRow{{Table: "account", Number: 1}, {Table: "balance", Number: 1}, {Table: "balance", Number: 79}}, rows)
			accounts, err := collect(reader.Accounts(ctx, 1, ledger.AccountQuery{}))
			require.NoError(t, err)
			require.Len(t, accounts, 1, "which the reading in order does not see")
			milestones, err := collect(reader.MilestoneRows(ctx, 1))
			require.NoError(t, err)
			require.ElementsMatch(t, []ledger.Milestone{{Account: 1, Seq: 1}, {Account: 77, Seq: 1}, {Account: 1, Seq: 99}}, milestones)
			closings, err := collect(reader.ClosingRows(ctx, 1))
			require.NoError(t, err)
			require.ElementsMatch(t, []ledger.ClosingRow{{Account: 1, Date: day, Debits: 5}, {Account: 78, Date: day, Debits: 1, Credits: 2}}, closings)
			ids, err := collect(reader.RecordIDs(ctx, 1))
			require.NoError(t, err)
			require.Equal(t, []uuid.UUID{{1}, {255}}, ids)
			nodes, err := collect(reader.NodeRows(ctx, 1))
			require.NoError(t, err)
			require.Equal(t, []ledger.Node{{Tree: 99, Level: 16, Number: 12, Hash: bytes.Repeat([]byte{0}, 32)}}, nodes)
			seals, err := collect(reader.Seals(ctx, 1, 1))
			require.NoError(t, err)
			require.Equal(t, []ledger.Seal{{Seq: 1000, Note: "of nothing"}}, seals)
			cursors, err := collect(reader.CursorRows(ctx, 1))
			require.NoError(t, err)
			require.Equal(t, []ledger.CursorRow{{Consumer: "", Seq: 1000}}, cursors)
			ordered, err := collect(reader.Closings(ctx, 1, ledger.ClosingQuery{}))
			require.NoError(t, err)
			require.Len(t, ordered, 1, "which the readings in order do not see")
		})
	}
}

func TestASealOfNoPositionIsRefused(t *testing.T) {
	t.Parallel()
	store, _ := filled(t)
	require.Error(t, store.PutSeal(t.Context(), 1, ledger.Seal{Seq: 0, Note: "x"}, ""))
	commit(t, store, func(*ledger.Changes) {}) // and the writer still works
	seals, err := collect(store.Seals(t.Context(), 1, -1))
	require.NoError(t, err)
	require.Empty(t, seals)
}

func viewOf(t *testing.T, store *Store) ledger.Rows {
	t.Helper()
	view, err := store.View(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, view.Close()) })
	return view.(ledger.Rows)
}

// byHand changes a file as nobody may.
func byHand(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), text)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}
