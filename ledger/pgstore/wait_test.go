package pgstore_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/sql/pgtest"
)

const listeners = `select count(*) = %d from pg_stat_activity where datname = current_database() and query = 'listen campusledger'`

// wait waits in another goroutine. By itself a wait ends after 10 s: it must
// not come to that.
func wait(t *testing.T, store *pgstore.Store, book ledger.BookID, after int64) <-chan error {
	t.Helper()
	answer := make(chan error, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	t.Cleanup(cancel)
	go func() { answer <- store.Wait(ctx, book, after) }()
	return answer
}

func post(t *testing.T, book *ledger.Book) {
	t.Helper()
	_, err := book.Post(t.Context(), topUp("w/1", 1))
	require.NoError(t, err)
}

// told is a store that notifies and does not poll.
func told(pool *pgxpool.Pool) *pgstore.Store {
	return pgstore.New(pool, &pgstore.Options{Notify: true, PollInterval: time.Hour})
}

func TestWaitEndsAtOnceIfThereIsARecord(t *testing.T) {
	t.Parallel()
	pool := newPool(t, oneConnection)
	store := told(pool)
	newBook(t, store, 1) // three records
	require.NoError(t, store.Wait(t.Context(), bookID, 2))
	require.ErrorIs(t, store.Wait(t.Context(), 99, 0), ledger.ErrBookUnknown)
}

func TestWaitSeesByPollingWhatOthersDoNotTell(t *testing.T) {
	t.Parallel()
	for _, listen := range []bool{false, true} {
		t.Run(fmt.Sprintf("listening %t", listen), func(t *testing.T) {
			t.Parallel()
			pool := newPool(t, nil)
			book := newBook(t, pgstore.New(pool, nil), 1)
			polling := pgstore.New(pool, &pgstore.Options{Notify: listen, PollInterval: time.Millisecond})
			answer := wait(t, polling, bookID, 3)
			post(t, book)
			require.NoError(t, <-answer)
		})
	}
}

func TestANotificationWakesEveryProcess(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	url := pool.Config().ConnString()
	writer := newBook(t, told(pool), 1)
	readers := openPool(t, url, nil)
	store := told(readers)
	answer := wait(t, store, bookID, 3)
	waitFor(t, pool, fmt.Sprintf(listeners, 1))
	post(t, writer)
	require.NoError(t, <-answer)
	requireQuiet(t, readers)
}

// What is committed between a look and the listening is found by another look.
func TestWhatIsCommittedBeforeListeningBeginsIsNotMissed(t *testing.T) {
	t.Parallel()
	t.Run("by the first", func(t *testing.T) {
		t.Parallel()
		url := pgtest.URL(t)
		silent := newBook(t, pgstore.New(openPool(t, url, nil), nil), 1)
		pool, looks := lookedAt(t, url, func(_ ledger.BookID, n int64) {
			if n == 1 {
				post(t, silent)
			}
		})
		require.NoError(t, <-wait(t, told(pool), bookID, 3))
		require.EqualValues(t, 2, looks.of(bookID).Load())
	})
	t.Run("by one who comes later", func(t *testing.T) {
		t.Parallel()
		url := pgtest.URL(t)
		writer := told(openPool(t, url, nil))
		book, other := newBook(t, writer, 1), newOther(t, writer)
		var second, third <-chan error // record of the other book
		pool, looks := lookedAt(t, url, func(of ledger.BookID, n int64) {
			if of == bookID && n == 1 { // its notification comes while nobody waits for it
				post(t, book)
				openOne(t, other, "w/1")
				require.NoError(t, <-second)
			}
		})
		store := told(pool)
		second, third = wait(t, store, bookID+1, 1), wait(t, store, bookID+1, 2)
		looks.waitFor(t, bookID+1, 4)
		require.NoError(t, <-wait(t, store, bookID, 3))
		openOne(t, other, "w/2")
		require.NoError(t, <-third)
	})
}

func TestANotificationOfAnotherBookWakesNobody(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	writer := told(openPool(t, url, nil))
	book, other := newBook(t, writer, 1), newOther(t, writer)
	pool, looks := lookedAt(t, url, nil)
	store := told(pool)
	answer, others := wait(t, store, bookID, 3), wait(t, store, bookID+1, 1)
	looks.waitFor(t, bookID, 2) // before listening and after it began
	looks.waitFor(t, bookID+1, 2)
	openOne(t, other, "w/1")
	require.NoError(t, <-others)
	post(t, book)
	require.NoError(t, <-answer)
	require.EqualValues(t, 3, looks.of(bookID).Load())
}

// newOther creates a second book, of one record.
func newOther(t *testing.T, store ledger.Store) *ledger.Book {
	t.Helper()
	book, err := ledger.Create(t.Context(), store, bookID+1, ledger.Genesis{Name: "other", OpenDate: openDate}, nil)
	require.NoError(t, err)
	return book
}

func openOne(t *testing.T, book *ledger.Book, path string) {
	t.Helper()
	_, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{guarded(path)}})
	require.NoError(t, err)
}

