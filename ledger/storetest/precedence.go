package storetest

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// precedence sends requests with two faults. Where it can be, the second fault
// of each is the first of the next, so that the whole list is in order.
func precedence() []clause {
	const first = "of several faults the first is reported."
	return []clause{
		{"of a transaction's faults the first in the list is reported", first, postFaults},
		{"of an authorization's faults the first in the list is reported", first, authorizeFaults},
		{"of a capture's faults the first in the list is reported", first, captureFaults},
		{"of a release's faults the first in the list is reported", first, releaseFaults},
		{"of a refund's faults the first in the list is reported", first, refundFaults},
		{"of a reversal's faults the first in the list is reported", first, reversalFaults},
		{"of an opening's faults the first in the list is reported", first, openingFaults},
		{"of a change's faults the first in the list is reported", first, changeFaults},
		{"of a reopening's faults the first in the list is reported", first, reopenFaults},
	}
}

// fault is a request and the code that must answer it.
type fault struct {
	code    string
	request ledger.Request
}

// requireFaults sends the requests, none of which is accepted, and checks that
// the codes are in the order of the list.
func (s *school) requireFaults(t *testing.T, faults ...fault) {
	t.Helper()
	before, last := s.head(t), 0
	for _, f := range faults {
		err := s.book.PostAll(t.Context(), f.request)[0].Err
		require.Equal(t, f.code, ledger.CodeOf(err), "%v", err)
		require.GreaterOrEqual(t, rankOf(f.code), last, f.code)
		last = rankOf(f.code)
	}
	require.Equal(t, before, s.head(t))
}

// rankOf returns the place of a code in the list.
func rankOf(code string) int {
	return slices.IndexFunc(ledger.Conditions(), func(c ledger.Condition) bool { return c.Code == code })
}

// tooLong makes any request malformed.
var tooLong = strings.Repeat("x", 1000)

const most = math.MaxInt64

func postFaults(t *testing.T, s *school) {
	s.openAccounts(t, wallet("closed"), wallet("frozen"))
	s.setState(t, "closed", ledger.StateClosed)
	s.setState(t, "frozen", ledger.StateFrozen)
	s.setLimits(t, wallet2, ledger.Limit{Name: "day", Side: ledger.CreditSide, Per: ledger.PerDay, Max: yuan(5)})
	used := s.post(t, topUp(wallet1, 1)).ID
	s.closeDay(t, firstDay)
	faulty := func(date ledger.Date, postings ...ledger.Posting) ledger.Transaction {
		return ledger.Transaction{ID: ledger.NewID(), Kind: "sale", Date: date, Postings: postings}
	}
	past, future, today := firstDay, firstDay.AddDays(90), ledger.Date{}
	reused := faulty(past, ledger.Debit(bank, yuan(5)), ledger.Credit("nobody", yuan(1)))
	reused.ID = used
	s.requireFaults(t,
		fault{"invalid", ledger.Transaction{ID: used, Date: past}},
		fault{"id_reused", reused},
		fault{"date_closed", faulty(past, ledger.Debit("nobody", yuan(5)), ledger.Credit(bank, yuan(1)))},
		fault{"date_not_open", faulty(future, ledger.Debit("nobody", yuan(5)), ledger.Credit(bank, yuan(1)))},
		fault{"account_unknown", faulty(today, ledger.Debit("nobody", money.Of(5, money.USD)), ledger.Credit("closed", money.Of(1, money.USD)))},
		fault{"currency_mismatch", faulty(today, ledger.Debit("closed", money.Of(5, money.USD)), ledger.Credit(bank, yuan(1)))},
		fault{"account_closed", faulty(today, ledger.Debit("closed", yuan(most)), ledger.Debit("frozen", yuan(most)))},
		fault{"account_frozen", faulty(today, ledger.Debit("frozen", yuan(most)), ledger.Debit(bank, yuan(most)))},
		fault{"overflow", faulty(today, ledger.Debit(wallet1, yuan(most)), ledger.Debit(bank, yuan(most)), ledger.Credit(canteen, yuan(1)))},
		fault{"unbalanced", faulty(today, ledger.Debit(wallet1, yuan(50)), ledger.Credit(canteen, yuan(1)))},
		fault{"insufficient", faulty(today, ledger.Debit(wallet1, yuan(2*walletMax)), ledger.Credit(wallet2, yuan(2*walletMax)))},
		fault{"above_ceiling", faulty(today, ledger.Debit(bank, yuan(2*walletMax)), ledger.Credit(wallet2, yuan(2*walletMax)))},
		fault{"limit_exceeded", faulty(today, ledger.Debit(bank, yuan(6)), ledger.Credit(wallet2, yuan(6)))},
	)
}

