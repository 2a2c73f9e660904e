package sqlitestore_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// Every writer waits for every other: those of a store, of the same and of
// another process as far as the file can tell, and those of callers.
func TestStoresAndCallersTransactionsWriteBesideEachOther(t *testing.T) {
	t.Parallel()
	const writers, each = 3, 20
	ctx := context.Background()
	p := newProgram(t)
	var group sync.WaitGroup
	failures := make(chan error, 4*writers*each)
	run := func(write func(i int) error) {
		group.Go(func() {
			for i := range each {
				failures <- write(i)
			}
		})
	}
	for s := range 2 {
		store, err := sqlitestore.Open(ctx, p.path, nil)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, store.Close()) })
		book, err := ledger.Open(ctx, store, 1, nil)
		require.NoError(t, err, s)
		for range writers {
			run(func(int) error {
				_, err := book.Post(ctx, topUp(1))
				return err
			})
		}
	}
	for w := range 2 * writers {
		run(func(i int) error { return orderAndPay(ctx, p, fmt.Sprintf("%d.%d", w, i), i%4 == 3) })
	}
	group.Wait()
	close(failures)
	for err := range failures {
		require.NoError(t, err)
	}
	const ordered = 2 * writers * each * 3 / 4 // a fourth was called off
	require.EqualValues(t, 2*writers*each+1000*ordered, p.balance(t))
	require.Equal(t, ordered, p.orders(t))
	store, err := sqlitestore.Open(ctx, p.path, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, store.Close()) }()
	seq := int64(0)
	for record, err := range store.Records(ctx, 1, ledger.RecordQuery{}) {
		require.NoError(t, err)
		seq++
		require.Equal(t, seq, record.Seq)
	}
	require.EqualValues(t, 2+2*writers*each+ordered, seq)
}

// orderAndPay is a transaction of the caller's: an order and its payment, or
// neither if it is called off.
func orderAndPay(ctx context.Context, p *program, id string, callOff bool) error {
	tx, err := p.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	book, err := ledger.Open(ctx, sqlitestore.In(tx), 1, nil)
	if err != nil {
		return err
	}
	_, err = book.Post(ctx, topUp(1000))
	if err := errors.Join(err, order(ctx, tx, id)); err != nil || callOff {
		return err
	}
	return tx.Commit()
}
