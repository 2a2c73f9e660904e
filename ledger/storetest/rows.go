package storetest

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func rows() []clause {
	const stand = "Rows is a [Reader], a store's or a view's, that also yields rows as they stand: joined with nothing, so that those which belong to nothing are seen too, and in any order, so that a whole table is read at the speed of the disk."
	const milestones = "that of every [MovesToMilestone]th move of the account."
	const sorted = "RecordIDs yields the ids of all records, in the order of their bytes."
	const cursors = "CursorRows yields where all consumers stand."
	const oneMoment = "View begins a read-only transaction: all its reads see one moment."
	return []clause{
		{"rows say what the readings in order say", stand, sameRows},
		{"every 64th record that moved an account is a milestone", milestones, everyMilestone},
		{"ids are read in the order of their bytes", sorted, func(t *testing.T, s *school) {
			for range 50 {
				random := topUp(wallet1, 1)
				random.ID = uuid.New() // version 4: later is not greater
				s.post(t, random)
			}
			var want []uuid.UUID
			for _, record := range all(t, s.store.Records(t.Context(), s.id, ledger.RecordQuery{})) {
				want = append(want, record.ID)
			}
			slices.SortFunc(want, func(x, y uuid.UUID) int { return bytes.Compare(x[:], y[:]) })
			require.Equal(t, want, all(t, s.rows(t).RecordIDs(t.Context(), s.id)))
		}},
		{"consumers are read where they stand", cursors, func(t *testing.T, s *school) {
			store, rows := s.cursors(t), s.rows(t)
			require.Empty(t, all(t, rows.CursorRows(t.Context(), s.id)))
			require.NoError(t, store.MoveCursor(t.Context(), s.id, "web", 0, 2))
			require.NoError(t, store.MoveCursor(t.Context(), s.id, "食堂", 0, 1))
			require.NoError(t, store.MoveCursor(t.Context(), s.id, "web", 2, 3))
			require.ElementsMatch(t, []ledger.CursorRow{{Consumer: "web", Seq: 3}, {Consumer: "食堂", Seq: 1}},
				all(t, rows.CursorRows(t.Context(), s.id)))
		}},
		{"rows are each book's own", "Books share nothing but the database.", func(t *testing.T, s *school) {
			s.writeEverything(t)
			before := s.everyRow(t, s.rows(t))
			neighbour := newSchool(t, s.store, s.id+1)
			neighbour.writeEverything(t)
			require.Equal(t, before, s.everyRow(t, s.rows(t)))
			bystander := school{id: -s.id, store: s.store}
			require.Equal(t, everyRow{}, bystander.everyRow(t, s.rows(t)))
		}},
		{"a view sees no row that is written after it began", oneMoment, viewedRows},
		{"a stream of rows that is left early holds nothing", "they hold a connection until they end.", leaveRowsEarly},
		{"a stream of rows whose context has ended stops with its error", "Sequences stop at the first error;", func(t *testing.T, s *school) {
			rows := s.rows(t)
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			requireEnded(t, rows.Nodes(ended, s.id, ledger.NodeQuery{Level: 8, Last: 9}))
			requireEnded(t, rows.AccountRows(ended, s.id))
			requireEnded(t, rows.MilestoneRows(ended, s.id))
			requireEnded(t, rows.ClosingRows(ended, s.id))
			requireEnded(t, rows.RecordIDs(ended, s.id))
			requireEnded(t, rows.NodeRows(ended, s.id))
			requireEnded(t, rows.Seals(ended, s.id, 0))
			requireEnded(t, rows.CursorRows(ended, s.id))
		}},
	}
}

func (s *school) rows(t testing.TB) ledger.Rows {
	t.Helper()
	rows, ok := s.store.(ledger.Rows)
	if !ok {
		t.Skip("the store has no ledger.Rows")
	}
	return rows
}

