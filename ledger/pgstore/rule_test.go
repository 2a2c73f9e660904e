package pgstore_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

// guarded is a wallet with everything an account can have.
func guarded(path string) ledger.AccountSpec {
	return ledger.AccountSpec{
		Path: path, Control: "2307.01", Side: ledger.CreditSide, Currency: money.CNY, Floor: cny(-50), Ceiling: cny(100_000),
		Limits: ledger.Limits{
			{Name: "guardian", Side: ledger.DebitSide, Per: ledger.PerDay, Max: cny(3000)},
			{Name: "meals", Side: ledger.DebitSide, Per: ledger.PerWeek, Kinds: []string{"sale"}, Except: true, Max: cny(0)},
		},
		Metadata: json.RawMessage(`{"class":"3b"}`), State: ledger.StateOpen,
	}
}

func sale(from string, fen int64) ledger.Transaction {
	return ledger.Transaction{ID: ledger.NewID(), Kind: "sale", Postings: []ledger.Posting{
		ledger.Debit(from, cny(fen)), ledger.Credit("bank", cny(fen)),
	}}
}

func TestAnAccountIsReadBackWithItsRules(t *testing.T) {
	t.Parallel()
	store := pgstore.New(newPool(t, nil), nil)
	book := newBook(t, store, 0)
	spec := guarded("w/g")
	opening, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{spec}})
	require.NoError(t, err)
	want := ledger.Account{AccountSpec: spec, Number: 2, ChangedSeq: opening.Record.Seq, LastSeq: opening.Record.Seq}
	require.Equal(t, want, account(t, book, "w/g"))

	_, err = book.Post(t.Context(), topUp("w/g", 5000))
	require.NoError(t, err)
	paid, err := book.Post(t.Context(), sale("w/g", 1200))
	require.NoError(t, err)
	want.Debits, want.Credits, want.LastSeq = 1200, 5000, paid.Record.Seq
	want.MovedSeq, want.Moves = paid.Record.Seq, 2
	want.Used = ledger.Uses{{Limit: "guardian", Since: openDate, Minor: 1200}}
	require.Equal(t, want, account(t, book, "w/g"))
	require.Equal(t, []ledger.Account{want}, lookUp(t, store, ledger.Need{Accounts: []string{"w/g"}}).Accounts)

	change := ledger.Change{
		ID: ledger.NewID(), By: "office", Why: "asked for", Account: "w/g", Floor: cny(0), Ceiling: money.Amount{},
		Limits: spec.Limits[:1], Metadata: json.RawMessage(`{"class":"4b"}`), State: ledger.StateFrozenCredits,
	}
	changed, err := book.ChangeAccount(t.Context(), change)
	require.NoError(t, err)
	want.Floor, want.Ceiling, want.Limits = change.Floor, change.Ceiling, change.Limits
	want.Metadata, want.State = change.Metadata, change.State
	want.ChangedSeq, want.LastSeq = changed.Record.Seq, changed.Record.Seq
	require.Equal(t, want, account(t, book, "w/g"))

	_, err = book.ChangeAccount(t.Context(), ledger.Change{ID: ledger.NewID(), By: "office", Why: "asked for", Account: "w/g", State: ledger.StateOpen})
	require.NoError(t, err)
	bare := account(t, book, "w/g")
	require.Nil(t, bare.Limits)
	require.Nil(t, bare.Metadata)
	require.Nil(t, bare.Used)
}

func TestAPaymentDoesNotStoreLongMetadataAnew(t *testing.T) {
	t.Parallel()
	pool := newPool(t, oneConnection)
	book := newBook(t, pgstore.New(pool, nil), 1)
	noise := make([]byte, 3900)
	for i := range noise {
		noise[i] = byte('0' + rand.IntN(75)) //nolint:gosec // only what does not compress well
		if noise[i] == '\\' {
			noise[i] = '0'
		}
	}
	spec := guarded("w/g")
	spec.Metadata, spec.Limits = json.RawMessage(`{"note":"`+string(noise)+`"}`), nil
	_, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{spec}})
	require.NoError(t, err)
	aside := func() (rows int64) {
		_, err := pool.Exec(t.Context(), `select pg_stat_force_next_flush()`)
		require.NoError(t, err)
		const written = `select n_tup_ins from pg_stat_all_tables where relid = (select reltoastrelid from pg_class where oid = 'account'::regclass)`
		require.NoError(t, pool.QueryRow(t.Context(), written).Scan(&rows))
		return rows
	}
	before := aside()
	require.Positive(t, before, "it is long enough to be stored aside")
	for range 20 {
		_, err := book.Post(t.Context(), topUp("w/g", 1))
		require.NoError(t, err)
	}
	require.Equal(t, before, aside())
	require.Equal(t, spec.Metadata, account(t, book, "w/g").Metadata)
}

