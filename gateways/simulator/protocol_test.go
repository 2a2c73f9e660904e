package simulator_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/gateways/simulator"
	"github.com/campusledger/campusledger/ledger/money"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	school = simulator.Merchant{ID: "1900000001", Key: []byte("the key of school one")}
	other  = simulator.Merchant{ID: "1900000002", Key: []byte("the key of school two")}
)

func newServer(t *testing.T, options *simulator.Options) *simulator.Server {
	t.Helper()
	server, err := simulator.New([]simulator.Merchant{school, other}, options)
	require.NoError(t, err)
	t.Cleanup(func() { _ = server.Close(context.Background()) })
	return server
}

func listen(t *testing.T, server *simulator.Server) string {
	t.Helper()
	address, err := server.Listen("127.0.0.1:0")
	require.NoError(t, err)
	return address
}

func newClient(t *testing.T, address string, merchant simulator.Merchant, options *simulator.ClientOptions) *simulator.Client {
	t.Helper()
	client, err := simulator.NewClient(address, merchant, options)
	require.NoError(t, err)
	t.Cleanup(client.CloseIdleConnections)
	return client
}

// anOrder has a number that is a function of n.
func anOrder(n int) gateways.Order {
	return gateways.Order{
		ID:     uuid.NewSHA1(uuid.NameSpaceOID, fmt.Append(nil, n)),
		Amount: money.Of(10000, money.CNY), Description: "Meal card top-up",
		ExpiresAt: time.Now().Add(time.Hour).Truncate(time.Second),
	}
}

// signed makes a request by the documentation alone, not with the code under
// test.
func signed(t *testing.T, merchant simulator.Merchant, at time.Time, nonce, method, target, body string) *http.Request {
	t.Helper()
	mac := hmac.New(sha256.New, merchant.Key)
	_, _ = fmt.Fprintf(mac, "%s\n%s\n%d\n%s\n%s\n", method, target, at.Unix(), nonce, body)
	request := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	request.Header.Set("Authorization", fmt.Sprintf(
		`SIMPAY-HMAC-SHA256 merchant=%q,nonce=%q,timestamp="%d",signature=%q`,
		merchant.ID, nonce, at.Unix(), base64.StdEncoding.EncodeToString(mac.Sum(nil))))
	return request
}

func serve(server *simulator.Server, request *http.Request) (int, string) {
	answer := httptest.NewRecorder()
	server.ServeHTTP(answer, request)
	var problem struct{ Code string }
	_ = json.Unmarshal(answer.Body.Bytes(), &problem)
	return answer.Code, problem.Code
}

const orderBody = `{"out_trade_no":"0123456789abcdef","description":"top-up","notify_url":"http://127.0.0.1:1/",` +
	`"time_expire":"2999-01-01T00:00:00Z","amount":{"total":100,"currency":"CNY"}}`

func TestRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_790_000_000, 0)
	server := newServer(t, &simulator.Options{Now: func() time.Time { return now }})
	forged := simulator.Merchant{ID: school.ID, Key: []byte("not the key of the school")}
	stranger := simulator.Merchant{ID: "42", Key: school.Key}
	create := func(nonce string) *http.Request {
		return signed(t, school, now, nonce, http.MethodPost, "/v1/orders", orderBody)
	}
	replace := func(request *http.Request, body string) *http.Request {
		request.Body = io.NopCloser(strings.NewReader(body))
		return request
	}
	header := func(value string) *http.Request {
		request := create("header" + value)
		request.Header.Set("Authorization", value)
		return request
	}
	cases := map[string]*http.Request{
		"signed with another key":       signed(t, forged, now, "1", http.MethodPost, "/v1/orders", orderBody),
		"from an unknown merchant":      signed(t, stranger, now, "2", http.MethodPost, "/v1/orders", orderBody),
		"signed 5 minutes ago":          signed(t, school, now.Add(-5*time.Minute), "3", http.MethodPost, "/v1/orders", orderBody),
		"signed 5 minutes ahead":        signed(t, school, now.Add(5*time.Minute), "4", http.MethodPost, "/v1/orders", orderBody),
		"with a tampered body":          replace(create("5"), strings.Replace(orderBody, "100", "101", 1)),
		"with a truncated body":         replace(create("6"), orderBody[:len(orderBody)-1]),
		"with a byte more":              replace(create("7"), orderBody+" "),
		"without authorization":         header(""),
		"with another scheme":           header("Bearer x"),
		"with an empty signature":       header(`SIMPAY-HMAC-SHA256 merchant="1900000001",nonce="x",timestamp="1790000000",signature=""`),
		"with a parameter given twice":  header(create("8").Header.Get("Authorization") + `,nonce="9"`),
		"with a timestamp like +179000": header(strings.Replace(create("10").Header.Get("Authorization"), `p="`, `p="+`, 1)),
	}
	path := signed(t, school, now, "11", http.MethodGet, "/v1/orders/0123456789abcdef", "")
	path.URL.Path = "/v1/orders/fedcba9876543210"
	cases["for another path"] = path
	query := signed(t, school, now, "12", http.MethodGet, "/v1/orders/0123456789abcdef", "")
	query.URL.RawQuery = "a=b"
	cases["with a query added"] = query

	for name, request := range cases {
		t.Run("a request "+name, func(t *testing.T) {
			status, code := serve(server, request)
			require.Equal(t, http.StatusUnauthorized, status)
			require.Equal(t, "SIGN_ERROR", code)
		})
	}
	t.Run("a request sent a second time", func(t *testing.T) {
		status, _ := serve(server, create("once"))
		require.Equal(t, http.StatusOK, status)
		status, code := serve(server, create("once"))
		require.Equal(t, http.StatusUnauthorized, status)
		require.Equal(t, "SIGN_ERROR", code)
		now = now.Add(4 * time.Minute) // still in the window
		again := signed(t, school, now.Add(-4*time.Minute), "once", http.MethodPost, "/v1/orders", orderBody)
		status, _ = serve(server, again)
		require.Equal(t, http.StatusUnauthorized, status)
	})
	t.Run("the same nonce of another merchant is fine", func(t *testing.T) {
		status, code := serve(server, signed(t, other, now, "once", http.MethodGet, "/v1/orders/0123456789abcdef", ""))
		require.Equal(t, http.StatusNotFound, status, "and it must not see the school's order")
		require.Equal(t, "ORDER_NOT_EXIST", code)
	})
}

// A nonce is remembered for as long as its timestamp is in the window, however
// the two generations turn.
func TestANonceIsRememberedWhileItsTimeIsValid(t *testing.T) {
	t.Parallel()
	begin := time.Unix(1_790_000_000, 0)
	now := begin
	server := newServer(t, &simulator.Options{Now: func() time.Time { return now }})
	ask := func(at time.Time, nonce string) int {
		status, _ := serve(server, signed(t, school, at, nonce, http.MethodGet, "/v1/orders/0123456789abcdef", ""))
		return status
	}
	require.Equal(t, http.StatusNotFound, ask(now, "first"))
	now = begin.Add(9*time.Minute + 59*time.Second) // just before the turn
	ahead := now.Add(299 * time.Second)
	require.Equal(t, http.StatusNotFound, ask(ahead, "ahead"))
	for range 9 {
		now = now.Add(66 * time.Second)
		require.Equal(t, http.StatusUnauthorized, ask(ahead, "ahead"), now.Sub(begin))
	}
}