func authorizeFaults(t *testing.T, s *school) {
	clock := s.stopClock(t)
	used := s.post(t, topUp(wallet1, 1)).ID
	s.closeDay(t, firstDay)
	asked := func(id uuid.UUID, by string, date ledger.Date, expires time.Time) ledger.Authorization {
		one := payment("nobody", 1)
		one.ID, one.By, one.Date = id, by, date
		return ledger.Authorization{Transaction: one, Expires: expires}
	}
	over := clock.now()
	s.requireFaults(t,
		fault{"invalid", asked(used, tooLong, firstDay, over)},
		fault{"id_reused", asked(used, "", firstDay, over)},
		fault{"hold_expired", asked(ledger.NewID(), "", firstDay, over)},
		fault{"date_closed", asked(ledger.NewID(), "", firstDay, time.Time{})},
		fault{"account_unknown", asked(ledger.NewID(), "", ledger.Date{}, time.Time{})},
	)
}

// overdue authorizes holds of 60 on the first wallet whose time is over, then
// one that lasts.
func (s *school) overdue(t *testing.T, n int) (over []uuid.UUID, lasting uuid.UUID) {
	t.Helper()
	clock := s.stopClock(t)
	s.post(t, topUp(wallet1, 500))
	for range n {
		over = append(over, s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 60), Expires: clock.now().Add(time.Second)}).ID)
	}
	s.capture(t, ledger.Capture{Hold: over[0]})
	s.release(t, over[1])
	lasting = s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 60)}).ID
	clock.advance(time.Second)
	return over, lasting
}

func captureFaults(t *testing.T, s *school) {
	over, hold := s.overdue(t, 3)
	used := s.post(t, topUp(wallet1, 1)).ID
	invalid := partOf(numbered(0), -1, -1)
	invalid.ID = used
	reused := partOf(numbered(0), 1, 1)
	reused.ID = used
	dollars := partOf(hold, 61, 61)
	dollars.Amounts[0] = money.Of(61, money.USD)
	frozen := s.authorize(t, ledger.Authorization{Transaction: payment(wallet1, 60)}).ID
	s.setState(t, canteen, ledger.StateFrozen)
	s.requireFaults(t,
		fault{"invalid", invalid},
		fault{"id_reused", reused},
		fault{"hold_unknown", partOf(numbered(0), 1, 1)},
		fault{"hold_captured", partOf(over[0], 61, 61)},
		fault{"hold_released", partOf(over[1], 61, 61)},
		fault{"hold_expired", partOf(over[2], 61, 61)},
		fault{"currency_mismatch", dollars},
		fault{"account_frozen", partOf(frozen, 61, 61)},
	)
	s.setState(t, canteen, ledger.StateOpen)
	s.requireFaults(t,
		fault{"hold_exceeded", partOf(hold, 61, 5)},
		fault{"unbalanced", partOf(hold, 60, 5)},
	)
}

func releaseFaults(t *testing.T, s *school) {
	over, _ := s.overdue(t, 3)
	require.Equal(t, 1, s.expired(t))
	s.requireFaults(t,
		fault{"invalid", ledger.Release{Hold: numbered(0), By: tooLong}},
		fault{"hold_unknown", ledger.Release{Hold: numbered(0)}},
		fault{"hold_captured", ledger.Release{Hold: over[0]}},
		fault{"hold_released", ledger.Release{Hold: over[1], By: "another"}},
		fault{"hold_expired", ledger.Release{Hold: over[2]}},
	)
}

func refundFaults(t *testing.T, s *school) {
	reversed, sale := s.sale(t, 10), s.sale(t, 50)
	_, err := s.book.Reverse(t.Context(), ledger.Reversal{Of: reversed})
	require.NoError(t, err)
	refunded := s.refund(t, refundOf(sale, 1)).ID
	s.openAccounts(t, wallet("closed"), wallet("full"))
	s.post(t, topUp("closed", 10))
	s.openAccounts(t, ledger.AccountSpec{Path: "frozen", Control: "2202", Side: ledger.CreditSide, Currency: money.CNY})
	onFrozen := s.post(t, transaction("sale", ledger.Debit(wallet1, yuan(10)), ledger.Credit("frozen", yuan(10)))).ID
	onClosed := s.post(t, transaction("sale", ledger.Credit("frozen", yuan(10)), ledger.Debit("closed", yuan(10)))).ID
	spent := s.post(t, topUp(wallet2, 100)).ID
	s.post(t, payment(wallet2, 100))
	s.post(t, topUp("full", 10))
	onFull := s.post(t, payment("full", 10)).ID
	s.post(t, topUp("full", walletMax))
	s.setState(t, "closed", ledger.StateClosed)
	s.setState(t, "frozen", ledger.StateFrozen)
	invalid, reused, unbalanced := refundOf(numbered(0), 1), refundOf(numbered(0), 1), refundOf(sale, 50)
	invalid.ID, invalid.By, reused.ID = sale, tooLong, sale
	unbalanced.Lines[1].Amount = yuan(5)
	lacking := refundOf(spent, 100)
	lacking.Lines[1].Amount = yuan(5)
	s.requireFaults(t,
		fault{"invalid", invalid},
		fault{"id_reused", reused},
		fault{"record_unknown", refundOf(numbered(0), 1)},
		fault{"reversed", refundOf(reversed, 11)},
		fault{"not_reversible", refundOf(refunded, 2)},
		fault{"account_closed", refundOf(onClosed, 11)},
		fault{"account_frozen", refundOf(onFrozen, 11)},
		fault{"refund_exceeded", unbalanced},
		fault{"unbalanced", lacking},
		fault{"insufficient", refundOf(spent, 100)},
		fault{"above_ceiling", refundOf(onFull, 10)},
	)
}

