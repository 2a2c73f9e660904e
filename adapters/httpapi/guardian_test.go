package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/gateways/simulator"
)

func (w *world) startTopUp(t testing.TB, amount string) wire.Order {
	t.Helper()
	answer := w.post(t, mother, "/v1/holders/"+w.child.Ref()+"/top-ups", `{"amount":{"amount":"`+amount+`","currency":"CNY"}}`)
	return read[wire.Order](t, answer, http.StatusCreated)
}

func (w *world) balance(t testing.TB) wire.Balance {
	t.Helper()
	return read[wire.Balance](t, w.get(t, mother, "/v1/holders/"+w.child.Ref()+"/balance"), http.StatusOK)
}

// pay lets the payer pay at the gateway and waits for the notification.
func (w *world) pay(t testing.TB, order wire.Order) {
	t.Helper()
	require.NoError(t, w.sim.Pay(gateways.Order{ID: order.Id}.Number()))
	require.NoError(t, w.sim.Drain(t.Context()))
}

func TestAGuardianFindsAndBindsAChild(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	found := read[wire.Found](t, w.post(t, father, "/v1/lookups", `{"name":"李四","student_no":"20260002"}`), http.StatusOK)
	require.Equal(t, wire.HolderPreview{Name: "李*", Grade: "初二", Class: "1班"}, found.Holder)

	body := string(mustJSON(wire.BindRequest{Ticket: found.Ticket}))
	holder := read[wire.Holder](t, w.post(t, father, "/v1/bindings", body), http.StatusOK)
	require.Equal(t, w.stranger.Ref(), holder.Holder)
	require.Equal(t, holder, read[wire.Holder](t, w.post(t, father, "/v1/bindings", body), http.StatusOK), "binding again changes nothing")

	list := read[wire.BindingList](t, w.get(t, father, "/v1/bindings"), http.StatusOK)
	require.Len(t, list.Bindings, 1)
	require.Equal(t, holder, list.Bindings[0].Holder)

	answer := w.send(t, ask{method: http.MethodDelete, path: "/v1/bindings/" + w.stranger.Ref(), token: father})
	require.Equal(t, http.StatusNoContent, answer.status)
	require.Empty(t, read[wire.BindingList](t, w.get(t, father, "/v1/bindings"), http.StatusOK).Bindings)
}

func TestALookupTellsNothingButAMiss(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wrongName := w.post(t, father, "/v1/lookups", `{"name":"王五","student_no":"20260002"}`)
	wrongNumber := w.post(t, father, "/v1/lookups", `{"name":"李四","student_no":"20269999"}`)
	refused(t, wrongName, http.StatusNotFound, "no_match")
	require.Equal(t, string(wrongName.body), string(wrongNumber.body))
	for range 8 {
		w.post(t, father, "/v1/lookups", `{"name":"王五","student_no":"20260002"}`)
	}
	answer := w.post(t, father, "/v1/lookups", `{"name":"李四","student_no":"20260002"}`)
	refused(t, answer, http.StatusTooManyRequests, "lookup_limit")
	require.NotEmpty(t, answer.header.Get("Retry-After"))
}

func TestATopUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	order := w.startTopUp(t, "100.00")
	require.Equal(t, wire.OrderStatusPending, order.Status)
	require.NotNil(t, order.PayUrl)
	require.Equal(t, cny("0.00"), w.balance(t).Wallet, "the wallet waits for the money")

	w.pay(t, order)
	require.Equal(t, cny("100.00"), w.balance(t).Wallet, "the notification came")
	paid := read[wire.Order](t, w.get(t, mother, "/v1/orders/"+order.Id.String()), http.StatusOK)
	require.Equal(t, wire.OrderStatusPaid, paid.Status)
	require.NotNil(t, paid.PaidAt)
	require.Equal(t, paid, read[wire.Order](t, w.get(t, finance, "/v1/orders/"+order.Id.String()), http.StatusOK))
}