func TestOrdersThatAreRefused(t *testing.T) {
	t.Parallel()
	server := newServer(t, nil)
	for name, change := range map[string][2]string{
		"a short number":          {"0123456789abcdef", "01"},
		"a number with a space":   {"0123456789abcdef", "0123 456"},
		"no description":          {`"top-up"`, `""`},
		"no notify URL":           {"http://127.0.0.1:1/", ""},
		"a file as notify URL":    {"http://127.0.0.1:1/", "file:///etc/passwd"},
		"an order that is over":   {"2999", "1999"},
		"another currency":        {"CNY", "HKD"},
		"nothing to pay":          {`"total":100`, `"total":0`},
		"less than nothing":       {`"total":100`, `"total":-1`},
		"a fraction of a fen":     {`"total":100`, `"total":100.5`},
		"a field nobody knows":    {`"amount"`, `"x":1,"amount"`},
		"something else entirely": {orderBody, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			body := strings.Replace(orderBody, change[0], change[1], 1)
			status, code := serve(server, signed(t, school, time.Now(), name, http.MethodPost, "/v1/orders", body))
			require.Equal(t, http.StatusBadRequest, status)
			require.Equal(t, "PARAM_ERROR", code)
		})
	}
}

// tamper lets a test change answers on their way to the client.
type tamper struct {
	next   http.RoundTripper
	change func(*http.Response)
}

func (r tamper) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	if err == nil {
		r.change(response)
	}
	return response, err
}

func TestAnswersThatAreRefused(t *testing.T) {
	t.Parallel()
	server := newServer(t, nil)
	address := listen(t, server)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	order := anOrder(1)
	_, err := newClient(t, address, school, &simulator.ClientOptions{NotifyURL: "http://127.0.0.1:1/"}).Create(t.Context(), order)
	require.NoError(t, err)

	var earlier *http.Response
	var earlierBody []byte
	read := func(r *http.Response) []byte {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.NoError(t, r.Body.Close())
		return body
	}
	for name, change := range map[string]func(*http.Response){
		"a body with one byte changed": func(r *http.Response) {
			r.Body = io.NopCloser(bytes.NewReader(bytes.Replace(read(r), []byte("NOTPAY"), []byte("MOTPAY"), 1)))
		},
		"a body cut short": func(r *http.Response) {
			body := read(r)
			r.Body = io.NopCloser(bytes.NewReader(body[:len(body)-1]))
		},
		"another status": func(r *http.Response) { r.StatusCode = http.StatusNotFound },
		"another time":   func(r *http.Response) { r.Header.Set("Simpay-Timestamp", "1790000000") },
		"no signature":   func(r *http.Response) { r.Header.Del("Simpay-Signature") },
		"the answer of a server that is down": func(r *http.Response) {
			_ = read(r)
			r.StatusCode, r.Header, r.Body = http.StatusBadGateway, http.Header{}, http.NoBody
		},
		"an answer to an earlier question": func(r *http.Response) {
			body := read(r)
			if earlier == nil {
				earlier, earlierBody = r, body
				r.Body = http.NoBody
				return
			}
			r.Header, r.Body = earlier.Header, io.NopCloser(bytes.NewReader(earlierBody))
		},
	} {
		t.Run(name, func(t *testing.T) {
			client := newClient(t, address, school, &simulator.ClientOptions{
				HTTP: &http.Client{Transport: tamper{transport, change}},
			})
			for range 2 {
				_, err := client.Query(t.Context(), order.Number())
				require.ErrorIs(t, err, gateways.ErrUnavailable)
			}
		})
	}
	t.Run("an answer out of the time window", func(t *testing.T) {
		asked := false
		client := newClient(t, address, school, &simulator.ClientOptions{
			HTTP: &http.Client{Transport: transport},
			Now: func() time.Time { // right when asking, an hour later when reading
				if !asked {
					asked = true
					return time.Now()
				}
				return time.Now().Add(time.Hour)
			},
		})
		_, err := client.Query(t.Context(), order.Number())
		require.ErrorIs(t, err, gateways.ErrUnavailable)
		require.ErrorIs(t, err, gateways.ErrStale)
	})
	t.Run("a refusal with another status", func(t *testing.T) {
		client := newClient(t, address, school, &simulator.ClientOptions{
			NotifyURL: "http://127.0.0.1:2/", // other content
			HTTP:      &http.Client{Transport: tamper{transport, func(r *http.Response) { r.StatusCode = http.StatusBadRequest }}},
		})
		_, err := client.Create(t.Context(), order)
		require.ErrorIs(t, err, gateways.ErrUnavailable)
	})
}
