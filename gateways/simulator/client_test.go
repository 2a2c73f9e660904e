package simulator_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/gateways/simulator"
	"github.com/campusledger/campusledger/ledger/money"
)

func TestCreate(t *testing.T) {
	t.Parallel()
	now := time.Now()
	server := newServer(t, &simulator.Options{Now: func() time.Time { return now }})
	address := listen(t, server)
	client := newClient(t, address, school, &simulator.ClientOptions{
		NotifyURL: "http://127.0.0.1:1/", Now: func() time.Time { return now },
	})
	order := anOrder(1)
	first, err := client.Create(t.Context(), order)
	require.NoError(t, err)
	require.Equal(t, address+"/pay?order="+order.Number(), first.URL)
	requireCode := func(t *testing.T, code string, err error) {
		t.Helper()
		var refused *gateways.RefusedError
		require.ErrorAs(t, err, &refused)
		require.Equal(t, code, refused.Code)
	}

	t.Run("the same again answers the same", func(t *testing.T) {
		again, err := client.Create(t.Context(), order)
		require.NoError(t, err)
		require.Equal(t, first, again)
	})
	t.Run("other content under the same number is refused", func(t *testing.T) {
		dearer := order
		dearer.Amount = money.Of(10001, money.CNY)
		_, err := client.Create(t.Context(), dearer)
		requireCode(t, "OUT_TRADE_NO_USED", err)
	})
	t.Run("another merchant's number is refused", func(t *testing.T) {
		stranger := newClient(t, address, other, &simulator.ClientOptions{NotifyURL: "http://127.0.0.1:1/"})
		_, err := stranger.Create(t.Context(), order)
		requireCode(t, "OUT_TRADE_NO_USED", err)
		payment, err := stranger.Query(t.Context(), order.Number())
		require.NoError(t, err)
		require.Equal(t, gateways.PaymentUnknown, payment.State)
		require.NoError(t, stranger.Close(t.Context(), order.Number()))
		payment, err = client.Query(t.Context(), order.Number())
		require.NoError(t, err)
		require.Equal(t, gateways.PaymentPending, payment.State)
	})
	t.Run("a paid number is paid", func(t *testing.T) {
		require.NoError(t, server.Plan(order.Number(), simulator.FaultLose))
		require.NoError(t, client.Pay(t.Context(), first))
		_, err := client.Create(t.Context(), order)
		require.ErrorIs(t, err, gateways.ErrOrderPaid)
		require.ErrorIs(t, client.Close(t.Context(), order.Number()), gateways.ErrOrderPaid)
		require.ErrorIs(t, client.Pay(t.Context(), first), gateways.ErrRefused)
		payment, err := client.Query(t.Context(), order.Number())
		require.NoError(t, err)
		require.Len(t, payment.TransactionID, 28)
		require.Equal(t, gateways.Payment{
			State: gateways.PaymentPaid, Amount: order.Amount, Merchant: school.ID,
			TransactionID: payment.TransactionID, PaidAt: now.UTC().Truncate(time.Second),
		}, payment)
	})
	t.Run("a closed number is refused, and closing twice is fine", func(t *testing.T) {
		order := anOrder(2)
		_, err := client.Create(t.Context(), order)
		require.NoError(t, err)
		require.NoError(t, client.Close(t.Context(), order.Number()))
		require.NoError(t, client.Close(t.Context(), order.Number()))
		_, err = client.Create(t.Context(), order)
		requireCode(t, "ORDER_CLOSED", err)
	})
	t.Run("an order that expired is closed", func(t *testing.T) {
		order := anOrder(3)
		checkout, err := client.Create(t.Context(), order)
		require.NoError(t, err)
		now = order.ExpiresAt
		payment, err := client.Query(t.Context(), order.Number())
		require.NoError(t, err)
		require.Equal(t, gateways.PaymentClosed, payment.State)
		require.ErrorIs(t, client.Pay(t.Context(), checkout), gateways.ErrRefused)
	})
	t.Run("one order too many is refused, the earlier are answered", func(t *testing.T) {
		client := newClient(t, listen(t, newServer(t, &simulator.Options{OrdersMax: 1})), school, &simulator.ClientOptions{NotifyURL: "http://127.0.0.1:1/"})
		order := anOrder(5)
		_, err := client.Create(t.Context(), order)
		require.NoError(t, err)
		_, err = client.Create(t.Context(), anOrder(6))
		requireCode(t, "FREQUENCY_LIMITED", err)
		_, err = client.Create(t.Context(), order)
		require.NoError(t, err)
	})
	t.Run("without a notify URL nothing can be created", func(t *testing.T) {
		_, err := newClient(t, address, school, &simulator.ClientOptions{Now: func() time.Time { return now }}).Create(t.Context(), anOrder(4))
		requireCode(t, "PARAM_ERROR", err)
	})
}

