package archive

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// Closings yields, with a date, what each account selected stood at on it: see
// [ledger.Reader]. The archive knows the dates closed in it and the last before.
func (a *Archive) Closings(ctx context.Context, _ ledger.BookID, query ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	return func(yield func(ledger.Closing, error) bool) {
		var latest ledger.Closing // of the account at hand: lines are in the order of paths and dates
		for line, err := range a.lines(ctx, closingsEntry) {
			if err != nil {
				yield(ledger.Closing{}, err)
				return
			}
			c, err := parseClosing(line)
			if err != nil {
				yield(ledger.Closing{}, err)
				return
			}
			if !selects(&query, &c) {
				continue
			}
			if latest.Number != 0 && (query.On.IsZero() || latest.Number != c.Number) && !yield(latest, nil) {
				return
			}
			latest = c
		}
		if latest.Number != 0 {
			yield(latest, nil)
		}
	}
}

func selects(query *ledger.ClosingQuery, c *ledger.Closing) bool {
	return (query.Account == "" || query.Account == c.Account) &&
		c.Number >= query.First && (query.Last == 0 || c.Number <= query.Last) &&
		(query.On.IsZero() || !query.On.Before(c.Date))
}

// balanceNodes yields nodes of the tree of balances of a day close, from the
// closings of its date.
func (a *Archive) balanceNodes(ctx context.Context, query ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	return func(yield func(ledger.Node, error) bool) {
		date, err := a.dateAt(ctx, query.Tree)
		for number := query.First; number <= query.Last && err == nil; number++ {
			var root []byte
			root, err = a.balanceNode(ctx, date, query.Level, number)
			if err == nil && !yield(ledger.Node{Tree: query.Tree, Level: query.Level, Number: number, Hash: root}, nil) {
				return
			}
		}
		if err != nil {
			yield(ledger.Node{}, err)
		}
	}
}

func (a *Archive) dateAt(ctx context.Context, seq int64) (ledger.Date, error) {
	for record, err := range a.Records(ctx, a.manifest.Book, ledger.RecordQuery{After: seq - 1, Limit: 1}) {
		return record.Date, err
	}
	return ledger.Date{}, fmt.Errorf("record %d: %w", seq, ledger.ErrRecordUnknown)
}

// balanceNode returns a complete node over what the accounts below it stood at.
func (a *Archive) balanceNode(ctx context.Context, date ledger.Date, level int, number int64) ([]byte, error) {
	first, last := number<<level+1, (number+1)<<level
	leaves, err := a.leaves(ctx, ledger.ClosingQuery{On: date, First: first, Last: last})
	if err != nil {
		return nil, err
	}
	if int64(len(leaves)) != last-first+1 {
		return nil, fmt.Errorf("%w: %d closings of accounts %d to %d", ErrFormat, len(leaves), first, last)
	}
	return rootOf(leaves)
}

// leaves returns the leaves of accounts in the tree of balances, in the order of
// their numbers.
func (a *Archive) leaves(ctx context.Context, query ledger.ClosingQuery) ([][]byte, error) {
	var closings []ledger.Closing
	for c, err := range a.Closings(ctx, a.manifest.Book, query) {
		if err != nil {
			return nil, err
		}
		closings = append(closings, c)
	}
	slices.SortFunc(closings, func(x, y ledger.Closing) int { return cmp.Compare(x.Number, y.Number) })
	leaves := make([][]byte, len(closings))
	for i := range closings {
		c := &closings[i]
		leaves[i] = ledger.LeafHash(ledger.BalanceLine(c.Account, c.Currency, c.Debits, c.Credits))
	}
	return leaves, nil
}

func rootOf(leaves [][]byte) ([]byte, error) {
	whole := ledger.NewTree()
	for _, leaf := range leaves {
		if err := whole.Append(leaf, nil); err != nil {
			return nil, err
		}
	}
	return whole.Root()
}

// Seals yields the checkpoints after a position, in the order of their sizes.
func (a *Archive) Seals(_ context.Context, _ ledger.BookID, after int64) iter.Seq2[ledger.Seal, error] {
	return func(yield func(ledger.Seal, error) bool) {
		for _, kept := range a.seals {
			if kept.Seq > after && !yield(kept, nil) {
				return
			}
		}
	}
}
