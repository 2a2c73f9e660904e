package storetest

import (
	"encoding/json"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func remembering() []clause {
	const stays = "what was refused stays refused, whatever the accounts hold later."
	const answer = "The answer is the same error, and from then on a [RememberedError] around it: its condition and what [Explain] says stay, its type does not."
	return []clause{
		{"what was refused and remembered stays refused though money came", stays, rememberRefusal},
		{"what was refused and not remembered may be tried again", "false, a refused id may be tried again.", func(t *testing.T, s *school) {
			sale := payment(wallet1, 10)
			_, err := s.book.Post(t.Context(), sale)
			require.ErrorIs(t, err, ledger.ErrInsufficient)
			s.post(t, topUp(wallet1, 10))
			s.post(t, sale)
		}},
		{"other content with a refused id is refused as reused", answer, rememberOther},
		{"every rule's refusal is remembered with its particulars", answer, rememberRules},
		{"a closed date's refusal is remembered", answer, func(t *testing.T, s *school) {
			s.post(t, topUp(wallet1, 100))
			s.closeDay(t, firstDay)
			late := remembered(payment(wallet1, 10))
			late.Date = firstDay
			_, err := s.book.Post(t.Context(), late)
			require.ErrorIs(t, err, ledger.ErrDateClosed)
			s.requireRemembered(t, late, ledger.Refusal{Code: "date_closed", Rule: "date_closed", Date: firstDay})
		}},
		{"of many callers with a refused id one is remembered", stays, func(t *testing.T, s *school) {
			books := []*ledger.Book{s.book, s.openBook(t)}
			refused := remembered(payment(wallet1, 10))
			before := s.head(t).Seq
			atOnce(16, func(i int) {
				if _, err := books[i%2].Post(t.Context(), refused); ledger.CodeOf(err) != "insufficient" {
					t.Error(err)
				}
			})
			require.Equal(t, before+1, s.head(t).Seq)
		}},
		{"a refusal is remembered or the sale is written, never both", stays, rememberOrWrite},
		{
			"a malformed transaction is not remembered", "Remember journals a refusal by a rule of the book under this id:",
			func(t *testing.T, s *school) {
				before := s.head(t)
				_, err := s.book.Post(t.Context(), remembered(transaction("sale")))
				require.ErrorIs(t, err, ledger.ErrInvalid)
				require.Equal(t, before, s.head(t))
			},
		},
	}
}

func remembered(t ledger.Transaction) ledger.Transaction {
	t.Remember = true
	return t
}

// requireRemembered posts once more what was refused before.
func (s *school) requireRemembered(t testing.TB, again ledger.Transaction, why ledger.Refusal) {
	t.Helper()
	_, err := s.openBook(t).Post(t.Context(), again)
	var refused *ledger.RememberedError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, why, refused.Refusal)
	require.Equal(t, why, ledger.Explain(err))
	require.Equal(t, why.Code, ledger.CodeOf(err))
	record, err := s.book.Record(t.Context(), again.ID)
	require.NoError(t, err)
	require.Equal(t, refused.Seq, record.Seq)
	require.Equal(t, ledger.KindRefusal, record.Kind)
	require.Equal(t, again.Kind, record.For)
	require.Equal(t, again.Postings, record.Asked)
	require.Empty(t, record.Lines)
}

func rememberRefusal(t *testing.T, s *school) {
	s.post(t, topUp(wallet1, 40))
	offline := remembered(payment(wallet1, 100))
	offline.By, offline.Document = "terminal:3", json.RawMessage(`{"at":"12:01"}`)
	accounts := all(t, s.store.Accounts(t.Context(), s.id, ledger.AccountQuery{}))
	_, err := s.book.Post(t.Context(), offline)
	var first *ledger.BoundError
	require.ErrorAs(t, err, &first)
	require.Equal(t, yuan(40), first.Available())
	require.Equal(t, accounts, all(t, s.store.Accounts(t.Context(), s.id, ledger.AccountQuery{})), "a refusal touches no account")

	s.post(t, topUp(wallet1, 500))
	why := ledger.Refusal{Code: "insufficient", Rule: "floor", Account: wallet1, Wanted: yuan(100), Available: yuan(40)}
	s.requireRemembered(t, offline, why)
	offline.Remember = false // how it is asked does not matter any more
	s.requireRemembered(t, offline, why)
	require.Equal(t, int64(540), s.balance(t, wallet1))
}

