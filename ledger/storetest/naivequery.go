package storetest

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// naiveSelection selects lines on both axes. The zero value selects all.
type naiveSelection struct {
	account  string // "" for any
	from, to ledger.Date
	after    int64
	until    int64 // 0 for no bound
}

func (s *naiveSelection) selects(l *naiveLine) bool {
	return (s.account == "" || l.account == s.account) &&
		(s.from.IsZero() || !l.record.date.Before(s.from)) && (s.to.IsZero() || !s.to.Before(l.record.date)) &&
		l.record.seq > s.after && (s.until == 0 || l.record.seq <= s.until)
}

// sum adds the lines selected, debit positive.
func (n *naive) sum(s naiveSelection) int64 {
	var sum int64
	for _, line := range n.lines {
		if s.selects(line) {
			sum += line.minor
		}
	}
	return sum
}

// ownSum is a sum seen from the account's side.
func (n *naive) ownSum(s naiveSelection) money.Amount {
	account := n.accounts[s.account]
	return money.Of(int64(account.Side)*n.sum(s), account.Currency)
}

// unclosed says why a date has no final balance.
func (n *naive) unclosed(date ledger.Date) string {
	switch {
	case date.IsZero(), date == n.open:
		return "invalid"
	case n.open.Before(date):
		return "date_not_open"
	}
	return ""
}

func (n *naive) balanceAt(path string, date ledger.Date) (money.Amount, string) {
	switch {
	case date.IsZero():
		return money.Amount{}, "invalid"
	case n.accounts[path] == nil:
		return money.Amount{}, "account_unknown"
	case n.unclosed(date) != "":
		return money.Amount{}, n.unclosed(date)
	}
	return n.ownSum(naiveSelection{account: path, to: date}), ""
}

func (n *naive) beyond(seq int64) bool { return seq < 0 || seq > int64(len(n.journal)) }

func (n *naive) balanceAsOf(path string, seq int64) (money.Amount, string) {
	switch {
	case n.accounts[path] == nil:
		return money.Amount{}, "account_unknown"
	case n.beyond(seq):
		return money.Amount{}, "record_unknown"
	case seq == 0:
		return money.Zero(n.accounts[path].Currency), ""
	}
	return n.ownSum(naiveSelection{account: path, until: seq}), ""
}

func (n *naive) balanceAtAsOf(path string, date ledger.Date, seq int64) (money.Amount, string) {
	switch {
	case date.IsZero():
		return money.Amount{}, "invalid"
	case n.accounts[path] == nil:
		return money.Amount{}, "account_unknown"
	case n.beyond(seq):
		return money.Amount{}, "record_unknown"
	case seq == 0:
		return money.Zero(n.accounts[path].Currency), ""
	}
	return n.ownSum(naiveSelection{account: path, to: date, until: seq}), ""
}

// statement returns the entries selected, newest first, and the balances before
// and after them.
func (n *naive) statement(path string, q ledger.StatementQuery) (ledger.Page, string) {
	ordered := q.From.IsZero() || q.To.IsZero() || !q.To.Before(q.From)
	switch {
	case q.Limit < 1, q.After < 0, q.Until < 0, !ordered:
		return ledger.Page{}, "invalid"
	case n.accounts[path] == nil:
		return ledger.Page{}, "account_unknown"
	}
	currency := n.accounts[path].Currency
	var page ledger.Page
	var balance, selected int64
	s := naiveSelection{account: path, from: q.From, to: q.To, after: q.After, until: q.Until}
	for _, line := range n.lines {
		if line.account != path {
			continue
		}
		balance += line.minor
		if s.selects(line) {
			selected += line.minor
			r := line.record
			page.Entries = append(page.Entries, ledger.Entry{
				Account: path, Seq: r.seq, Line: line.line, Amount: money.Of(line.minor, currency), Balance: money.Of(balance, currency),
				ID: r.id, Kind: r.kind, Date: r.date, At: r.at, Due: r.due,
			})
		}
	}
	slices.Reverse(page.Entries)
	closing := n.sum(naiveSelection{account: path, to: q.To, until: q.Until})
	page.Closing, page.Opening = money.Of(closing, currency), money.Of(closing-selected, currency)
	return page, ""
}

// entries returns the entries selected: one after the other, all are looked at.
func (n *naive) entries(q ledger.EntryQuery) []ledger.Entry {
	page, _ := n.statement(q.Account, ledger.StatementQuery{Limit: 1})
	var selected []ledger.Entry
	for _, e := range page.Entries {
		before := q.Before == 0 || e.Seq < q.Before || e.Seq == q.Before && e.Line < q.BeforeLine
		if before && e.Seq > q.After && (q.Limit == 0 || len(selected) < q.Limit) {
			selected = append(selected, e)
		}
	}
	return selected
}

