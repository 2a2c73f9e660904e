package books

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/campusledger/campusledger/ledger"
)

// Options tune [WriteHledger], [WriteLedger] and [WriteBeancount]. The zero
// value of each field is its default.
type Options struct {
	// Nature says what a control account is, and so below which root an
	// account stands; side is the account's normal side. Default:
	// [GovernmentNature].
	Nature func(control string, side ledger.Side) Nature
	// Roots are the names of the top accounts.
	Roots Roots
}

// Roots are the top accounts, one for each nature: different words of letters,
// digits and '-' that begin with a letter. In a Beancount file they begin with
// an upper-case letter whatever is given here.
type Roots struct {
	Assets      string // default: "assets"
	Liabilities string // default: "liabilities"
	Equity      string // default: "equity"
	Income      string // default: "income"
	Expenses    string // default: "expenses"
}

// byNature returns the roots with their defaults.
func (r *Roots) byNature() ([natures]string, error) {
	roots := [natures]string{Asset: r.Assets, Liability: r.Liabilities, Equity: r.Equity, Income: r.Income, Expense: r.Expenses}
	for nature, fallback := range [natures]string{"assets", "liabilities", "equity", "income", "expenses"} {
		field := "root of " + fallback
		if roots[nature] == "" {
			roots[nature] = fallback
		}
		switch root := roots[nature]; {
		case !isWord(root):
			return roots, &ledger.InvalidError{Field: field, Problem: fmt.Sprintf("%.40q: want a letter, then letters, digits and '-'", root)}
		case slices.ContainsFunc(roots[:nature], func(earlier string) bool { return strings.EqualFold(earlier, root) }):
			return roots, &ledger.InvalidError{Field: field, Problem: fmt.Sprintf("%.40q is another root's name", root)}
		}
	}
	return roots, nil
}

func isWord(root string) bool {
	for i, r := range root {
		if !unicode.IsLetter(r) && (i == 0 || r != '-' && !unicode.IsDigit(r)) {
			return false
		}
	}
	return true
}
