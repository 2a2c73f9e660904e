package storetest

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// request is a request of any kind.
func (p *program) request() ledger.Request {
	switch n := p.IntN(100); {
	case n < 42:
		return p.transaction()
	case n < 54:
		a := p.authorization()
		p.holds = append(p.holds, a.ID)
		return a
	case n < 67:
		return p.capture()
	case n < 70:
		return ledger.Release{Hold: p.openHold(), By: pick(p, "", "kitchen"), Why: pick(p, "", "not fetched")}
	case n < 79:
		return p.refund()
	case n < 83:
		return ledger.Reversal{Of: p.posted(), By: pick(p, "", "office"), Document: p.document()}
	case n < 92:
		return p.opening()
	case n < 98:
		return p.change()
	}
	return p.chart()
}

// herd is a group of accounts that deal with one another.
type herd struct {
	families []string
	currency money.Currency
}

// herds are the accounts that a program may open. Those of the last take huge
// amounts.
var herds = []herd{
	{[]string{"wallet", "wallet", "meal", "shop"}, money.CNY},
	{[]string{"yen"}, money.JPY},
	{[]string{"dinar"}, money.KWD},
	{[]string{"vast"}, money.CNY},
}

func (h herd) vast() bool { return h.families[0] == "vast" }

func (p *program) herd() herd {
	switch n := p.IntN(40); {
	case n < 30:
		return herds[0]
	case n < 35:
		return herds[1]
	case n < 39:
		return herds[2]
	}
	return herds[3]
}

// path is mostly one of the herd. Of each family two or three are in use; later
// in the program they are others.
func (p *program) path(h herd) string {
	if p.one(120) {
		return pick(p, "nobody", "", "wallet//0", "wallet/ ", "yen/0", "shop/0")
	}
	return p.numbered(pick(p, h.families...), p.IntN(3))
}

func (p *program) numbered(family string, n int) string {
	return fmt.Sprintf("%s/%d", family, p.step/1500*3+n)
}

// few reports whether most of the paths in use are of no account that is open.
func (p *program) few() bool {
	open := 0
	for _, family := range []string{"wallet", "meal", "shop", "yen", "dinar"} {
		for n := range 3 {
			if account := p.model.accounts[p.numbered(family, n)]; account != nil && account.State == ledger.StateOpen {
				open++
			}
		}
	}
	return open < 8
}

// amount is small, or huge where accounts take that.
func (p *program) amount(h herd) money.Amount {
	switch {
	case p.one(150):
		return pick(p, money.Amount{}, money.Of(0, h.currency), money.Of(-1, h.currency), money.Of(5, money.USD))
	case h.vast():
		return money.Of(pick(p, 1, math.MaxInt64/2, math.MaxInt64-1, int64(math.MaxInt64)), h.currency)
	}
	return money.Of(int64(1+p.IntN(24)), h.currency)
}

func (p *program) transaction() ledger.Transaction {
	h := p.herd()
	t := ledger.Transaction{
		ID: p.id(), Kind: pick(p, "sale", "sale", "topup"), By: pick(p, "", "", "cashier:1"),
		Document: p.document(), Remember: p.one(10), Postings: p.postings(h),
	}
	switch p.IntN(30) {
	case 0, 1, 2:
		t.Date = p.model.open.AddDays(p.IntN(3) - 1)
	case 3:
		t.Postings = append(t.Postings, p.postings(p.herd())...) // as an exchange does
	}
	switch p.IntN(150) {
	case 0:
		t.Kind = pick(p, "", "ledger.hold", "Sale", "sale")
	case 1:
		t.Postings = t.Postings[:1]
	}
	if p.one(4) {
		t.Due = p.model.open.AddDays(p.IntN(80) - 20)
	}
	return t
}

// postings are often balanced, sometimes by taking what is lacking, and
// sometimes nonsense.
func (p *program) postings(h herd) []ledger.Posting {
	amount := p.amount(h)
	one := p.posting(h, ledger.Exact)
	one.Amount = amount
	other := p.posting(h, ledger.Exact)
	other.Side, other.Amount = -one.Side, amount
	switch p.IntN(8) {
	case 0, 1, 2:
		return []ledger.Posting{one, other}
	case 3, 4: // a waterfall
		postings := []ledger.Posting{one}
		for range 1 + p.IntN(3) {
			next := p.posting(h, ledger.UpTo)
			next.Side = -one.Side
			postings = append(postings, next)
		}
		rest := p.posting(h, ledger.Rest)
		rest.Side, rest.Amount = -one.Side, money.Amount{}
		if p.one(2) {
			postings = append(postings, rest)
		}
		return postings
	case 5:
		second := p.posting(h, ledger.Exact)
		third := second
		third.Side, third.Account = -second.Side, p.path(h)
		return []ledger.Posting{one, second, other, third}
	case 6:
		return []ledger.Posting{one, p.posting(h, ledger.Exact), ledger.DebitRest(p.path(h)), ledger.CreditRest(p.path(h))}
	}
	postings := []ledger.Posting{one}
	for range p.IntN(4) {
		postings = append(postings, p.posting(h, ledger.Take(p.IntN(3))))
	}
	return postings
}