func (n *naive) hold(id uuid.UUID) (ledger.Hold, string) {
	r := n.authorized(id)
	if r == nil {
		return ledger.Hold{}, "hold_unknown"
	}
	request := r.request.(ledger.Authorization)
	state, captured, last := n.state(r)
	hold := ledger.Hold{
		ID: id, Seq: r.seq, LastSeq: last.seq, State: state, Kind: request.Kind, Date: r.date, Expires: request.Expires,
	}
	for i, line := range r.held {
		currency := n.accounts[line.account].Currency
		hold.Lines = append(hold.Lines, ledger.HoldLine{
			Account: line.account, Side: line.side, Held: money.Of(abs(line.minor), currency), Captured: money.Of(captured[i], currency),
		})
	}
	return hold, ""
}

// list returns the accounts that a filter lets through.
func (n *naive) list(f ledger.AccountFilter) ([]ledger.Account, string) {
	if f.State != "" && !validState(f.State) || f.Min.IsValid() && f.Max.IsValid() && f.Min.Currency() != f.Max.Currency() {
		return nil, "invalid"
	}
	var accounts []ledger.Account
	for _, path := range n.paths() {
		a := n.accounts[path]
		switch {
		case !strings.HasPrefix(path, f.Prefix),
			f.Control != "" && f.Control != a.Control,
			f.State != "" && f.State != a.State,
			f.Min.IsValid() && (f.Min.Currency() != a.Currency || a.own() < f.Min.Minor()),
			f.Max.IsValid() && (f.Max.Currency() != a.Currency || a.own() > f.Max.Minor()):
			continue
		}
		accounts = append(accounts, a.account())
	}
	return accounts, ""
}

// history returns the positions of the records that opened or changed an
// account, newest first.
func (n *naive) history(path string) ([]int64, string) {
	if n.accounts[path] == nil {
		return nil, "account_unknown"
	}
	var seqs []int64
	for _, r := range slices.Backward(n.journal) {
		if slices.ContainsFunc(r.opened, func(s ledger.AccountSpec) bool { return s.Path == path }) {
			seqs = append(seqs, r.seq)
		}
	}
	return seqs, ""
}

// ageing settles the entries on each account's own side with those on the
// other, what is due first and of that the oldest, and tells how long what is
// left has been due.
func (n *naive) ageing(prefix string, on ledger.Date, steps []int) ([]ledger.Age, string) {
	if on.IsZero() || !rising(steps) {
		return nil, "invalid"
	}
	var ages []ledger.Age
	for _, path := range n.paths() {
		account := n.accounts[path]
		if !strings.HasPrefix(path, prefix) || account.own() <= 0 {
			continue
		}
		age := ledger.Age{Account: path, Open: money.Of(account.own(), account.Currency), NotDue: money.Zero(account.Currency)}
		for range len(steps) + 1 {
			age.Overdue = append(age.Overdue, money.Zero(account.Currency))
		}
		settled := account.credits
		if account.Side == ledger.CreditSide {
			settled = account.debits
		}
		var owed []*naiveLine
		for _, line := range n.lines {
			if line.account == path && int64(account.Side)*line.minor > 0 {
				owed = append(owed, line)
			}
		}
		slices.SortStableFunc(owed, func(x, y *naiveLine) int { return dueOn(x.record).Compare(dueOn(y.record)) })
		for _, line := range owed {
			open := int64(account.Side) * line.minor
			part := open - min(open, settled)
			settled -= open - part
			bucket := bucketOf(line.record, on, steps)
			*bucket(&age) = money.Of(bucket(&age).Minor()+part, account.Currency)
		}
		ages = append(ages, age)
	}
	return ages, ""
}

// rising reports whether each number is higher than the one before, from 1.
func rising(numbers []int) bool {
	before := 0
	for _, number := range numbers {
		if number <= before {
			return false
		}
		before = number
	}
	return true
}

// dueOn returns when what a record books is due.
func dueOn(r *naiveRecord) ledger.Date {
	if r.due.IsZero() {
		return r.date
	}
	return r.due
}

// bucketOf returns where in a report a record belongs.
func bucketOf(r *naiveRecord, on ledger.Date, steps []int) func(*ledger.Age) *money.Amount {
	due := dueOn(r)
	if !due.Before(on) {
		return func(a *ledger.Age) *money.Amount { return &a.NotDue }
	}
	for i, days := range steps {
		if !due.AddDays(days).Before(on) {
			return func(a *ledger.Age) *money.Amount { return &a.Overdue[i] }
		}
	}
	return func(a *ledger.Age) *money.Amount { return &a.Overdue[len(steps)] }
}
