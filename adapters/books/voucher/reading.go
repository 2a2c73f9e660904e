package voucher

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// reading is one reading of a book at one moment. Its reader may take one query
// at a time, so that no sequence is left open while another is read.
type reading struct {
	*Exporter
	reader   ledger.Reader
	head     ledger.Head
	accounts map[string]*account // by path
	faults   map[fault][]string  // accounts that cannot be exported
}

// account is an account of the book and what it is mapped to.
type account struct {
	path     string
	side     ledger.Side
	inOther  bool // another currency than that of the vouchers
	moved    bool
	rules    []*Rule
	settled  bool // the rest is known
	rule     *Rule
	items    items
	mismatch *fault // why it cannot be exported
}

// items are the auxiliary items of a line.
type items struct{ partner, project, department string }

func (i items) compare(other items) int {
	return cmp.Or(cmp.Compare(i.partner, other.partner), cmp.Compare(i.project, other.project), cmp.Compare(i.department, other.department))
}

// fault is what accounts have in common that cannot be exported.
type fault struct {
	line int // of the mapping
	err  error
}

func (r *reading) readAccounts(ctx context.Context) error {
	for stored, err := range r.reader.Accounts(ctx, r.book, ledger.AccountQuery{}) {
		if err != nil {
			return err
		}
		r.accounts[stored.Path] = &account{
			path: stored.Path, side: stored.Side, inOther: stored.Currency != r.currency,
			moved: stored.Debits != 0 || stored.Credits != 0, rules: r.mapping.rulesOf(stored.Path, stored.Control),
		}
	}
	return nil
}

// settle finds out what accounts are mapped to.
func (r *reading) settle(ctx context.Context, paths []string) error {
	var unsettled []*account
	slices.Sort(paths)
	for _, path := range slices.Compact(paths) {
		a, found := r.accounts[path]
		switch {
		case !found:
			return &ledger.AccountError{Account: path, Err: ledger.ErrAccountUnknown}
		case a.settled:
		case needOrigin(a.rules) && a.moved:
			unsettled = append(unsettled, a)
		default:
			a.settle(pick(a.rules, ""))
		}
	}
	return r.settleByOrigin(ctx, unsettled)
}

// settle notes the rule of an account, or why it cannot be exported.
func (a *account) settle(rule *Rule) {
	a.settled, a.rule = true, rule
	switch {
	case a.inOther:
		a.mismatch = &fault{err: ErrCurrency}
		return
	case rule == nil:
		a.mismatch = &fault{err: ErrUnmapped}
		return
	case !rule.takes(a.side):
		a.mismatch = &fault{line: rule.Line, err: ErrSide}
	}
	for _, item := range []struct {
		template string
		to       *string
	}{{rule.Partner, &a.items.partner}, {rule.Project, &a.items.project}, {rule.Department, &a.items.department}} {
		var found bool
		if *item.to, found = fill(item.template, a.path); !found {
			a.mismatch = &fault{line: rule.Line, err: ErrAuxiliary}
		}
	}
}

// target returns the account, or nil if it cannot be exported, which is noted.
func (r *reading) target(path string) *account {
	a := r.accounts[path]
	if a.mismatch == nil {
		return a
	}
	if r.faults == nil {
		r.faults = map[fault][]string{}
	}
	r.faults[*a.mismatch] = append(r.faults[*a.mismatch], path)
	return nil
}

// failure returns all accounts that could not be exported, by reason.
func (r *reading) failure() error {
	var failures []*AccountsError
	for fault, paths := range r.faults {
		slices.Sort(paths)
		failures = append(failures, &AccountsError{Accounts: slices.Compact(paths), Line: fault.line, Err: fault.err})
	}
	slices.SortFunc(failures, func(x, y *AccountsError) int {
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Err.Error(), y.Err.Error()))
	})
	var joined []error
	for _, failure := range failures {
		joined = append(joined, failure)
	}
	return errors.Join(joined...)
}

// Check finds what the mapping lacks for the book as it stands: accounts without
// a rule, of another currency, of another side than their subject, or whose
// paths lack a segment. All of them are in the error: see [AccountsError].
// A bill that was not assessed yet needs a rule for some origin.
func (e *Exporter) Check(ctx context.Context) error {
	err := e.atOneMoment(ctx, func(r *reading) error {
		var paths []string
		for path, a := range r.accounts {
			if len(a.rules) > 0 && needOrigin(a.rules) && !a.moved {
				continue
			}
			paths = append(paths, path)
		}
		if err := r.settle(ctx, paths); err != nil {
			return err
		}
		for _, path := range paths {
			r.target(path)
		}
		return r.failure()
	})
	if err != nil {
		return fmt.Errorf("check the mapping of book %d: %w", e.book, err)
	}
	return nil
}
