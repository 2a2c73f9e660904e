package storetest

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func callerCommits(t *testing.T, c *caller) {
	before := c.outside.head(t)
	tx := c.begin(t)
	sale := payment(wallet1, 30)
	record := tx.post(t, sale)
	require.Equal(t, int64(70), tx.balance(t, wallet1), "within it is there")
	require.Equal(t, record.Seq, tx.head(t).Seq)
	require.Equal(t, before, c.outside.head(t))
	require.Equal(t, int64(100), c.outside.balance(t, wallet1))
	_, err := c.outside.book.Record(t.Context(), sale.ID)
	require.ErrorIs(t, err, ledger.ErrRecordUnknown)
	require.NoError(t, tx.commit())
	require.Equal(t, int64(70), c.outside.balance(t, wallet1))
	read, err := c.outside.book.Record(t.Context(), sale.ID)
	require.NoError(t, err)
	require.Equal(t, record, read)
}

func callerRollsBack(t *testing.T, c *caller) {
	before := c.outside.head(t)
	tx := c.begin(t)
	sale := payment(wallet1, 30)
	tx.post(t, sale)
	tx.openAccounts(t, wallet("wallet/h3"))
	require.NoError(t, tx.rollback())
	require.Equal(t, before, c.outside.head(t))
	_, err := c.outside.book.Account(t.Context(), "wallet/h3")
	require.ErrorIs(t, err, ledger.ErrAccountUnknown)
	receipt, err := c.outside.book.Post(t.Context(), sale)
	require.NoError(t, err)
	require.False(t, receipt.Replayed, "it never was")
}

func callerRefused(t *testing.T, c *caller) {
	tx := c.begin(t)
	first := payment(wallet1, 30)
	tx.post(t, first)
	_, err := tx.book.Post(t.Context(), payment(wallet1, 71))
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	reused := payment(wallet1, 1)
	reused.ID = first.ID
	_, err = tx.book.Post(t.Context(), reused)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	refused := remembered(payment(wallet1, 71))
	_, err = tx.book.Post(t.Context(), refused)
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	tx.post(t, payment(wallet1, 70))
	require.NoError(t, tx.commit())
	require.Zero(t, c.outside.balance(t, wallet1))
	c.outside.requireRemembered(t, refused, ledger.Refusal{
		Code: "insufficient", Rule: "floor", Account: wallet1, Wanted: yuan(71), Available: yuan(70),
	})
}

// callerSpoiler is a spoiler in a caller's transaction.
type callerSpoiler struct {
	ledger.CallerStore
	spoiler
}

func (s *callerSpoiler) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	return s.spoiler.Lock(ctx, book, need)
}

func callerSpoiled(t *testing.T, c *caller) {
	tx := c.begin(t)
	tx.post(t, payment(wallet1, 10))
	before := tx.head(t)
	for _, spoil := range []func(*ledger.Changes){
		func(c *ledger.Changes) {
			c.Milestones = append(c.Milestones, ledger.Milestone{Account: 1, Seq: c.Head.Seq}, ledger.Milestone{Account: 1, Seq: c.Head.Seq})
		},
		func(c *ledger.Changes) { c.Records = append(c.Records, c.Records[0]) },
	} {
		spoiled := &callerSpoiler{CallerStore: tx.store, spoiler: spoiler{Store: tx.store, spoil: spoil}}
		book, err := ledger.Open(t.Context(), spoiled, tx.id, nil)
		require.NoError(t, err)
		_, err = book.Post(t.Context(), payment(wallet1, 20))
		require.Error(t, err)
		require.NotErrorIs(t, err, ledger.ErrOutcomeUnknown)
		require.Equal(t, before, tx.head(t))
	}
	tx.post(t, payment(wallet1, 90))
	require.NoError(t, tx.commit())
	require.Zero(t, c.outside.balance(t, wallet1))
}

