package billing

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/campusledger/campusledger/ledger"
)

// Ref is an opaque reference to a holder, as in account paths: "h102938". It
// has 1 to 64 letters, digits and '_'.
type Ref string

const refBytesMax = 64

const refRule = "want 1 to 64 letters, digits and '_'"

func (r Ref) valid() bool {
	return len(r) <= refBytesMax && isID(string(r)) && !strings.Contains(string(r), "-")
}

// Holders knows who is in which grade.
type Holders interface {
	// ByGrades yields the present holders of the grades, in any order. It
	// stops at the first error.
	ByGrades(ctx context.Context, grades []string) iter.Seq2[Ref, error]
}

// Payers decides who is to be billed for an item: everybody in its grades if
// the item is mandatory, those who chose it if it is voluntary, whatever their
// grade. Each holder is returned once, in the order of the references. Choosing
// a mandatory item is ledger.ErrInvalid.
func Payers(ctx context.Context, item Item, chosen []Ref, holders Holders) ([]Ref, error) {
	if item.Voluntary {
		return sorted(slices.Clone(chosen)), nil
	}
	if len(chosen) > 0 {
		return nil, &ledger.InvalidError{Field: "chosen", Problem: fmt.Sprintf("item %s is mandatory, nobody chooses it", item.ID)}
	}
	var payers []Ref
	for ref, err := range holders.ByGrades(ctx, item.Grades) {
		if err != nil {
			return nil, fmt.Errorf("holders of the grades of item %s: %w", item.ID, err)
		}
		payers = append(payers, ref)
	}
	return sorted(payers), nil
}

func sorted(refs []Ref) []Ref {
	slices.Sort(refs)
	return slices.Compact(refs)
}