// writeEverything makes rows in every table that rows are read of.
func (s *school) writeEverything(t testing.TB) {
	t.Helper()
	s.openMany(t, 260)
	s.post(t, topUp(wallet1, 100))
	s.closeBalances(t, firstDay)
	s.fill(t, 256)
	require.NoError(t, s.seals(t).PutSeal(t.Context(), s.id, ledger.Seal{Seq: s.head(t).Seq, Note: "sealed"}, ""))
	cursors, ok := s.store.(ledger.Cursors)
	require.True(t, ok, "a store with seals has cursors")
	require.NoError(t, cursors.MoveCursor(t.Context(), s.id, "web", 0, 1))
}

// everyRow is what rows say of a book, in an order.
type everyRow struct {
	accounts   map[string][]int64 // numbers, by table
	milestones []ledger.Milestone
	closings   []ledger.ClosingRow
	ids        []uuid.UUID
	nodes      []ledger.Node
	seals      []ledger.Seal
	cursors    []ledger.CursorRow
}

func (s *school) everyRow(t testing.TB, rows ledger.Rows) everyRow {
	t.Helper()
	ctx := t.Context()
	return everyRow{
		accounts:   byTable(all(t, rows.AccountRows(ctx, s.id))),
		milestones: inMilestoneOrder(all(t, rows.MilestoneRows(ctx, s.id))),
		closings:   inClosingOrder(all(t, rows.ClosingRows(ctx, s.id))),
		ids:        all(t, rows.RecordIDs(ctx, s.id)),
		nodes:      inTreeOrder(all(t, rows.NodeRows(ctx, s.id))),
		seals:      all(t, rows.Seals(ctx, s.id, 0)),
		cursors:    all(t, rows.CursorRows(ctx, s.id)),
	}
}

func byTable(rows []ledger.AccountRow) map[string][]int64 {
	var numbers map[string][]int64 // nil for none
	for _, row := range rows {
		if numbers == nil {
			numbers = map[string][]int64{}
		}
		numbers[row.Table] = append(numbers[row.Table], row.Number)
	}
	for _, list := range numbers {
		slices.Sort(list)
	}
	return numbers
}

func sameRows(t *testing.T, s *school) {
	rows := s.rows(t)
	s.writeEverything(t)
	got := s.everyRow(t, rows)
	var numbers []int64
	for _, account := range all(t, s.store.Accounts(t.Context(), s.id, ledger.AccountQuery{})) {
		numbers = append(numbers, account.Number)
	}
	slices.Sort(numbers)
	require.NotEmpty(t, got.accounts)
	for table, rows := range got.accounts {
		require.Equal(t, numbers, rows, table)
	}
	require.Equal(t, s.milestones(t), got.milestones)
	require.Len(t, got.milestones, 6, "of the wallet and the bank three each")
	var closings []ledger.ClosingRow
	for _, c := range all(t, s.store.Closings(t.Context(), s.id, ledger.ClosingQuery{})) {
		closings = append(closings, ledger.ClosingRow{Account: c.Number, Date: c.Date, Debits: c.Debits, Credits: c.Credits})
	}
	require.Equal(t, inClosingOrder(closings), got.closings)
	closed := s.head(t).ClosedSeq
	require.Equal(t, slices.Concat(
		s.nodes(t, ledger.NodeQuery{Level: 8, Last: 9}), s.nodes(t, ledger.NodeQuery{Tree: closed, Level: 8, Last: 9}),
	), got.nodes)
	require.Len(t, got.nodes, 2)
	require.Len(t, got.ids, 256)
}

// milestones returns what the milestones must be, from the readings in order.
func (s *school) milestones(t testing.TB) []ledger.Milestone {
	t.Helper()
	var list []ledger.Milestone
	for _, account := range all(t, s.store.Accounts(t.Context(), s.id, ledger.AccountQuery{})) {
		moves := s.moves(t, ledger.MoveQuery{Account: account.Path})
		slices.Reverse(moves)
		for i := ledger.MovesToMilestone; i <= len(moves); i += ledger.MovesToMilestone {
			list = append(list, ledger.Milestone{Account: account.Number, Seq: moves[i-1].Seq})
		}
	}
	return inMilestoneOrder(list)
}

