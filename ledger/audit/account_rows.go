package audit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// accountRows is how far the account table was compared.
type accountRows struct {
	seen    []bool         // by number, from 0
	extra   map[int64]bool // numbers that no account has, or two
	paths   []string
	last    string // the path read last
	corrupt error  // why reading stopped there
}

// compareAccounts compares every account row with the journal. Behind one that
// cannot be read, the journal says which it should be.
func (a *auditor) compareAccounts(ctx context.Context) error {
	rows := &accountRows{seen: make([]bool, len(a.model.numbered)), extra: map[int64]bool{}}
	if err := a.readAccounts(ctx, rows, ""); err != nil {
		return err
	}
	for rows.corrupt != nil {
		if rows.paths == nil {
			rows.paths = slices.Sorted(maps.Keys(a.model.accounts))
		}
		i, _ := slices.BinarySearch(rows.paths, rows.last+"\x00")
		if i == len(rows.paths) {
			a.find(CodeAccountUnreadable, row{table: "account", key: "after path=" + rows.last}, "%v", rows.corrupt)
			break
		}
		x := a.model.accounts[rows.paths[i]]
		a.find(CodeAccountUnreadable, accountRow(x.number, x.spec.Path), "%v", rows.corrupt)
		rows.seen[x.number-1] = true
		if err := a.readAccounts(ctx, rows, x.spec.Path); err != nil {
			return err
		}
	}
	for i, x := range a.model.numbered {
		if !rows.seen[i] {
			a.find(CodeAccountMissing, accountRow(x.number, x.spec.Path), "is missing")
		}
	}
	return a.findStrays(ctx, rows)
}

// findStrays finds rows that were not read with an account in the order of paths:
// those of no account, and a second of one.
func (a *auditor) findStrays(ctx context.Context, rows *accountRows) error {
	if a.rows == nil {
		return nil
	}
	seen := map[string][]bool{} // by table and number, from 0
	for r, err := range a.rows.AccountRows(ctx, a.book) {
		if errors.Is(err, ledger.ErrCorrupt) {
			a.find(CodeAccountUnreadable, row{table: "account", key: "a number"}, "%v", err)
			return nil
		}
		if err != nil {
			return err
		}
		if seen[r.Table] == nil {
			seen[r.Table] = make([]bool, len(rows.seen))
		}
		problem := ""
		switch n := r.Number - 1; {
		case rows.extra[r.Number]: // found already
		case n < 0 || n >= int64(len(rows.seen)):
			problem = "the journal opened no account with this number"
		case seen[r.Table][n]:
			problem = "another row has this number"
		default:
			seen[r.Table][n] = true
		}
		if problem != "" {
			rows.extra[r.Number] = true
			a.find(CodeAccountExtra, row{table: r.Table, key: fmt.Sprintf("number=%d", r.Number)}, "%s", problem)
		}
	}
	return nil
}

// readAccounts compares the rows after the path, up to the end or to one that
// cannot be read.
func (a *auditor) readAccounts(ctx context.Context, rows *accountRows, after string) error {
	rows.last, rows.corrupt = after, nil
	for stored, err := range a.reader.Accounts(ctx, a.book, ledger.AccountQuery{After: after}) {
		if errors.Is(err, ledger.ErrCorrupt) {
			rows.corrupt = err
			return nil
		}
		if err != nil {
			return err
		}
		rows.last = stored.Path
		at := accountRow(stored.Number, stored.Path)
		switch n := stored.Number - 1; {
		case n < 0 || n >= int64(len(rows.seen)):
			rows.extra[stored.Number] = true
			a.find(CodeAccountExtra, at, "the journal opened no account with this number")
		case rows.seen[n]:
			rows.extra[stored.Number] = true
			a.find(CodeAccountExtra, at, "another row has this number")
		default:
			rows.seen[n] = true
			a.compareAccount(a.model.numbered[n], &stored)
		}
	}
	return nil
}

func (a *auditor) compareAccount(x *account, stored *ledger.Account) {
	want := ledger.Account{
		AccountSpec: x.spec, Number: x.number, Debits: x.debits, Credits: x.credits, HeldDebits: x.heldDebits, HeldCredits: x.heldCredits,
		Used: x.uses(), ChangedSeq: x.changedSeq, LastSeq: x.lastSeq, MovedSeq: x.movedSeq, Moves: x.moves,
	}
	if sameAccount(&want, stored) {
		return
	}
	at, got := accountRow(x.number, x.spec.Path), accountCells(stored)
	for i, cell := range accountCells(&want) {
		if cell.text != got[i].text {
			a.differ(CodeAccountDiffers, at.in(cell.column), cell.text, got[i].text)
		}
	}
}

// sameAccount reports whether two rows say the same, at less cost than their
// texts.
func sameAccount(x, y *ledger.Account) bool {
	totals := [...]int64{x.Debits, x.Credits, x.HeldDebits, x.HeldCredits, x.ChangedSeq, x.LastSeq, x.MovedSeq, x.Moves}
	return totals == [...]int64{y.Debits, y.Credits, y.HeldDebits, y.HeldCredits, y.ChangedSeq, y.LastSeq, y.MovedSeq, y.Moves} &&
		slices.Equal(x.Used, y.Used) && x.Equal(y.AccountSpec)
}

// cell is a column's value as text.
type cell struct{ column, text string }

// accountCells returns what stands in an account's row.
func accountCells(x *ledger.Account) []cell {
	return []cell{
		{"path", x.Path}, {"control", x.Control}, {"currency", x.Currency.Code()}, {"side", decimal(int64(x.Side))},
		{"floor", bound(x.Floor)}, {"ceiling", bound(x.Ceiling)}, {"limits", x.Limits.String()}, {"meta", string(x.Metadata)},
		{"state", string(x.State)}, {"debits", decimal(x.Debits)}, {"credits", decimal(x.Credits)},
		{"held_debits", decimal(x.HeldDebits)}, {"held_credits", decimal(x.HeldCredits)}, {"used", x.Used.String()},
		{"changed_seq", decimal(x.ChangedSeq)}, {"last_seq", decimal(x.LastSeq)},
		{"moved_seq", decimal(x.MovedSeq)}, {"moves", decimal(x.Moves)},
	}
}

// bound is a bound as the table has it: minor units, or null.
func bound(amount money.Amount) string {
	if !amount.IsValid() {
		return "null"
	}
	return decimal(amount.Minor())
}
