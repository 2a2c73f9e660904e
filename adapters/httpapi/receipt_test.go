package httpapi_test

import (
	"bytes"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi"
	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/adapters/slip"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

// sellOne makes a record that no checkpoint covers, and returns its id and where
// its receipt is.
func (w *world) sellOne(t *testing.T) (uuid.UUID, string) {
	t.Helper()
	sold := read[wire.Sale](t, w.post(t, cashier, "/v1/sales", sale(w.code, banana, 1, "")), http.StatusCreated)
	return sold.Id, "/v1/records/" + sold.Id.String() + "/receipt"
}

func TestAReceiptIsSealedForThoseWhoMaySeal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, "100")
	for _, token := range []string{finance, auditor} {
		_, path := w.sellOne(t)
		for _, form := range []string{"", ".png", ".escpos"} {
			refused(t, w.get(t, mother, path+form), http.StatusNotFound, "not_sealed")
		}
		require.Equal(t, http.StatusOK, w.get(t, token, path).status)
		require.Equal(t, http.StatusOK, w.get(t, mother, path).status)
	}
}

// mustHaveFont skips on a laptop without the font, and fails in CI.
func mustHaveFont(t *testing.T) {
	t.Helper()
	if _, err := slip.OpenFont(slip.FontPath); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("install Debian's fonts-wqy-microhei")
		}
		t.Skip("Debian's fonts-wqy-microhei is not installed")
	}
}

func TestASlipIsGivenToThoseWhoMayHaveTheReceipt(t *testing.T) {
	t.Parallel()
	mustHaveFont(t)
	w := newWorld(t)
	w.fill(t, "100")
	_, path := w.sellOne(t)
	for _, token := range []string{finance, auditor, mother} {
		drawn := w.get(t, token, path+".png")
		require.Equal(t, http.StatusOK, drawn.status, "%s", drawn.body)
		require.Equal(t, "image/png", drawn.header.Get("Content-Type"))
		picture, err := png.Decode(bytes.NewReader(drawn.body))
		require.NoError(t, err)
		require.Equal(t, 576, picture.Bounds().Dx())

		printed := w.get(t, token, path+".escpos")
		require.Equal(t, http.StatusOK, printed.status, "%s", printed.body)
		require.Equal(t, "application/octet-stream", printed.header.Get("Content-Type"))
		require.True(t, bytes.HasPrefix(printed.body, []byte("\x1b@")))
	}
	for _, form := range []string{".png", ".escpos"} {
		refused(t, w.get(t, father, path+form), http.StatusNotFound, "record_unknown")
	}
}

func TestASlipThatCannotBeDrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	t.Run("for lack of a font is refused as a picture only", func(t *testing.T) {
		w.fill(t, "100")
		_, path := w.sellOne(t)
		handler, err := httpapi.New(w.school, &httpapi.Options{Credentials: credentials(), ReceiptFont: filepath.Join(w.dir, "none.ttf")})
		require.NoError(t, err)
		get := func(form string) *httptest.ResponseRecorder {
			t.Helper()
			request := httptest.NewRequest(http.MethodGet, path+form, http.NoBody)
			request.Header.Set("Authorization", "Bearer "+finance)
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, request)
			return recorder
		}
		drawn := get(".png")
		require.Equal(t, http.StatusServiceUnavailable, drawn.Code)
		require.Contains(t, drawn.Body.String(), `"no_font"`)
		require.NotContains(t, drawn.Body.String(), w.dir, "a path is nobody's business")
		require.Equal(t, http.StatusOK, get(".escpos").Code)
	})
	t.Run("for the length of its proof is left as a file", func(t *testing.T) {
		noise := make([]string, 200)
		for i := range noise {
			noise[i] = uuid.NewString()
		}
		fen := money.MustParse("0.01", money.CNY)
		receipt, err := w.school.Book.Post(t.Context(), ledger.Transaction{
			ID: ledger.NewID(), Kind: "gift", Document: []byte(`{"why":"` + strings.Join(noise, "") + `"}`),
			Postings: []ledger.Posting{
				ledger.Debit(campus.Path(campus.FamilyBank, "main"), fen), ledger.Credit(campus.Path(campus.FamilyWallet, w.child.Ref()), fen),
			},
		})
		require.NoError(t, err)
		path := "/v1/records/" + receipt.Record.ID.String() + "/receipt"
		for _, form := range []string{".png", ".escpos"} {
			refused(t, w.get(t, finance, path+form), http.StatusUnprocessableEntity, "receipt_too_long")
		}
		require.Equal(t, http.StatusOK, w.get(t, finance, path).status)
	})
}