func TestAccountsAreFiltered(t *testing.T) {
	t.Parallel()
	store := pgstore.New(newPool(t, nil), nil)
	book := newBook(t, store, 3) // bank, w/1, w/2, w/3
	usd := ledger.AccountSpec{Path: "w/usd", Control: "2307", Side: ledger.CreditSide, Currency: money.USD}
	_, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{usd}})
	require.NoError(t, err)
	for i, fen := range []int64{100, 200} {
		_, err := book.Post(t.Context(), topUp(wallet(i+1), fen))
		require.NoError(t, err)
	}
	_, err = book.ChangeAccount(t.Context(), ledger.Change{ID: ledger.NewID(), By: "office", Why: "lost card", Account: "w/2", State: ledger.StateFrozen})
	require.NoError(t, err)
	minor := func(n int64) *int64 { return &n }
	cases := map[string]struct {
		query ledger.AccountQuery
		want  []string
	}{
		"control":                   {ledger.AccountQuery{Control: "2307"}, []string{"w/1", "w/2", "w/3", "w/usd"}},
		"state":                     {ledger.AccountQuery{State: ledger.StateFrozen}, []string{"w/2"}},
		"currency":                  {ledger.AccountQuery{Currency: money.USD}, []string{"w/usd"}},
		"bounds without a currency": {ledger.AccountQuery{BalanceMin: minor(1 << 40)}, []string{"bank", "w/1", "w/2", "w/3", "w/usd"}},
		"least, from its own side":  {ledger.AccountQuery{Currency: money.CNY, BalanceMin: minor(200)}, []string{"bank", "w/2"}},
		"most":                      {ledger.AccountQuery{Currency: money.CNY, BalanceMax: minor(100)}, []string{"w/1", "w/3"}},
		"a range and its ends":      {ledger.AccountQuery{Currency: money.CNY, BalanceMin: minor(100), BalanceMax: minor(200)}, []string{"w/1", "w/2"}},
		"all together, and a page": {ledger.AccountQuery{
			Prefix: "w/", After: "w/1", Limit: 1, Control: "2307", State: ledger.StateOpen, Currency: money.CNY, BalanceMax: minor(0),
		}, []string{"w/3"}},
		"an impossible control": {ledger.AccountQuery{Control: "\x00'"}, nil},
		"an impossible state":   {ledger.AccountQuery{State: "\xff"}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var paths []string
			for _, found := range list(t, store.Accounts(t.Context(), bookID, c.query)) {
				paths = append(paths, found.Path)
			}
			require.Equal(t, c.want, paths)
		})
	}
}

func TestEntriesTellWhenTheyAreDueAndStopAtAPosition(t *testing.T) {
	t.Parallel()
	store := pgstore.New(newPool(t, nil), nil)
	book := newBook(t, store, 1)
	due := openDate.AddDays(30)
	bill := topUp("w/1", 100)
	bill.Due = due
	billed, err := book.Post(t.Context(), bill)
	require.NoError(t, err)
	_, err = book.Post(t.Context(), topUp("w/1", 1))
	require.NoError(t, err)
	entries := list(t, ledger.Entries(t.Context(), store, bookID, ledger.EntryQuery{Account: "w/1"}))
	require.Len(t, entries, 2)
	require.Equal(t, []ledger.Date{{}, due}, []ledger.Date{entries[0].Due, entries[1].Due})
	after := ledger.EntryQuery{Account: "w/1", After: billed.Record.Seq}
	require.Equal(t, entries[:1], list(t, ledger.Entries(t.Context(), store, bookID, after)))
	after.Before = billed.Record.Seq + 1
	require.Empty(t, list(t, ledger.Entries(t.Context(), store, bookID, after)))
}

func TestALockReadsTheChart(t *testing.T) {
	t.Parallel()
	store := pgstore.New(newPool(t, nil), nil)
	book := newBook(t, store, 1)
	require.Empty(t, lookUp(t, store, ledger.Need{Chart: true}).Chart)
	chart := ledger.Chart{ID: ledger.NewID(), By: "office", Why: "new rules", Families: []ledger.Family{
		{Path: "w", Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: cny(0)},
	}}
	receipt, err := book.SetChart(t.Context(), chart)
	require.NoError(t, err)
	snapshot := lookUp(t, store, ledger.Need{Chart: true})
	require.Equal(t, receipt.Record.Seq, snapshot.Head.ChartSeq)
	require.Len(t, snapshot.Chart, 1)
	require.Equal(t, receipt.Record.Canonical(), snapshot.Chart[0].Body)
	require.Empty(t, lookUp(t, store, ledger.Need{}).Chart)
	opened, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{{Path: "w/9"}}})
	require.NoError(t, err)
	require.Equal(t, cny(0), opened.Record.Accounts[0].Floor, "the family's")
}

