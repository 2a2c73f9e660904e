package school

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// accountAudit compares a table each row of which has accounts, and each of whose
// accounts has a row. Rows come before their accounts.
type accountAudit struct {
	*auditing
	owner accountOwner
}

// accountOwner is such a table.
type accountOwner struct {
	table    auditedTable
	missing  audit.Code // an account without a row
	unopened audit.Code // a row without an account
	extra    audit.Code // a row that is there twice
	family   campus.Family
	key      func(name string) (string, bool)           // of the row that the account of this name in the family has
	accounts func(r auditedRow) []string                // paths
	opening  func(r auditedRow, overdue time.Time) bool // its accounts may not be there yet
}

// merchantAccounts is merchant. Its row is put first, and again by whoever tries
// again after a crash.
func merchantAccounts() accountOwner {
	return accountOwner{
		missing: CodeMerchantMissing, unopened: CodeMerchantUnopened, extra: CodeMerchantExtra,
		table:  auditedTable{name: "merchant", school: "school", key: []string{"merchant"}, columns: []string{"merchant", "updated_at"}},
		family: campus.FamilyMerchant,
		key:    func(name string) (string, bool) { return name, true },
		accounts: func(r auditedRow) []string {
			return []string{campus.Path(campus.FamilyMerchant, r.text("merchant")), campus.Path(campus.FamilyTransit, "payout", r.text("merchant"))}
		},
		opening: func(r auditedRow, overdue time.Time) bool {
			at, ok := r.time("updated_at")
			return ok && at.After(overdue)
		},
	}
}

// holderAccounts is holder. It is opening until its accounts are.
func holderAccounts() accountOwner {
	return accountOwner{
		missing: CodeHolderMissing, unopened: CodeHolderUnopened, extra: CodeHolderExtra,
		table:  auditedTable{name: "holder", school: "school", key: []string{"holder"}, columns: []string{"holder", "status"}},
		family: campus.FamilyWallet,
		key: func(name string) (string, bool) {
			number, err := identity.ParseRef(name)
			return strconv.FormatInt(int64(number), 10), err == nil
		},
		accounts: func(r auditedRow) []string {
			ref := "h" + r.text("holder")
			return []string{campus.Path(campus.FamilyWallet, ref), campus.Path(campus.FamilyArrears, ref)}
		},
		opening: func(r auditedRow, _ time.Time) bool { return r.text("status") == string(identity.Opening) },
	}
}

// Record implements [audit.Projection]: the accounts are read, not the journal
// that they follow from. Whether they do is the ledger's own audit.
func (*accountAudit) Record(*ledger.Record) error { return nil }

// Compare implements [audit.Projection].
func (w *accountAudit) Compare(ctx context.Context, report func(audit.Finding)) error {
	overdue, err := w.overdue(ctx)
	if err != nil {
		return wrapTable(w.owner.table.name, err)
	}
	before, some := "", false
	err = w.pages(ctx, &w.owner.table, func(page []auditedRow) error {
		open, err := w.openOf(ctx, page)
		if err != nil {
			return wrapTable(w.owner.table.name, err)
		}
		for _, row := range page {
			name := w.owner.table.rowName(row)
			if some && name == before {
				report((&fault{code: w.owner.extra, problem: "is there twice"}).finding(w.owner.table.name, name))
			}
			before, some = name, true
			w.compareRow(row, open, overdue, report)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.compareAccounts(ctx, report)
}

// openOf returns which accounts of the rows are open.
func (w *accountAudit) openOf(ctx context.Context, page []auditedRow) (map[string]bool, error) {
	var paths []string
	for _, row := range page {
		paths = append(paths, w.owner.accounts(row)...)
	}
	open := make(map[string]bool, len(paths))
	for account, err := range w.journal.Accounts(ctx, w.book, ledger.AccountQuery{Paths: paths}) {
		if errors.Is(err, ledger.ErrCorrupt) { // the ledger's own audit tells: none of the page is blamed
			for _, path := range paths {
				open[path] = true
			}
			return open, nil
		}
		if err != nil {
			return nil, err
		}
		open[account.Path] = true
	}
	return open, nil
}

func (w *accountAudit) compareRow(row auditedRow, open map[string]bool, overdue time.Time, report func(audit.Finding)) {
	if w.owner.opening(row, overdue) {
		return
	}
	for _, path := range w.owner.accounts(row) {
		if !open[path] {
			f := fault{code: w.owner.unopened, column: w.owner.table.key[0], want: path, problem: "has no account " + path}
			report(f.finding(w.owner.table.name, w.owner.table.rowName(row)))
		}
	}
}

// compareAccounts looks for the row of each account of the family.
func (w *accountAudit) compareAccounts(ctx context.Context, report func(audit.Finding)) error {
	prefix := string(w.owner.family) + "/"
	for after := ""; ; {
		var keys, paths []string
		n := 0
		query := ledger.AccountQuery{Prefix: prefix, After: after, Limit: auditPage}
		for account, err := range w.journal.Accounts(ctx, w.book, query) {
			if errors.Is(err, ledger.ErrCorrupt) {
				return nil // the ledger's own audit tells
			}
			if err != nil {
				return wrapTable(w.owner.table.name, err)
			}
			n, after = n+1, account.Path
			if key, ok := w.owner.key(strings.TrimPrefix(account.Path, prefix)); ok {
				keys, paths = append(keys, key), append(paths, account.Path)
			}
		}
		if err := w.compareKeys(ctx, keys, paths, report); err != nil || n < auditPage {
			return err
		}
	}
}

func (w *accountAudit) compareKeys(ctx context.Context, keys, paths []string, report func(audit.Finding)) error {
	rows, err := w.among(ctx, &w.owner.table, keys)
	if err != nil {
		return err
	}
	there := make(map[string]bool, len(rows))
	for _, row := range rows {
		there[row.text(w.owner.table.key[0])] = true
	}
	for i, key := range keys {
		if !there[key] {
			f := fault{code: w.owner.missing, want: paths[i], problem: "is missing, but account " + paths[i] + " is open"}
			report(f.finding(w.owner.table.name, w.owner.table.key[0]+"="+key))
		}
	}
	return nil
}
