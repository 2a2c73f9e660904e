package pgstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

// useEverything makes a store send each of its statements about a book.
func useEverything(t *testing.T, pool *pgxpool.Pool, heard *eavesdropper, number ledger.BookID) {
	t.Helper()
	ctx, store := t.Context(), pgstore.New(pool, &pgstore.Options{Notify: true})
	book := useRequests(t, store, number)
	head, err := book.Head(ctx)
	require.NoError(t, err)

	tx, err := pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	require.NoError(t, err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // or a failure would wait for it
	within, err := ledger.Open(ctx, pgstore.In(tx, nil), number, nil)
	require.NoError(t, err)
	_, err = within.Post(ctx, topUp("w/1", 1))
	require.NoError(t, err)
	_, err = within.Post(ctx, topUp("w/404", 1))
	require.ErrorIs(t, err, ledger.ErrAccountUnknown)
	require.NoError(t, tx.Commit(ctx))

	waiting, end := context.WithCancel(ctx)
	done := make(chan error)
	go func() { done <- store.Wait(waiting, number, head.Seq+100) }()
	require.Eventually(t, func() bool { return heard.has("listen campusledger") }, 9*time.Second, time.Millisecond)
	end()
	require.ErrorIs(t, <-done, context.Canceled)
	require.NoError(t, store.MoveCursor(ctx, number, "audit", 0, 1))
	require.NoError(t, store.MoveCursor(ctx, number, "audit", 1, 2))
	require.NoError(t, store.PutSeal(ctx, number, ledger.Seal{Seq: 1, Note: "note"}, ""))
	require.NoError(t, store.PutSeal(ctx, number, ledger.Seal{Seq: 1, Note: "cosigned"}, "note"))

	view, err := store.View(ctx)
	require.NoError(t, err)
	defer func() { require.NoError(t, view.Close()) }()
	_, err = view.Head(ctx, number)
	require.NoError(t, err)
	rows, is := view.(ledger.Rows)
	require.True(t, is)
	readEverything(t, rows, number)
	_, err = store.Cursor(ctx, number, "audit")
	require.NoError(t, err)
}

// useRequests makes every kind of record.
func useRequests(t *testing.T, store ledger.Store, number ledger.BookID) *ledger.Book {
	t.Helper()
	ctx := t.Context()
	book, err := ledger.Create(ctx, store, number, ledger.Genesis{Name: "school", OpenDate: openDate}, nil)
	require.NoError(t, err)
	_, err = book.SetChart(ctx, ledger.Chart{ID: ledger.NewID(), By: "office", Why: "opening", Families: []ledger.Family{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY}, {Path: "w", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY},
	}})
	require.NoError(t, err)
	_, err = book.OpenAccounts(ctx, ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
	}})
	require.NoError(t, err)
	openWallets(t, book, 1, 300) // with nodes of the tree of balances
	holdAndRefund(t, book, ledger.MovesToMilestone)
	_, err = book.ChangeAccount(ctx, ledger.Change{ID: ledger.NewID(), Account: "bank", By: "office", Why: "mended", State: ledger.StateOpen})
	require.NoError(t, err)
	held, err := book.Authorize(ctx, preorder("bank", 1, farOff))
	require.NoError(t, err)
	_, err = book.Release(ctx, ledger.Release{Hold: held.Record.ID, By: "office"})
	require.NoError(t, err)
	mistake, err := book.Post(ctx, topUp("w/2", 100))
	require.NoError(t, err)
	_, err = book.Reverse(ctx, ledger.Reversal{Of: mistake.Record.ID, By: "office"})
	require.NoError(t, err)
	_, err = book.CloseDay(ctx, ledger.DayClose{Date: openDate})
	require.NoError(t, err)
	_, err = book.Reopen(ctx, ledger.Reopen{Date: openDate, By: "office", Why: "forgot one"})
	require.NoError(t, err)
	_, err = book.CloseDay(ctx, ledger.DayClose{Date: openDate})
	require.NoError(t, err)
	_, err = book.ExpireHolds(ctx)
	require.NoError(t, err)
	return book
}

// readEverything makes every kind of reading.
func readEverything(t *testing.T, r ledger.Rows, number ledger.BookID) {
	t.Helper()
	ctx, ids := t.Context(), []uuid.UUID{ledger.NewID()}
	list(t, r.Accounts(ctx, number, ledger.AccountQuery{Prefix: "w", Limit: 10}))
	list(t, r.Accounts(ctx, number, ledger.AccountQuery{Paths: []string{"bank"}}))
	list(t, r.Records(ctx, number, ledger.RecordQuery{Limit: 10}))
	list(t, r.Records(ctx, number, ledger.RecordQuery{IDs: ids}))
	list(t, r.Moves(ctx, number, ledger.MoveQuery{Account: "bank", Before: 100, Limit: 10}))
	list(t, r.Closings(ctx, number, ledger.ClosingQuery{On: openDate}))
	list(t, r.Holds(ctx, number, ledger.HoldQuery{}))
	list(t, r.Holds(ctx, number, ledger.HoldQuery{IDs: ids}))
	list(t, r.Holds(ctx, number, ledger.HoldQuery{ExpiredAt: farOff}))
	list(t, r.Refunds(ctx, number))
	list(t, r.Nodes(ctx, number, ledger.NodeQuery{Tree: 1, Level: 8, Last: 9}))
	list(t, r.AccountRows(ctx, number))
	list(t, r.MilestoneRows(ctx, number))
	list(t, r.ClosingRows(ctx, number))
	list(t, r.RecordIDs(ctx, number))
	list(t, r.NodeRows(ctx, number))
	list(t, r.Seals(ctx, number, 0))
	list(t, r.CursorRows(ctx, number))
}