func TestAGatewayThatIsDownIsUnavailable(t *testing.T) {
	t.Parallel()
	server := newServer(t, nil)
	client := newClient(t, listen(t, server), school, &simulator.ClientOptions{NotifyURL: "http://127.0.0.1:1/"})
	require.NoError(t, server.Close(t.Context()))
	_, err := client.Create(t.Context(), anOrder(1))
	require.ErrorIs(t, err, gateways.ErrUnavailable)
	_, err = client.Query(t.Context(), anOrder(1).Number())
	require.ErrorIs(t, err, gateways.ErrUnavailable)
	require.ErrorIs(t, client.Close(t.Context(), anOrder(1).Number()), gateways.ErrUnavailable)
	_, err = client.Settlement(t.Context(), "2026-09-01")
	require.ErrorIs(t, err, gateways.ErrUnavailable)
	require.ErrorIs(t, client.Pay(t.Context(), gateways.Checkout{URL: "http://127.0.0.1:1/"}), gateways.ErrUnavailable)
}

// captured returns a notification as it came over the wire.
func captured(t *testing.T) (*simulator.Client, http.Header, []byte) {
	t.Helper()
	server := newServer(t, nil)
	var header http.Header
	var body []byte
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		header = r.Header
		body, _ = io.ReadAll(r.Body)
	}))
	t.Cleanup(endpoint.Close)
	client := newClient(t, listen(t, server), school, &simulator.ClientOptions{NotifyURL: endpoint.URL})
	_, err := client.Create(t.Context(), anOrder(1))
	require.NoError(t, err)
	require.NoError(t, server.Pay(anOrder(1).Number()))
	require.NoError(t, server.Drain(t.Context()))
	return client, header, body
}

func TestParseNotification(t *testing.T) {
	t.Parallel()
	client, header, body := captured(t)
	notification, err := client.ParseNotification(header, body)
	require.NoError(t, err)
	require.Equal(t, anOrder(1).Number(), notification.Number)
	require.Equal(t, gateways.PaymentPaid, notification.Payment.State)
	require.Equal(t, anOrder(1).Amount, notification.Payment.Amount)
	require.Equal(t, school.ID, notification.Payment.Merchant)
	require.WithinDuration(t, time.Now(), notification.SignedAt, time.Minute)

	t.Run("needs no other headers than it says", func(t *testing.T) {
		kept := http.Header{}
		for _, name := range client.SignatureHeaders() {
			kept.Set(name, header.Get(name))
		}
		_, err := client.ParseNotification(kept, body)
		require.NoError(t, err)
	})
	t.Run("refuses a change of any one byte", func(t *testing.T) {
		for i := range body {
			changed := []byte(string(body))
			changed[i] ^= 1
			_, err := client.ParseNotification(header, changed)
			require.ErrorIs(t, err, gateways.ErrBadSignature, i)
		}
	})
	t.Run("refuses a body cut short or lengthened", func(t *testing.T) {
		for _, changed := range [][]byte{nil, body[:len(body)-1], append([]byte(" "), body...), append([]byte(string(body)), '\n')} {
			_, err := client.ParseNotification(header, changed)
			require.ErrorIs(t, err, gateways.ErrBadSignature)
		}
	})
	t.Run("refuses a change of any signature header", func(t *testing.T) {
		for _, name := range client.SignatureHeaders() {
			changed := header.Clone()
			changed.Set(name, "1")
			_, err := client.ParseNotification(changed, body)
			require.ErrorIs(t, err, gateways.ErrBadSignature, name)
			changed.Del(name)
			_, err = client.ParseNotification(changed, body)
			require.ErrorIs(t, err, gateways.ErrBadSignature, name)
		}
	})
	t.Run("refuses another merchant's", func(t *testing.T) {
		stranger := newClient(t, "http://127.0.0.1:1", other, nil)
		_, err := stranger.ParseNotification(header, body)
		require.ErrorIs(t, err, gateways.ErrBadSignature)
	})
}