func rememberOther(t *testing.T, s *school) {
	refused := remembered(payment(wallet1, 10))
	_, err := s.book.Post(t.Context(), refused)
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	seq := s.head(t).Seq
	s.post(t, topUp(wallet1, 100))
	for field, alter := range map[string]func(other *ledger.Transaction){
		"kind":     func(other *ledger.Transaction) { other.Kind = "refund" },
		"by":       func(other *ledger.Transaction) { other.By = "cashier:2" },
		"document": func(other *ledger.Transaction) { other.Document = json.RawMessage(`{}`) },
		"due":      func(other *ledger.Transaction) { other.Due = firstDay },
		"postings": func(other *ledger.Transaction) { other.Postings = payment(wallet1, 9).Postings },
	} {
		other := refused
		alter(&other)
		_, err := s.book.Post(t.Context(), other)
		var reused *ledger.IDReusedError
		require.ErrorAs(t, err, &reused, field)
		require.Equal(t, ledger.IDReusedError{ID: refused.ID, Seq: seq, Field: field}, *reused)
	}
	_, err = s.book.OpenAccounts(t.Context(), ledger.Opening{ID: refused.ID, Accounts: []ledger.AccountSpec{wallet("wallet/h3")}})
	require.ErrorIs(t, err, ledger.ErrIDReused)
	require.Equal(t, int64(100), s.balance(t, wallet1))
}

// rememberRules lets each rule refuse something.
func rememberRules(t *testing.T, s *school) {
	s.limit(t, spending("guardian", ledger.PerDay, 50))
	s.setState(t, wallet2, ledger.StateFrozen)
	for _, c := range []struct {
		refused ledger.Transaction
		why     ledger.Refusal
	}{
		{payment("nobody", 1), ledger.Refusal{Code: "account_unknown", Rule: "account_unknown", Account: "nobody"}},
		{topUp(wallet2, 1), ledger.Refusal{Code: "account_frozen", Rule: "account_frozen", Account: wallet2}},
		{
			transaction("sale", ledger.Debit(wallet1, yuan(2)), ledger.Credit(canteen, yuan(1))),
			ledger.Refusal{Code: "unbalanced", Rule: "unbalanced"},
		},
		{topUp(wallet1, 999_00), ledger.Refusal{
			Code: "above_ceiling", Rule: "ceiling", Account: wallet1, Wanted: yuan(999_00), Available: yuan(995_00),
		}},
		{payment(wallet1, 51), ledger.Refusal{
			Code: "limit_exceeded", Rule: "guardian", Account: wallet1, Wanted: yuan(51), Available: yuan(50),
		}},
	} {
		c.refused.Remember = true
		_, err := s.book.Post(t.Context(), c.refused)
		require.Equal(t, c.why, ledger.Explain(err))
		require.Equal(t, c.why.Code, ledger.CodeOf(err))
		s.requireRemembered(t, c.refused, c.why)
	}
}

// rememberOrWrite asks for each of many sales twice at once while the money for
// them comes.
func rememberOrWrite(t *testing.T, s *school) {
	books := []*ledger.Book{s.book, s.openBook(t)}
	sales := make([]ledger.Transaction, 20)
	for i := range sales {
		sales[i] = remembered(payment(wallet1, 10))
	}
	var paid atomic.Int64
	atOnce(3*len(sales), func(i int) {
		if n := i / 3; i%3 < 2 {
			receipt, err := books[i%2].Post(t.Context(), sales[n])
			switch {
			case err == nil && !receipt.Replayed:
				paid.Add(10)
			case err != nil && ledger.CodeOf(err) != "insufficient":
				t.Error(err)
			}
		} else if _, err := books[n%2].Post(t.Context(), topUp(wallet1, 10)); err != nil {
			t.Error(err)
		}
	})
	require.Equal(t, paid.Load(), s.balance(t, canteen))
	require.Equal(t, int64(200)-paid.Load(), s.balance(t, wallet1))
}
