package storetest

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func extremes() []clause {
	const limits = "1,000 postings and 64 KiB of document a transaction; 1,000 accounts an opening, requests a linked post, families a chart; 16 limits and 4 KiB of metadata an account; paths of 128 bytes; totals, holds included, of 9,223,372,036,854,775,807 minor units a side of an account."
	return []clause{
		{"totals reach the last int64 and go no further", limits, func(t *testing.T, s *school) {
			most := yuan(math.MaxInt64)
			s.post(t, transaction("most", ledger.Debit(bank, most), ledger.Credit(canteen, most)))
			require.Equal(t, int64(math.MaxInt64), s.balance(t, bank))
			require.Equal(t, int64(math.MaxInt64), s.balance(t, canteen))
			before := s.head(t)
			_, err := s.book.Post(t.Context(), topUp(wallet1, 1))
			require.ErrorIs(t, err, ledger.ErrOverflow)
			require.Equal(t, before, s.head(t))
			// back to zero, and as far below it
			s.post(t, transaction("back", ledger.Debit(canteen, most), ledger.Credit(bank, most)))
			require.Zero(t, s.balance(t, bank))
			_, err = s.book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay})
			require.NoError(t, err)
		}},
		{"bounds may be anywhere within int64", limits, func(t *testing.T, s *school) {
			s.openAccounts(t, ledger.AccountSpec{
				Path: "wide", Control: "1", Side: ledger.DebitSide, Currency: money.CNY,
				Floor: yuan(math.MinInt64), Ceiling: yuan(math.MaxInt64),
			})
			s.post(t, transaction("low", ledger.Credit("wide", yuan(math.MaxInt64)), ledger.Debit(bank, yuan(math.MaxInt64))))
			require.Equal(t, int64(-math.MaxInt64), s.balance(t, "wide"))
			account, err := s.book.Account(t.Context(), "wide")
			require.NoError(t, err)
			require.Equal(t, yuan(math.MinInt64), account.Floor)
			require.Equal(t, yuan(math.MaxInt64), account.Ceiling)
		}},
		{"a thousand postings on a thousand accounts are one record", limits, thousandPostings},
		{"a document of 64 KiB is kept byte for byte", limits, func(t *testing.T, s *school) {
			full := topUp(wallet1, 1)
			text := strings.Repeat("食堂", 64<<10)[:64<<10-4] // whole characters and two quotes
			full.Document = json.RawMessage(`"` + strings.ToValidUTF8(text, "") + `"`)
			written := s.post(t, full)
			read, err := s.book.Record(t.Context(), full.ID)
			require.NoError(t, err)
			require.Equal(t, written, read)
			require.JSONEq(t, string(full.Document), string(read.Document))
		}},
		{"texts keep every character but NUL", "1 to 128 bytes.", anyText},
		{"paths of 128 bytes and of one differ in every byte", limits, func(t *testing.T, s *school) {
			long := strings.Repeat("x", 127)
			s.openAccounts(t, wallet(long+"a"), wallet(long+"b"), wallet(long+"A"), wallet("x"))
			s.post(t, topUp(long+"a", 1))
			s.post(t, topUp("x", 2))
			require.Equal(t, int64(1), s.balance(t, long+"a"))
			require.Zero(t, s.balance(t, long+"b"))
			require.Zero(t, s.balance(t, long+"A"))
			_, err := s.book.Account(t.Context(), long)
			require.ErrorIs(t, err, ledger.ErrAccountUnknown)
		}},
	}
}

func thousandPostings(t *testing.T, s *school) {
	const count = 1000
	specs := make([]ledger.AccountSpec, count)
	postings := make([]ledger.Posting, count)
	for i := range count {
		specs[i] = wallet(fmt.Sprintf("many/%03d", i))
		postings[i] = ledger.Credit(specs[i].Path, yuan(int64(i+1)))
	}
	s.openAccounts(t, specs...)
	postings[0] = ledger.DebitRest(bank)
	record := s.post(t, transaction("subsidy", postings...))
	require.Len(t, record.Lines, count)
	require.Equal(t, int64(count*(count+1)/2-1), s.balance(t, bank))
	require.Equal(t, int64(count), s.balance(t, "many/999"))
	_, err := s.book.Reverse(t.Context(), ledger.Reversal{Of: record.ID})
	require.NoError(t, err)
	require.Zero(t, s.balance(t, "many/999"))
}

func anyText(t *testing.T, s *school) {
	text := "收银员 \U0001F35A é e\u0301 \u2028 \\ \" ' % _ \x01\x7f"
	sale := topUp(wallet1, 1)
	sale.By = text
	written := s.post(t, sale)
	require.Equal(t, text, written.By)
	read, err := s.book.Record(t.Context(), sale.ID)
	require.NoError(t, err)
	require.Equal(t, written, read)
	sale = topUp(wallet1, 1)
	sale.By = "a\x00b"
	_, err = s.book.Post(t.Context(), sale)
	require.ErrorIs(t, err, ledger.ErrInvalid)
	name := strings.Repeat("学", 42)
	first := ledger.Genesis{Name: name, OpenDate: ledger.DateOf(9998, 12, 31)}
	book, err := ledger.Create(t.Context(), s.store, s.id+1, first, nil)
	require.NoError(t, err)
	head, err := book.Head(t.Context())
	require.NoError(t, err)
	require.Equal(t, name, head.Name)
	require.Equal(t, first.OpenDate, head.OpenDate)
}
