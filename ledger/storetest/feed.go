package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func feed() []clause {
	const inOrder = "Follow yields the records after a position in order, and then each new one as it is written, until the context ends: then it yields the context's error."
	const sooner = "New records of the same Book are seen at once, those of other processes as soon as the store tells ([Waiter]), or else within Options.PollInterval."
	const cursor = "MoveCursor moves the consumer from one position to a later one. If it is not at from, because another process of the same consumer was faster, nothing is moved and the error is ErrConflict: do not repeat it but read the cursor again."
	const once = "Moving a cursor in the transaction of the consumer's own effect makes that effect happen exactly once for each record."
	return []clause{
		{"a follower that was away catches up in order, page after page", inOrder, catchUp},
		{"a follower begins behind the position it gives", inOrder, func(t *testing.T, s *school) {
			for range 5 {
				s.post(t, topUp(wallet1, 1))
			}
			last := s.head(t).Seq
			s.follow(t, s.book, last-2, 2, func() {})
		}},
		{"a follower sees what its own book writes", sooner, func(t *testing.T, s *school) {
			s.follow(t, s.book, s.head(t).Seq, 3, func() { s.post(t, topUp(wallet1, 1)) })
		}},
		{"a follower sees what another book writes", sooner, func(t *testing.T, s *school) {
			s.follow(t, s.openBook(t), s.head(t).Seq, 3, func() { s.post(t, topUp(wallet1, 1)) })
		}},
		{"followers amid payments miss nothing", inOrder, followAmidPayments},
		{"a follower ends with its context's error", inOrder, func(t *testing.T, s *school) {
			ctx, cancel := context.WithCancel(t.Context())
			var last error
			for record, err := range s.book.Follow(ctx, 0) {
				if last = err; err == nil && record.Seq == s.head(t).Seq {
					cancel()
				}
			}
			require.ErrorIs(t, last, context.Canceled)
			cancel()
		}},
		{
			"whoever waits for records is told in time", "A record that is there already ends the wait at once.",
			waitForRecords,
		},
		{"a cursor is moved only from where it stands", cursor, moveCursor},
		{"two consumers with one name do each record once", once, consumeOnce},
		{"cursors are each book's and each consumer's own", "Books share nothing but the database.", func(t *testing.T, s *school) {
			cursors := s.cursors(t)
			neighbour := newSchool(t, s.store, s.id+1)
			require.NoError(t, cursors.MoveCursor(t.Context(), s.id, "notify", 0, 1))
			for _, c := range []struct {
				book     ledger.BookID
				consumer string
				want     int64
			}{{s.id, "notify", 1}, {s.id, "Notify", 0}, {s.id, "web", 0}, {neighbour.id, "notify", 0}} {
				at, err := cursors.Cursor(t.Context(), c.book, c.consumer)
				require.NoError(t, err)
				require.Equal(t, c.want, at)
			}
			require.NoError(t, cursors.MoveCursor(t.Context(), neighbour.id, "notify", 0, 2))
		}},
	}
}

// follow calls next before each of n records, and checks that they come one
// after the other.
func (s *school) follow(t *testing.T, book *ledger.Book, after int64, n int, next func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // for a store that delivers nothing
	defer cancel()
	next()
	seq := after
	for record, err := range book.Follow(ctx, after) {
		require.NoError(t, err)
		seq++
		require.Equal(t, seq, record.Seq)
		if seq == after+int64(n) {
			return
		}
		next()
	}
}

// catchUp follows more records than are read at once.
func catchUp(t *testing.T, s *school) {
	const count = 2300
	requests := make([]ledger.Request, count)
	for i := range requests {
		requests[i] = topUp(wallet1, 1)
	}
	for _, answer := range s.book.PostAll(t.Context(), requests...) {
		require.NoError(t, answer.Err)
	}
	s.follow(t, s.openBook(t), 0, int(s.head(t).Seq), func() {})
}

func followAmidPayments(t *testing.T, s *school) {
	books := []*ledger.Book{s.book, s.openBook(t)}
	after := s.head(t).Seq
	const count = 40
	atOnce(count+2, func(i int) {
		if i >= count {
			s.follow(t, books[i-count], after, count, func() {})
			return
		}
		if _, err := books[i%2].Post(t.Context(), topUp(wallet1, 1)); err != nil {
			t.Error(err)
		}
	})
}

// waitForRecords asks a store that tells of new records.
func waitForRecords(t *testing.T, s *school) {
	waiter, ok := s.store.(ledger.Waiter)
	if !ok {
		t.Skip("the store is no ledger.Waiter")
	}
	last := s.head(t).Seq
	require.NoError(t, waiter.Wait(t.Context(), s.id, last-1))
	told := make(chan error, 1)
	go func() { told <- waiter.Wait(t.Context(), s.id, last) }()
	s.post(t, topUp(wallet1, 1))
	require.NoError(t, <-told)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, waiter.Wait(ended, s.id, last+1), context.Canceled)
}

func (s *school) cursors(t *testing.T) ledger.Cursors {
	t.Helper()
	cursors, ok := s.store.(ledger.Cursors)
	if !ok {
		t.Skip("the store has no ledger.Cursors")
	}
	return cursors
}

func moveCursor(t *testing.T, s *school) {
	cursors := s.cursors(t)
	ctx := t.Context()
	require.NoError(t, cursors.MoveCursor(ctx, s.id, "notify", 0, 2))
	require.ErrorIs(t, cursors.MoveCursor(ctx, s.id, "notify", 0, 2), ledger.ErrConflict)
	require.ErrorIs(t, cursors.MoveCursor(ctx, s.id, "notify", 1, 3), ledger.ErrConflict)
	require.ErrorIs(t, cursors.MoveCursor(ctx, s.id, "other", 2, 3), ledger.ErrConflict)
	at, err := cursors.Cursor(ctx, s.id, "notify")
	require.NoError(t, err)
	require.Equal(t, int64(2), at)
	require.NoError(t, cursors.MoveCursor(ctx, s.id, "notify", 2, 3))
	at, err = cursors.Cursor(ctx, s.id, "notify")
	require.NoError(t, err)
	require.Equal(t, int64(3), at)
}

// consumeOnce lets consumers of one name, in turns that they do not know of,
// count only the records for which they moved the cursor themselves.
func consumeOnce(t *testing.T, s *school) {
	cursors := s.cursors(t)
	for range 20 {
		s.post(t, topUp(wallet1, 1))
	}
	last := s.head(t).Seq
	done := make([][]int64, 4)
	atOnce(len(done), func(i int) {
		for {
			at, err := cursors.Cursor(t.Context(), s.id, "count")
			if err != nil || at == last {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err := cursors.MoveCursor(t.Context(), s.id, "count", at, at+1); err == nil {
				done[i] = append(done[i], at+1)
			} else if ledger.CodeOf(err) != "busy" {
				t.Error(err)
				return
			}
		}
	})
	seen := make(map[int64]int)
	for _, seqs := range done {
		for _, seq := range seqs {
			seen[seq]++
		}
	}
	require.Len(t, seen, int(last))
	for seq, times := range seen {
		require.Equal(t, 1, times, "record %d", seq)
	}
}