// everyMilestone looks for the bank's milestones: wallets get them seldomer.
func everyMilestone(t *testing.T, s *school) {
	rows := s.rows(t)
	read := func() []ledger.Milestone { return inMilestoneOrder(all(t, rows.MilestoneRows(t.Context(), s.id))) }
	twice := transaction("topup", ledger.Credit(wallet2, yuan(1)), ledger.Debit(bank, yuan(1)),
		ledger.Debit(bank, yuan(1)), ledger.Credit(wallet2, yuan(1)))
	s.post(t, twice) // moves each once
	for range ledger.MovesToMilestone - 2 {
		s.post(t, topUp(wallet1, 1))
	}
	_, err := s.book.Preview(t.Context(), topUp(wallet1, 1))
	require.NoError(t, err)
	_, err = s.book.PostLinked(t.Context(), topUp(wallet1, 1), payment(wallet2, 9))
	requireLinked(t, err, 1, ledger.ErrInsufficient)
	s.authorize(t, ledger.Authorization{Transaction: topUp(wallet1, 1)})
	require.Empty(t, read(), "neither moved the bank")
	first := s.post(t, topUp(wallet1, 1)).Seq
	require.Equal(t, []ledger.Milestone{{Account: 1, Seq: first}}, read())
	s.post(t, topUp(wallet1, 1))
	s.fill(t, 300) // in batches, each of which may make some of several accounts
	require.Equal(t, s.milestones(t), read())
	require.Greater(t, len(read()), 6)
}

func viewedRows(t *testing.T, s *school) {
	s.rows(t)
	s.writeEverything(t)
	view, err := s.store.View(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, view.Close()) }()
	viewed, ok := view.(ledger.Rows)
	require.True(t, ok, "the views of a store with rows have them")
	before := s.everyRow(t, s.rows(t))

	s.fill(t, 520)
	s.closeDay(t, firstDay.AddDays(1))
	seals := s.seals(t)
	for _, kept := range all(t, seals.Seals(t.Context(), s.id, 0)) {
		require.NoError(t, seals.PutSeal(t.Context(), s.id, ledger.Seal{Seq: kept.Seq, Note: "another"}, kept.Note))
	}
	require.NoError(t, seals.PutSeal(t.Context(), s.id, ledger.Seal{Seq: 500, Note: "later"}, ""))
	require.NoError(t, s.cursors(t).MoveCursor(t.Context(), s.id, "web", 1, 2))
	require.NoError(t, s.cursors(t).MoveCursor(t.Context(), s.id, "late", 0, 2))
	require.Equal(t, before, s.everyRow(t, viewed))
	require.NotEqual(t, before, s.everyRow(t, s.rows(t)))
}

func leaveRowsEarly(t *testing.T, s *school) {
	rows := s.rows(t)
	s.writeEverything(t)
	for range 50 {
		for _, err := range rows.AccountRows(t.Context(), s.id) {
			require.NoError(t, err)
			break
		}
		for _, err := range rows.MilestoneRows(t.Context(), s.id) {
			require.NoError(t, err)
			break
		}
		for _, err := range rows.ClosingRows(t.Context(), s.id) {
			require.NoError(t, err)
			break
		}
		for _, err := range rows.RecordIDs(t.Context(), s.id) {
			require.NoError(t, err)
			break
		}
		for _, err := range rows.NodeRows(t.Context(), s.id) {
			require.NoError(t, err)
			break
		}
		for _, err := range rows.Nodes(t.Context(), s.id, ledger.NodeQuery{Level: 8, Last: 9}) {
			require.NoError(t, err)
			break
		}
		for _, err := range rows.Seals(t.Context(), s.id, 0) {
			require.NoError(t, err)
			break
		}
	}
	s.post(t, topUp(wallet1, 1))
}
