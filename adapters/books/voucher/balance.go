package voucher

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/campusledger/campusledger/adapters/books/internal/days"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// Balance is what a subject, with the same auxiliary items, stood at before and
// after a period and what was posted to it meanwhile (科目余额及发生额).
type Balance struct {
	Subject                      Subject
	Partner, Project, Department string
	Opening, Closing             money.Amount // debit positive
	Debits, Credits              money.Amount // of the vouchers of the period
}

// Balances returns the balances of a period whose dates are closed, in the order
// of the subjects' codes, without those that are nothing throughout. Without To
// it is up to now, with what was posted on the date that is open; without From it
// is from the beginning. In each [System] all openings, all closings, and debits
// less credits sum to nothing.
//
// The openings are those of the ledger, which closes no year: what an accounting
// program moves to the next year's net assets is its own.
//
// Closing balances are checked against what the ledger stood at by its closings,
// or by its accounts; if they differ the error is ledger.ErrCorrupt.
func (e *Exporter) Balances(ctx context.Context, p Period) ([]Balance, error) {
	var balances []Balance
	err := e.atOneMoment(ctx, func(r *reading) (err error) {
		balances, err = r.balances(ctx, p)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("balances of book %d: %w", e.book, err)
	}
	return balances, nil
}

func (r *reading) balances(ctx context.Context, p Period) ([]Balance, error) {
	if p.From.IsZero() {
		p.From = firstDate
	}
	part, err := r.spanUntilNow(ctx, &p)
	if err != nil {
		return nil, err
	}
	opening, err := r.standing(ctx, p.From.AddDays(-1))
	if err != nil {
		return nil, err
	}
	s, err := r.sum(ctx, part, p.From, p)
	if err != nil {
		return nil, err
	}
	if err := opening.fold(s.by); err != nil {
		return nil, err
	}
	return opening.list(r.currency), r.agree(ctx, opening, p.To)
}

var (
	firstDate = ledger.DateOf(1, 1, 1)
	lastDate  = ledger.DateOf(9999, 12, 31)
)

// spanUntilNow is the span of a period of closed dates or, without an end, up to
// the end of the journal: it sets the end to the last date there is.
func (r *reading) spanUntilNow(ctx context.Context, p *Period) (days.Span, error) {
	if !p.To.IsZero() {
		if err := p.check(&r.head); err != nil {
			return days.Span{}, err
		}
		return r.span(ctx, *p)
	}
	if r.head.OpenDate.Before(p.From) {
		return days.Span{}, &ledger.DateError{Date: p.From, Open: r.head.OpenDate, Err: ledger.ErrDateNotOpen}
	}
	p.To = lastDate
	part, err := r.span(ctx, *p)
	part.Last = r.head.Seq
	return part, err
}

// standingKey is a subject with its auxiliary items.
type standingKey struct {
	code string
	items
}

// standing is what each subject stands at, and what was posted to it since.
type standing map[standingKey]*figures

type figures struct {
	subject         Subject
	opening         int64 // debit positive
	debits, credits int64
}

func (f *figures) closing() int64 { return f.opening + f.debits - f.credits }

// standing returns what the subjects stood at at the end of a date, by the
// closings; nothing before the first date. The budget follows from the accounts
// too: what an own account was ever posted, its budget subject was, and the
// opposite the pool.
func (r *reading) standing(ctx context.Context, date ledger.Date) (standing, error) {
	signed := map[string]int64{}
	if !date.IsZero() {
		for closing, err := range r.reader.Closings(ctx, r.book, ledger.ClosingQuery{On: date}) {
			if err != nil {
				return nil, err
			}
			signed[closing.Account] = closing.Debits - closing.Credits
		}
	}
	return r.bySubject(ctx, signed)
}

// now returns what the subjects stand at, by the accounts.
func (r *reading) now(ctx context.Context) (standing, error) {
	signed := map[string]int64{}
	for account, err := range r.reader.Accounts(ctx, r.book, ledger.AccountQuery{}) {
		if err != nil {
			return nil, err
		}
		signed[account.Path] = account.Debits - account.Credits
	}
	return r.bySubject(ctx, signed)
}

// bySubject adds up what accounts stand at, by subject.
func (r *reading) bySubject(ctx context.Context, signed map[string]int64) (standing, error) {
	maps.DeleteFunc(signed, func(_ string, minor int64) bool { return minor == 0 })
	if err := r.settle(ctx, slices.Collect(maps.Keys(signed))); err != nil {
		return nil, err
	}
	s := standing{}
	for _, path := range slices.Sorted(maps.Keys(signed)) {
		a, minor := r.target(path), signed[path]
		if a == nil {
			continue
		}
		err := s.open(a.rule.subject(), a.items, minor)
		if err == nil && a.rule.Nature == Own {
			err = s.open(a.rule.budget(), items{}, minor)
		}
		if err == nil && a.rule.Nature == Own {
			err = s.open(r.mapping.pool.subject(), items{}, -minor)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, r.failure()
}

func (s standing) of(subject Subject, with items) *figures {
	key := standingKey{code: subject.Code, items: with}
	if s[key] == nil {
		s[key] = &figures{subject: subject}
	}
	return s[key]
}

func (s standing) open(subject Subject, with items, minor int64) error {
	var fits bool
	f := s.of(subject, with)
	if f.opening, fits = addMinor(f.opening, minor); !fits {
		return fmt.Errorf("subject %s: %w", subject.Code, ledger.ErrOverflow)
	}
	return nil
}

// fold adds what was posted.
func (s standing) fold(by map[sumKey]*sum) error {
	for key, posted := range by {
		f := s.of(posted.subject, key.items)
		to := &f.debits
		if key.side == ledger.CreditSide {
			to = &f.credits
		}
		var fits bool
		if *to, fits = addMinor(*to, posted.minor); !fits {
			return fmt.Errorf("subject %s: %w", key.code, ledger.ErrOverflow)
		}
		if _, fits = addMinor(f.opening, f.debits); !fits { // nor does what lies between them then
			return fmt.Errorf("subject %s: %w", key.code, ledger.ErrOverflow)
		}
	}
	return nil
}

// list returns the balances in order.
func (s standing) list(currency money.Currency) []Balance {
	keys := slices.SortedFunc(maps.Keys(s), func(x, y standingKey) int {
		return cmp.Or(cmp.Compare(x.code, y.code), x.compare(y.items))
	})
	list := make([]Balance, 0, len(keys))
	for _, key := range keys {
		f := s[key]
		if f.opening == 0 && f.debits == 0 && f.credits == 0 {
			continue
		}
		list = append(list, Balance{
			Subject: f.subject, Partner: key.partner, Project: key.project, Department: key.department,
			Opening: money.Of(f.opening, currency), Closing: money.Of(f.closing(), currency),
			Debits: money.Of(f.debits, currency), Credits: money.Of(f.credits, currency),
		})
	}
	return list
}

// agree compares the closing balances with what the ledger stood at on the date.
func (r *reading) agree(ctx context.Context, s standing, on ledger.Date) error {
	stood, err := r.standing(ctx, on)
	if on == lastDate {
		stood, err = r.now(ctx)
	}
	if err != nil {
		return err
	}
	for key, f := range s {
		want := int64(0)
		if other := stood[key]; other != nil {
			want = other.opening
		}
		if f.closing() != want {
			return fmt.Errorf("subject %s: %s by the journal, %s by the ledger's balances: %w", key.code,
				money.Of(f.closing(), r.currency), money.Of(want, r.currency), ledger.ErrCorrupt)
		}
	}
	for key := range stood {
		if s[key] == nil && stood[key].opening != 0 {
			return fmt.Errorf("subject %s: nothing by the journal: %w", key.code, ledger.ErrCorrupt)
		}
	}
	return nil
}
