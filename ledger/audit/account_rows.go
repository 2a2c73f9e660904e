package audit

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sort"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// storedAccounts are the rows of the account table.
type storedAccounts struct {
	byNumber map[int64]ledger.Account
	byPath   map[string]int64
	twice    []ledger.Account // rows whose number another row has too
	last     string           // the path read last
	corrupt  error            // why reading stopped there
}

// readAccounts reads the account rows after the path, up to the end or to one
// that cannot be read.
func (a *auditor) readAccounts(ctx context.Context, after string) error {
	s := &a.stored
	if s.byNumber == nil {
		s.byNumber, s.byPath = map[int64]ledger.Account{}, map[string]int64{}
	}
	s.last, s.corrupt = after, nil
	for stored, err := range a.state.Accounts(ctx, a.book, ledger.AccountQuery{After: after}) {
		if errors.Is(err, ledger.ErrCorrupt) {
			s.corrupt = err
			return nil
		}
		if err != nil {
			return err
		}
		s.last = stored.Path
		if _, ok := s.byNumber[stored.Number]; ok {
			s.twice = append(s.twice, stored)
			continue
		}
		s.byNumber[stored.Number] = stored
		s.byPath[stored.Path] = stored.Number
	}
	return nil
}

// readDamaged goes on behind account rows that cannot be read. The journal says
// which they should be.
func (a *auditor) readDamaged(ctx context.Context) (map[string]struct{}, error) {
	damaged := map[string]struct{}{}
	paths := slices.Sorted(maps.Keys(a.model.accounts))
	for a.stored.corrupt != nil {
		problem, last := a.stored.corrupt, a.stored.last
		i := sort.SearchStrings(paths, last+"\x00")
		if i == len(paths) {
			a.find(CodeAccountUnreadable, row{table: "account", key: "after path=" + last}, "%v", problem)
			return damaged, nil
		}
		path := paths[i]
		a.find(CodeAccountUnreadable, accountRow(a.model.accounts[path].number, path), "%v", problem)
		damaged[path] = struct{}{}
		if err := a.readAccounts(ctx, path); err != nil {
			return nil, err
		}
	}
	return damaged, nil
}

// pathOf returns the path that the journal gave to the account whose row has
// the path now.
func (a *auditor) pathOf(path string) string {
	number := a.stored.byPath[path]
	if number < 1 || number > int64(len(a.model.numbered)) {
		return path
	}
	return a.model.numbered[number-1].spec.Path
}

// compareAccounts compares every account row with the journal.
func (a *auditor) compareAccounts(ctx context.Context) error {
	damaged, err := a.readDamaged(ctx)
	if err != nil {
		return err
	}
	for _, x := range a.model.numbered {
		stored, ok := a.stored.byNumber[x.number]
		if ok {
			a.compareAccount(x, &stored)
			delete(a.stored.byNumber, x.number)
		} else if _, known := damaged[x.spec.Path]; !known {
			a.find(CodeAccountMissing, accountRow(x.number, x.spec.Path), "is missing")
		}
	}
	for _, number := range slices.Sorted(maps.Keys(a.stored.byNumber)) {
		a.find(CodeAccountExtra, accountRow(number, a.stored.byNumber[number].Path), "the journal opened no account with this number")
	}
	for i := range a.stored.twice {
		a.find(CodeAccountExtra, accountRow(a.stored.twice[i].Number, a.stored.twice[i].Path), "another row has this number")
	}
	return nil
}

func (a *auditor) compareAccount(x *account, stored *ledger.Account) {
	at := accountRow(x.number, x.spec.Path)
	got := rowOf(&stored.AccountSpec, stored)
	want := rowOf(&x.spec, &ledger.Account{
		Debits: x.debits, Credits: x.credits, HeldDebits: x.heldDebits, HeldCredits: x.heldCredits,
		Used: x.uses(), ChangedSeq: x.changedSeq, LastSeq: x.lastSeq,
	})
	for i := range want {
		if want[i].text != got[i].text {
			a.differ(CodeAccountDiffers, at.in(want[i].column), want[i].text, got[i].text)
		}
	}
}

// cell is a column's value as text.
type cell struct{ column, text string }

// rowOf returns what stands in an account's row.
func rowOf(s *ledger.AccountSpec, x *ledger.Account) []cell {
	return []cell{
		{"path", s.Path}, {"control", s.Control}, {"currency", s.Currency.Code()}, {"side", decimal(int64(s.Side))},
		{"floor", bound(s.Floor)}, {"ceiling", bound(s.Ceiling)}, {"limits", s.Limits.String()}, {"meta", string(s.Metadata)},
		{"state", string(s.State)}, {"debits", decimal(x.Debits)}, {"credits", decimal(x.Credits)},
		{"held_debits", decimal(x.HeldDebits)}, {"held_credits", decimal(x.HeldCredits)}, {"used", x.Used.String()},
		{"changed_seq", decimal(x.ChangedSeq)}, {"last_seq", decimal(x.LastSeq)},
	}
}

// bound is a bound as the table has it: minor units, or null.
func bound(amount money.Amount) string {
	if !amount.IsValid() {
		return "null"
	}
	return decimal(amount.Minor())
}
