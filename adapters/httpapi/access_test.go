package httpapi_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi"
)

// access is who may do what, written down a second time and by hand: a slip in
// the document's x-roles must not open a door unseen.
var access = map[string]string{
	"POST /v1/lookups":                             "guardian",
	"GET /v1/bindings":                             "guardian",
	"POST /v1/bindings":                            "guardian",
	"DELETE /v1/bindings/{holder}":                 "guardian",
	"GET /v1/holders/{holder}/balance":             "guardian office finance auditor",
	"GET /v1/holders/{holder}/statement":           "guardian office finance auditor",
	"POST /v1/holders/{holder}/top-ups":            "guardian",
	"GET /v1/orders/{order}":                       "guardian finance auditor",
	"GET /v1/holders/{holder}/bills":               "guardian office finance auditor",
	"POST /v1/bills/{bill}/payments":               "guardian",
	"POST /v1/holders/{holder}/arrears/repayments": "guardian",
	"PUT /v1/holders/{holder}/card/loss":           "guardian office",
	"DELETE /v1/holders/{holder}/card/loss":        "guardian office",
	"POST /v1/cards/look":                          "cashier",
	"POST /v1/quotes":                              "cashier",
	"POST /v1/sales":                               "cashier",
	"PUT /v1/sales/{sale}/reversal":                "cashier finance",
	"GET /v1/holders":                              "office finance",
	"POST /v1/holders/{holder}/card":               "office",
	"POST /v1/holders/{holder}/card/reissue":       "office",
	"GET /v1/day":                                  "cashier office finance auditor",
	"POST /v1/day-closes":                          "finance",
	"GET /v1/trial-balance":                        "finance auditor",
	"GET /v1/arrears":                              "office finance auditor",
	"GET /v1/records/{record}":                     "finance auditor",
	"GET /v1/records/{record}/receipt":             "guardian finance auditor",
	"GET /v1/records/{record}/receipt.png":         "guardian finance auditor",
	"GET /v1/records/{record}/receipt.escpos":      "guardian finance auditor",
	"GET /v1/checkpoint":                           "anyone",
	"POST /v1/checkpoint":                          "finance auditor",
	"POST /v1/checkpoint/{size}/cosignatures":      "finance auditor",
	"POST /v1/gateways/{gateway}/notifications":    "anyone",
	"GET /healthz":                                 "anyone",
	"GET /openapi.yaml":                            "anyone",
}

func TestAccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tokens := map[httpapi.Role]string{
		httpapi.Guardian: mother, httpapi.Cashier: cashier, httpapi.Office: office, httpapi.Finance: finance, httpapi.Auditor: auditor,
	}
	fill := strings.NewReplacer("{holder}", w.stranger.Ref(), "{order}", uuid.NewString(), "{bill}", w.bill,
		"{sale}", uuid.NewString(), "{record}", uuid.NewString(), "{gateway}", "simulator", "{size}", "1")

	t.Run("the table and the document name the same operations", func(t *testing.T) {
		t.Parallel()
		document, err := openapi3.NewLoader().LoadFromData(httpapi.OpenAPI())
		require.NoError(t, err)
		var described []string
		for path, item := range document.Paths.Map() {
			for method := range item.Operations() {
				described = append(described, method+" "+path)
			}
		}
		var listed []string
		for name := range access {
			listed = append(listed, name)
		}
		require.ElementsMatch(t, described, listed)
	})
	for name, roles := range access {
		method, path, _ := strings.Cut(name, " ")
		path = fill.Replace(path)
		if roles == "anyone" {
			t.Run(name+" takes no credential", func(t *testing.T) {
				t.Parallel()
				require.NotContains(t, string(w.send(t, ask{method: method, path: path}).body), `"unauthorized"`)
			})
			continue
		}
		t.Run(name+" wants a credential", func(t *testing.T) {
			t.Parallel()
			for _, token := range []string{"", "a-token-that-nobody-has", mother + "x", mother[:len(mother)-1]} {
				answer := w.send(t, ask{method: method, path: path, token: token})
				refused(t, answer, http.StatusUnauthorized, "unauthorized")
				require.Contains(t, answer.header.Get("WWW-Authenticate"), "Bearer")
			}
		})
		for role, token := range tokens {
			allowed := slices.Contains(strings.Fields(roles), string(role))
			t.Run(name+" as "+string(role), func(t *testing.T) {
				t.Parallel()
				answer := w.send(t, ask{method: method, path: path, token: token})
				if !allowed {
					refused(t, answer, http.StatusForbidden, "forbidden")
					return
				}
				require.NotEqual(t, http.StatusUnauthorized, answer.status, "%s", answer.body)
				require.NotContains(t, string(answer.body), `"forbidden"`)
				require.Less(t, answer.status, http.StatusInternalServerError, "%s", answer.body)
			})
		}
	}
}

