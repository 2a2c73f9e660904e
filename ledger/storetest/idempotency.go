package storetest

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func idempotency() []clause {
	return []clause{
		{
			"the same transaction again is answered with the first record",
			"Posting the same transaction again returns the first record, marked as replayed;",
			func(t *testing.T, s *school) {
				once := topUp(wallet1, 100)
				once.Document = json.RawMessage(`{"b": 1, "a": "学"}`)
				first := s.post(t, once)
				once.Document = json.RawMessage(`{"a":"\u5b66","b":1}`) // the same value
				again, err := s.openBook(t).Post(t.Context(), once)
				require.NoError(t, err)
				require.True(t, again.Replayed)
				require.Equal(t, first, again.Record)
				require.Equal(t, int64(100), s.balance(t, wallet1))
			},
		},
		{
			"other content with the id is refused and says what differs",
			"the same content again answers the first record, other content is refused.",
			differentContent,
		},
		{
			"one of many callers with the same id writes", "An id stands for one transaction for ever:",
			func(t *testing.T, s *school) {
				books := []*ledger.Book{s.book, s.openBook(t), s.openBook(t)}
				once := topUp(wallet1, 100)
				receipts, errs := make([]ledger.Receipt, 32), make([]error, 32)
				atOnce(len(receipts), func(i int) {
					receipts[i], errs[i] = books[i%len(books)].Post(t.Context(), once)
				})
				written := 0
				for i, receipt := range receipts {
					require.NoError(t, errs[i])
					require.Equal(t, receipts[0].Record, receipt.Record)
					if !receipt.Replayed {
						written++
					}
				}
				require.Equal(t, 1, written)
				require.Equal(t, int64(100), s.balance(t, wallet1))
			},
		},
		{
			"a replay is answered though the account was closed since", "An id stands for one transaction for ever:",
			func(t *testing.T, s *school) {
				in, out := topUp(wallet1, 100), payment(wallet1, 100)
				s.post(t, in)
				s.post(t, out)
				s.setState(t, wallet1, ledger.StateClosed)
				_, err := s.book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay})
				require.NoError(t, err)
				receipt, err := s.book.Post(t.Context(), in)
				require.NoError(t, err)
				require.True(t, receipt.Replayed)
			},
		},
		{
			"creating a book again opens it", "Creating it again with the same particulars just opens it;",
			func(t *testing.T, s *school) {
				before := s.head(t)
				same := ledger.Genesis{Name: before.Name, OpenDate: firstDay}
				_, err := ledger.Create(t.Context(), s.store, s.id, same, nil)
				require.NoError(t, err)
				_, err = ledger.Create(t.Context(), s.store, s.id, ledger.Genesis{Name: "Another", OpenDate: firstDay}, nil)
				require.ErrorIs(t, err, ledger.ErrBookExists)
				require.Equal(t, before, s.head(t))
			},
		},
	}
}

func differentContent(t *testing.T, s *school) {
	once := topUp(wallet1, 100)
	once.By, once.Document = "cashier:1", json.RawMessage(`{"n":1}`)
	first := s.post(t, once)
	for field, alter := range map[string]func(other *ledger.Transaction){
		"kind":                func(other *ledger.Transaction) { other.Kind = "refund" },
		"date":                func(other *ledger.Transaction) { other.Date = ledger.DateOf(2026, time.August, 31) },
		"by":                  func(other *ledger.Transaction) { other.By = "cashier:2" },
		"document":            func(other *ledger.Transaction) { other.Document = json.RawMessage(`{"n":2}`) },
		"postings":            func(other *ledger.Transaction) { other.Postings = append(other.Postings, ledger.CreditRest(canteen)) },
		"postings[1].account": func(other *ledger.Transaction) { other.Postings[1].Account = wallet2 },
		"postings[1].side":    func(other *ledger.Transaction) { other.Postings[1].Side = ledger.DebitSide },
		"postings[1].take":    func(other *ledger.Transaction) { other.Postings[1].Take = ledger.UpTo },
		"postings[1].amount":  func(other *ledger.Transaction) { other.Postings[1].Amount = yuan(101) },
	} {
		other := once
		other.Postings = append([]ledger.Posting(nil), once.Postings...)
		alter(&other)
		_, err := s.book.Post(t.Context(), other)
		var reused *ledger.IDReusedError
		require.ErrorAs(t, err, &reused, field)
		require.Equal(t, ledger.IDReusedError{ID: once.ID, Seq: first.Seq, Field: field}, *reused)
	}
}
