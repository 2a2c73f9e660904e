package storetest

import (
	"encoding/json"
	"reflect"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func (n *naive) post(t ledger.Transaction) naiveAnswer {
	if earlier, ok := n.ids[t.ID]; ok {
		return n.postAgain(earlier, t, t)
	}
	r := &naiveRecord{id: t.ID, kind: t.Kind, due: t.Due, request: t}
	code := n.misdated(t.Date)
	if code == "" {
		r.lines, code = n.move(t.Postings, naiveTaking{kind: t.Kind})
	}
	return n.writeOr(code, t.Remember, r)
}

// writeOr journals a record, or its refusal if it is to be remembered.
func (n *naive) writeOr(code string, remember bool, r *naiveRecord) naiveAnswer {
	switch {
	case code == "":
		return n.write(r)
	case remember:
		refusal := &naiveRecord{id: r.id, kind: ledger.KindRefusal, request: r.request, refused: code, due: r.due}
		if r.kind == ledger.KindHold {
			refusal.kind = ledger.KindHoldRefusal
		}
		n.write(refusal)
	}
	return refuse(code)
}

// postAgain answers a transaction, or what asked for a hold of it, whose id has
// a record. A refusal has one of either.
func (n *naive) postAgain(earlier *naiveRecord, t ledger.Transaction, request any) naiveAnswer {
	switch earlier.request.(type) {
	case ledger.Transaction, ledger.Authorization:
	default:
		return refuse("id_reused")
	}
	before := transactionOf(earlier.request)
	date := before.Date
	if date.IsZero() {
		date = earlier.date
	}
	alike := sameTransaction(before, t) && (t.Date.IsZero() || t.Date == date) && sameHold(earlier.request, request)
	if earlier.refused != "" && alike {
		return refuse(earlier.refused)
	}
	return earlier.replay(alike && earlier.refused == "")
}

// sameHold reports whether both are transactions, or authorizations that expire
// at the same time.
func sameHold(x, y any) bool {
	b, isHold := x.(ledger.Authorization)
	a, asksHold := y.(ledger.Authorization)
	return isHold == asksHold && b.Expires.Equal(a.Expires)
}

func transactionOf(request any) ledger.Transaction {
	if a, ok := request.(ledger.Authorization); ok {
		return a.Transaction
	}
	return request.(ledger.Transaction)
}

// sameTransaction compares all but the dates.
func sameTransaction(x, y ledger.Transaction) bool {
	x.Date, y.Date = ledger.Date{}, ledger.Date{}
	x.Remember, y.Remember = false, false
	return sameJSON(x.Document, y.Document) && same(x, y)
}

// same compares requests whose documents were compared already.
func same(x, y any) bool { return reflect.DeepEqual(withoutDocument(x), withoutDocument(y)) }

func withoutDocument(request any) any {
	switch r := request.(type) {
	case ledger.Transaction:
		r.Document = nil
		return r
	case ledger.Refund:
		r.Document = nil
		return r
	case ledger.Capture:
		r.Document = nil
		return r
	}
	return request
}

// sameJSON compares what two documents mean, however they are spelled.
func sameJSON(x, y json.RawMessage) bool {
	if len(x) == 0 || len(y) == 0 {
		return len(x) == len(y)
	}
	var vx, vy any
	if json.Unmarshal(x, &vx) != nil || json.Unmarshal(y, &vy) != nil {
		return false
	}
	return reflect.DeepEqual(vx, vy)
}

func (n *naive) misdated(date ledger.Date) string {
	switch {
	case date.IsZero():
	case date.Before(n.open):
		return "date_closed"
	case n.open.Before(date):
		return "date_not_open"
	}
	return ""
}

// naiveTaking says how postings take effect.
type naiveTaking struct {
	kind string  // that limits look at, "" for corrections
	held bool    // reserve instead of post
	left []int64 // what a refund may still return of each line
}

// move moves the accounts, or none of them.
func (n *naive) move(postings []ledger.Posting, how naiveTaking) ([]*naiveLine, string) {
	for _, p := range postings {
		if code := n.refuses(p); code != "" {
			return nil, code
		}
	}
	for i, p := range postings {
		if i < len(how.left) && p.Take == ledger.Exact && p.Amount.Minor() > how.left[i] {
			return nil, "refund_exceeded"
		}
	}
	before := n.cloneAccounts()
	lines, code := n.resolve(postings, how)
	if code == "" {
		code = n.crossed(lines, how.kind)
	}
	if code != "" {
		n.accounts = before
		return nil, code
	}
	return lines, ""
}

func (n *naive) refuses(p ledger.Posting) string {
	account, ok := n.accounts[p.Account]
	switch {
	case !ok:
		return "account_unknown"
	case p.Take != ledger.Rest && p.Amount.Currency() != account.Currency:
		return "currency_mismatch"
	}
	return account.takes(p.Side)
}

// resolve moves the exact lines first and lets the others fill what they lack.
func (n *naive) resolve(postings []ledger.Posting, how naiveTaking) ([]*naiveLine, string) {
	lines := make([]*naiveLine, len(postings))
	sums := make(map[money.Currency]int64)
	for _, flexible := range []bool{false, true} {
		for i, p := range postings {
			if (p.Take != ledger.Exact) != flexible {
				continue
			}
			account := n.accounts[p.Account]
			minor, code := n.take(i, p, sums[account.Currency], how)
			if code != "" {
				return nil, code
			}
			minor *= int64(p.Side)
			lines[i] = &naiveLine{account: p.Account, side: p.Side, minor: minor}
			sum, ok := plus(sums[account.Currency], minor)
			sums[account.Currency] = sum
			if !ok || !account.add(minor, how.held) {
				return nil, "overflow"
			}
		}
	}
	for _, sum := range sums {
		if sum != 0 {
			return nil, "unbalanced"
		}
	}
	return lines, ""
}

// take returns how much a posting takes, given what the lines before sum to.
func (n *naive) take(i int, p ledger.Posting, sum int64, how naiveTaking) (int64, string) {
	account := n.accounts[p.Account]
	minor, lacking := p.Amount.Minor(), max(0, -int64(p.Side)*sum)
	switch p.Take {
	case ledger.UpTo:
		minor = min(minor, lacking, account.room(p.Side))
		if how.kind != "" {
			limited := account.used.room(account.Limits, p.Side, how.kind, n.open)
			minor = min(minor, max(0, limited-account.took[p.Side]))
		}
		if how.left != nil {
			minor = min(minor, how.left[i])
		}
	case ledger.Rest:
		minor = lacking
	}
	if i < len(how.left) && minor > how.left[i] {
		return 0, "refund_exceeded"
	}
	return minor, ""
}

// crossed looks for bounds and limits that the lines have crossed, in their
// order, and counts what they used.
func (n *naive) crossed(lines []*naiveLine, kind string) string {
	for _, line := range lines {
		if code := n.accounts[line.account].outside(); code != "" {
			return code
		}
	}
	for _, line := range lines {
		account := n.accounts[line.account]
		for _, side := range []ledger.Side{ledger.DebitSide, ledger.CreditSide} {
			took := account.took[side]
			if kind != "" && took > account.used.room(account.Limits, side, kind, n.open) {
				return "limit_exceeded"
			}
			if kind != "" {
				account.used.count(account.Limits, side, kind, n.open, took)
			}
		}
		account.took = make(map[ledger.Side]int64) // an account of several lines is counted once
	}
	return ""
}