func TestPayPage(t *testing.T) {
	t.Parallel()
	server := newServer(t, nil)
	client := newClient(t, listen(t, server), school, &simulator.ClientOptions{NotifyURL: "http://127.0.0.1:1/"})
	order := anOrder(1)
	order.Description = `<script>`
	_, err := client.Create(t.Context(), order)
	require.NoError(t, err)
	require.NoError(t, server.Plan(order.Number(), simulator.FaultLose))

	visit := func(method, target string, form url.Values) *httptest.ResponseRecorder {
		request := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(form.Encode()))
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, request)
		return answer
	}
	page := visit(http.MethodGet, "/pay?order="+order.Number(), nil)
	require.Equal(t, http.StatusOK, page.Code)
	require.Contains(t, page.Body.String(), "100.00 CNY")
	require.NotContains(t, page.Body.String(), "<script>")
	require.Equal(t, http.StatusNotFound, visit(http.MethodGet, "/pay?order=x", nil).Code)
	require.Equal(t, http.StatusNotFound, visit(http.MethodPost, "/pay?order=x", nil).Code)

	failed := visit(http.MethodPost, "/pay?order="+order.Number(), url.Values{"result": {"failure"}})
	require.JSONEq(t, `{"trade_state":"PAYERROR"}`, failed.Body.String())
	payment, err := client.Query(t.Context(), order.Number())
	require.NoError(t, err)
	require.Equal(t, gateways.PaymentFailed, payment.State)

	paid := visit(http.MethodPost, "/pay?order="+order.Number(), url.Values{"result": {"success"}})
	require.JSONEq(t, `{"trade_state":"SUCCESS"}`, paid.Body.String())
	require.Equal(t, http.StatusConflict, visit(http.MethodPost, "/pay?order="+order.Number(), nil).Code)
}

func TestSettlement(t *testing.T) {
	t.Parallel()
	now := time.Now()
	server := newServer(t, &simulator.Options{Now: func() time.Time { return now }})
	client := newClient(t, listen(t, server), school, &simulator.ClientOptions{NotifyURL: "http://127.0.0.1:1/"})
	// 0.6 % of 0.83 is 0.00498 and of 0.84 is 0.00504: each order is rounded on
	// its own, half up.
	for i, minor := range []int64{83, 84, 10000} {
		order := anOrder(i)
		order.Amount = money.Of(minor, money.CNY)
		_, err := client.Create(t.Context(), order)
		require.NoError(t, err)
		require.NoError(t, server.Plan(order.Number(), simulator.FaultLose))
		require.NoError(t, server.Pay(order.Number()))
	}
	unpaid := anOrder(9)
	_, err := client.Create(t.Context(), unpaid)
	require.NoError(t, err)

	today := now.In(time.FixedZone("", 8*60*60)).Format(time.DateOnly)
	settlement, err := client.Settlement(t.Context(), today)
	require.NoError(t, err)
	require.Equal(t, simulator.Settlement{
		Merchant: school.ID, Date: today, Orders: 3,
		Gross: money.Of(10167, money.CNY), Fee: money.Of(61, money.CNY), Net: money.Of(10106, money.CNY),
	}, settlement)

	for _, nothing := range []struct{ merchant, date string }{{other.ID, today}, {school.ID, "2001-01-01"}} {
		settlement, err := server.Settlement(nothing.merchant, nothing.date)
		require.NoError(t, err)
		require.Zero(t, settlement.Orders)
		require.Equal(t, money.Zero(money.CNY), settlement.Net)
	}
	_, err = server.Settlement("42", today)
	require.ErrorIs(t, err, simulator.ErrNoMerchant)
	_, err = client.Settlement(t.Context(), "yesterday")
	require.ErrorIs(t, err, gateways.ErrRefused)
	require.ErrorIs(t, server.Pay("x"), simulator.ErrNoOrder)
	require.ErrorIs(t, server.Plan("x"), simulator.ErrNoOrder)
}

func TestNewClientRefuses(t *testing.T) {
	t.Parallel()
	_, err := simulator.NewClient("no address", school, nil)
	require.Error(t, err)
	_, err = simulator.NewClient("http://127.0.0.1:1", simulator.Merchant{ID: "1", Key: []byte("short")}, nil)
	require.Error(t, err)
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	one := []simulator.Merchant{school}
	for name, c := range map[string]struct {
		merchants []simulator.Merchant
		options   *simulator.Options
	}{
		"a merchant twice":        {[]simulator.Merchant{school, school}, nil},
		"a merchant number":       {[]simulator.Merchant{{ID: `1"`, Key: school.Key}}, nil},
		"a short key":             {[]simulator.Merchant{{ID: "1", Key: []byte("short")}}, nil},
		"odds above a hundred":    {one, &simulator.Options{Odds: simulator.Odds{simulator.FaultLose: 101}}},
		"a fault nobody knows":    {one, &simulator.Options{Odds: simulator.Odds{"rain": 1}}},
		"a fee that is no number": {one, &simulator.Options{FeePercent: "NaN"}},
		"a fee above everything":  {one, &simulator.Options{FeePercent: "101"}},
		"a negative fee":          {one, &simulator.Options{FeePercent: "-1"}},
		"a negative delay":        {one, &simulator.Options{DelayMax: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := simulator.New(c.merchants, c.options)
			require.Error(t, err)
		})
	}
	server := newServer(t, nil)
	listen(t, server)
	_, err := server.Listen("127.0.0.1:0")
	require.Error(t, err)
	_, err = newServer(t, nil).Listen("999.0.0.1:0")
	require.Error(t, err)
	require.NoError(t, server.Close(context.Background()))
	require.NoError(t, server.Close(context.Background()), "closing twice is fine")
}
