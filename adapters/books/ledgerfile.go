package books

import (
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// ledgerFile is what the files of Ledger and of hledger have in common.
type ledgerFile struct{}

func (ledgerFile) account(root string, a *ledger.AccountSpec) string {
	return root + ":" + a.Control + ":" + strings.ReplaceAll(a.Path, "/", ":")
}

func (ledgerFile) title(x *plain, head *ledger.Head) {
	x.printf("; Book %d, %s, up to position %d\n", head.Book, oneLine(head.Name), head.Seq)
}

// accounts declares all accounts.
func (ledgerFile) accounts(x *plain) {
	for _, a := range x.inOrder {
		x.printf("account %s\n", a.name)
	}
}

// begin writes a transaction up to its postings.
func (ledgerFile) begin(x *plain, r *ledger.Record) {
	x.printf("\n%s (%d) %s\n", r.Date, r.Seq, r.Kind)
	for _, p := range particulars(r) {
		x.printf("    ; %s: %s\n", p.key, p.value)
	}
}

func (ledgerFile) posting(x *plain, a *account, amount money.Amount) {
	x.printf("    %s  %s", a.name, amount)
}

// asserted is a posting after which the account must have a balance.
func (f ledgerFile) asserted(x *plain, a *account, amount, balance money.Amount) {
	f.posting(x, a, amount)
	x.printf(" = %s\n", balance)
}

// assertAll asserts by postings of nothing.
func (f ledgerFile) assertAll(x *plain, head *ledger.Head, stands []standing) error {
	x.printf("\n%s balances  ; of all accounts at position %d\n", x.last, head.Seq)
	f.assert(x, stands)
	return nil
}

func (f ledgerFile) assert(x *plain, stands []standing) {
	for _, s := range stands {
		f.asserted(x, s.account, money.Zero(s.balance.Currency()), s.balance)
	}
}
