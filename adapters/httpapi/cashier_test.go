package httpapi_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode/identity"
)

func TestAQuote(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := `{"lines":[{"dish":"` + rice + `","quantity":2},{"dish":"` + banana + `","quantity":1}]}`
	require.Equal(t, wire.Quote{
		Lines: []wire.PricedLine{
			{Dish: rice, Name: "米饭", Quantity: 2, UnitPrice: cny("1.00"), Amount: cny("2.00")},
			{Dish: banana, Name: "香蕉", Quantity: 1, UnitPrice: cny("12.50"), Amount: cny("12.50")},
		},
		Total: cny("14.50"),
	}, read[wire.Quote](t, w.post(t, cashier, "/v1/quotes", body), http.StatusOK))
}

func TestALookAtACard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, "8.00")
	view := read[wire.CardView](t, w.post(t, cashier, "/v1/cards/look", `{"code":"`+w.code+`"}`), http.StatusOK)
	require.Equal(t, wire.CardView{
		Holder: w.child.Ref(), Name: "张*三", Grade: "初一", Class: "3班", Level: "low", Spendable: cny("8.00"), Owed: cny("0.00"),
	}, view)
	refused(t, w.post(t, cashier, "/v1/cards/look", `{"code":"`+altered(w.code)+`"}`), http.StatusUnprocessableEntity, "code_not_genuine")
}

func TestASale(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, "20.00")
	a := ask{method: http.MethodPost, path: "/v1/sales", token: cashier, key: uuid.NewString(), body: sale(w.code, rice, 3, "")}
	first := w.send(t, a)
	sold := read[wire.Sale](t, first, http.StatusCreated)
	require.Equal(t, "false", first.header.Get("Idempotency-Replayed"))
	require.Equal(t, w.child.Ref(), sold.Holder)
	require.Equal(t, []wire.Amount{cny("3.00"), cny("3.00"), cny("0.00")}, []wire.Amount{sold.Total, sold.FromWallet, sold.FromArrears})
	require.Equal(t, cny("17.00"), w.balance(t).Wallet)

	t.Run("repeated with its key is the same sale", func(t *testing.T) {
		again := w.send(t, a)
		require.Equal(t, string(first.body), string(again.body))
		require.Equal(t, http.StatusCreated, again.status)
		require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
		require.Equal(t, cny("17.00"), w.balance(t).Wallet)
	})
	t.Run("with its key and other dishes is refused", func(t *testing.T) {
		other := with(a, func(a *ask) { a.body = sale(w.code, rice, 4, "") })
		problem := refused(t, w.send(t, other), http.StatusConflict, "id_reused")
		require.NotNil(t, problem.Detail)
	})
	t.Run("with its key at another counter is another sale", func(t *testing.T) {
		sold := read[wire.Sale](t, w.send(t, with(a, func(a *ask) { a.token = counter })), http.StatusCreated)
		require.Equal(t, cny("14.00"), w.balance(t).Wallet)
		require.NotEqual(t, sold.Id, read[wire.Sale](t, first, http.StatusCreated).Id)
	})
	t.Run("is in the journal, with who sold", func(t *testing.T) {
		record := read[wire.Record](t, w.get(t, auditor, "/v1/records/"+sold.Id.String()), http.StatusOK)
		require.Equal(t, "cashier:counter-1", record.By)
		require.Equal(t, sold.Seq, record.Seq)
		require.Contains(t, record.Canonical, `"terminal":"t01"`)
	})
}

func TestARefusedSaleMayBeMadeOnCreditWithItsKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, "5.00")
	a := ask{method: http.MethodPost, path: "/v1/sales", token: cashier, key: uuid.NewString(), body: sale(w.code, banana, 1, "")}
	answer := w.send(t, a)
	problem := refused(t, answer, http.StatusUnprocessableEntity, "insufficient")
	require.Equal(t, "floor", *problem.Rule)
	require.NotContains(t, string(answer.body), "5.00", "the queue reads along: no balance")
	require.NotContains(t, string(answer.body), w.child.Ref())
	a.body = sale(w.code, banana, 1, `,"allow_credit":true`)
	sold := read[wire.Sale](t, w.send(t, a), http.StatusCreated)
	require.Equal(t, []wire.Amount{cny("5.00"), cny("7.50")}, []wire.Amount{sold.FromWallet, sold.FromArrears})
}

func TestASaleIsUndoneOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, "20.00")
	sold := read[wire.Sale](t, w.post(t, cashier, "/v1/sales", sale(w.code, rice, 3, "")), http.StatusCreated)
	undo := ask{method: http.MethodPut, path: "/v1/sales/" + sold.Id.String() + "/reversal", token: cashier, body: `{"reason":"wrong dish"}`}
	first := w.send(t, undo)
	receipt := read[wire.Receipt](t, first, http.StatusOK)
	require.Equal(t, cny("20.00"), w.balance(t).Wallet)
	again := w.send(t, undo)
	require.Equal(t, string(first.body), string(again.body))
	require.Equal(t, "true", again.header.Get("Idempotency-Replayed"))
	refused(t, w.send(t, with(undo, func(a *ask) { a.body = `{"reason":"another"}` })), http.StatusConflict, "reversed")
	record := read[wire.Record](t, w.get(t, finance, "/v1/records/"+receipt.Id.String()), http.StatusOK)
	require.Equal(t, sold.Id, *record.Reverses)
	require.Equal(t, cny("20.00"), w.balance(t).Wallet)

	t.Run("and nothing but a sale is", func(t *testing.T) {
		for _, id := range []string{uuid.NewString(), receipt.Id.String()} {
			path := strings.Replace(undo.path, sold.Id.String(), id, 1)
			refused(t, w.send(t, with(undo, func(a *ask) { a.path = path })), http.StatusNotFound, "sale_unknown")
		}
	})
}

func TestASaleThatWasSettledIsNotUndone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, "20.00")
	sold := read[wire.Sale](t, w.post(t, cashier, "/v1/sales", sale(w.code, rice, 3, "")), http.StatusCreated)
	_, err := w.school.Book.Post(t.Context(), w.school.Chart.MerchantSettled(campus.Payout{
		Event: campus.Event{ID: ledger.NewID()}, Merchant: "canteen-1", Amount: money.MustParse("2.00", money.CNY),
	}))
	require.NoError(t, err)
	undo := ask{method: http.MethodPut, path: "/v1/sales/" + sold.Id.String() + "/reversal", token: cashier, body: `{"reason":"wrong dish"}`}
	problem := refused(t, w.send(t, undo), http.StatusUnprocessableEntity, "insufficient")
	require.Equal(t, "floor", *problem.Rule)
	require.Nil(t, problem.Account, "what a merchant is owed is not the cashier's to know")
	undo.token = finance
	problem = refused(t, w.send(t, undo), http.StatusUnprocessableEntity, "insufficient")
	require.Equal(t, "merchant/canteen-1", *problem.Account)
	require.Equal(t, []wire.Amount{cny("3.00"), cny("1.00")}, []wire.Amount{*problem.Wanted, *problem.Available})
}

func TestACodeOfAnotherSchoolIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	t.Run("for its keys", func(t *testing.T) {
		t.Parallel()
		refused(t, w.post(t, cashier, "/v1/sales", sale(codeOf(t, 8, nil), rice, 1, "")), http.StatusUnprocessableEntity, "code_not_genuine")
	})
	t.Run("and for its number if the keys are shared", func(t *testing.T) {
		t.Parallel()
		keys, err := os.ReadFile(filepath.Join(w.dir, "keys.json"))
		require.NoError(t, err)
		refused(t, w.post(t, cashier, "/v1/sales", sale(codeOf(t, 8, keys), rice, 1, "")), http.StatusUnprocessableEntity, "code_other_school")
	})
}

// codeOf is the code of a card of another school, with these keys or its own.
func codeOf(t *testing.T, number int, keys []byte) string {
	t.Helper()
	dir := t.TempDir()
	if keys != nil {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "keys.json"), keys, 0o600))
	}
	s, err := school.Open(t.Context(), school.Location{Dir: dir}, &school.Options{Number: number, Now: testNow})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	people, err := s.Directory.Upsert(t.Context(), number, []identity.Registration{{Person: identity.Person{Name: "王五", StudentNo: "1"}}})
	require.NoError(t, err)
	codes, err := s.IssueCards(t.Context(), []identity.Number{people[0].Number}, "office")
	require.NoError(t, err)
	return codes[0]
}
