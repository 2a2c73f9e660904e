package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// problemType is the prefix of a problem's type URI; the code follows.
const problemType = "urn:campusledger:problem:"

// fail answers an error as a problem (RFC 9457). Errors of the server are
// logged whole under an instance id, and the caller learns no more than that.
func (a *api) fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ledger.ErrOutcomeUnknown) {
		err = errTimeout
	}
	c := conditionOf(err)
	problem := wire.Problem{
		Type: problemType + c.code, Code: c.code, Status: c.status, Title: c.title(), Errors: itemsOf(err),
	}
	if detail := detailOf(err); detail != "" {
		problem.Detail = &detail
	}
	if c.status == http.StatusInternalServerError {
		instance := "urn:uuid:" + a.newID().String()
		problem.Title, problem.Instance = "internal error", &instance
		a.log.ErrorContext(r.Context(), "request failed", slog.String("instance", instance), slog.Any("error", err))
	} else {
		explain(&problem, err, callerOf(r.Context()).role)
	}
	callOf(r.Context()).code = c.code
	a.writeProblem(w, r, &problem, retryAfter(err, a.now()))
}

func (a *api) writeProblem(w http.ResponseWriter, r *http.Request, problem *wire.Problem, retryAfter time.Duration) {
	header := w.Header()
	header.Set("Content-Type", "application/problem+json")
	header.Del("Idempotency-Replayed")
	if problem.Status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", `Bearer realm="campusledger"`)
	}
	if retryAfter > 0 {
		header.Set("Retry-After", strconv.Itoa(int(math.Ceil(retryAfter.Seconds()))))
	}
	w.WriteHeader(problem.Status)
	if err := json.NewEncoder(w).Encode(problem); err != nil {
		a.log.DebugContext(r.Context(), "client left before its answer", slog.Any("error", err))
	}
}

// itemsOf returns where the request is wrong, as far as the error knows.
func itemsOf(err error) *[]wire.ProblemItem {
	var request *requestError
	var line *canteen.LineError
	var claim *identity.InvalidError
	switch {
	case errors.As(err, &claim):
		return &[]wire.ProblemItem{{Pointer: pointer(claimFields[claim.Field]), Detail: claim.Rule}}
	case errors.As(err, &request) && len(request.items) > 0:
		return &request.items
	case errors.As(err, &line):
		place := pointer("lines", strconv.Itoa(line.Line-1))
		return &[]wire.ProblemItem{{Pointer: place, Detail: fmt.Sprintf("scanned: %s", line.Kind)}}
	}
	return nil
}

// claimFields are the members of a claim by their Go names, the only fields of
// the directory that requests fill.
var claimFields = map[string]string{"Name": "name", "StudentNo": "student_no", "IDNo": "id_no"}

// detailOf says what is special about an error, from the fields of those typed
// errors whose fields are the caller's to know. A balance is not: a cashier
// learns that there is too little, not how much there is.
func detailOf(err error) string {
	var (
		invalid  *ledger.InvalidError
		date     *ledger.DateError
		reused   *ledger.IDReusedError
		keyUsed  *gateways.KeyReusedError
		single   *gateways.SingleLimitError
		balance  *gateways.BalanceLimitError
		lookups  *identity.LookupLimitError
		card     *identity.CardStateError
		quantity *canteen.InvalidError
		payment  *billing.PaymentError
	)
	switch {
	case errors.As(err, &date):
		return fmt.Sprintf("%s is not open, %s is", date.Date, date.Open)
	case errors.As(err, &reused):
		return fmt.Sprintf("the earlier request has another %s", reused.Field)
	case errors.As(err, &keyUsed):
		return fmt.Sprintf("the earlier request has another %s", keyUsed.Field)
	case errors.As(err, &single):
		return fmt.Sprintf("at most %s at a time", single.Limit)
	case errors.As(err, &balance):
		return fmt.Sprintf("the balance may be at most %s", balance.Limit)
	case errors.As(err, &lookups):
		return "try again at " + lookups.RetryAt.UTC().Format(time.RFC3339)
	case errors.As(err, &card):
		return fmt.Sprintf("%s on a card that is %s", card.Action, card.State)
	case errors.As(err, &payment) && payment.Outstanding.IsValid():
		return fmt.Sprintf("outstanding is %s", payment.Outstanding)
	case errors.As(err, &invalid):
		return invalid.Field + " " + invalid.Problem
	case errors.As(err, &quantity):
		return quantity.Field + " " + quantity.Rule
	}
	return ""
}

func retryAfter(err error, now time.Time) time.Duration {
	var busy *ledger.BusyError
	var lookups *identity.LookupLimitError
	switch {
	case errors.As(err, &busy):
		return max(busy.RetryAfter, time.Second)
	case errors.As(err, &lookups):
		return lookups.RetryAt.Sub(now)
	case errors.Is(err, ledger.ErrOutcomeUnknown), errors.Is(err, gateways.ErrUnavailable), errors.Is(err, errTimeout):
		return time.Second
	}
	return 0
}