func TestATopUpAsksTheGatewayWhenItsNotificationIsLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	order := w.startTopUp(t, "30.00")
	number := gateways.Order{ID: order.Id}.Number()
	require.NoError(t, w.sim.Plan(number, simulator.FaultLose))
	require.NoError(t, w.sim.Pay(number))
	require.NoError(t, w.sim.Drain(t.Context()))
	require.Equal(t, cny("0.00"), w.balance(t).Wallet)
	paid := read[wire.Order](t, w.get(t, mother, "/v1/orders/"+order.Id.String()), http.StatusOK)
	require.Equal(t, wire.OrderStatusPaid, paid.Status)
	require.Equal(t, cny("30.00"), w.balance(t).Wallet)
}

func TestATopUpRepeatedWithItsKeyIsOneOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := ask{
		method: http.MethodPost, path: "/v1/holders/" + w.child.Ref() + "/top-ups", token: mother, key: uuid.NewString(),
		body: `{"amount":{"amount":"20.00","currency":"CNY"}}`,
	}
	first := read[wire.Order](t, w.send(t, a), http.StatusCreated)
	require.Equal(t, first, read[wire.Order](t, w.send(t, a), http.StatusCreated))
	a.body = `{"amount":{"amount":"21.00","currency":"CNY"}}`
	problem := refused(t, w.send(t, a), http.StatusConflict, "id_reused")
	require.Contains(t, *problem.Detail, "amount")
}

func TestTopUpLimitsAreCheckedInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, "1500.00")
	path := "/v1/holders/" + w.child.Ref() + "/top-ups"
	problem := refused(t, w.post(t, mother, path, `{"amount":{"amount":"1000.01","currency":"CNY"}}`), http.StatusUnprocessableEntity, "single_limit")
	require.Contains(t, *problem.Detail, "1000.00 CNY")
	problem = refused(t, w.post(t, mother, path, `{"amount":{"amount":"500.01","currency":"CNY"}}`), http.StatusUnprocessableEntity, "balance_limit")
	require.Contains(t, *problem.Detail, "2000.00 CNY")
	w.startTopUp(t, "500.00")
}

func TestAStatement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 5 {
		w.fill(t, "1.00")
	}
	path := "/v1/holders/" + w.child.Ref() + "/statement?limit=2"
	var balances []string
	for cursor := ""; ; {
		page := read[wire.StatementPage](t, w.get(t, mother, path+cursor), http.StatusOK)
		for _, entry := range page.Entries {
			require.Equal(t, cny("1.00"), entry.Amount)
			balances = append(balances, entry.Balance.Amount)
		}
		if page.Next == nil {
			break
		}
		cursor = "&cursor=" + *page.Next
	}
	require.Equal(t, []string{"5.00", "4.00", "3.00", "2.00", "1.00"}, balances)
	require.Empty(t, read[wire.StatementPage](t, w.get(t, mother, path+"&account=arrears"), http.StatusOK).Entries)
	problem := refused(t, w.get(t, mother, path+"&cursor=garbage"), http.StatusBadRequest, "invalid")
	require.Equal(t, "cursor", *(*problem.Errors)[0].Parameter)
}