// looks counts how often heads were read over a pool, and calls meanwhile right
// after each time.
type looks struct {
	books     [2]atomic.Int64
	meanwhile func(of ledger.BookID, n int64)
}

func lookedAt(t *testing.T, url string, meanwhile func(of ledger.BookID, n int64)) (*pgxpool.Pool, *looks) {
	t.Helper()
	l := &looks{meanwhile: meanwhile}
	return openPool(t, url, func(config *pgxpool.Config) { config.ConnConfig.Tracer = l }), l
}

func (l *looks) of(book ledger.BookID) *atomic.Int64 { return &l.books[book-bookID] }

func (l *looks) waitFor(t *testing.T, book ledger.BookID, n int64) {
	t.Helper()
	require.Eventually(t, func() bool { return l.of(book).Load() == n }, 8*time.Second, time.Millisecond)
}

type lookedFor struct{} // is the key of the book whose head is read

func (l *looks) TraceQueryStart(ctx context.Context, _ *pgx.Conn, query pgx.TraceQueryStartData) context.Context {
	if strings.HasSuffix(query.SQL, "from book b where b.book_id = $1") {
		return context.WithValue(ctx, lookedFor{}, ledger.BookID(query.Args[len(query.Args)-1].(int64)))
	}
	return ctx
}

func (l *looks) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) {
	if book, ok := ctx.Value(lookedFor{}).(ledger.BookID); ok {
		if n := l.of(book).Add(1); l.meanwhile != nil {
			l.meanwhile(book, n)
		}
	}
}

func TestAllWhoWaitShareOneConnection(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	store := told(pool)
	book := newBook(t, store, 1)
	var answers []<-chan error
	for range 20 {
		answers = append(answers, wait(t, store, bookID, 3))
	}
	waitFor(t, pool, fmt.Sprintf(listeners, 1))
	waitUntilHeld(t, pool, 1)
	post(t, book)
	for _, answer := range answers {
		require.NoError(t, <-answer)
	}
	requireQuiet(t, pool)
}

func TestWaitEndsAfterSomeSecondsAnyway(t *testing.T) {
	t.Parallel()
	store := told(newPool(t, nil))
	newBook(t, store, 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, store.Wait(ctx, bookID, 3))
}

func TestWaitEndsWithItsContextAndGivesBackWhatItHeld(t *testing.T) {
	t.Parallel()
	for _, listen := range []bool{false, true} {
		t.Run(fmt.Sprintf("listening %t", listen), func(t *testing.T) {
			t.Parallel()
			pool := newPool(t, nil)
			store := pgstore.New(pool, &pgstore.Options{Notify: listen, PollInterval: time.Hour})
			newBook(t, store, 1)
			ctx, cancel := context.WithCancel(t.Context())
			answer := make(chan error)
			go func() { answer <- store.Wait(ctx, bookID, 3) }()
			if listen {
				waitFor(t, pool, fmt.Sprintf(listeners, 1))
			}
			cancel()
			require.ErrorIs(t, <-answer, context.Canceled)
			waitUntilIdle(t, pool) // a look that was broken off closes its connection
			requireQuiet(t, pool)
		})
	}
}

