package storetest

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// particulars are about what an account has besides its money.
func particulars() []clause {
	const history = "History yields the records that changed an account's bounds, limits, metadata or state, newest first, and last the one that opened it."
	const page = "AccountPage returns a page of the accounts that the filter lets through: the first page for an empty cursor, else the page that an earlier page's Next names."
	return []clause{
		{"an account keeps its metadata and its limits", "It is stored in canonical form.", keepMetadata},
		{"an account's history says who changed it and why", history, readHistory},
		{"accounts are listed page by page", page, func(t *testing.T, s *school) {
			want := s.manyAccounts(t)
			var read []string
			cursor := ""
			for pages := 1; ; pages++ {
				page, err := s.book.AccountPage(t.Context(), ledger.AccountFilter{Prefix: "many/"}, cursor, 4)
				require.NoError(t, err)
				require.LessOrEqual(t, len(page.Accounts), 4)
				for _, account := range page.Accounts {
					read = append(read, account.Path)
				}
				if cursor = page.Next; cursor == "" {
					require.Equal(t, 3, pages)
					break
				}
			}
			require.Equal(t, want, read)
			_, err := s.book.AccountPage(t.Context(), ledger.AccountFilter{}, "no cursor", 4)
			require.ErrorIs(t, err, ledger.ErrInvalid)
		}},
		{"accounts are listed by control account, state and balance", page, filterAccounts},
		{
			"nobody waits for the end of a list of accounts", "It streams: a million accounts take no memory.",
			func(t *testing.T, s *school) {
				want := s.manyAccounts(t)
				var read []string
				for account, err := range s.book.Accounts(t.Context(), "many/") {
					require.NoError(t, err)
					s.post(t, topUp(wallet1, 1)) // nobody waits for the end of the list
					if read = append(read, account.Path); len(read) == 3 {
						break
					}
				}
				require.Equal(t, want[:3], read)
			},
		},
	}
}

func keepMetadata(t *testing.T, s *school) {
	spec := wallet("wallet/h7")
	spec.Metadata = json.RawMessage(`{"b": [1, "学"], "a": {}}`)
	spec.Limits = ledger.Limits{
		{Name: "meals", Side: ledger.DebitSide, Per: ledger.PerWeek, Kinds: []string{"sale", "kiosk"}, Except: true, Max: yuan(0)},
		{Name: "day", Side: ledger.CreditSide, Per: ledger.PerDay, Max: yuan(7)},
	}
	s.openAccounts(t, spec)
	spec.Metadata, spec.State = json.RawMessage(`{"a":{},"b":[1,"学"]}`), ledger.StateOpen
	read, err := s.book.Account(t.Context(), spec.Path)
	require.NoError(t, err)
	require.Equal(t, spec, read.AccountSpec)
	s.post(t, topUp(spec.Path, 5))
	_, err = s.book.ChangeAccount(t.Context(), ledger.Change{
		By: "test", ID: ledger.NewID(), Why: "test", Account: spec.Path, Metadata: json.RawMessage(`{"c": 1}`), State: ledger.StateOpen,
	})
	require.NoError(t, err)
	read, err = s.book.Account(t.Context(), spec.Path)
	require.NoError(t, err)
	require.JSONEq(t, `{"c":1}`, string(read.Metadata))
	require.Empty(t, read.Limits)
	require.False(t, read.Ceiling.IsValid())
	for _, bad := range []string{`[1]`, `{"a":1,"a":2}`, `{`} {
		spec.Path, spec.Metadata = "wallet/h8", json.RawMessage(bad)
		_, err := s.openAccount(t, spec)
		require.ErrorIs(t, err, ledger.ErrInvalid, bad)
	}
}

