package audit

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// compareClosings compares every closing row with the day closes in the journal.
func (a *auditor) compareClosings(ctx context.Context) error {
	for _, x := range a.model.numbered {
		x.accumulate()
	}
	var last ledger.Closing
	damaged := false
	for stored, err := range a.state.Closings(ctx, a.book, ledger.ClosingQuery{}) {
		if damaged = errors.Is(err, ledger.ErrCorrupt); damaged {
			break
		}
		if err != nil {
			return err
		}
		last = stored
		a.compareClosing(&stored)
	}
	if damaged { // only now: a view takes one query at a time
		if err := a.closingsAfter(ctx, last); err != nil {
			return err
		}
	}
	for _, x := range a.model.numbered {
		for i := range x.closings {
			a.report.Closings++
			if !x.closings[i].seen {
				a.find(CodeClosingMissing, closingRow(x.spec.Path, x.closings[i].date), "is missing")
			}
		}
	}
	return nil
}

// closingsAfter reads the closings account by account after one that cannot be
// read, so that its account can be named.
func (a *auditor) closingsAfter(ctx context.Context, last ledger.Closing) error {
	for _, path := range slices.Sorted(maps.Keys(a.model.accounts)) {
		if path < last.Account {
			continue
		}
		for stored, err := range a.state.Closings(ctx, a.book, ledger.ClosingQuery{Account: path}) {
			if errors.Is(err, ledger.ErrCorrupt) {
				a.find(CodeClosingUnreadable, row{table: "closing", key: "account=" + path}, "%v", err)
				a.model.accounts[path].passClosings()
				break
			}
			if err != nil {
				return err
			}
			if path != last.Account || last.Date.Before(stored.Date) {
				a.compareClosing(&stored)
			}
		}
	}
	return nil
}

// passClosings keeps closings that could not be read from counting as missing.
func (x *account) passClosings() {
	for i := range x.closings {
		x.closings[i].seen = true
	}
}

func (a *auditor) compareClosing(stored *ledger.Closing) {
	at := closingRow(stored.Account, stored.Date)
	x, ok := a.model.accounts[a.pathOf(stored.Account)]
	if !ok {
		a.find(CodeClosingExtra, at, "the journal never opened its account")
		return
	}
	at = closingRow(x.spec.Path, stored.Date)
	i, ok := slices.BinarySearchFunc(x.closings, stored.Date, func(c closing, date ledger.Date) int { return c.date.Compare(date) })
	switch {
	case !ok:
		a.find(CodeClosingExtra, at, "no close of this day touched the account")
		return
	case x.closings[i].seen:
		a.find(CodeClosingExtra, at, "another row is of the same day")
		return
	}
	x.closings[i].seen = true
	debits, credits := x.until(stored.Date)
	if stored.Debits != debits {
		a.differ(CodeClosingDiffers, at.in("debits"), decimal(debits), decimal(stored.Debits))
	}
	if stored.Credits != credits {
		a.differ(CodeClosingDiffers, at.in("credits"), decimal(credits), decimal(stored.Credits))
	}
}