func reversalFaults(t *testing.T, s *school) {
	reversed, sale := s.sale(t, 10), s.sale(t, 50)
	_, err := s.book.Reverse(t.Context(), ledger.Reversal{Of: reversed})
	require.NoError(t, err)
	refunded := s.refund(t, refundOf(sale, 1)).ID
	frozen := s.post(t, topUp(wallet2, 100)).ID
	s.post(t, payment(wallet2, 100))
	spent := s.post(t, topUp(wallet2, 100)).ID
	s.post(t, payment(wallet2, 100))
	s.setState(t, wallet2, ledger.StateFrozen)
	s.setState(t, canteen, ledger.StateFrozen)
	s.requireFaults(t,
		fault{"invalid", ledger.Reversal{Of: numbered(0), By: tooLong}},
		fault{"record_unknown", ledger.Reversal{Of: numbered(0)}},
		fault{"reversed", ledger.Reversal{Of: reversed, By: "another"}},
		fault{"not_reversible", ledger.Reversal{Of: refunded}},
		fault{"refunded", ledger.Reversal{Of: sale}},
		fault{"account_frozen", ledger.Reversal{Of: frozen}},
	)
	s.setState(t, wallet2, ledger.StateOpen)
	s.requireFaults(t, fault{"insufficient", ledger.Reversal{Of: spent}})
}

func openingFaults(t *testing.T, s *school) {
	used := s.setChart(t, schoolFamilies()...).ID
	opening := func(id uuid.UUID, spec ledger.AccountSpec) ledger.Opening {
		return ledger.Opening{ID: id, Accounts: []ledger.AccountSpec{spec}}
	}
	s.requireFaults(t,
		fault{"invalid", opening(used, ledger.AccountSpec{Path: canteen, Metadata: json.RawMessage("[]")})},
		fault{"id_reused", opening(used, ledger.AccountSpec{Path: canteen})},
		fault{"family_unknown", opening(ledger.NewID(), ledger.AccountSpec{Path: canteen})},
		fault{"family_mismatch", opening(ledger.NewID(), ledger.AccountSpec{Path: wallet1, Side: ledger.DebitSide})},
		fault{"account_exists", opening(ledger.NewID(), ledger.AccountSpec{Path: wallet1})},
	)
}

func changeFaults(t *testing.T, s *school) {
	used := s.post(t, topUp(wallet1, 100)).ID
	s.setState(t, wallet2, ledger.StateClosed)
	change := func(id uuid.UUID, path string, floor, ceiling int64, state ledger.State) ledger.Change {
		return ledger.Change{By: "test", ID: id, Why: "test", Account: path, Floor: yuan(floor), Ceiling: yuan(ceiling), State: state}
	}
	missing := change(used, "nobody", 0, 0, ledger.StateClosed)
	missing.Why = ""
	s.requireFaults(t,
		fault{"invalid", missing},
		fault{"id_reused", change(used, "nobody", 0, 0, ledger.StateClosed)},
		fault{"account_unknown", change(ledger.NewID(), "nobody", 0, 0, ledger.StateClosed)},
		fault{"account_closed", change(ledger.NewID(), wallet2, 1, 1, ledger.StateOpen)},
		fault{"account_not_empty", change(ledger.NewID(), wallet1, 101, 102, ledger.StateClosed)},
		fault{"insufficient", change(ledger.NewID(), wallet1, 101, 102, ledger.StateOpen)},
		fault{"above_ceiling", change(ledger.NewID(), wallet1, 0, 99, ledger.StateOpen)},
	)
}

func reopenFaults(t *testing.T, s *school) {
	s.closeDay(t, firstDay)
	s.closeDay(t, firstDay.AddDays(1))
	s.reopenDay(t, firstDay.AddDays(1))
	last := 0
	for _, c := range []struct {
		code    string
		request ledger.Reopen
	}{
		{"invalid", ledger.Reopen{Date: firstDay.AddDays(1), Why: "another reason"}},
		{"id_reused", ledger.Reopen{Date: firstDay.AddDays(1), By: "finance:1", Why: "another reason"}},
		{"close_not_latest", ledger.Reopen{Date: firstDay.AddDays(2), By: "finance:1", Why: "late slip"}},
	} {
		_, err := s.book.Reopen(t.Context(), c.request)
		require.Equal(t, c.code, ledger.CodeOf(err), "%v", err)
		require.Greater(t, rankOf(c.code), last, c.code)
		last = rankOf(c.code)
	}
}
