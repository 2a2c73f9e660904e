package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fault is a wrong input and what must be said of it.
type fault struct {
	name    string
	body    string
	status  int
	code    string
	pointer string // of the first item; "" for a problem without items
	detail  string // part of the first item's detail
}

func TestAWrongBodyIsToldWhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, "100.00")
	t.Run("a body", func(t *testing.T) { testBodies(t, w) })
	require.Equal(t, cny("100.00"), w.balance(t).Wallet, "nothing of this moved money")
}

func testBodies(t *testing.T, w *world) {
	t.Helper()
	amount := func(amount, currency string) string {
		return `{"amount":{"amount":"` + amount + `","currency":"` + currency + `"}}`
	}
	for path, faults := range map[string][]fault{
		"/v1/holders/" + w.child.Ref() + "/top-ups": {
			{"half a body", `{"amount":`, 400, "malformed_json", "#", "unexpected end"},
			{"a bare word", `amount`, 400, "malformed_json", "#", "byte 1"},
			{"a comma too many", `{"amount":1,}`, 400, "malformed_json", "#", "byte"},
			{"more after the value", amount("1.00", "CNY") + `{}`, 400, "malformed_json", "#", "after top-level value"},
			{"an array", `[]`, 400, "invalid", "#", "object"},
			{"null", `null`, 400, "invalid", "#", ""},
			{"a missing field", `{}`, 400, "invalid", "#/amount", "missing"},
			{"an unknown field", `{"amount":{"amount":"1.00","currency":"CNY"},"holder":"h1"}`, 400, "invalid", "#", `"holder"`},
			{"an unknown field within", `{"amount":{"amount":"1.00","currency":"CNY","x":1}}`, 400, "invalid", "#/amount", `"x"`},
			{"a number for an amount", `{"amount":{"amount":1.00,"currency":"CNY"}}`, 400, "invalid", "#/amount/amount", "string"},
			{"an exponent", amount("1e5", "CNY"), 400, "invalid", "#/amount/amount", "plain decimal"},
			{"not a number", amount("NaN", "CNY"), 400, "invalid", "#/amount/amount", "plain decimal"},
			{"a comma", amount("1,00", "CNY"), 400, "invalid", "#/amount/amount", "plain decimal"},
			{"three decimals", amount("1.005", "CNY"), 400, "invalid", "#/amount/amount", "3 decimal places, CNY has 2"},
			{"a negative amount", amount("-1.00", "CNY"), 400, "invalid", "#/amount/amount", "more than zero"},
			{"nothing", amount("0.00", "CNY"), 400, "invalid", "#/amount/amount", "more than zero"},
			{"an overflow", amount("99999999999999999999", "CNY"), 400, "invalid", "#/amount/amount", "out of range"},
			{"an unknown currency", amount("1.00", "XQQ"), 400, "invalid", "#/amount/currency", "currency"},
			{"another currency", amount("1.00", "USD"), 400, "invalid", "#/amount/currency", "CNY"},
		},
		"/v1/sales": {
			{"no lines", sale(w.code, rice, 1, `,"lines":[]`), 400, "invalid", "#/lines", "items"},
			{"a quantity of nothing", sale(w.code, rice, 0, ""), 400, "invalid", "#/lines/0/quantity", "at least 1"},
			{"a negative quantity", sale(w.code, rice, -1, ""), 400, "invalid", "#/lines/0/quantity", "at least 1"},
			{"a word for credit", sale(w.code, rice, 1, `,"allow_credit":"yes"`), 400, "invalid", "#/allow_credit", "boolean"},
			{"an unknown dish", sale(w.code, "9999999999994", 1, ""), 422, "dish_unknown", "#/lines/0", ""},
			{"a forged code", sale(strings.Repeat("S", 1)+strings.Repeat("A", 44), rice, 1, ""), 422, "code_not_genuine", "", ""},
			{"an altered code", sale(altered(w.code), rice, 1, ""), 422, "code_not_genuine", "", ""},
			{"a truncated code", sale(w.code[:20], rice, 1, ""), 422, "code_unreadable", "", ""},
			{"a payment code", sale("130000000000000000", rice, 1, ""), 422, "payment_code", "", ""},
			{"a dish for a card", sale(rice, rice, 1, ""), 422, "dish_code", "", ""},
			{"an unknown merchant", strings.Replace(sale(w.code, rice, 1, ""), "canteen-1", "canteen-9", 1), 404, "merchant_unknown", "", ""},
			{"too little money", sale(w.code, banana, 9, ""), 422, "insufficient", "", ""},
			{"more credit than allowed", sale(w.code, banana, 99, `,"allow_credit":true`), 422, "arrears_limit", "", ""},
		},
	} {
		kind := " for a top-up"
		if path == "/v1/sales" {
			kind = " for a sale"
		}
		for _, f := range faults {
			t.Run(f.name+kind, func(t *testing.T) {
				t.Parallel()
				problem := refused(t, w.post(t, tokenFor(path), path, f.body), f.status, f.code)
				if f.pointer == "" {
					require.Nil(t, problem.Errors)
					return
				}
				require.NotNil(t, problem.Errors, "%+v", problem)
				first := (*problem.Errors)[0]
				require.NotNil(t, first.Pointer)
				require.Equal(t, f.pointer, *first.Pointer, "%+v", first)
				require.Contains(t, first.Detail, f.detail)
			})
		}
	}
}

