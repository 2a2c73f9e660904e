package voucher_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// codes is the default mapping once more, by hand.
var codes = map[string]string{
	"cash": "1001", "bank": "1002", "clearing": "1021", "suspense": "1902", "treasury": "2103", "wallet": "230701", "subsidy": "230702",
	"merchant": "230703", "transit": "230704", "fund": "230705", "agency": "230706", "income": "4101", "expense": "5001", "arrears": "121801",
	"fee/tuition": "1212", "fee/bus": "1212", "fee/books": "121802",
}

func codeOf(path string) string {
	family, rest, _ := strings.Cut(path, "/")
	if family == "fee" {
		family, _, _ = strings.Cut(family+"/"+rest, "-")
	}
	return codes[family]
}

// own reports whether an account is the school's own money.
func own(path string) bool {
	return strings.HasPrefix(path, "income/") || strings.HasPrefix(path, "expense/") || strings.HasPrefix(path, "fee/bus-")
}

// random does one thing, if the rules let it.
func (s *school) random(random *rand.Rand) {
	holder := []string{"h1", "h2"}[random.IntN(2)]
	amount := cny(fmt.Sprintf("%d.%02d", random.IntN(40), 1+random.IntN(99)))
	item := []string{"tuition", "bus", "books"}[random.IntN(3)]
	nature := map[string]campus.Nature{"tuition": campus.Administrative, "bus": campus.Service, "books": campus.Agency}[item]
	merchant := []string{"canteen1", "canteen2"}[random.IntN(2)]
	fee := campus.Fee{Event: s.event(), Bill: item + "-h1", Nature: nature, Item: item, Amount: amount, From: campus.FromWallet(holder)}
	if random.IntN(2) == 0 {
		fee.From = campus.FromCash("desk")
	}
	payout := campus.Payout{Event: fee.Event, Merchant: merchant, Bank: "main", Amount: amount, Commission: cny("0.01")}
	subsidy := campus.SubsidyMoney{Event: fee.Event, Programme: "meal", Bank: "main", Holder: holder, Amount: amount}
	transaction := []ledger.Transaction{
		s.chart.TopUp(campus.TopUp{Event: fee.Event, Gateway: "wechat", Holder: holder, Amount: amount}),
		s.chart.Sale(campus.Sale{Event: fee.Event, Holder: holder, Merchant: merchant, Price: amount, Programmes: []string{"meal"}, Credit: true}),
		s.chart.FeeAssessed(fee), s.chart.FeePaid(fee), s.chart.MerchantSettled(payout), s.chart.PaidOut(payout),
		s.chart.SubsidyFunded(subsidy), s.chart.SubsidyGranted(subsidy),
		s.chart.GatewaySettled(campus.GatewaySettlement{Event: fee.Event, Gateway: "wechat", Bank: "main", Gross: amount, Charge: cny("0.01")}),
	}[random.IntN(9)]
	receipt, err := s.book.Post(s.t.Context(), transaction)
	if err == nil && random.IntN(6) == 0 {
		_, _ = s.book.Reverse(s.t.Context(), ledger.Reversal{Of: receipt.Record.ID}) // a bound may forbid it
	}
}

// wander plays days at random: some are reopened, up to three in a row, and
// closed again after more was posted. Some are passed over.
func (s *school) wander(random *rand.Rand) {
	s.t.Helper()
	for range 60 {
		head, err := s.book.Head(s.t.Context())
		require.NoError(s.t, err)
		switch n := random.IntN(12); {
		case n < 2:
			_, err = s.book.CloseDay(s.t.Context(), ledger.DayClose{Date: head.OpenDate, Next: head.OpenDate.AddDays(1 + n*random.IntN(3))})
			if err != nil {
				require.ErrorIs(s.t, err, ledger.ErrInvalid, "it would pass over a date that has records")
			}
		case n == 2:
			for range 1 + random.IntN(3) {
				if head.ClosedSeq == 0 {
					break
				}
				closed, err := s.book.RecordAt(s.t.Context(), head.ClosedSeq)
				require.NoError(s.t, err)
				_, err = s.book.Reopen(s.t.Context(), ledger.Reopen{Date: closed.Date, By: "test", Why: "again"})
				require.NoError(s.t, err)
				head, err = s.book.Head(s.t.Context())
				require.NoError(s.t, err)
			}
		default:
			s.random(random)
		}
	}
}

// turnovers are debits and credits by subject.
type turnovers map[string][2]int64

func (t turnovers) add(code string, debits, credits int64) {
	if debits != 0 || credits != 0 {
		t[code] = [2]int64{t[code][0] + debits, t[code][1] + credits}
	}
}

// closed returns what the ledger's closings say each subject was posted up to the
// end of a date, and what of the cash was the school's own: all there is, less
// what is held for others.
func (s *school) closed(on ledger.Date) (posted turnovers, pool int64) {
	s.t.Helper()
	posted = turnovers{}
	for closing, err := range s.store.Closings(s.t.Context(), bookID, ledger.ClosingQuery{On: on}) {
		require.NoError(s.t, err)
		posted.add(codeOf(closing.Account), closing.Debits, closing.Credits)
		if !own(closing.Account) {
			pool += closing.Debits - closing.Credits
		}
	}
	return posted, pool
}

// After any history the vouchers of all closed days sum to what the ledger stood
// at after each, and the budget's pool to the cash that was the school's own.
func TestVouchersSumToTheClosingsOfAnyHistory(t *testing.T) {
	t.Parallel()
	reopened, vouchersSeen := 0, 0
	for seed := range uint64(40) {
		s := newSchool(t, storetest.NewMemory())
		s.wander(rand.New(rand.NewPCG(seed, 1)))
		head, err := s.book.Head(t.Context())
		require.NoError(t, err)
		if head.ReopenSeq > 0 {
			reopened++
		}
		if head.OpenDate == day(1) {
			continue
		}
		p := voucher.Period{From: day(1), To: head.OpenDate.AddDays(-1)}
		vouchers := vouchersOf(t, s, p)
		vouchersSeen += len(vouchers)
		requireClosings(t, s, p, vouchers)
		for _, v := range vouchers {
			require.Equal(t, []voucher.Voucher{v}, vouchersOf(t, s, voucher.Period{From: v.Date, To: v.Date}), "alone it is the same, seed %d", seed)
		}
		_, err = s.exporter(nil).Balances(t.Context(), voucher.Period{From: p.To})
		require.NoError(t, err, "seed %d", seed)
		_, err = s.exporter(nil).Balances(t.Context(), p)
		require.NoError(t, err, "seed %d", seed)
	}
	require.Greater(t, reopened, 20, "histories without reopenings prove little")
	require.Greater(t, vouchersSeen, 100)
}

func requireClosings(t *testing.T, s *school, p voucher.Period, vouchers []voucher.Voucher) {
	t.Helper()
	got := turnovers{}
	for date := p.From; !p.To.Before(date); date = date.AddDays(1) {
		if len(vouchers) > 0 && vouchers[0].Date == date {
			for _, line := range vouchers[0].Lines {
				if line.Side == ledger.DebitSide {
					got.add(line.Subject.Code, line.Amount.Minor(), 0)
				} else {
					got.add(line.Subject.Code, 0, line.Amount.Minor())
				}
			}
			vouchers = vouchers[1:]
		}
		want, pool := s.closed(date)
		for _, code := range codes {
			require.Equal(t, want[code], got[code], "%s at the end of %s", code, date)
		}
		require.Equal(t, pool, got["8001"][0]-got["8001"][1], "the school's own cash at the end of %s", date)
	}
	require.Empty(t, vouchers)
}