func callerDoesEverything(t *testing.T, c *caller) {
	tx := c.begin(t)
	for _, request := range tx.everyRequest(t) {
		answer := tx.book.PostAll(t.Context(), request)[0]
		require.NoError(t, answer.Err)
	}
	linked := []ledger.Request{topUp(wallet1, 1), payment(wallet1, 1)}
	_, err := tx.book.Preview(t.Context(), linked[0])
	require.NoError(t, err)
	_, err = tx.book.PostLinked(t.Context(), linked...)
	require.NoError(t, err)
	require.Zero(t, tx.expired(t))
	tx.closeDay(t, firstDay)
	tx.reopenDay(t, firstDay)
	tx.closeDay(t, firstDay)
	tx.post(t, topUp(wallet1, 1))
	verify(t, tx.store, tx.id)
	before := tx.head(t)
	require.NoError(t, tx.commit())
	require.Equal(t, before, c.outside.head(t))
}

// callerCompletesNodes posts the 256th record, and closes a date of many
// accounts.
func callerCompletesNodes(t *testing.T, c *caller) {
	c.outside.openMany(t, 260)
	c.outside.fill(t, 255)
	journal := ledger.NodeQuery{Level: 8, Last: 9}
	for _, end := range []string{"rollback", "commit"} {
		tx := c.begin(t)
		tx.post(t, topUp(wallet1, 1))
		balances := journal
		closed := tx.closeBalances(t, firstDay)
		balances.Tree = closed.Seq
		require.Len(t, tx.nodes(t, journal), 1, "within they are there")
		require.Len(t, tx.nodes(t, balances), 1)
		if end == "rollback" {
			require.NoError(t, tx.rollback())
			require.Empty(t, c.outside.nodes(t, journal))
			require.Empty(t, c.outside.nodes(t, balances))
			continue
		}
		require.Empty(t, c.outside.nodes(t, journal))
		require.NoError(t, tx.commit())
		require.Equal(t, naiveNodes(0, c.outside.leaves(t)), c.outside.nodes(t, journal))
		c.outside.requireBalances(t, closed)
	}
}

func callerReplays(t *testing.T, c *caller) {
	outside, inside := payment(wallet1, 10), payment(wallet1, 20)
	c.outside.post(t, outside)
	tx := c.begin(t)
	for range 2 {
		tx.post(t, outside)
		tx.post(t, inside)
	}
	require.Equal(t, int64(70), tx.balance(t, wallet1))
	require.NoError(t, tx.commit())
	receipt, err := c.outside.book.Post(t.Context(), inside)
	require.NoError(t, err)
	require.True(t, receipt.Replayed)
}

