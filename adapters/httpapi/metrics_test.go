package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// operated is a school with its metrics, and the handler of those who run it.
type operated struct {
	school   *school.School
	api, ops http.Handler
	stopping bool
}

func newOperated(t *testing.T) *operated {
	t.Helper()
	metrics := httpapi.NewMetrics()
	o := &operated{}
	var err error
	o.school, err = school.Open(t.Context(), school.Location{Dir: t.TempDir()}, &school.Options{Observe: metrics.Observe})
	require.NoError(t, err)
	t.Cleanup(func() { _ = o.school.Close() })
	o.api, err = httpapi.New(o.school, &httpapi.Options{Credentials: credentials(), Metrics: metrics})
	require.NoError(t, err)
	o.ops = httpapi.OperationsHandler(o.school, metrics, func() bool { return o.stopping })
	return o
}

func fetch(handler http.Handler, path, token string) (int, string) {
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, path, nil)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	handler.ServeHTTP(recorder, request)
	return recorder.Code, recorder.Body.String()
}

func (o *operated) metrics(t *testing.T) string {
	t.Helper()
	status, text := fetch(o.ops, "/metrics", "")
	require.Equal(t, http.StatusOK, status)
	return text
}

func TestMetricsCountBatchesAndRequests(t *testing.T) {
	t.Parallel()
	o := newOperated(t)
	before := o.metrics(t)
	require.NotContains(t, before, `campusledger_requests_total{`)
	head, err := o.school.Book.Head(t.Context())
	require.NoError(t, err)
	require.Contains(t, before, "campusledger_records_total "+strconv.FormatInt(head.Seq, 10)+"\n")

	one := money.MustParse("1.00", money.CNY)
	_, err = o.school.Book.Post(t.Context(), ledger.Transaction{ID: ledger.NewID(), Kind: "deposit", Postings: []ledger.Posting{
		ledger.Debit("bank/main", one), ledger.Credit("wallet/none", one),
	}})
	require.Error(t, err, "refused, so that it is no commit")
	require.Contains(t, o.metrics(t), "campusledger_records_total "+strconv.FormatInt(head.Seq, 10)+"\n")

	fetch(o.api, "/v1/day", finance)
	fetch(o.api, "/v1/day", mother)
	fetch(o.api, "/no/such/place", "")
	text := o.metrics(t)
	require.Contains(t, text, `campusledger_requests_total{code="",operation="getDay",status="200"} 1`)
	require.Contains(t, text, `campusledger_requests_total{code="forbidden",operation="getDay",status="403"} 1`)
	require.Contains(t, text, `campusledger_requests_total{code="no_route",operation="unknown",status="404"} 1`)
	require.NotContains(t, text, "such", "nothing that a sender chose is a label")
	require.Contains(t, text, "campusledger_requests_under_way 0")
}

