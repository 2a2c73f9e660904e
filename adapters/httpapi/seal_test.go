package httpapi_test

import (
	"net/http"
	"os"
	"strconv"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/seal"
)

// mustVerifier trusts the keys of the world's school.
func (w *world) mustVerifier(t *testing.T) *seal.Verifier {
	t.Helper()
	keys, err := school.ReadSealKeys(w.dir, w.school.Number())
	require.NoError(t, err)
	verifier, err := seal.NewVerifier(keys.Verifiers(), nil)
	require.NoError(t, err)
	return verifier
}

func TestSealedRecordsAreProvenToThoseTheyConcern(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refused(t, w.get(t, "", "/v1/checkpoint"), http.StatusNotFound, "not_sealed")
	w.fill(t, "100")
	sold := read[wire.Sale](t, w.post(t, cashier, "/v1/sales", sale(w.code, banana, 2, "")), http.StatusCreated)
	receiptOf := func(id uuid.UUID) string { return "/v1/records/" + id.String() + "/receipt" }
	refused(t, w.get(t, mother, receiptOf(sold.Id)), http.StatusNotFound, "not_sealed")
	refused(t, w.get(t, father, receiptOf(sold.Id)), http.StatusNotFound, "record_unknown")

	strangers, both := w.postTo(t, w.stranger.Ref()), w.postTo(t, w.stranger.Ref(), w.child.Ref())
	chart, err := w.school.Book.RecordAt(t.Context(), 2)
	require.NoError(t, err)
	paid := read[wire.Payment](t, w.post(t, mother, "/v1/bills/"+w.bill+"/payments", `{"from":"wallet","amount":{"amount":"10.00","currency":"CNY"}}`), http.StatusCreated)
	read[wire.DayClose](t, w.post(t, finance, "/v1/day-closes", `{"date":"2026-09-01"}`), http.StatusOK)

	verifier := w.mustVerifier(t)
	for _, token := range []string{mother, finance, auditor} {
		answered := w.get(t, token, receiptOf(sold.Id))
		require.Equal(t, http.StatusOK, answered.status, "%s", answered.body)
		require.Equal(t, "text/plain", answered.header.Get("Content-Type"))
		receipt, err := seal.ParseReceipt(answered.body)
		require.NoError(t, err)
		record, _, err := verifier.Receipt(&receipt)
		require.NoError(t, err)
		require.Equal(t, sold.Id, record.ID)
	}
	require.Equal(t, http.StatusOK, w.get(t, mother, receiptOf(paid.Receipt.Id)).status, "a fee of the child's")
	for name, id := range map[string]uuid.UUID{"a stranger's": strangers, "a stranger's among it": both, "the chart": chart.ID, "nothing": uuid.New()} {
		refused(t, w.get(t, mother, receiptOf(id)), http.StatusNotFound, "record_unknown")
		if name != "nothing" {
			require.Equal(t, http.StatusOK, w.get(t, auditor, receiptOf(id)).status, name)
		}
	}
	refused(t, w.get(t, cashier, receiptOf(sold.Id)), http.StatusForbidden, "forbidden")

	answered := w.get(t, "", "/v1/checkpoint")
	require.Equal(t, http.StatusOK, answered.status, "%s", answered.body)
	_, err = verifier.Checkpoint(string(answered.body))
	require.NoError(t, err)
}

// postTo pays one yuan from the bank into each holder's wallet.
func (w *world) postTo(t *testing.T, holders ...string) uuid.UUID {
	t.Helper()
	yuan := money.MustParse("1", money.CNY)
	transaction := ledger.Transaction{ID: ledger.NewID(), Kind: "gift"}
	for _, holder := range holders {
		transaction.Postings = append(transaction.Postings,
			ledger.Debit(campus.Path(campus.FamilyBank, school.MainBank), yuan), ledger.Credit(campus.Path(campus.FamilyWallet, holder), yuan))
	}
	receipt, err := w.school.Book.Post(t.Context(), transaction)
	require.NoError(t, err)
	return receipt.Record.ID
}