func callerCancelled(t *testing.T, c *caller) {
	tx := c.begin(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := tx.book.Post(ended, payment(wallet1, 10))
	require.ErrorIs(t, err, context.Canceled)
	tx.post(t, payment(wallet1, 30))
	require.NoError(t, tx.commit())
	require.Equal(t, int64(70), c.outside.balance(t, wallet1))
}

func callerCreates(t *testing.T, c *caller) {
	stranger := c.outside.id + 1000
	for _, end := range []string{"rollback", "commit"} {
		store, commit, rollback := c.Begin(t)
		s := newSchool(t, store, stranger)
		s.post(t, topUp(wallet1, 5))
		_, err := c.Outside.Head(t.Context(), stranger)
		require.ErrorIs(t, err, ledger.ErrBookUnknown)
		if end == "rollback" {
			require.NoError(t, rollback())
			continue
		}
		require.NoError(t, commit())
	}
	verify(t, c.Outside, stranger)
	head, err := c.Outside.Head(t.Context(), stranger)
	require.NoError(t, err)
	require.Equal(t, int64(3), head.Seq)
}

func callerMovesCursor(t *testing.T, c *caller) {
	outside := c.outside.cursors(t)
	for _, end := range []string{"rollback", "commit"} {
		tx := c.begin(t)
		cursors := tx.cursors(t)
		require.NoError(t, cursors.MoveCursor(t.Context(), tx.id, "menu", 0, 2))
		at, err := cursors.Cursor(t.Context(), tx.id, "menu")
		require.NoError(t, err)
		require.Equal(t, int64(2), at)
		require.ErrorIs(t, cursors.MoveCursor(t.Context(), tx.id, "menu", 0, 3), ledger.ErrConflict)
		tx.post(t, payment(wallet1, 10)) // and it is usable
		at, err = outside.Cursor(t.Context(), tx.id, "menu")
		require.NoError(t, err)
		require.Zero(t, at)
		if end == "rollback" {
			require.NoError(t, tx.rollback())
			continue
		}
		require.NoError(t, tx.commit())
	}
	at, err := outside.Cursor(t.Context(), c.outside.id, "menu")
	require.NoError(t, err)
	require.Equal(t, int64(2), at)
	require.Equal(t, int64(90), c.outside.balance(t, wallet1))
}

// callerConsumes gives each record's position to the second wallet, and breaks
// off every other time.
func callerConsumes(t *testing.T, c *caller) {
	for range 6 {
		c.outside.post(t, topUp(wallet1, 1))
	}
	last := c.outside.head(t).Seq
	want := int64(0)
	for turn := 0; ; turn++ {
		tx := c.begin(t)
		cursors := tx.cursors(t)
		at, err := cursors.Cursor(t.Context(), tx.id, "bonus")
		require.NoError(t, err)
		if at == last {
			require.NoError(t, tx.rollback())
			break
		}
		tx.post(t, topUp(wallet2, at+1))
		require.NoError(t, cursors.MoveCursor(t.Context(), tx.id, "bonus", at, at+1))
		if turn%2 == 0 {
			require.NoError(t, tx.rollback())
			continue
		}
		require.NoError(t, tx.commit())
		want += at + 1
	}
	require.Equal(t, want, last*(last+1)/2)
	require.Equal(t, want, c.outside.balance(t, wallet2))
}

func callerMeetsOutside(t *testing.T, c *caller) {
	tx := c.begin(t)
	inside := tx.post(t, payment(wallet1, 60))
	answer := make(chan error, 1)
	go func() {
		_, err := c.outside.book.Post(t.Context(), payment(wallet1, 60))
		answer <- err
	}()
	require.NoError(t, tx.commit())
	err := <-answer
	// It came later, and waited.
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	require.Equal(t, inside.Seq, c.outside.head(t).Seq)
	require.Equal(t, int64(40), c.outside.balance(t, wallet1))
}

// callersBesideGroupCommit lets both sides pay from a wallet with money for
// ten.
func callersBesideGroupCommit(t *testing.T, c *caller) {
	const callers, each = 3, 4
	other := c.outside.openBook(t)
	var paid atomic.Int64
	atOnce(callers+callers*each, func(i int) {
		if i >= callers {
			if _, err := other.Post(t.Context(), payment(wallet1, 10)); err == nil {
				paid.Add(10)
			} else if ledger.CodeOf(err) != "insufficient" {
				t.Error(err)
			}
			return
		}
		for range each {
			if err := c.pay(t); err == nil {
				paid.Add(10)
			} else if ledger.CodeOf(err) != "insufficient" {
				t.Error(err)
			}
		}
	})
	require.Equal(t, int64(100), paid.Load())
	require.Zero(t, c.outside.balance(t, wallet1))
}

// pay pays in a transaction that is run anew as often as others are faster.
func (c *caller) pay(t *testing.T) error {
	for {
		tx := c.begin(t)
		_, err := tx.book.Post(t.Context(), payment(wallet1, 10))
		if err == nil {
			err = tx.commit()
		} else {
			_ = tx.rollback()
		}
		if ledger.KindOf(err) != ledger.KindUnavailable {
			return err
		}
		runtime.Gosched()
	}
}
