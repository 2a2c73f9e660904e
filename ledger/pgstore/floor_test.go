package pgstore_test

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

// floor writes changes as bulk copies and one set-based update.
func floor(tb testing.TB) func(ctx context.Context, changes ledger.Changes) error {
	pool := newPool(tb, nil)
	require.NoError(tb, pgstore.New(pool, nil).Create(tb.Context(), 1))
	return func(ctx context.Context, changes ledger.Changes) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return writeBare(ctx, tx, &changes) })
	}
}

func writeBare(ctx context.Context, tx pgx.Tx, changes *ledger.Changes) error {
	copyRows := func(table string, columns []string, n int, row func(i int) ([]any, error)) error {
		if n == 0 {
			return nil
		}
		_, err := tx.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromSlice(n, row))
		return err
	}
	records, opened, entries := changes.Records, changes.Opened, changes.Entries
	err := copyRows("journal", []string{"book_id", "seq", "id", "kind", "date", "at", "body", "leaf"}, len(records), func(i int) ([]any, error) {
		r := &records[i]
		return []any{1, r.Seq, r.ID, r.Kind, r.Date.Time(), r.At, string(r.Body), r.Leaf}, nil
	})
	if err != nil {
		return err
	}
	columns := []string{"book_id", "number", "path", "control", "currency", "side", "state", "debits", "credits", "last_seq"}
	err = copyRows("account", columns, len(opened), func(i int) ([]any, error) {
		a := &opened[i]
		return []any{1, a.Number, a.Path, a.Control, a.Currency.Code(), int16(a.Side), string(a.State), a.Debits, a.Credits, a.LastSeq}, nil
	})
	if err != nil {
		return err
	}
	if err := updateBare(ctx, tx, changes.Updated); err != nil {
		return err
	}
	err = copyRows("entry", []string{"book_id", "account", "seq", "line", "amount", "balance"}, len(entries), func(i int) ([]any, error) {
		e := &entries[i]
		return []any{1, e.Account, e.Seq, int16(e.Line), e.Amount, e.Balance}, nil
	})
	if err != nil {
		return err
	}
	err = copyRows("node", []string{"book_id", "tree", "level", "number", "hash"}, len(changes.Nodes), func(i int) ([]any, error) {
		n := &changes.Nodes[i]
		return []any{1, n.Tree, int16(n.Level), n.Number, n.Hash}, nil
	})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update book set seq = $1, tree = $2 where book_id = 1`, changes.Head.Seq, changes.Head.Tree)
	return err
}

// updateBare sets the totals of accounts; of several states of one the last
// stands.
func updateBare(ctx context.Context, tx pgx.Tx, updated []ledger.Account) error {
	last := make(map[int64]*ledger.Account)
	for i := range updated {
		last[updated[i].Number] = &updated[i]
	}
	var numbers, debits, credits, seqs []int64
	for _, a := range last {
		numbers, seqs = append(numbers, a.Number), append(seqs, a.LastSeq)
		debits, credits = append(debits, a.Debits), append(credits, a.Credits)
	}
	// Tables that were never analysed make a nested loop look cheap.
	if _, err := tx.Exec(ctx, `set local enable_nestloop = off`); err != nil {
		return err
	}
	const update = `update account a set debits = u.debits, credits = u.credits, last_seq = u.seq
		from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[]) u (number, debits, credits, seq)
		where a.book_id = 1 and a.number = u.number`
	_, err := tx.Exec(ctx, update, numbers, debits, credits, seqs)
	return err
}