func TestReadinessFollowsTheDatabaseAndTheStop(t *testing.T) {
	t.Parallel()
	o := newOperated(t)
	status, text := fetch(o.ops, "/readyz", "")
	require.Equal(t, http.StatusOK, status, text)
	o.stopping = true
	status, text = fetch(o.ops, "/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "stopping\n", text)
	o.stopping = false
	require.NoError(t, o.school.Close())
	status, text = fetch(o.ops, "/readyz", "")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.NotContains(t, text, "close", "why is not told")
	status, _ = fetch(o.ops, "/healthz", "")
	require.Equal(t, http.StatusOK, status, "a process that serves is not to be restarted for its database")
}

// failing is a store whose Lock fails, and one that waits.
type failing struct {
	ledger.Store
	err error
}

func (f failing) Lock(context.Context, ledger.BookID, ledger.Need) (ledger.Locked, error) {
	return nil, f.err
}

func (failing) Wait(context.Context, ledger.BookID, int64) error { return nil }

func TestAnObservedStoreIsTheStore(t *testing.T) {
	t.Parallel()
	metrics := httpapi.NewMetrics()
	observed := metrics.Observe(failing{err: ledger.ErrConflict})
	require.Implements(t, (*ledger.Waiter)(nil), observed)
	_, err := observed.Lock(t.Context(), 1, ledger.Need{})
	require.ErrorIs(t, err, ledger.ErrConflict)
	recorder := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	require.Contains(t, recorder.Body.String(), `campusledger_commits_total{outcome="conflict"} 1`)

	var none *httpapi.Metrics
	store := failing{}
	require.Equal(t, ledger.Store(store), none.Observe(store))
}

func TestMetricsTellTheQueueAndHowLongAPostTook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, "20.00")
	key := uuid.NewString()
	sell := ask{method: http.MethodPost, path: "/v1/sales", token: cashier, key: key, body: sale(w.code, rice, 1, "")}
	require.Equal(t, http.StatusCreated, w.send(t, sell).status)
	text := w.metrics(t)
	require.Contains(t, text, "campusledger_queue_waiting 0\n")
	require.Contains(t, text, "campusledger_post_waited_seconds_count 1\n")
	require.Contains(t, text, "campusledger_post_seconds_count 1\n")
	require.Equal(t, http.StatusCreated, w.send(t, sell).status)
	refused(t, w.post(t, cashier, "/v1/sales", sale(w.code, banana, 9, "")), http.StatusUnprocessableEntity, "insufficient")
	text = w.metrics(t)
	require.Contains(t, text, "campusledger_post_waited_seconds_count 3\n", "a replay and a refusal had to wait as well")
	require.Contains(t, text, "campusledger_post_seconds_count 1\n", "and wrote nothing")
}

func (w *world) metrics(t *testing.T) string {
	t.Helper()
	status, text := fetch(w.watch.metrics.Handler(), "/metrics", "")
	require.Equal(t, http.StatusOK, status)
	return text
}

// held is a store whose first Lock after hold waits until it is let go.
type held struct {
	ledger.Store
	hold           atomic.Bool
	entered, letGo chan struct{}
}

func (h *held) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	if h.hold.CompareAndSwap(true, false) {
		h.entered <- struct{}{}
		<-h.letGo
	}
	return h.Store.Lock(ctx, book, need)
}

func TestTheQueueIsWhatWaitsForTheNextBatch(t *testing.T) {
	t.Parallel()
	metrics := httpapi.NewMetrics()
	h := &held{entered: make(chan struct{}), letGo: make(chan struct{})}
	opened, err := school.Open(t.Context(), school.Location{Dir: t.TempDir()}, &school.Options{
		Observe: func(store ledger.Store) ledger.Store { h.Store = store; return h },
	})
	require.NoError(t, err)
	t.Cleanup(func() { _ = opened.Close() })
	for range 2 { // of one book: told once
		_, err = httpapi.New(opened, &httpapi.Options{Metrics: metrics})
		require.NoError(t, err)
	}
	queue := func() string {
		_, text := fetch(metrics.Handler(), "/metrics", "")
		_, after, _ := strings.Cut(text, "\ncampusledger_queue_waiting ")
		number, _, _ := strings.Cut(after, "\n")
		return number
	}
	h.hold.Store(true)
	var posts sync.WaitGroup
	post := func() {
		one := money.MustParse("1.00", money.CNY)
		_, _ = opened.Book.Post(context.WithoutCancel(t.Context()), ledger.Transaction{ID: ledger.NewID(), Kind: "deposit", Postings: []ledger.Posting{
			ledger.Debit("bank/main", one), ledger.Credit("wallet/none", one),
		}})
	}
	posts.Go(post)
	<-h.entered // its batch has begun, so that it does not wait any more
	require.Equal(t, "0", queue())
	for range 3 {
		posts.Go(post)
	}
	require.Eventually(t, func() bool { return queue() == "3" }, patience, tick)
	close(h.letGo)
	posts.Wait()
	require.Equal(t, "0", queue())
}

func TestOperationsNamesEveryMetric(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("OPERATIONS.md")
	require.NoError(t, err)
	o := newOperated(t)
	fetch(o.api, "/v1/day", finance)
	told := regexp.MustCompile(`(?m)^# HELP (campusledger_\S+) `).FindAllStringSubmatch(o.metrics(t), -1)
	require.Len(t, told, 11)
	for _, metric := range told {
		require.Contains(t, string(document), "| `"+metric[1]+"` |")
	}
}