func tokenFor(path string) string {
	if path == "/v1/sales" {
		return cashier
	}
	return mother
}

// altered changes one character in the middle of a code.
func altered(code string) string {
	middle := len(code) / 2
	other := byte('A')
	if code[middle] == other {
		other = 'B'
	}
	return code[:middle] + string(other) + code[middle+1:]
}

func TestAllFaultsAreToldAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	answer := w.send(t, ask{method: http.MethodPost, path: "/v1/sales", token: cashier, body: `{"code":"","lines":[{"dish":"x","quantity":0}]}`})
	problem := refused(t, answer, http.StatusBadRequest, "invalid")
	var places []string
	for _, item := range *problem.Errors {
		if item.Parameter != nil {
			places = append(places, *item.Parameter)
		} else {
			places = append(places, *item.Pointer)
		}
	}
	require.ElementsMatch(t, []string{"Idempotency-Key", "#/code", "#/lines/0/quantity", "#/merchant", "#/terminal"}, places)
}

func TestAWrongParameterIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	topUp := ask{
		method: http.MethodPost, path: "/v1/holders/" + w.child.Ref() + "/top-ups", token: mother,
		body: `{"amount":{"amount":"1.00","currency":"CNY"}}`,
	}
	for name, a := range map[string]struct {
		ask       ask
		parameter string
	}{
		"a missing key":         {topUp, "Idempotency-Key"},
		"a key that is no UUID": {with(topUp, func(a *ask) { a.key = "1" }), "Idempotency-Key"},
		"a holder that is none": {ask{method: http.MethodGet, path: "/v1/holders/x1/balance", token: mother}, "holder"},
		"an order that is none": {ask{method: http.MethodGet, path: "/v1/orders/1", token: mother}, "order"},
		"a limit of zero":       {ask{method: http.MethodGet, path: "/v1/holders?limit=0", token: office}, "limit"},
		"a limit in words":      {ask{method: http.MethodGet, path: "/v1/holders?limit=all", token: office}, "limit"},
		"an unknown status":     {ask{method: http.MethodGet, path: "/v1/holders?status=gone", token: office}, "status"},
		"a garbled cursor":      {ask{method: http.MethodGet, path: "/v1/holders?cursor=garbage", token: office}, "cursor"},
		"a cursor of arrears":   {ask{method: http.MethodGet, path: "/v1/arrears?cursor=garbage", token: office}, "cursor"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problem := refused(t, w.send(t, a.ask), http.StatusBadRequest, "invalid")
			require.NotNil(t, (*problem.Errors)[0].Parameter, "%+v", problem)
			require.Equal(t, a.parameter, *(*problem.Errors)[0].Parameter)
		})
	}
}

func with(a ask, change func(*ask)) ask {
	change(&a)
	return a
}

func TestWhatTheTransportRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"lines":[{"dish":"` + rice + `","quantity":1}]}`
	for name, a := range map[string]struct {
		ask    ask
		status int
		code   string
	}{
		"an unknown path":    {ask{method: http.MethodGet, path: "/v1/nothing", token: mother}, 404, "no_route"},
		"an unknown method":  {ask{method: http.MethodPatch, path: "/v1/bindings", token: mother}, 405, "method_not_allowed"},
		"another media type": {ask{method: http.MethodPost, path: "/v1/quotes", token: cashier, body: body, contentType: "text/plain"}, 415, "media_type"},
		"no media type":      {ask{method: http.MethodPost, path: "/v1/quotes", token: cashier}, 415, "media_type"},
		"no body":            {ask{method: http.MethodPost, path: "/v1/quotes", token: cashier, contentType: "application/json"}, 400, "invalid"},
		"a body too large": {ask{
			method: http.MethodPost, path: "/v1/quotes", token: cashier, body: strings.Repeat(" ", 1<<20) + body,
		}, 413, "body_too_large"},
		"another gateway": {ask{method: http.MethodPost, path: "/v1/gateways/other/notifications", body: "{}"}, 404, "no_route"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := w.send(t, a.ask)
			refused(t, answer, a.status, a.code)
			require.Equal(t, "nosniff", answer.header.Get("X-Content-Type-Options"))
			require.Equal(t, "no-store", answer.header.Get("Cache-Control"))
			if a.status == http.StatusMethodNotAllowed {
				require.Equal(t, "GET, POST", answer.header.Get("Allow"))
			}
		})
	}
	t.Run("a notification nobody signed", func(t *testing.T) {
		t.Parallel()
		answer := w.send(t, ask{method: http.MethodPost, path: "/v1/gateways/simulator/notifications", body: "{}"})
		require.Equal(t, http.StatusUnauthorized, answer.status, "%s", answer.body)
		require.JSONEq(t, `{"code":"FAIL","message":"Unauthorized"}`, string(answer.body))
	})
}
