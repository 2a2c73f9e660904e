package httpapi

import (
	"errors"
	"net/http"
	"strings"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/adapters/slip"
	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/seal"
	"github.com/campusledger/campusledger/qrcode"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// condition is how one sentinel is answered.
type condition struct {
	err    error
	code   string // stable for ever
	status int
}

const (
	badRequest    = http.StatusBadRequest
	notFound      = http.StatusNotFound
	conflict      = http.StatusConflict
	unprocessable = http.StatusUnprocessableEntity
	internal      = http.StatusInternalServerError
	unavailable   = http.StatusServiceUnavailable
)

// title is what a condition means, without the name of a Go package.
func (c condition) title() string {
	text := c.err.Error()
	if name, rest, found := strings.Cut(text, ": "); found && (name == "identity" || name == "canteen") {
		return rest
	}
	return text
}

// conditions is the one table from errors to codes, but for the ledger's own,
// [ledger.Conditions], which is looked at after it. The first row that an error
// is decides, so what is special stands before what is general. A test makes
// sure that every sentinel of the packages below has a row or a reason to have
// none.
var conditions = []condition{
	{errUnauthorized, "unauthorized", http.StatusUnauthorized},
	{errForbidden, "forbidden", http.StatusForbidden},
	{errNoRoute, "no_route", notFound},
	{errMethod, "method_not_allowed", http.StatusMethodNotAllowed},
	{errInvalidRequest, "invalid", badRequest},
	{errMalformedJSON, "malformed_json", badRequest},
	{errBodyTooLarge, "body_too_large", http.StatusRequestEntityTooLarge},
	{errMediaType, "media_type", http.StatusUnsupportedMediaType},
	{errSaleUnknown, "sale_unknown", notFound},
	{errCardChanged, "card_changed", conflict},
	{errTimeout, "timeout", http.StatusGatewayTimeout},

	// The words of canteen.Reason for the same conditions.
	{qrcode.ErrUnknownFormat, "code_unreadable", unprocessable},
	{qrcode.ErrMalformed, "code_unreadable", unprocessable},
	{qrcode.ErrTruncated, "code_unreadable", unprocessable},
	{qrcode.ErrVersion, "code_not_genuine", unprocessable},
	{qrcode.ErrUnknownKey, "code_not_genuine", unprocessable},
	{qrcode.ErrForged, "code_not_genuine", unprocessable},
	{qrcode.ErrOtherSchool, "code_other_school", unprocessable},
	{qrcode.ErrExpired, "code_expired", unprocessable},

	{identity.ErrInvalid, "invalid", badRequest},
	{identity.ErrUnknownHolder, "holder_unknown", notFound},
	{identity.ErrHolderLeft, "holder_left", unprocessable},
	{identity.ErrHolderPresent, "holder_present", conflict},
	{identity.ErrNotOpen, "holder_not_open", unprocessable},
	{identity.ErrNoCard, "card_unknown", unprocessable},
	{identity.ErrCardVoid, "card_void", unprocessable},
	{identity.ErrCardLost, "card_lost", unprocessable},
	{identity.ErrCardBlocked, "card_blocked", unprocessable},
	{identity.ErrCardState, "card_state", conflict},
	{identity.ErrSerialsUsedUp, "card_serials_used_up", unprocessable},
	{identity.ErrNoMatch, "no_match", notFound},
	{identity.ErrLookupLimit, "lookup_limit", http.StatusTooManyRequests},
	{identity.ErrTicket, "ticket_invalid", unprocessable},
	{identity.ErrTooManyGuardians, "too_many_guardians", unprocessable},
	{identity.ErrNotBound, "not_bound", http.StatusForbidden},
	{identity.ErrCursor, "invalid", badRequest},

	{canteen.ErrUnknownDish, "dish_unknown", unprocessable},
	{canteen.ErrDishInactive, "dish_inactive", unprocessable},
	{canteen.ErrUnknownMerchant, "merchant_unknown", notFound},
	{canteen.ErrNotSale, "sale_unknown", notFound},
	{canteen.ErrInvalid, "invalid", badRequest},

	{billing.ErrBillUnknown, "bill_unknown", notFound},
	{billing.ErrItemUnknown, "fee_item_unknown", notFound},
	{billing.ErrNotAssessed, "bill_not_assessed", unprocessable},
	{billing.ErrBillPaid, "bill_paid", conflict},
	{billing.ErrOverpaid, "overpaid", unprocessable},

	{gateways.ErrKeyReused, "id_reused", conflict},
	{gateways.ErrInvalidRequest, "invalid", badRequest},
	{gateways.ErrSingleLimit, "single_limit", unprocessable},
	{gateways.ErrBalanceLimit, "balance_limit", unprocessable},
	{gateways.ErrUnknownOrder, "order_unknown", notFound},
	{gateways.ErrOrderPaid, "order_paid", conflict},
	{gateways.ErrRefused, "gateway_refused", unprocessable},
	{gateways.ErrMismatch, "gateway_mismatch", conflict},
	{gateways.ErrUnavailable, "gateway_unavailable", unavailable},
	{school.ErrNoGateway, "no_gateway", unavailable},
	{seal.ErrNotSealed, "not_sealed", notFound},
	{slip.ErrTooLong, "receipt_too_long", unprocessable},
	{slip.ErrFont, "no_font", unavailable},

	{money.ErrSyntax, "invalid", badRequest},
	{money.ErrPrecision, "invalid", badRequest},
	{money.ErrUnknownCurrency, "invalid", badRequest},
}

// conditionOf finds how an error is answered. What is in no table is the
// server's own fault.
func conditionOf(err error) condition {
	var refusal *canteen.Refusal
	if errors.As(err, &refusal) {
		return condition{errors.New(refusal.English()), string(refusal.Reason), unprocessable}
	}
	for _, c := range conditions {
		if errors.Is(err, c.err) {
			return c
		}
	}
	return ledgerCondition(err)
}

// ledgerCondition takes title, code and status from the ledger's own table.
func ledgerCondition(err error) condition {
	for _, c := range ledger.Conditions() {
		if errors.Is(err, c.Err) {
			return condition{c.Err, c.Code, ledgerStatus(c.Kind)}
		}
	}
	return condition{errors.New("internal error"), ledger.CodeOf(err), internal}
}

func ledgerStatus(kind ledger.Kind) int {
	switch kind {
	case ledger.KindInvalid:
		return badRequest
	case ledger.KindNotFound:
		return notFound
	case ledger.KindConflict:
		return conflict
	case ledger.KindRefused:
		return unprocessable
	case ledger.KindUnavailable:
		return unavailable
	case ledger.KindUnknown:
		return http.StatusGatewayTimeout
	default:
		return internal
	}
}
