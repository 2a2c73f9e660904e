package load

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// errNoRows means that the store cannot say what the floor has to write.
var errNoRows = errors.New("the store yields no rows: it is no ledger.Rows")

// rowsFrom reads what lies between two heads, as one change.
func (l *Load) rowsFrom(ctx context.Context, after, upTo ledger.Head, accounts []ledger.Account) (*ledger.Changes, error) {
	rows, ok := l.store.Store.(ledger.Rows)
	if !ok {
		return nil, errNoRows
	}
	c := &ledger.Changes{Head: upTo}
	for _, a := range accounts {
		if a.Number > after.Accounts {
			c.Opened = append(c.Opened, a)
		}
	}
	slices.SortFunc(c.Opened, func(x, y ledger.Account) int { return cmp.Compare(x.Number, y.Number) })
	limit := int(upTo.Seq - after.Seq)
	if limit == 0 {
		return c, nil
	}
	var err error
	if c.Records, err = collect(rows.Records(ctx, bookID, ledger.RecordQuery{After: after.Seq, Limit: limit})); err != nil {
		return nil, err
	}
	milestones, err := collect(rows.MilestoneRows(ctx, bookID))
	if err != nil {
		return nil, err
	}
	c.Milestones = slices.DeleteFunc(milestones, func(m ledger.Milestone) bool { return m.Seq <= after.Seq || m.Seq > upTo.Seq })
	slices.SortFunc(c.Milestones, func(x, y ledger.Milestone) int {
		return cmp.Or(cmp.Compare(x.Seq, y.Seq), cmp.Compare(x.Account, y.Account))
	})
	holds, err := collect(rows.Holds(ctx, bookID, ledger.HoldQuery{After: after.Seq}))
	if err != nil {
		return nil, err
	}
	c.Holds = slices.DeleteFunc(holds, func(h ledger.StoredHold) bool { return h.Seq > upTo.Seq })
	nodes, err := collect(rows.NodeRows(ctx, bookID))
	c.Nodes = slices.DeleteFunc(nodes, func(n ledger.Node) bool {
		return n.Tree != 0 || completed(n) <= after.Seq || completed(n) > upTo.Seq
	})
	slices.SortFunc(c.Nodes, func(x, y ledger.Node) int {
		return cmp.Or(cmp.Compare(completed(x), completed(y)), cmp.Compare(x.Level, y.Level))
	})
	return c, err
}

// completed is the position of the record with which a node is written.
func completed(n ledger.Node) int64 { return (n.Number + 1) << n.Level }

func collect[T any](sequence iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for one, err := range sequence {
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}
