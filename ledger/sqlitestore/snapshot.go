package sqlitestore

import (
	"context"
	"iter"

	"github.com/campusledger/campusledger/ledger"
)

// snapshot reads what a batch needs.
func (r reader) snapshot(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Snapshot, error) {
	head, err := r.Head(ctx, book)
	if err != nil {
		return ledger.Snapshot{}, err
	}
	snapshot := ledger.Snapshot{Head: head}
	if len(need.Accounts) > 0 {
		gather(&err, &snapshot.Accounts, stream(ctx, r.from, scanAccount, accountsNeeded, int64(book), jsonList(need.Accounts)))
	}
	if len(need.IDs) > 0 && !need.NewIDs {
		gather(&err, &snapshot.Records, stream(ctx, r.from, scanRecord, recordsNeeded, int64(book), jsonIDs(need.IDs)))
	}
	if len(need.Holds) > 0 {
		gather(&err, &snapshot.Holds, r.Holds(ctx, book, ledger.HoldQuery{IDs: need.Holds}))
	}
	if len(need.Refunds) > 0 {
		gather(&err, &snapshot.Refunds, stream(ctx, r.from, scanRefunded, refundsBySeq, int64(book), jsonList(need.Refunds)))
	}
	if need.Chart && head.ChartSeq > 0 {
		gather(&err, &snapshot.Chart, stream(ctx, r.from, scanRecord, recordAt, int64(book), head.ChartSeq))
	}
	if need.Closing {
		gather(&err, &snapshot.All, stream(ctx, r.from, scanAccount, accountsAll, int64(book)))
	}
	if need.Closing && head.ReopenSeq > 0 {
		gather(&err, &snapshot.Ahead,
			stream(ctx, r.from, scanRecord, recordsAhead, int64(book), head.TouchedSeq, head.OpenDate.String()))
	}
	if err != nil {
		return ledger.Snapshot{}, err
	}
	return snapshot, nil
}

// gather sets all to the rows, unless something failed before.
func gather[T any](failure *error, all *[]T, rows iter.Seq2[T, error]) {
	if *failure == nil {
		*all, *failure = collect(rows)
	}
}
