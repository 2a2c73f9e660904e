package storetest

import (
	"cmp"
	"slices"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// query asks the book and the model one question.
func (p *program) query() {
	p.tb.Helper()
	type question struct {
		name string
		ask  func() (want, got any, code string, err error)
	}
	queries := []question{
		{"Balance", p.balance}, {"BalanceAt", p.balanceAt}, {"BalanceAsOf", p.balanceAsOf}, {"TrialBalance", p.trialBalance},
		{"TrialBalanceAt", p.trialBalanceAt}, {"Hold", p.hold}, {"AccountPage", p.accountPage}, {"History", p.history},
		{"Ageing", p.ageing}, {"Record", p.record}, {"Chart", p.families},
	}
	if p.one(1 + len(p.model.journal)/2000) { // after many reopenings these look at much of the journal
		queries = append(queries, question{"BalanceAtAsOf", p.balanceAtAsOf}, question{"TrialBalanceAsOf", p.trialBalanceAsOf},
			question{"Statement", p.statement}, question{"Entries", p.entries})
	}
	q := queries[p.IntN(len(queries))]
	want, got, code, err := q.ask()
	if err != nil {
		require.Equal(p.tb, code, ledger.CodeOf(err), "command %d: %s of %v: %v", p.step, q.name, p.asked, err)
	} else {
		require.Empty(p.tb, code, "command %d: %s of %v", p.step, q.name, p.asked)
		require.Equal(p.tb, want, got, "command %d: %s of %v", p.step, q.name, p.asked)
	}
	p.tally.count(q.name, code, 1)
}

func (p *program) date() ledger.Date {
	switch p.IntN(12) {
	case 0:
		return ledger.Date{}
	case 1:
		return ledger.DateOf(1, 1, 1)
	case 2:
		return ledger.DateOf(9999, 12, 31)
	}
	return p.model.open.AddDays(2 - p.IntN(8))
}

// position is mostly one of the journal.
func (p *program) position() int64 {
	seq := int64(p.IntN(len(p.model.journal) + 1))
	switch p.IntN(10) {
	case 0:
		return pick(p, -1, 0, seq+int64(len(p.model.journal)))
	case 1, 2, 3:
		return max(0, int64(len(p.model.journal)-p.IntN(8)))
	}
	return seq
}

func (p *program) balance() (want, got any, code string, err error) {
	path := p.path(p.herd())
	p.asked = []any{path}
	got, err = p.book.Balance(p.tb.Context(), path)
	if p.model.accounts[path] == nil {
		return nil, got, "account_unknown", err
	}
	return p.model.ownSum(naiveSelection{account: path}), got, "", err
}

func (p *program) balanceAt() (want, got any, code string, err error) {
	path, date := p.path(p.herd()), p.date()
	p.asked = []any{path, date}
	got, err = p.book.BalanceAt(p.tb.Context(), path, date)
	want, code = p.model.balanceAt(path, date)
	return want, got, code, err
}

func (p *program) balanceAsOf() (want, got any, code string, err error) {
	path, seq := p.path(p.herd()), p.position()
	p.asked = []any{path, seq}
	got, err = p.book.BalanceAsOf(p.tb.Context(), path, seq)
	want, code = p.model.balanceAsOf(path, seq)
	return want, got, code, err
}

func (p *program) balanceAtAsOf() (want, got any, code string, err error) {
	path, date, seq := p.path(p.herd()), p.date(), p.position()
	p.asked = []any{path, date, seq}
	got, err = p.book.BalanceAtAsOf(p.tb.Context(), path, date, seq)
	want, code = p.model.balanceAtAsOf(path, date, seq)
	return want, got, code, err
}

// statement turns all pages of a selection.
func (p *program) statement() (want, got any, code string, err error) {
	path := p.path(p.herd())
	q := ledger.StatementQuery{Limit: 1 + p.IntN(20)}
	switch p.IntN(5) {
	case 0:
		q.From = p.date()
	case 1:
		q.To = p.date()
	case 2:
		q.From, q.To = p.date(), p.date()
	}
	if p.one(2) {
		q.After = p.position()
	}
	if p.one(2) {
		q.Until = p.position()
	}
	if p.one(40) {
		q.Limit = pick(p, 0, -1)
	}
	p.asked = []any{path, q}
	wanted, code := p.model.statement(path, q)
	var whole ledger.Page
	for {
		page, err := p.book.Statement(p.tb.Context(), path, q)
		if err != nil {
			return nil, nil, code, err
		}
		require.LessOrEqual(p.tb, len(page.Entries), q.Limit)
		whole.Entries = append(whole.Entries, page.Entries...)
		whole.Opening, whole.Closing = page.Opening, page.Closing
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	return wanted, whole, code, nil
}

// entries asks for what no page of a statement begins or ends with, too.
func (p *program) entries() (want, got any, code string, err error) {
	q := ledger.EntryQuery{Account: p.path(p.herd())}
	if !p.one(3) {
		q.Before, q.BeforeLine = max(0, p.position()), p.IntN(4)
	}
	if p.one(3) {
		q.After = p.position()
	}
	if p.one(2) {
		q.Limit = 1 + p.IntN(5)
	}
	p.asked = []any{q}
	var entries []ledger.Entry
	for entry, err := range ledger.Entries(p.tb.Context(), p.store, 1, q) {
		if err != nil {
			return nil, nil, "", err
		}
		entries = append(entries, entry)
	}
	return p.model.entries(q), entries, "", nil
}

func (p *program) trialBalance() (want, got any, code string, err error) {
	p.asked = nil
	totals, err := p.book.TrialBalance(p.tb.Context())
	want, code = p.model.trialBalance(naiveSelection{}, p.model.openedBy(ledger.Date{}))
	return want, totals, code, err
}

func (p *program) trialBalanceAt() (want, got any, code string, err error) {
	date := p.date()
	p.asked = []any{date}
	totals, err := p.book.TrialBalanceAt(p.tb.Context(), date)
	wanted, code := p.model.trialBalanceAt(date)
	return p.comparable(wanted), p.comparable(totals), code, err
}

// trialBalanceAsOf compares totals in any order.
func (p *program) trialBalanceAsOf() (want, got any, code string, err error) {
	seq := p.position()
	p.asked = []any{seq}
	totals, err := p.book.TrialBalanceAsOf(p.tb.Context(), seq)
	wanted, code := p.model.trialBalanceAsOf(seq)
	inOrder(totals)
	inOrder(wanted)
	return p.comparable(wanted), p.comparable(totals), code, err
}

// comparable leaves out what is open to a book once a date was reopened: whether
// an account that was opened on a later date counts, though nothing moved it.
func (p *program) comparable(totals []ledger.Total) []ledger.Total {
	if p.tally.Done("Reopen") == 0 {
		return totals
	}
	var moved []ledger.Total
	for _, total := range totals {
		if total.Accounts = 0; total.Debits != 0 || total.Credits != 0 {
			moved = append(moved, total)
		}
	}
	inOrder(moved)
	return moved
}

func inOrder(totals []ledger.Total) {
	slices.SortFunc(totals, func(x, y ledger.Total) int {
		return cmp.Or(cmp.Compare(x.Control, y.Control), cmp.Compare(x.Currency.Code(), y.Currency.Code()))
	})
}

func (p *program) hold() (want, got any, code string, err error) {
	id := p.recent(p.holds)
	p.asked = []any{id}
	hold, err := p.book.Hold(p.tb.Context(), id)
	hold.Expires = hold.Expires.UTC()
	want, code = p.model.hold(id)
	return want, hold, code, err
}

// accountPage turns all pages of a list.
func (p *program) accountPage() (want, got any, code string, err error) {
	filter := ledger.AccountFilter{Prefix: pick(p, "", "wallet", "meal/", "yen/0", "vast")}
	switch p.IntN(6) {
	case 0:
		filter.Control = pick(p, "2307", "1218", "1")
	case 1:
		filter.State = p.state()
	case 2:
		filter.Min = money.Of(int64(p.IntN(20)-10), pick(p, money.CNY, money.JPY))
	case 3:
		filter.Max = money.Of(int64(p.IntN(20)-10), pick(p, money.CNY, money.JPY))
	case 4:
		filter.Min, filter.Max = yuan(0), money.Of(int64(p.IntN(20)), pick(p, money.CNY, money.CNY, money.KWD))
	}
	p.asked = []any{filter}
	wanted, code := p.model.list(filter)
	var whole []ledger.Account
	for cursor := ""; ; {
		page, err := p.book.AccountPage(p.tb.Context(), filter, cursor, 1+p.IntN(5))
		if err != nil {
			return nil, nil, code, err
		}
		whole = append(whole, page.Accounts...)
		if cursor = page.Next; cursor == "" {
			return wanted, whole, code, nil
		}
	}
}

func (p *program) history() (want, got any, code string, err error) {
	path := p.path(p.herd())
	p.asked = []any{path}
	want, code = p.model.history(path)
	var seqs []int64
	for record, err := range p.book.History(p.tb.Context(), path) {
		if err != nil {
			return nil, nil, code, err
		}
		seqs = append(seqs, record.Seq)
	}
	return want, seqs, code, nil
}

func (p *program) record() (want, got any, code string, err error) {
	id := p.oldID()
	p.asked = []any{id}
	record, err := p.book.Record(p.tb.Context(), id)
	wanted := p.model.ids[id]
	if wanted == nil {
		return nil, nil, "record_unknown", err
	}
	if err == nil {
		p.compareRecord(wanted, record)
	}
	return wanted.seq, record.Seq, "", err
}

func (p *program) families() (want, got any, code string, err error) {
	p.asked = nil
	got, err = p.book.Chart(p.tb.Context())
	return p.model.families, got, "", err
}

func (p *program) ageing() (want, got any, code string, err error) {
	prefix, on := pick(p, "", "wallet/", "meal"), p.date()
	steps := pick(p, []int{30, 60}, []int{5}, nil, []int{1, 2, 90}, []int{0, 1}, []int{2, 2})
	p.asked = []any{prefix, on, steps}
	want, code = p.model.ageing(prefix, on, steps)
	var ages []ledger.Age
	for age, err := range p.book.Ageing(p.tb.Context(), prefix, on, steps...) {
		if err != nil {
			return nil, nil, code, err
		}
		ages = append(ages, age)
	}
	return want, ages, code, nil
}
