package simulator

import "time"

// The JSON of the protocol. Amounts are whole minor units: no JSON reader can
// turn them into something else.

type amountWire struct {
	Total    int64  `json:"total"`
	Currency string `json:"currency"`
}

type createWire struct {
	Number      string     `json:"out_trade_no"`
	Description string     `json:"description"`
	NotifyURL   string     `json:"notify_url"`
	Expires     time.Time  `json:"time_expire"`
	Amount      amountWire `json:"amount"`
}

type checkoutWire struct {
	PayURL  string `json:"pay_url"`
	CodeURL string `json:"code_url"`
}

type tradeState string

const (
	tradeSuccess tradeState = "SUCCESS"
	tradeNotPay  tradeState = "NOTPAY"
	tradeFailed  tradeState = "PAYERROR"
	tradeClosed  tradeState = "CLOSED"
)

type transactionWire struct {
	Merchant      string     `json:"mchid"`
	Number        string     `json:"out_trade_no"`
	State         tradeState `json:"trade_state"`
	TransactionID string     `json:"transaction_id,omitempty"`
	PaidAt        *time.Time `json:"success_time,omitempty"`
	Amount        amountWire `json:"amount"`
}

type notificationWire struct {
	ID       string          `json:"id"`
	Created  time.Time       `json:"create_time"`
	Event    string          `json:"event_type"`
	Resource transactionWire `json:"resource"`
}

type settlementWire struct {
	Merchant string     `json:"mchid"`
	Date     string     `json:"date"`
	Orders   int        `json:"orders"`
	Gross    amountWire `json:"gross"`
	Fee      amountWire `json:"fee"`
	Net      amountWire `json:"net"`
}

type errorWire struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// The codes of errorWire.
const (
	codeSignature   = "SIGN_ERROR"
	codeParameter   = "PARAM_ERROR"
	codeNoOrder     = "ORDER_NOT_EXIST"
	codeOrderPaid   = "ORDER_PAID"
	codeOrderClosed = "ORDER_CLOSED"
	codeNumberUsed  = "OUT_TRADE_NO_USED"
	codeTooMany     = "FREQUENCY_LIMITED"
)