func readHistory(t *testing.T, s *school) {
	opened := s.head(t).Seq // one record opened all accounts
	var changes []int64
	for i, by := range []string{"guardian:7", "finance:1", "operator:2"} {
		s.post(t, topUp(wallet1, 100)) // no change
		s.release(t, s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 1)}).ID)
		receipt, err := s.book.ChangeAccount(t.Context(), ledger.Change{
			ID: ledger.NewID(), By: by, Why: fmt.Sprint("reason ", i), Account: wallet1, Floor: yuan(0), Ceiling: yuan(int64(1000 + i)),
			State: ledger.StateOpen,
		})
		require.NoError(t, err)
		changes = append(changes, receipt.Record.Seq)
	}
	s.post(t, payment(wallet1, 100))
	history := all(t, s.book.History(t.Context(), wallet1))
	require.Len(t, history, 4)
	for i, record := range history[:3] {
		n := 2 - i
		require.Equal(t, changes[n], record.Seq)
		require.Equal(t, ledger.KindChange, record.Kind)
		require.Equal(t, fmt.Sprint("reason ", n), record.Why)
		require.Equal(t, yuan(int64(1000+n)), record.Accounts[0].Ceiling)
	}
	require.Equal(t, []string{"operator:2", "finance:1", "guardian:7"}, []string{history[0].By, history[1].By, history[2].By})
	require.Equal(t, opened, history[3].Seq)
	require.Equal(t, ledger.KindOpening, history[3].Kind)
	for _, err := range s.book.History(t.Context(), "nobody") {
		require.ErrorIs(t, err, ledger.ErrAccountUnknown)
	}
}

// manyAccounts opens ten accounts of two control accounts, with -3 to 6 on them,
// and returns their paths in order.
func (s *school) manyAccounts(t *testing.T) []string {
	t.Helper()
	var paths []string
	for i := range int64(10) {
		spec := ledger.AccountSpec{Path: fmt.Sprint("many/", i), Control: "2307", Side: ledger.CreditSide, Currency: money.CNY}
		if i%2 == 1 {
			spec.Control, spec.Side = "1221", ledger.DebitSide
		}
		if i == 4 {
			spec.Currency = money.JPY
		}
		s.openAccounts(t, spec)
		paths = append(paths, spec.Path)
		own := transaction("test", ledger.Debit(spec.Path, yuan(max(i-3, 3-i))), ledger.Credit(bank, yuan(max(i-3, 3-i))))
		if (i > 3) == (spec.Side == ledger.CreditSide) {
			own.Postings[0].Side, own.Postings[1].Side = ledger.CreditSide, ledger.DebitSide
		}
		if i != 3 && i != 4 {
			s.post(t, own)
			require.Equal(t, i-3, s.balance(t, spec.Path))
		}
	}
	return paths
}

func filterAccounts(t *testing.T, s *school) {
	s.manyAccounts(t)
	s.setState(t, "many/3", ledger.StateClosed)
	s.setState(t, "many/5", ledger.StateFrozen)
	for _, c := range []struct {
		filter ledger.AccountFilter
		want   []string
	}{
		{ledger.AccountFilter{Control: "1221"}, []string{"many/1", "many/3", "many/5", "many/7", "many/9"}},
		{ledger.AccountFilter{State: ledger.StateClosed}, []string{"many/3"}},
		{ledger.AccountFilter{Control: "1221", State: ledger.StateOpen}, []string{"many/1", "many/7", "many/9"}},
		{ledger.AccountFilter{Min: yuan(-1), Max: yuan(3)}, []string{"many/2", "many/3", "many/5", "many/6"}},
		{ledger.AccountFilter{Min: yuan(4)}, []string{"many/7", "many/8", "many/9"}},
		{ledger.AccountFilter{Max: yuan(-1), Control: "2307"}, []string{"many/0", "many/2"}},
		{ledger.AccountFilter{Min: money.Of(0, money.JPY)}, []string{"many/4"}},
		{ledger.AccountFilter{Min: yuan(100)}, nil},
	} {
		c.filter.Prefix = "many/"
		var read []string
		for cursor := ""; ; {
			page, err := s.book.AccountPage(t.Context(), c.filter, cursor, 2)
			require.NoError(t, err)
			for _, account := range page.Accounts {
				read = append(read, account.Path)
			}
			if cursor = page.Next; cursor == "" {
				break
			}
		}
		require.Equal(t, c.want, read, "%+v", c.filter)
	}
	for _, bad := range []ledger.AccountFilter{{State: "melted"}, {Min: yuan(1), Max: money.Of(2, money.JPY)}} {
		_, err := s.book.AccountPage(t.Context(), bad, "", 2)
		require.ErrorIs(t, err, ledger.ErrInvalid)
	}
}
