package sheet

import (
	"context"
	"fmt"
	"io"

	"github.com/campusledger/campusledger/adapters/books/internal/days"
	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// TrialBalance asks for what a book stood at.
type TrialBalance struct {
	Reader ledger.Reader // a ledger.Store is read at one moment
	Book   ledger.BookID
	// From and To are the period, both included. Without From it is from the
	// beginning, without To up to now, with what was posted on the date that
	// is open; a To that is given must be closed.
	From, To ledger.Date
	// Subjects makes it a balance of the school's accounting subjects, the
	// budget's too, by this mapping and in Currency (default: CNY), instead of
	// one of the ledger's control accounts.
	Subjects *voucher.Mapping
	Currency money.Currency
}

// Line is a line of a trial balance. Opening and Closing are debit positive.
type Line struct {
	System                       voucher.System // of a subject; 0 for a control account
	Code, Name                   string
	Partner, Project, Department string // of a subject
	Opening, Closing             money.Amount
	Debits, Credits              money.Amount // of the period
}

// Lines returns the lines in the order of their codes, a line for each currency.
// In each currency, and for subjects in each voucher.System, openings and
// closings sum to nothing and debits to credits; if they do not, the error is
// ledger.ErrCorrupt.
func (b TrialBalance) Lines(ctx context.Context) ([]Line, error) {
	var lines []Line
	err := days.AtOneMoment(ctx, b.Reader, func(reader ledger.Reader) (err error) {
		if b.Subjects != nil {
			lines, err = b.bySubject(ctx, reader)
		} else {
			lines, err = b.byControl(ctx, reader)
		}
		return err
	})
	if err == nil {
		_, err = sumUp(lines)
	}
	if err != nil {
		return nil, fmt.Errorf("trial balance of book %d: %w", b.Book, err)
	}
	return lines, nil
}

// Write writes the lines as a sheet, 科目余额表, with the totals of each sum that
// must agree; nil options are the defaults.
func (b TrialBalance) Write(ctx context.Context, w io.Writer, options *Options) error {
	lines, err := b.Lines(ctx)
	if err != nil {
		return err
	}
	totals, err := sumUp(lines)
	if err == nil {
		err = b.write(w, options, lines, totals)
	}
	if err != nil {
		return fmt.Errorf("trial balance of book %d: %w", b.Book, err)
	}
	return nil
}

func (b TrialBalance) write(w io.Writer, options *Options, lines []Line, totals []total) error {
	out, err := newWriter(w, options, "科目余额表", []column{
		{"科目编码", 12}, {"科目名称", 24}, {"往来单位", 14}, {"项目", 18}, {"部门", 12}, {"币种", 6},
		{"期初借方余额", 16}, {"期初贷方余额", 16}, {"本期借方发生额", 16}, {"本期贷方发生额", 16}, {"期末借方余额", 16}, {"期末贷方余额", 16},
	})
	if err != nil {
		return err
	}
	for i := range lines {
		if err := out.row(lines[i].cells()...); err != nil {
			return err
		}
	}
	for i := range totals {
		if err := out.row(totals[i].cells()...); err != nil {
			return err
		}
	}
	return out.end()
}

func (l *Line) cells() []cell {
	currency := l.Opening.Currency()
	cells := []cell{text(l.Code), text(l.Name), text(l.Partner), text(l.Project), text(l.Department), text(currency.Code())}
	cells = append(cells, onSides(l.Opening)...)
	cells = append(cells, amount(l.Debits), amount(l.Credits))
	return append(cells, onSides(l.Closing)...)
}

// onSides is a balance in two cells, of which one is empty.
func onSides(balance money.Amount) []cell {
	switch balance.Sign() {
	case 1:
		return []cell{amount(balance), {}}
	case -1:
		return []cell{{}, minor(-balance.Minor(), balance.Currency())}
	}
	return []cell{{}, {}}
}

// total is what lines sum to that must agree.
type total struct {
	system          voucher.System
	currency        money.Currency
	opening         [2]int64 // debit and credit balances
	debits, credits int64
	closing         [2]int64
}

// sumUp sums lines by currency and, of subjects, by system, and compares both
// sides.
func sumUp(lines []Line) ([]total, error) {
	var totals []total
	for i := range lines {
		l := &lines[i]
		t := totalOf(&totals, l)
		for _, part := range []struct {
			to    *int64
			minor int64
		}{
			{&t.opening[0], max(l.Opening.Minor(), 0)}, {&t.opening[1], -min(l.Opening.Minor(), 0)},
			{&t.debits, l.Debits.Minor()}, {&t.credits, l.Credits.Minor()},
			{&t.closing[0], max(l.Closing.Minor(), 0)}, {&t.closing[1], -min(l.Closing.Minor(), 0)},
		} {
			if *part.to += part.minor; *part.to < 0 {
				return nil, fmt.Errorf("total: %w", ledger.ErrOverflow)
			}
		}
	}
	for i := range totals {
		t := &totals[i]
		if t.opening[0] != t.opening[1] || t.debits != t.credits || t.closing[0] != t.closing[1] {
			return nil, fmt.Errorf("%s in %s: debits and credits differ: %w", t.name(), t.currency, ledger.ErrCorrupt)
		}
	}
	return totals, nil
}

// totalOf returns the total that a line belongs to.
func totalOf(totals *[]total, l *Line) *total {
	for i := range *totals {
		if t := &(*totals)[i]; t.system == l.System && t.currency == l.Opening.Currency() {
			return t
		}
	}
	*totals = append(*totals, total{system: l.System, currency: l.Opening.Currency()})
	return &(*totals)[len(*totals)-1]
}

func (t *total) name() string {
	switch t.system {
	case voucher.Financial:
		return "财务会计合计"
	case voucher.Budget:
		return "预算会计合计"
	}
	return "合计"
}

func (t *total) cells() []cell {
	of := func(n int64) cell { return minor(n, t.currency) }
	return []cell{
		text(t.name()), {}, {}, {}, {}, text(t.currency.Code()),
		of(t.opening[0]), of(t.opening[1]), of(t.debits), of(t.credits), of(t.closing[0]), of(t.closing[1]),
	}
}