func TestAReopenedDateLosesItsClosings(t *testing.T) {
	t.Parallel()
	store := pgstore.New(newPool(t, func(c *pgxpool.Config) { c.MaxConns = 2 }), nil)
	book := newBook(t, store, 2)
	second := openDate.AddDays(1)
	must := func(receipt ledger.Receipt, err error) ledger.Receipt {
		t.Helper()
		require.NoError(t, err)
		return receipt
	}
	must(book.Post(t.Context(), topUp("w/1", 100)))
	must(book.CloseDay(t.Context(), ledger.DayClose{Date: openDate}))
	must(book.Post(t.Context(), topUp("w/1", 20)))
	must(book.CloseDay(t.Context(), ledger.DayClose{Date: second}))
	later := must(book.Post(t.Context(), topUp("w/2", 3))) // on the third day
	require.Len(t, list(t, store.Closings(t.Context(), bookID, ledger.ClosingQuery{})), 5)
	require.Empty(t, lookUp(t, store, ledger.Need{Closing: true}).Ahead)

	reopened := must(book.Reopen(t.Context(), ledger.Reopen{Date: second, By: "auditor", Why: "a missing bill"}))
	closings := list(t, store.Closings(t.Context(), bookID, ledger.ClosingQuery{}))
	require.Len(t, closings, 3)
	for _, closing := range closings {
		require.Equal(t, openDate, closing.Date)
	}
	snapshot := lookUp(t, store, ledger.Need{Closing: true})
	require.Equal(t, second, snapshot.Head.OpenDate)
	require.Equal(t, reopened.Record.Seq, snapshot.Head.ReopenSeq)
	require.Len(t, snapshot.All, 3)
	var ahead []string
	for _, record := range snapshot.Ahead {
		ahead = append(ahead, string(record.Body))
	}
	require.Equal(t, []string{string(later.Record.Canonical()), string(reopened.Record.Canonical())}, ahead)

	must(book.CloseDay(t.Context(), ledger.DayClose{Date: second}))
	at, err := book.BalanceAt(t.Context(), "w/2", second)
	require.NoError(t, err)
	require.Equal(t, cny(0), at, "what was posted later is no part of it")
	must(book.CloseDay(t.Context(), ledger.DayClose{Date: second.AddDays(1)}))
	at, err = book.BalanceAt(t.Context(), "w/2", second.AddDays(1))
	require.NoError(t, err)
	require.Equal(t, cny(3), at)
}

// What the database keeps may have been changed by hand.
func TestARowThatCannotBeReadIsCorrupt(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	store := pgstore.New(pool, nil)
	book := newBook(t, store, 1)
	_, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{guarded("w/g")}})
	require.NoError(t, err)
	paid, err := book.Post(t.Context(), topUp("w/1", 100))
	require.NoError(t, err)
	_, err = book.Refund(t.Context(), ledger.Refund{ID: ledger.NewID(), Of: paid.Record.ID, Lines: []ledger.RefundLine{
		{Line: 0, Amount: cny(1)}, {Line: 1, Amount: cny(1)},
	}})
	require.NoError(t, err)
	hold := preorder("w/1", 10, paid.Record.At.AddDate(1, 0, 0))
	_, err = book.Authorize(t.Context(), hold)
	require.NoError(t, err)

	for _, spoil := range []string{
		`update account set currency = 'yuan' where path = 'w/g'`,
		`update account set limits = '[{' where path = 'w/g'`,
		`update account set limits = replace(limits, ',', ' ,') where path = 'w/g'`,
		`update account set used = '[["guardian"]]' where path = 'w/g'`,
		`update account set meta = '{"class"' where path = 'w/g'`,
		`update account set state = 'gone' where path = 'w/g'`,
		`alter table account drop constraint account_side_check; update account set side = 257 where path = 'w/g'`,
		`update hold set captured = '[0,'`,
		`update hold set captured = 'null'`,
		`update hold set captured = '[0, 0]'`,
		`update hold set captured = '[-1,0]'`,
		`alter table hold drop constraint hold_state_check; update hold set state = 'lost'`,
		`alter table refund drop constraint refund_amount_check; update refund set amount = 0`,
		`update refund set line = -1 where line = 0`,
	} {
		t.Run(spoil, func(t *testing.T) {
			tx, err := pool.Begin(t.Context())
			require.NoError(t, err)
			defer func() { _ = tx.Rollback(t.Context()) }()
			_, err = tx.Exec(t.Context(), spoil)
			require.NoError(t, err)
			within := pgstore.In(tx, nil)
			require.ErrorIs(t, firstError(t, within), ledger.ErrCorrupt)
			_, err = within.Lock(t.Context(), bookID, ledger.Need{
				Accounts: []string{"w/g"}, Holds: []uuid.UUID{hold.ID}, Refunds: []int64{paid.Record.Seq},
			})
			require.ErrorIs(t, err, ledger.ErrCorrupt)
		})
	}
	require.NoError(t, firstError(t, store))
}

// firstError reads all accounts, holds and refunds.
func firstError(t *testing.T, store ledger.Reader) error {
	t.Helper()
	for _, err := range store.Accounts(t.Context(), bookID, ledger.AccountQuery{}) {
		if err != nil {
			return err
		}
	}
	for _, err := range store.Holds(t.Context(), bookID, ledger.HoldQuery{}) {
		if err != nil {
			return err
		}
	}
	for _, err := range store.Refunds(t.Context(), bookID) {
		if err != nil {
			return err
		}
	}
	return nil
}
