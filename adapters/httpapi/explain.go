package httpapi

import (
	"slices"
	"strings"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
)

// explain adds to a problem what the ledger knows of its refusal, as far as the
// role may know it.
func explain(problem *wire.Problem, err error, role Role) {
	refusal := ledger.Explain(err)
	if ledger.KindOf(err) != ledger.KindRefused && refusal.Account == "" {
		return // no rule of the books
	}
	problem.Rule = &refusal.Rule
	if refusal.Account == "" || !seesAccount(role, refusal.Account) {
		return
	}
	problem.Account = &refusal.Account
	if refusal.Wanted.IsValid() && refusal.Available.IsValid() {
		wanted, available := amountOut(refusal.Wanted), amountOut(refusal.Available)
		problem.Wanted, problem.Available = &wanted, &available
	}
}

// seesAccount reports whether a role may read an account's path and balance, as
// the operations of the document show them to it: a guardian's own requests
// reach no holder but bound ones.
func seesAccount(role Role, path string) bool {
	switch role {
	case Finance, Auditor:
		return true
	case Guardian, Office:
		family, _, _ := strings.Cut(path, "/")
		return slices.Contains([]campus.Family{
			campus.FamilyWallet, campus.FamilySubsidy, campus.FamilyArrears, campus.FamilyFee,
		}, campus.Family(family))
	}
	return false
}