func TestAGuardianReachesOnlyBoundHolders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	payment := `{"from":"wallet","amount":{"amount":"1.00","currency":"CNY"}}`
	topUp := `{"amount":{"amount":"1.00","currency":"CNY"}}`
	for _, a := range []ask{
		{method: http.MethodDelete, path: "/v1/bindings/{holder}"},
		{method: http.MethodGet, path: "/v1/holders/{holder}/balance"},
		{method: http.MethodGet, path: "/v1/holders/{holder}/statement"},
		{method: http.MethodPost, path: "/v1/holders/{holder}/top-ups", body: topUp, key: uuid.NewString()},
		{method: http.MethodGet, path: "/v1/holders/{holder}/bills"},
		{method: http.MethodPost, path: "/v1/holders/{holder}/arrears/repayments", body: payment, key: uuid.NewString()},
		{method: http.MethodPut, path: "/v1/holders/{holder}/card/loss"},
		{method: http.MethodDelete, path: "/v1/holders/{holder}/card/loss"},
	} {
		t.Run(a.method+" "+a.path+" tells a foreign holder and none alike", func(t *testing.T) {
			t.Parallel()
			foreign, none := a, a
			foreign.token, none.token = mother, mother
			foreign.path = strings.Replace(a.path, "{holder}", w.stranger.Ref(), 1)
			none.path = strings.Replace(a.path, "{holder}", "h9999999999", 1)
			first, second := w.send(t, foreign), w.send(t, none)
			refused(t, first, http.StatusForbidden, "not_bound")
			require.Equal(t, string(first.body), string(second.body))
		})
	}
	t.Run("a bill of another holder is as unknown as none", func(t *testing.T) {
		t.Parallel()
		first := w.post(t, father, "/v1/bills/"+w.bill+"/payments", payment)
		second := w.post(t, father, "/v1/bills/nosuchbill/payments", payment)
		refused(t, first, http.StatusNotFound, "bill_unknown")
		require.Equal(t, string(first.body), string(second.body))
	})
	t.Run("an order of another guardian is as unknown as none", func(t *testing.T) {
		t.Parallel()
		order := w.startTopUp(t, "5.00")
		first, second := w.get(t, father, "/v1/orders/"+order.Id.String()), w.get(t, father, "/v1/orders/"+uuid.NewString())
		refused(t, first, http.StatusNotFound, "order_unknown")
		require.Equal(t, string(first.body), string(second.body))
	})
	t.Run("a ticket serves only the guardian who looked up", func(t *testing.T) {
		t.Parallel()
		found := read[struct{ Ticket string }](t, w.post(t, mother, "/v1/lookups", `{"name":"李四","student_no":"20260002"}`), http.StatusOK)
		answer := w.post(t, father, "/v1/bindings", `{"ticket":"`+found.Ticket+`"}`)
		refused(t, answer, http.StatusUnprocessableEntity, "ticket_invalid")
	})
}