func TestABillIsPaid(t *testing.T) {
	t.Parallel()
	bills := func(t *testing.T, w *world) wire.Bill {
		t.Helper()
		list := read[wire.BillList](t, w.get(t, mother, "/v1/holders/"+w.child.Ref()+"/bills"), http.StatusOK)
		require.Len(t, list.Bills, 1)
		return list.Bills[0]
	}
	body := func(from, amount string) string {
		return `{"from":"` + from + `","amount":{"amount":"` + amount + `","currency":"CNY"}}`
	}
	t.Run("out of the wallet in parts", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.fill(t, "300.00")
		require.Equal(t, wire.Bill{
			Id: w.bill, Item: "校服费", Billed: cny("286.50"), Outstanding: cny("286.50"), Status: wire.BillStatusUnpaid, Due: "2026-09-30",
		}, bills(t, w))
		a := ask{method: http.MethodPost, path: "/v1/bills/" + w.bill + "/payments", token: mother, key: uuid.NewString(), body: body("wallet", "100.00")}
		first := w.send(t, a)
		require.NotNil(t, read[wire.Payment](t, first, http.StatusCreated).Receipt)
		require.Equal(t, "false", first.header.Get("Idempotency-Replayed"))
		again := w.send(t, a)
		require.Equal(t, string(first.body), string(again.body))
		require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
		require.Equal(t, wire.BillStatusPartlyPaid, bills(t, w).Status)
		problem := refused(t, w.post(t, mother, a.path, body("wallet", "200.00")), http.StatusUnprocessableEntity, "overpaid")
		require.Contains(t, *problem.Detail, "186.50")
		read[wire.Payment](t, w.post(t, mother, a.path, body("wallet", "186.50")), http.StatusCreated)
		require.Equal(t, wire.BillStatusPaid, bills(t, w).Status)
		refused(t, w.post(t, mother, a.path, body("wallet", "1.00")), http.StatusConflict, "bill_paid")
		require.Equal(t, cny("13.50"), w.balance(t).Wallet)
	})
	t.Run("not out of a wallet that lacks money", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.fill(t, "0.40")
		problem := refused(t, w.post(t, mother, "/v1/bills/"+w.bill+"/payments", body("wallet", "1.00")), http.StatusUnprocessableEntity, "insufficient")
		require.Equal(t, []string{"floor", "wallet/" + w.child.Ref()}, []string{*problem.Rule, *problem.Account})
		require.Equal(t, []wire.Amount{cny("1.00"), cny("0.40")}, []wire.Amount{*problem.Wanted, *problem.Available})
	})
	t.Run("through the gateway", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		path := "/v1/bills/" + w.bill + "/payments"
		problem := refused(t, w.post(t, mother, path, body("gateway", "100.00")), http.StatusBadRequest, "invalid")
		require.Equal(t, "#/amount", *(*problem.Errors)[0].Pointer)
		payment := read[wire.Payment](t, w.post(t, mother, path, body("gateway", "286.50")), http.StatusCreated)
		require.NotNil(t, payment.Order)
		w.pay(t, *payment.Order)
		require.Equal(t, wire.BillStatusPaid, bills(t, w).Status)
	})
}

func TestArrearsAreRepaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	read[wire.Sale](t, w.post(t, cashier, "/v1/sales", sale(w.code, banana, 1, `,"allow_credit":true`)), http.StatusCreated)
	require.Equal(t, cny("12.50"), w.balance(t).Arrears)
	path := "/v1/holders/" + w.child.Ref() + "/arrears/repayments"

	refused(t, w.post(t, mother, path, `{"from":"wallet","amount":{"amount":"1.00","currency":"CNY"}}`), http.StatusUnprocessableEntity, "insufficient")
	payment := read[wire.Payment](t, w.post(t, mother, path, `{"from":"gateway","amount":{"amount":"10.00","currency":"CNY"}}`), http.StatusCreated)
	w.pay(t, *payment.Order)
	require.Equal(t, cny("2.50"), w.balance(t).Arrears)

	entries := read[wire.StatementPage](t, w.get(t, mother, "/v1/holders/"+w.child.Ref()+"/statement?account=arrears"), http.StatusOK).Entries
	require.Equal(t, []string{"-10.00", "12.50"}, []string{entries[0].Amount.Amount, entries[1].Amount.Amount})
}

func TestACardIsReportedLostAndFoundAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, "50.00")
	loss := ask{method: http.MethodPut, path: "/v1/holders/" + w.child.Ref() + "/card/loss", token: mother}
	for range 2 {
		require.Equal(t, wire.Card{State: wire.CardStateLost, Serial: 1}, read[wire.Card](t, w.send(t, loss), http.StatusOK))
	}
	problem := refused(t, w.post(t, cashier, "/v1/sales", sale(w.code, rice, 1, "")), http.StatusUnprocessableEntity, "card_lost")
	require.Contains(t, problem.Title, "reported lost")
	loss.method = http.MethodDelete
	require.Equal(t, wire.CardStateActive, read[wire.Card](t, w.send(t, loss), http.StatusOK).State)
	read[wire.Sale](t, w.post(t, cashier, "/v1/sales", sale(w.code, rice, 1, "")), http.StatusCreated)
	refused(t, w.send(t, loss), http.StatusConflict, "card_state")
}