func TestAListenerThatIsLostIsReplaced(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	store := told(pool)
	book := newBook(t, store, 1)
	first := wait(t, store, bookID, 3)
	waitFor(t, pool, fmt.Sprintf(listeners, 1))
	_, err := pool.Exec(t.Context(), `select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen campusledger'
		and datname = current_database()`)
	require.NoError(t, err)
	waitFor(t, pool, fmt.Sprintf(listeners, 0))
	second := wait(t, store, bookID, 3)
	waitFor(t, pool, fmt.Sprintf(listeners, 1))
	post(t, book)
	require.NoError(t, <-first)
	require.NoError(t, <-second)
	requireQuiet(t, pool)
}

func TestACommitNotifiesOnlyIfAskedTo(t *testing.T) {
	t.Parallel()
	pool := newPool(t, nil)
	listener, err := pgx.Connect(t.Context(), pool.Config().ConnString())
	require.NoError(t, err)
	defer func() { _ = listener.Close(context.Background()) }()
	_, err = listener.Exec(t.Context(), `listen campusledger`)
	require.NoError(t, err)
	// requireHeard marks the place up to which notifications are looked at.
	requireHeard := func(want ...string) {
		t.Helper()
		_, err := pool.Exec(t.Context(), `select pg_notify('campusledger', 'so far')`)
		require.NoError(t, err)
		var heard []string
		for {
			notification, err := listener.WaitForNotification(t.Context())
			require.NoError(t, err)
			if notification.Payload == "so far" {
				break
			}
			heard = append(heard, notification.Payload)
		}
		require.Equal(t, want, heard)
	}
	newBook(t, pgstore.New(pool, nil), 1)
	requireHeard()
	book, err := ledger.Open(t.Context(), told(pool), bookID, nil)
	require.NoError(t, err)
	post(t, book)
	requireHeard("7")
	_, err = book.Post(t.Context(), sale("w/1", 1<<40))
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	requireHeard()

	tx, err := pool.Begin(t.Context())
	require.NoError(t, err)
	within, err := ledger.Open(t.Context(), pgstore.In(tx, &pgstore.Options{Notify: true}), bookID, nil)
	require.NoError(t, err)
	post(t, within)
	requireHeard()
	require.NoError(t, tx.Commit(t.Context()))
	requireHeard("7")
}

func TestAStoreInACallersTransactionDoesNotWait(t *testing.T) {
	t.Parallel()
	var store ledger.Store = pgstore.In(nil, nil)
	_, waits := store.(ledger.Waiter)
	require.False(t, waits)
	_, isCallers := store.(ledger.CallerStore)
	require.True(t, isCallers)
	store = pgstore.New(nil, nil)
	_, isCallers = store.(ledger.CallerStore)
	require.False(t, isCallers)
}

func TestAFollowerIsToldAcrossProcesses(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	writer := newBook(t, told(openPool(t, url, nil)), 1)
	pool := openPool(t, url, nil)
	reader, err := ledger.Open(t.Context(), told(pool), bookID, nil)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second) // a wait that is not told takes 10 s
	defer cancel()
	next := int64(1)
	for record, err := range reader.Follow(ctx, 0) {
		require.NoError(t, err)
		require.Equal(t, next, record.Seq)
		if next++; next > 20 {
			break
		}
		if next > 3 {
			post(t, writer)
		}
	}
	requireQuiet(t, pool)
}

// waitUntilHeld waits until so many connections are not in the pool.
func waitUntilHeld(t *testing.T, pool *pgxpool.Pool, n int32) {
	t.Helper()
	require.Eventually(t, func() bool { return pool.Stat().AcquiredConns() == n }, 10*time.Second, time.Millisecond)
}

// requireQuiet checks that the pool has all its connections back and that none
// of them listens or has a notification left.
func requireQuiet(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	require.Zero(t, pool.Stat().AcquiredConns())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, conn := range pool.AcquireAllIdle(t.Context()) {
		var channels int
		require.NoError(t, conn.QueryRow(t.Context(), `select count(*) from pg_listening_channels()`).Scan(&channels))
		require.Zero(t, channels)
		_, err := conn.Conn().WaitForNotification(ended)
		require.ErrorIs(t, err, context.Canceled)
		conn.Release()
	}
}
