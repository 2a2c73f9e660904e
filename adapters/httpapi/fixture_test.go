package httpapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi"
	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/gateways/simulator"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// The tokens of a world, by who bears them.
const (
	mother  = "token-of-the-mother"
	father  = "token-of-another-father"
	cashier = "token-of-counter-one"
	counter = "token-of-counter-two"
	office  = "token-of-the-office"
	finance = "token-of-finance"
	auditor = "token-of-the-auditor"
)

func credentials() []httpapi.Credential {
	return []httpapi.Credential{
		{Token: mother, Role: httpapi.Guardian, Subject: "wx-mother"},
		{Token: father, Role: httpapi.Guardian, Subject: "wx-father"},
		{Token: cashier, Role: httpapi.Cashier, Subject: "counter-1"},
		{Token: counter, Role: httpapi.Cashier, Subject: "counter-2"},
		{Token: office, Role: httpapi.Office},
		{Token: finance, Role: httpapi.Finance},
		{Token: auditor, Role: httpapi.Auditor},
	}
}

const (
	rice   = "2000000100012" // 1.00
	banana = "2000000100029" // 12.50
)

const dishList = "菜品,分类,单价,条码\n米饭,主食,1.00," + rice + "\n香蕉,水果,12.50," + banana + "\n"

const feeList = "缴费项目,性质,年级,金额,截止日期,自愿\n校服费,代收费,初一,286.50,2026-09-30,否\n"

// world is one school on SQLite behind a real HTTP server, with two pupils, one
// of them the mother's, and a simulated payment gateway that calls back.
type world struct {
	school   *school.School
	sim      *simulator.Server
	dir      string
	url      string
	client   *http.Client
	handler  http.Handler
	log      *logBuffer
	watch    *watch
	child    identity.Number // 张小三, bound to the mother
	stranger identity.Number // 李四, bound to nobody
	code     string          // of the child's card
	bill     string          // of the child
}

func testNow() time.Time { return time.Date(2026, time.September, 1, 4, 0, 0, 0, time.UTC) }

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldOf(t, nil)
}

func newWorldOf(t testing.TB, chart *campus.Options) *world {
	t.Helper()
	return newWorldWatched(t, chart, newWatch())
}

func newWorldWatched(t testing.TB, chart *campus.Options, watch *watch) *world {
	t.Helper()
	w := &world{log: &logBuffer{}, dir: t.TempDir(), watch: watch}
	var handler atomic.Pointer[http.Handler]
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { (*handler.Load()).ServeHTTP(rw, r) }))
	w.url, w.client = server.URL, &http.Client{Transport: newCheckedTransport(t, server.Client().Transport)}

	merchant := simulator.Merchant{ID: "1900000001", Key: []byte("a key of sixteen bytes or more")}
	sim, err := simulator.New([]simulator.Merchant{merchant}, &simulator.Options{Now: testNow})
	require.NoError(t, err)
	base, err := sim.Listen("127.0.0.1:0")
	require.NoError(t, err)
	gateway, err := simulator.NewClient(base, merchant, &simulator.ClientOptions{
		NotifyURL: server.URL + "/v1/gateways/simulator/notifications", Now: testNow,
	})
	require.NoError(t, err)
	w.sim = sim

	w.school, err = school.Open(t.Context(), school.Location{Dir: w.dir}, &school.Options{Number: 7, Gateway: gateway, Chart: chart, Now: testNow, Observe: w.watch.observe})
	require.NoError(t, err)
	w.furnish(t)
	w.handler, err = httpapi.New(w.school, &httpapi.Options{
		Credentials: credentials(), Gateway: gateway.Name(), Log: slog.New(slog.NewTextHandler(w.log, nil)),
		Metrics: w.watch.metrics, Traces: w.watch.traces,
	})
	require.NoError(t, err)
	handler.Store(&w.handler)
	t.Cleanup(func() {
		require.NoError(t, sim.Close(t.Context()))
		gateway.CloseIdleConnections()
		server.Close()
		require.NoError(t, w.school.Close())
		w.watch.tellsNobody(t, w)
	})
	return w
}

// furnish puts people, cards, dishes, a merchant and a bill into the school.
func (w *world) furnish(t testing.TB) {
	t.Helper()
	ctx, s := t.Context(), w.school
	people, err := s.Directory.Upsert(ctx, s.Number(), []identity.Registration{
		{Person: identity.Person{Name: "张小三", StudentNo: "20260001"}, Grade: "初一", Class: "3班"},
		{Person: identity.Person{Name: "李四", StudentNo: "20260002"}, Grade: "初二", Class: "1班"},
	})
	require.NoError(t, err)
	w.child, w.stranger = people[0].Number, people[1].Number
	numbers := []identity.Number{w.child, w.stranger}
	require.NoError(t, s.OpenHolders(ctx, []string{w.child.Ref(), w.stranger.Ref()}))
	require.NoError(t, s.Directory.Activate(ctx, s.Number(), numbers))
	codes, err := s.IssueCards(ctx, numbers, "office")
	require.NoError(t, err)
	w.code = codes[0]
	found, err := s.Directory.Lookup(ctx, identity.Claim{Guardian: "wx-mother", School: s.Number(), Name: "张小三", StudentNo: "20260001"})
	require.NoError(t, err)
	_, err = s.Directory.Bind(ctx, "wx-mother", found.Ticket)
	require.NoError(t, err)

	dishes, err := canteen.ReadDishes(strings.NewReader(dishList), money.CNY)
	require.NoError(t, err)
	_, err = s.Menu.Import(ctx, dishes)
	require.NoError(t, err)
	require.NoError(t, s.Merchants.Put(ctx, canteen.Merchant{ID: "canteen-1", Name: "一食堂"}, "office"))

	report, err := s.Billing.ImportItems(ctx, billing.ItemImport{Sheet: strings.NewReader(feeList)})
	require.NoError(t, err)
	holders := []billing.Ref{billing.Ref(w.child.Ref()), billing.Ref(w.stranger.Ref())}
	_, err = s.Billing.Assess(ctx, billing.Assessment{Item: report.Items[0].ID, Holders: holders, By: "office"})
	require.NoError(t, err)
	w.bill = string(billing.BillIDOf(report.Items[0].ID, holders[0]))
}

