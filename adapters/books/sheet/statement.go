package sheet

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/campusledger/campusledger/adapters/books/internal/days"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// Statement asks for what was posted to an account.
type Statement struct {
	Reader  ledger.Reader // a ledger.Store is read at one moment
	Book    ledger.BookID
	Account string // its path
	// From and To are the period, as for [TrialBalance].
	From, To ledger.Date
	// Location is where the times of records are told. Default: UTC+8.
	Location *time.Location
}

// Write writes the statement as a sheet, 明细账: the opening balance, the entries
// of the period in the order of the journal with the balance after each, and the
// period's turnover with the closing balance. Balances are without sign, with the
// side that they are on. Nil options are the defaults.
//
// It streams: what is written before an error stays. Balances are summed from
// entry to entry and compared at the end with what the ledger stood at; if they
// differ the error is ledger.ErrCorrupt. An unknown account is
// ledger.ErrAccountUnknown.
func (s Statement) Write(ctx context.Context, w io.Writer, options *Options) error {
	err := days.AtOneMoment(ctx, s.Reader, func(reader ledger.Reader) error {
		return s.write(ctx, reader, w, options)
	})
	if err != nil {
		return fmt.Errorf("statement of %s of book %d: %w", s.Account, s.Book, err)
	}
	return nil
}

// statement is one under way. Amounts are minor units, debit positive.
type statement struct {
	Statement
	out              writer
	currency         money.Currency
	first, last      ledger.Date
	opening, closing int64 // as the ledger has them
	debits, credits  int64
}

func (s Statement) write(ctx context.Context, reader ledger.Reader, w io.Writer, options *Options) error {
	head, err := reader.Head(ctx, s.Book)
	if err != nil {
		return err
	}
	if err := checkDates(&head, s.From, s.To); err != nil {
		return err
	}
	under := &statement{Statement: s, first: s.From, last: s.To}
	if err := under.around(ctx, reader); err != nil {
		return err
	}
	part, err := under.span(ctx, reader, &head)
	if err != nil {
		return err
	}
	if under.Location == nil {
		under.Location = time.FixedZone("UTC+8", 8*60*60)
	}
	under.out, err = newWriter(w, options, "明细账", []column{
		{"营业日期", 12}, {"入账时间", 20}, {"记录号", 10}, {"行号", 6}, {"业务", 24}, {"币种", 6},
		{"借方", 16}, {"贷方", 16}, {"方向", 6}, {"余额", 16}, {"到期日", 12}, {"编号", 38},
	})
	if err != nil {
		return err
	}
	if err := under.summary("期初余额", under.opening, nil); err != nil {
		return err
	}
	if err := under.entries(ctx, reader, part); err != nil {
		return err
	}
	return under.finish()
}

// around reads the account and the balances before and after the period.
func (s *statement) around(ctx context.Context, reader ledger.Reader) error {
	found := false
	for account, err := range reader.Accounts(ctx, s.Book, ledger.AccountQuery{Paths: []string{s.Account}}) {
		if err != nil {
			return err
		}
		found, s.currency, s.closing = true, account.Currency, account.Debits-account.Credits
	}
	if !found {
		return ledger.ErrAccountUnknown
	}
	var err error
	if s.opening, err = s.stoodAt(ctx, reader, s.From.AddDays(-1)); err == nil && !s.To.IsZero() {
		s.closing, err = s.stoodAt(ctx, reader, s.To)
	}
	if s.first.IsZero() {
		s.first = ledger.DateOf(1, time.January, 1)
	}
	if s.last.IsZero() {
		s.last = ledger.DateOf(9999, time.December, 31)
	}
	return err
}

// stoodAt is the balance at the end of a closed date; before the first it was
// zero.
func (s *statement) stoodAt(ctx context.Context, reader ledger.Reader, date ledger.Date) (int64, error) {
	if date.IsZero() {
		return 0, nil
	}
	var balance int64
	for closing, err := range reader.Closings(ctx, s.Book, ledger.ClosingQuery{Account: s.Account, On: date}) {
		if err != nil {
			return 0, err
		}
		balance = closing.Debits - closing.Credits
	}
	return balance, nil
}

// span is where the period's records are.
func (s *statement) span(ctx context.Context, reader ledger.Reader, head *ledger.Head) (days.Span, error) {
	part, err := days.Find(ctx, reader, head, s.first, s.last)
	if s.To.IsZero() {
		part.Last = head.Seq
	}
	return part, err
}

// windowMax is how many positions of the journal are looked at at once: entries
// are read newest first, and kept until they can be written.
const windowMax = 20_000

func (s *statement) entries(ctx context.Context, reader ledger.Reader, part days.Span) error {
	for after := part.After; after < part.Last; after += windowMax {
		until := min(after+windowMax, part.Last)
		var window []ledger.Entry
		query := ledger.EntryQuery{Account: s.Account, After: after, Before: until + 1}
		for entry, err := range ledger.Entries(ctx, reader, s.Book, query) {
			if err != nil {
				return err
			}
			if !entry.Date.Before(s.first) && !s.last.Before(entry.Date) {
				window = append(window, entry)
			}
		}
		for i := range slices.Backward(window) {
			if err := s.entry(&window[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *statement) entry(e *ledger.Entry) error {
	moved := e.Amount.Minor()
	if moved == math.MinInt64 {
		return ledger.ErrOverflow
	}
	s.debits += max(moved, 0)
	s.credits -= min(moved, 0)
	if s.debits < 0 || s.credits < 0 {
		return ledger.ErrOverflow
	}
	cells := []cell{
		text(e.Date.String()), text(e.At.In(s.Location).Format(time.DateTime)), number(e.Seq), number(int64(e.Line) + 1), text(e.Kind), text(s.currency.Code()),
	}
	cells = append(append(cells, onSides(e.Amount)...), sided(s.balance())...)
	return s.out.row(append(cells, text(e.Due.String()), text(e.ID.String()))...)
}

// balance is what the account stands at after the entries so far.
func (s *statement) balance() money.Amount { return money.Of(s.opening+s.debits-s.credits, s.currency) }

// summary writes a line that is no entry.
func (s *statement) summary(name string, balance int64, turnover []cell) error {
	if turnover == nil {
		turnover = []cell{{}, {}}
	}
	cells := append([]cell{{}, {}, {}, {}, text(name), text(s.currency.Code())}, turnover...)
	cells = append(cells, sided(money.Of(balance, s.currency))...)
	return s.out.row(append(cells, cell{}, cell{})...)
}

// finish compares what was summed with what the ledger stood at.
func (s *statement) finish() error {
	if s.balance().Minor() != s.closing {
		return fmt.Errorf("the entries lead to %s, the ledger stood at %s: %w", s.balance(), money.Of(s.closing, s.currency), ledger.ErrCorrupt)
	}
	if err := s.summary("期末余额", s.closing, []cell{minor(s.debits, s.currency), minor(s.credits, s.currency)}); err != nil {
		return err
	}
	return s.out.end()
}

// sided is the side of a balance and the balance without its sign.
func sided(balance money.Amount) []cell {
	side := "平"
	unsigned := balance
	switch balance.Sign() {
	case 1:
		side = "借"
	case -1:
		side, unsigned = "贷", money.Of(-balance.Minor(), balance.Currency())
	}
	return []cell{text(side), amount(unsigned)}
}
