package storetest

import (
	"fmt"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// send sends a request, sometimes after a preview, and compares the answers.
func (p *program) send(request ledger.Request) {
	p.tb.Helper()
	previewed := p.one(8)
	var preview ledger.Receipt
	var refused error
	if previewed {
		before, head := p.model.save(), p.head()
		want := p.model.do(request)
		p.model.restore(before)
		preview, refused = p.book.Preview(p.tb.Context(), request)
		p.compare("Preview", request, want, preview, refused)
		require.Equal(p.tb, head, p.head(), "a preview writes nothing")
	}
	want := p.model.do(request)
	receipt, err := p.write(request)
	p.compare(nameOf(request), request, want, receipt, err)
	if previewed {
		require.Equal(p.tb, ledger.Explain(refused), ledger.Explain(err), "command %d: %+v", p.step, request)
		require.Equal(p.tb, preview.Replayed, receipt.Replayed)
		require.Equal(p.tb, string(preview.Record.Canonical()), string(receipt.Record.Canonical()), "command %d: %+v", p.step, request)
	}
}

func (p *program) head() ledger.Head {
	head, err := p.book.Head(p.tb.Context())
	require.NoError(p.tb, err)
	return head
}

// nameOf is the name of a request's type.
func nameOf(request any) string { return strings.TrimPrefix(fmt.Sprintf("%T", request), "ledger.") }

func (p *program) write(request ledger.Request) (ledger.Receipt, error) {
	ctx := p.tb.Context()
	switch r := request.(type) {
	case ledger.Transaction:
		return p.book.Post(ctx, r)
	case ledger.Authorization:
		return p.book.Authorize(ctx, r)
	case ledger.Capture:
		return p.book.Capture(ctx, r)
	case ledger.Release:
		return p.book.Release(ctx, r)
	case ledger.Reversal:
		return p.book.Reverse(ctx, r)
	case ledger.Refund:
		return p.book.Refund(ctx, r)
	case ledger.Opening:
		return p.book.OpenAccounts(ctx, r)
	case ledger.Change:
		return p.book.ChangeAccount(ctx, r)
	case ledger.Chart:
		return p.book.SetChart(ctx, r)
	}
	panic("no request")
}

// compare compares an answer with the one that must be.
func (p *program) compare(name string, request any, want naiveAnswer, receipt ledger.Receipt, err error) {
	p.tb.Helper()
	got := naiveAnswer{seq: receipt.Record.Seq}
	switch {
	case err != nil:
		got.code = ledger.CodeOf(err)
	case receipt.Replayed:
		got.code = replayed
	}
	for _, line := range receipt.Record.Lines {
		got.amounts = append(got.amounts, line.Amount.Minor())
	}
	p.tally.count(name, want.code, 1)
	require.Equal(p.tb, want, got, "command %d: %s %+v: %v", p.step, name, request, err)
	if err == nil && want.seq <= int64(len(p.model.journal)) { // else it was a preview
		p.compareRecord(p.model.journal[want.seq-1], receipt.Record)
	}
}

// compareRecord compares a record with what it must say.
func (p *program) compareRecord(want *naiveRecord, got ledger.Record) {
	p.tb.Helper()
	where := fmt.Sprintf("command %d: record %d", p.step, got.Seq)
	require.Equal(p.tb, want.id, got.ID, where)
	require.Equal(p.tb, want.kind, got.Kind, where)
	require.Equal(p.tb, want.date, got.Date, where)
	require.Equal(p.tb, want.due, got.Due, where)
	require.True(p.tb, want.at.Equal(got.At), where)
	require.Equal(p.tb, want.opened, got.Accounts, where)
	require.Equal(p.tb, want.of, got.Of, where)
	require.Equal(p.tb, want.refunds, got.Refunds, where)
	require.Equal(p.tb, want.final, got.Final, where)
	require.Equal(p.tb, want.balances, got.Balances, where)
	require.Len(p.tb, got.Held, len(want.held), where)
	for i, line := range want.held {
		require.Equal(p.tb, line.account, got.Held[i].Account, where)
		require.Equal(p.tb, line.minor, got.Held[i].Amount.Minor(), where)
	}
	for i, line := range want.lines {
		require.Equal(p.tb, line.account, got.Lines[i].Account, where)
		require.Equal(p.tb, line.side, got.Lines[i].Side, where)
		require.Equal(p.tb, line.prev, got.Lines[i].Prev, where)
	}
}

func (p *program) expireHolds() {
	want := p.model.expire()
	got, err := p.book.ExpireHolds(p.tb.Context())
	require.NoError(p.tb, err)
	require.Equal(p.tb, want, got, "command %d: holds expired", p.step)
	p.tally.count("ExpireHolds", "", want)
}

func (p *program) dayClose() {
	c := ledger.DayClose{Date: p.model.open, By: pick(p, "", "night")}
	if p.one(6) {
		c.Date = c.Date.AddDays(p.IntN(7) - 4)
	}
	if p.one(4) {
		c.Next = c.Date.AddDays(p.IntN(4))
	}
	send := func() {
		want := p.model.closeDay(c)
		receipt, err := p.book.CloseDay(p.tb.Context(), c)
		p.compare("CloseDay", c, want, receipt, err)
	}
	p.past = append(p.past, send)
	send()
}

func (p *program) reopening() {
	r := ledger.Reopen{Date: p.model.open.AddDays(-1 - p.IntN(4)), By: pick(p, "head", "office"), Why: "late invoice"}
	if latest := p.model.latestClose(int64(len(p.model.journal))); latest != nil && !p.one(4) {
		r.Date = latest.date
	}
	if p.one(20) {
		r.Why = ""
	}
	send := func() {
		want := p.model.reopen(r)
		receipt, err := p.book.Reopen(p.tb.Context(), r)
		p.compare("Reopen", r, want, receipt, err)
	}
	p.past = append(p.past, send)
	send()
}

func (p *program) requests() []ledger.Request {
	requests := make([]ledger.Request, 1+p.IntN(4))
	for i := range requests {
		requests[i] = p.request()
	}
	return requests
}

func (p *program) postAll() {
	requests := p.requests()
	want := p.model.all(requests)
	got := p.book.PostAll(p.tb.Context(), requests...)
	require.Len(p.tb, got, len(want))
	for i := range got {
		p.compare("PostAll", requests[i], want[i], got[i].Receipt, got[i].Err)
	}
}

func (p *program) postLinked() {
	requests := p.requests()
	send := func() {
		want, refused := p.model.linked(requests)
		receipts, err := p.book.PostLinked(p.tb.Context(), requests...)
		if refused < 0 {
			require.NoError(p.tb, err, "command %d: %+v", p.step, requests)
			for i := range receipts {
				p.compare("PostLinked", requests[i], want[i], receipts[i], nil)
			}
			return
		}
		var linked *ledger.LinkedError
		require.ErrorAs(p.tb, err, &linked, "command %d: %+v", p.step, requests)
		require.Equal(p.tb, refused, linked.Index, "command %d: %+v: %v (want %v)", p.step, requests, err, want)
		p.compare("PostLinked", requests[refused], want[0], ledger.Receipt{}, err)
	}
	p.past = append(p.past, send)
	send()
}
