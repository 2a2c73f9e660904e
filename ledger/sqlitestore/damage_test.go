package sqlitestore

import (
	"iter"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func failure[T any](rows iter.Seq2[T, error]) error {
	_, err := collect(rows)
	return err
}

func TestARowThatCannotBeParsedIsCorrupt(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	head := func(s *Store) error {
		_, err := s.Head(ctx, 1)
		return err
	}
	account := func(s *Store) error { return failure(s.Accounts(ctx, 1, ledger.AccountQuery{})) }
	record := func(s *Store) error { return failure(s.Records(ctx, 1, ledger.RecordQuery{After: 1})) }
	closing := func(s *Store) error { return failure(s.Closings(ctx, 1, ledger.ClosingQuery{})) }
	closingRow := func(s *Store) error { return failure(s.ClosingRows(ctx, 1)) }
	id := func(s *Store) error { return failure(s.RecordIDs(ctx, 1)) }
	hold := func(s *Store) error { return failure(s.Holds(ctx, 1, ledger.HoldQuery{})) }
	for _, test := range []struct {
		damage string
		read   func(*Store) error
		says   string
	}{
		{"update book set open_date = 'tomorrow'", head, "head of book 1"},
		{"update account set currency = 'XXX' where number = 2", account, "account 2"},
		{"update account set limits = '[' where number = 2", account, "account 2: limits"},
		{"update account set limits = '[ ]' where number = 2", account, "account 2: limits"},
		{`update balance set used = '[["guardian","2026-09-01"]]' where number = 2`, account, "account 2: uses"},
		{"update account set meta = '{' where number = 2", account, "account 2: metadata"},
		{"update account set state = 'ajar' where number = 2", account, "account 2: state"},
		{"update journal set id = x'00' where seq = 2", record, "record 2: id"},
		{"update journal set date = '2026-02-30' where seq = 2", record, "record 2"},
		{"update account set currency = 'cny'", closing, "account of closing"},
		{"update closing set date = '1 September' where account = 1", closing, "closing"},
		{"update closing set date = '1 September' where account = 1", closingRow, "closing of account 1"},
		{"update journal set id = x'00' where seq = 2", id, "id of a record"},
		{"update hold set captured = '' where seq = 2", hold, "hold 2: captured"},
		{"update hold set captured = '[1.5]' where seq = 2", hold, "hold 2: captured"},
		{"update hold set captured = '[9223372036854775808]' where seq = 2", hold, "hold 2: captured"},
		{"update hold set expires = '2026-09-01' where seq = 2", hold, "hold 2: time"},
		{"update hold set id = x'00' where seq = 2", hold, "hold 2: id"},
	} {
		t.Run(test.damage, func(t *testing.T) {
			store, _ := filled(t)
			require.NoError(t, test.read(store))
			pragma(t, store, "ignore_check_constraints = on")
			_, err := store.conn.ExecContext(t.Context(), test.damage)
			require.NoError(t, err)
			err = test.read(store)
			require.ErrorIs(t, err, ledger.ErrCorrupt)
			require.ErrorContains(t, err, test.says)
		})
	}
}

// What a book remembers of an account is no reason to journal what cannot be
// written.
func TestAnAccountThatIsGoneUndoesTheBatch(t *testing.T) {
	t.Parallel()
	store, _ := openStore(t)
	book := createBook(t, store)
	accounts := opening(1, 2)
	_, err := book.OpenAccounts(t.Context(), accounts)
	require.NoError(t, err)
	pay := func() error {
		one := money.Of(1, money.CNY)
		_, err := book.Post(t.Context(), ledger.Transaction{ID: ledger.NewID(), Kind: "sale", Postings: []ledger.Posting{
			ledger.Debit(accounts.Accounts[0].Path, one), ledger.Credit(accounts.Accounts[1].Path, one),
		}})
		return err
	}
	require.NoError(t, pay())
	before, err := store.Head(t.Context(), 1)
	require.NoError(t, err)
	_, err = store.conn.ExecContext(t.Context(), "delete from balance where number = 2")
	require.NoError(t, err)
	require.ErrorIs(t, pay(), ledger.ErrCorrupt)
	most := int64(0)
	for name, query := range map[string]ledger.AccountQuery{
		"all": {}, "one": {Paths: []string{accounts.Accounts[1].Path}}, "of a balance": {Currency: money.CNY, BalanceMax: &most},
	} {
		require.ErrorIs(t, failure(store.Accounts(t.Context(), 1, query)), ledger.ErrCorrupt, "it is not unknown: %s", name)
	}
	require.ErrorIs(t, failure(store.Moves(t.Context(), 1, ledger.MoveQuery{Account: accounts.Accounts[1].Path})), ledger.ErrCorrupt)
	after, err := store.Head(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, before, after)
}