func TestACloseThatIsNotSealedIsLogged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, os.Remove(school.SealKeyPath(w.dir, w.school.Number())))
	closed := read[wire.DayClose](t, w.post(t, finance, "/v1/day-closes", `{"date":"2026-09-01"}`), http.StatusOK)
	require.Equal(t, "2026-09-02", closed.Next)
	require.Contains(t, w.log.String(), "day close is not sealed")
}

func TestFeesPaidInCashAreProvenToTheirPayerAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	item := billing.ItemID(w.bill[:len(w.bill)-len(w.child.Ref())-1])
	pay := func(holder string) string {
		t.Helper()
		receipt, err := w.school.Billing.Pay(t.Context(), billing.Payment{
			ID: ledger.NewID(), Bill: billing.BillIDOf(item, billing.Ref(holder)), From: campus.FromCash(school.MainDesk),
			Amount: money.MustParse("1", money.CNY), By: "finance",
		})
		require.NoError(t, err)
		return "/v1/records/" + receipt.Record.ID.String() + "/receipt"
	}
	childs, strangers := pay(w.child.Ref()), pay(w.stranger.Ref())
	_, err := w.school.Seal(t.Context())
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, w.get(t, mother, childs).status)
	refused(t, w.get(t, mother, strangers), http.StatusNotFound, "record_unknown")
}

func TestCheckpointsAreSignedOnDemand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, token := range []string{finance, auditor} {
		head, err := w.school.Book.Head(t.Context())
		require.NoError(t, err)
		for range 2 {
			answered := w.post(t, token, "/v1/checkpoint", "")
			require.Equal(t, http.StatusOK, answered.status, "%s", answered.body)
			checkpoint, err := w.mustVerifier(t).Checkpoint(string(answered.body))
			require.NoError(t, err)
			require.Equal(t, head.Seq, checkpoint.Size)
			require.Equal(t, answered.body, w.get(t, "", "/v1/checkpoint").body)
		}
		w.fill(t, "10")
	}
}

func TestWitnessesCosignBesideAServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	note := string(w.post(t, finance, "/v1/checkpoint", "").body)
	checkpoint, err := seal.ParseCheckpoint(note)
	require.NoError(t, err)
	witness, err := seal.GenerateWitness("parents.example")
	require.NoError(t, err)
	keys, err := school.ReadSealKeys(w.dir, w.school.Number())
	require.NoError(t, err)
	consistency, err := w.school.Prover().Consistency(t.Context(), 0, note)
	require.NoError(t, err)
	cosigned, err := witness.Cosign(w.mustVerifier(t), &consistency)
	require.NoError(t, err)
	where := "/v1/checkpoint/" + strconv.FormatInt(checkpoint.Size, 10) + "/cosignatures"
	body := func(text string) string { return `{"note":` + string(mustJSON(text)) + `}` }

	for range 2 { // the second changes nothing
		answered := w.post(t, auditor, where, body(note+cosigned))
		require.Equal(t, http.StatusOK, answered.status, "%s", answered.body)
		verifier, err := seal.NewVerifier(keys.Verifiers(), &seal.VerifierOptions{Witnesses: []string{witness.Verifier}, WitnessesMin: 1})
		require.NoError(t, err)
		_, err = verifier.Checkpoint(string(answered.body))
		require.NoError(t, err)
		require.Equal(t, answered.body, w.get(t, "", "/v1/checkpoint").body)
	}
	problem := refused(t, w.post(t, finance, where, body("hello\n")), http.StatusBadRequest, "invalid")
	require.Equal(t, "#/note", *(*problem.Errors)[0].Pointer)
	refused(t, w.post(t, finance, "/v1/checkpoint/1/cosignatures", body(note+cosigned)), http.StatusNotFound, "not_sealed")
	refused(t, w.post(t, finance, where, `{}`), http.StatusBadRequest, "invalid")
}
