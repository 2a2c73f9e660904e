package sheet

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// bySubject leaves the sums to package voucher, which compares them with the
// ledger's own.
func (b TrialBalance) bySubject(ctx context.Context, reader ledger.Reader) ([]Line, error) {
	exporter, err := voucher.New(reader, b.Book, &voucher.Options{Mapping: b.Subjects, Currency: b.Currency})
	if err != nil {
		return nil, err
	}
	balances, err := exporter.Balances(ctx, voucher.Period{From: b.From, To: b.To})
	if err != nil {
		return nil, err
	}
	lines := make([]Line, len(balances))
	for i, balance := range balances {
		lines[i] = Line{
			System: balance.Subject.System(), Code: balance.Subject.Code, Name: balance.Subject.Name,
			Partner: balance.Partner, Project: balance.Project, Department: balance.Department,
			Opening: balance.Opening, Closing: balance.Closing, Debits: balance.Debits, Credits: balance.Credits,
		}
	}
	return lines, nil
}

// controlKey is a control account in a currency.
type controlKey struct {
	control  string
	currency money.Currency
}

func (k controlKey) compare(other controlKey) int {
	return cmp.Or(cmp.Compare(k.control, other.control), cmp.Compare(k.currency.Code(), other.currency.Code()))
}

// posted is all that was ever posted to the accounts of a control account.
type posted struct {
	debits, credits int64
	families        []string // the least first segments of the accounts' paths: one more than is named
}

// controls are what was posted up to a moment.
type controls map[controlKey]posted

func (c controls) add(key controlKey, account string, debits, credits int64) error {
	sum := c[key]
	family, _, _ := strings.Cut(account, "/")
	if i, found := slices.BinarySearch(sum.families, family); !found {
		sum.families = slices.Insert(sum.families, i, family)
		sum.families = sum.families[:min(len(sum.families), familiesNamed+1)]
	}
	sum.debits += debits
	sum.credits += credits
	if sum.debits < 0 || sum.credits < 0 {
		return fmt.Errorf("control account %s: %w", key.control, ledger.ErrOverflow)
	}
	c[key] = sum
	return nil
}

// familiesNamed is how many families a name lists.
const familiesNamed = 3

// name is that of the subject in the chart. A control account below one has what
// its accounts are for with it, else many lines would be named alike.
func (k controlKey) name(sum posted) string {
	subject, found := voucher.SubjectOf(k.control)
	if !found || subject.Code == k.control {
		return subject.Name
	}
	families := strings.Join(sum.families[:min(len(sum.families), familiesNamed)], "、")
	if len(sum.families) > familiesNamed {
		families += "等"
	}
	return fmt.Sprintf("%s（%s）", subject.Name, families)
}

// byControl takes the difference of what was posted before and up to the end of
// the period.
func (b TrialBalance) byControl(ctx context.Context, reader ledger.Reader) ([]Line, error) {
	head, err := reader.Head(ctx, b.Book)
	if err != nil {
		return nil, err
	}
	if err := checkDates(&head, b.From, b.To); err != nil {
		return nil, err
	}
	before, err := b.upTo(ctx, reader, b.From.AddDays(-1), controls{})
	if err != nil {
		return nil, err
	}
	until := controls{}
	if b.To.IsZero() {
		err = b.upToNow(ctx, reader, until)
	} else {
		until, err = b.upTo(ctx, reader, b.To, until)
	}
	if err != nil {
		return nil, err
	}
	var lines []Line
	for _, key := range slices.SortedFunc(maps.Keys(until), controlKey.compare) {
		first, last := before[key], until[key]
		if last.debits == 0 && last.credits == 0 {
			continue
		}
		of := func(minor int64) money.Amount { return money.Of(minor, key.currency) }
		lines = append(lines, Line{
			Code: key.control, Name: key.name(last), Opening: of(first.debits - first.credits), Closing: of(last.debits - last.credits),
			Debits: of(last.debits - first.debits), Credits: of(last.credits - first.credits),
		})
	}
	return lines, nil
}

// upTo adds what had been posted by the end of a date; the zero Date is before
// all.
func (b TrialBalance) upTo(ctx context.Context, reader ledger.Reader, date ledger.Date, to controls) (controls, error) {
	if date.IsZero() {
		return to, nil
	}
	for closing, err := range reader.Closings(ctx, b.Book, ledger.ClosingQuery{On: date}) {
		if err != nil {
			return nil, err
		}
		if err := to.add(controlKey{closing.Control, closing.Currency}, closing.Account, closing.Debits, closing.Credits); err != nil {
			return nil, err
		}
	}
	return to, nil
}

func (b TrialBalance) upToNow(ctx context.Context, reader ledger.Reader, to controls) error {
	for account, err := range reader.Accounts(ctx, b.Book, ledger.AccountQuery{}) {
		if err != nil {
			return err
		}
		if err := to.add(controlKey{account.Control, account.Currency}, account.Path, account.Debits, account.Credits); err != nil {
			return err
		}
	}
	return nil
}

// checkDates checks a period that may have no beginning and no end.
func checkDates(head *ledger.Head, from, to ledger.Date) error {
	switch {
	case !to.IsZero() && to == head.OpenDate:
		return &ledger.InvalidError{Field: "to", Problem: fmt.Sprintf("%s is still open", to)}
	case head.OpenDate.Before(to):
		return &ledger.DateError{Date: to, Open: head.OpenDate, Err: ledger.ErrDateNotOpen}
	case head.OpenDate.Before(from):
		return &ledger.DateError{Date: from, Open: head.OpenDate, Err: ledger.ErrDateNotOpen}
	case !to.IsZero() && to.Before(from):
		return &ledger.InvalidError{Field: "to", Problem: fmt.Sprintf("%s is before %s", to, from)}
	}
	return nil
}