func (p *program) posting(h herd, take ledger.Take) ledger.Posting {
	posting := ledger.Posting{Account: p.path(h), Side: p.side(), Take: take}
	if take != ledger.Rest || p.one(150) {
		posting.Amount = p.amount(h)
	}
	return posting
}

func (p *program) side() ledger.Side { return pick(p, ledger.DebitSide, ledger.CreditSide) }

// document is a JSON value, in one of several spellings, or none, or no JSON.
func (p *program) document() json.RawMessage {
	switch p.IntN(24) {
	case 0:
		return json.RawMessage(`{"dish":"米饭","n":1}`)
	case 1:
		return json.RawMessage(` { "n" : 1, "dish" : "\u7c73饭" } `)
	case 2:
		return json.RawMessage(pick(p, `[1,2]`, `"x"`, `null`, `{}`, `{"n":1`, `{"n":1}}`))
	}
	return nil
}

func (p *program) authorization() ledger.Authorization {
	a := ledger.Authorization{Transaction: p.transaction()}
	switch p.IntN(8) {
	case 0, 1, 2, 3:
		a.Expires = p.clock.Add(time.Duration(p.IntN(90)) * time.Second).Truncate(time.Microsecond)
	case 4:
		a.Expires = p.clock.Add(time.Duration(p.IntN(60)-30) * time.Second)
	}
	if p.one(100) {
		a.Expires = p.clock.Add(time.Minute + time.Nanosecond)
	}
	return a
}

// openHold is mostly a hold that has not ended, and not an old one.
func (p *program) openHold() uuid.UUID {
	var open []uuid.UUID
	for i := len(p.holds) - 1; i >= 0 && len(open) < 6; i-- {
		if p.model.pending[p.holds[i]] {
			open = append(open, p.holds[i])
		}
	}
	if len(open) == 0 || p.one(6) {
		return p.recent(p.holds)
	}
	return pick(p, open...)
}

// posted is mostly a record with postings, and not an old one.
func (p *program) posted() uuid.UUID {
	var posted []uuid.UUID
	for i := len(p.model.journal) - 1; i >= 0 && len(posted) < 12; i-- {
		if len(p.model.journal[i].lines) > 0 {
			posted = append(posted, p.model.journal[i].id)
		}
	}
	if len(posted) == 0 || p.one(6) {
		return p.oldID()
	}
	return pick(p, posted...)
}

// capture takes all, or a part of it, or nothing, or too much.
func (p *program) capture() ledger.Capture {
	c := ledger.Capture{ID: p.id(), Hold: p.openHold(), By: pick(p, "", "", "kitchen"), Document: p.document(), Final: p.one(4)}
	hold := p.model.authorized(c.Hold)
	if hold == nil || p.one(3) {
		return c
	}
	_, captured, _ := p.model.state(hold)
	part := p.IntN(4) // quarters
	step := int64(1 + p.IntN(9))
	above := p.one(10)
	for i, line := range hold.held {
		left := abs(line.minor) - captured[i]
		switch {
		case above:
			left = min(left, math.MaxInt64-step) + step
		case len(hold.held) == 2:
			left = min(left, step)
		case part > 0:
			left = left / 4 * int64(part)
		}
		if p.one(20) {
			left += int64(p.IntN(3) - 1)
		}
		c.Amounts = append(c.Amounts, money.Of(left, p.model.accounts[line.account].Currency))
	}
	switch p.IntN(40) {
	case 0:
		c.Amounts = c.Amounts[1:]
	case 1:
		c.Amounts[0] = pick(p, money.Amount{}, money.Of(1, money.USD), money.Of(-1, money.CNY))
	}
	return c
}

// refund returns as much of a debit as of a credit, or whatever.
func (p *program) refund() ledger.Refund {
	r := ledger.Refund{ID: p.id(), Of: p.posted(), By: pick(p, "", "", "office"), Document: p.document()}
	original := p.model.ids[r.Of]
	if original == nil || len(original.lines) == 0 {
		r.Lines = []ledger.RefundLine{{Line: 0, Take: ledger.Rest}, {Line: 1, Amount: yuan(1)}}
		return r
	}
	lines := original.lines
	first := p.IntN(len(lines))
	currency := p.model.accounts[lines[first].account].Currency
	amount := money.Of(1+int64(p.IntN(int(min(28, abs(lines[first].minor)))+2)), currency)
	r.Lines = append(r.Lines, ledger.RefundLine{Line: first, Amount: amount})
	for i, line := range lines {
		if i == first || line.side == lines[first].side && !p.one(4) {
			continue
		}
		back := ledger.RefundLine{Line: i, Amount: amount, Take: ledger.Take(p.IntN(3))}
		if back.Take == ledger.Rest {
			back.Amount = money.Amount{}
		}
		r.Lines = append(r.Lines, back)
	}
	switch p.IntN(40) {
	case 0:
		r.Lines[0].Line = pick(p, -1, len(lines), 1)
	case 1:
		r.Lines = r.Lines[:1]
	case 2:
		r.Lines[0].Amount = pick(p, money.Amount{}, money.Of(1, money.USD))
	}
	return r
}
