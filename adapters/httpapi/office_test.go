package httpapi_test

import (
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode/identity"
)

func TestHoldersComeInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := read[wire.HolderPage](t, w.get(t, office, "/v1/holders?limit=1"), http.StatusOK)
	require.NotNil(t, first.Next)
	second := read[wire.HolderPage](t, w.get(t, office, "/v1/holders?limit=1&cursor="+*first.Next), http.StatusOK)
	require.ElementsMatch(t, []string{w.child.Ref(), w.stranger.Ref()}, []string{first.Holders[0].Holder, second.Holders[0].Holder})
	one := read[wire.HolderPage](t, w.get(t, office, "/v1/holders?grade=%E5%88%9D%E4%B8%80&status=active"), http.StatusOK)
	require.Equal(t, []wire.Holder{{
		Holder: w.child.Ref(), Kind: wire.Student, Status: wire.HolderStatusActive, Name: "张*三", StudentNo: "****0001",
		Grade: "初一", Class: "3班", Card: wire.Card{State: wire.CardStateActive, Serial: 1},
	}}, one.Holders)
}

func TestCardsAreIssuedAndReissued(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, "20.00")
	path := "/v1/holders/" + w.child.Ref() + "/card"
	card := read[wire.CardCode](t, w.send(t, ask{method: http.MethodPost, path: path, token: office}), http.StatusOK)
	require.Equal(t, wire.CardCode{Card: wire.Card{State: wire.CardStateActive, Serial: 1}, Code: w.code}, card, "printed again, the same")

	next := read[wire.CardCode](t, w.post(t, office, path+"/reissue", `{"replaces":1}`), http.StatusOK)
	require.Equal(t, 2, next.Card.Serial)
	again := read[wire.CardCode](t, w.post(t, office, path+"/reissue", `{"replaces":1}`), http.StatusOK)
	require.Equal(t, next, again, "a retry does not void the new card")
	refused(t, w.post(t, office, path+"/reissue", `{"replaces":9}`), http.StatusConflict, "card_changed")

	refused(t, w.post(t, cashier, "/v1/sales", sale(w.code, rice, 1, "")), http.StatusUnprocessableEntity, "card_void")
	read[wire.Sale](t, w.post(t, cashier, "/v1/sales", sale(next.Code, rice, 1, "")), http.StatusCreated)
	refused(t, w.send(t, ask{method: http.MethodPost, path: "/v1/holders/h9999999999/card", token: office}), http.StatusNotFound, "holder_unknown")
}

func TestTheDayIsClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	day := read[wire.Day](t, w.get(t, cashier, "/v1/day"), http.StatusOK)
	require.Equal(t, "2026-09-01", day.OpenDate)
	first := w.post(t, finance, "/v1/day-closes", `{"date":"2026-09-01"}`)
	closed := read[wire.DayClose](t, first, http.StatusOK)
	require.Equal(t, "2026-09-02", closed.Next)
	again := w.post(t, finance, "/v1/day-closes", `{"date":"2026-09-01"}`)
	require.Equal(t, string(first.body), string(again.body))
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	refused(t, w.post(t, finance, "/v1/day-closes", `{"date":"2026-09-01","next":"2026-09-09"}`), http.StatusConflict, "id_reused")
	problem := refused(t, w.post(t, finance, "/v1/day-closes", `{"date":"2026-08-31"}`), http.StatusUnprocessableEntity, "date_closed")
	require.Contains(t, *problem.Detail, "2026-09-02")
	refused(t, w.post(t, finance, "/v1/day-closes", `{"date":"2026-12-31"}`), http.StatusUnprocessableEntity, "date_not_open")
	for body, place := range map[string]string{
		`{"date":"2026-02-30"}`:                     "#/date",
		`{"date":"tomorrow"}`:                       "#/date",
		`{"date":"2026-09-02","next":"2026-09-02"}`: "#/next",
	} {
		problem := refused(t, w.post(t, finance, "/v1/day-closes", body), http.StatusBadRequest, "invalid")
		require.Equal(t, place, *(*problem.Errors)[0].Pointer, "%s", body)
	}
}

func TestArrearsComeInPages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	owe := func(holder identity.Number, amount string) {
		t.Helper()
		_, err := w.school.Book.Post(t.Context(), w.school.Chart.Sale(campus.Sale{
			Event: campus.Event{ID: ledger.NewID()}, Holder: holder.Ref(), Merchant: "canteen-1", Price: money.MustParse(amount, money.CNY), Credit: true,
		}))
		require.NoError(t, err)
	}
	owe(w.child, "2.00")
	page := read[wire.ArrearsPage](t, w.get(t, office, "/v1/arrears?limit=1"), http.StatusOK)
	require.Nil(t, page.Next, "who owes nothing is on no page")
	owe(w.stranger, "0.01")
	first := read[wire.ArrearsPage](t, w.get(t, office, "/v1/arrears?limit=1"), http.StatusOK)
	require.NotNil(t, first.Next)
	second := read[wire.ArrearsPage](t, w.get(t, office, "/v1/arrears?limit=1&cursor="+*first.Next), http.StatusOK)
	require.Nil(t, second.Next)
	require.ElementsMatch(t, []wire.Arrears{{Holder: w.child.Ref(), Owed: cny("2.00")}, {Holder: w.stranger.Ref(), Owed: cny("0.01")}},
		[]wire.Arrears{first.Arrears[0], second.Arrears[0]})
}

func TestTheBooksCanBeRead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sold := read[wire.Sale](t, w.post(t, cashier, "/v1/sales", sale(w.code, banana, 1, `,"allow_credit":true`)), http.StatusCreated)

	totals := read[wire.TrialBalance](t, w.get(t, auditor, "/v1/trial-balance"), http.StatusOK).Totals
	byControl := map[string]string{}
	for _, total := range totals {
		byControl[total.Control] = total.Balance.Amount
	}
	require.Equal(t, "12.50", byControl["1218.01"])
	require.Equal(t, "-12.50", byControl["2307.03"])

	owing := read[wire.ArrearsPage](t, w.get(t, auditor, "/v1/arrears"), http.StatusOK)
	require.Equal(t, []wire.Arrears{{Holder: w.child.Ref(), Owed: cny("12.50")}}, owing.Arrears)
	require.Nil(t, owing.Next)

	record := read[wire.Record](t, w.get(t, finance, "/v1/records/"+sold.Id.String()), http.StatusOK)
	require.Equal(t, "sale", record.Kind)
	refused(t, w.get(t, finance, "/v1/records/"+uuid.NewString()), http.StatusNotFound, "record_unknown")
}