// fill tops up the child's wallet without the API.
func (w *world) fill(t testing.TB, amount string) {
	t.Helper()
	_, err := w.school.Book.Post(t.Context(), w.school.Chart.TopUp(campus.TopUp{
		Event:   campus.Event{ID: ledger.NewID(), By: "test"},
		Gateway: "simulator", Holder: w.child.Ref(), Amount: money.MustParse(amount, money.CNY),
	}))
	require.NoError(t, err)
}

// ask is a request to send.
type ask struct {
	method, path string
	token        string
	key          string // "" for none
	body         string // "" for none
	contentType  string // default application/json where there is a body
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (w *world) send(t testing.TB, a ask) answer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), a.method, w.url+a.path, strings.NewReader(a.body))
	require.NoError(t, err)
	if a.body == "" {
		request.Body = http.NoBody
	}
	if a.token != "" {
		request.Header.Set("Authorization", "Bearer "+a.token)
	}
	if a.key != "" {
		request.Header.Set("Idempotency-Key", a.key)
	}
	if a.contentType == "" && a.body != "" {
		a.contentType = "application/json"
	}
	if a.contentType != "" {
		request.Header.Set("Content-Type", a.contentType)
	}
	response, err := w.client.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return answer{response.StatusCode, response.Header, body}
}

func (w *world) get(t testing.TB, token, path string) answer {
	t.Helper()
	return w.send(t, ask{method: http.MethodGet, path: path, token: token})
}

func (w *world) post(t testing.TB, token, path, body string) answer {
	t.Helper()
	return w.send(t, ask{method: http.MethodPost, path: path, token: token, body: body, key: uuid.NewString()})
}

// read decodes an answer that must have the status.
func read[T any](t testing.TB, a answer, status int) T {
	t.Helper()
	require.Equal(t, status, a.status, "%s", a.body)
	var value T
	require.NoError(t, json.Unmarshal(a.body, &value), "%s", a.body)
	return value
}

// refused checks that an answer is the problem with this status and code.
func refused(t testing.TB, a answer, status int, code string) wire.Problem {
	t.Helper()
	require.Equal(t, "application/problem+json", a.header.Get("Content-Type"), "%s", a.body)
	problem := read[wire.Problem](t, a, status)
	require.Equal(t, code, problem.Code, "%s", a.body)
	require.Equal(t, "urn:campusledger:problem:"+code, problem.Type)
	require.Equal(t, status, problem.Status)
	return problem
}

func cny(amount string) wire.Amount { return wire.Amount{Amount: amount, Currency: "CNY"} }

// sale is the body of a sale to the code.
func sale(code, dish string, quantity int, more string) string {
	return `{"code":"` + code + `","merchant":"canteen-1","terminal":"t01","lines":[{"dish":"` + dish + `","quantity":` +
		string(mustJSON(quantity)) + `}]` + more + `}`
}

func mustJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// checkedTransport holds every answer against the document, those of unknown
// paths against the problem schema.
type checkedTransport struct {
	t      testing.TB
	next   http.RoundTripper
	router routers.Router
	schema *openapi3.Schema
}

func newCheckedTransport(t testing.TB, next http.RoundTripper) *checkedTransport {
	t.Helper()
	document, err := openapi3.NewLoader().LoadFromData(httpapi.OpenAPI())
	require.NoError(t, err)
	router, err := gorillamux.NewRouter(document)
	require.NoError(t, err)
	return &checkedTransport{t, next, router, document.Components.Schemas["Problem"].Value}
}

func (c *checkedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if err := c.check(r, response, body); err != nil {
		c.t.Errorf("%s %s: the answer is not what openapi.yaml says: %v\n%d %s", r.Method, r.URL.Path, err, response.StatusCode, body)
	}
	return response, nil
}

func (c *checkedTransport) check(r *http.Request, response *http.Response, body []byte) error {
	route, params, err := c.router.FindRoute(r)
	if err != nil { // no such path or method
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			return err
		}
		return c.schema.VisitJSON(value)
	}
	options := &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true}
	return openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route, Options: options},
		Status:                 response.StatusCode, Header: response.Header, Body: io.NopCloser(bytes.NewReader(body)), Options: options,
	})
}

// logBuffer is a log that goroutines write and a test reads.
type logBuffer struct {
	lock sync.Mutex
	text bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.text.Write(b)
}

func (l *logBuffer) String() string {
	l.lock.Lock()
	defer l.lock.Unlock()
	return l.text.String()
}
