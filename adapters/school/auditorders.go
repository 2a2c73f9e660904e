package school

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
)

// newOrderAudit compares payment_order. A payment is claimed by its order, booked,
// and only then marked: an order that is paid has its record, and a record has an
// order that at least claimed it.
func newOrderAudit(a *auditing) *rowAudit {
	return &rowAudit{
		auditing: a, pairing: newPairing(isPayment), missing: CodeOrderMissing, extra: CodeOrderExtra,
		table: auditedTable{name: "payment_order", school: "school", key: []string{"id"}, columns: []string{
			"id", "gateway", "purpose", "subject", "amount_minor", "currency", "state", "gateway_transaction_id", "late", "paid_at",
		}},
		recordID: func(r auditedRow) uuid.UUID { return paymentID(r.text("gateway"), r.text("id")) },
		rowKey:   orderOf, judge: judgeOrder,
	}
}

// paymentID is the id of the record that books an order's payment.
func paymentID(gateway, order string) uuid.UUID { return ledger.KeyID("payment", gateway, order) }

// isPayment reports whether a record books money that came through a gateway.
func isPayment(r *ledger.Record) bool { return paidThrough(r) != "" }

// paidThrough returns the gateway, "" for another record.
func paidThrough(r *ledger.Record) string {
	switch r.Kind {
	case campus.KindTopUp, campus.KindUnapplied, campus.KindFeePaid:
	default:
		return ""
	}
	for i := range r.Lines {
		gateway, ok := strings.CutPrefix(r.Lines[i].Account, string(campus.FamilyClearing)+"/")
		if ok && r.Lines[i].Amount.Sign() > 0 {
			return gateway
		}
	}
	return ""
}

// orderOf returns the order that a payment's record is of, "" if it is of none.
func orderOf(r *ledger.Record) string {
	var document paymentDocument
	if json.Unmarshal(r.Document, &document) != nil {
		return ""
	}
	order, err := uuid.Parse(document.Order)
	if err != nil || paymentID(paidThrough(r), order.String()) != r.ID {
		return ""
	}
	return order.String()
}

func judgeOrder(row auditedRow, found *foundRecord, overdue time.Time) []fault {
	paid := row.text("state") == string(gateways.OrderPaid)
	switch {
	case found == nil && paid:
		return []fault{{code: CodeOrderUnbooked, column: "state", got: row.text("state"), problem: "is paid, but the journal has no record of the payment"}}
	case found == nil:
		return nil // what is not booked repeats nothing
	case found.record == nil:
		return []fault{{code: CodeOrderUnreadable, problem: "its record cannot be read"}}
	}
	faults := joined(judgePayment(row, found.record), judgeOrderState(row))
	if len(faults) == 0 && !paid && found.record.At.Before(overdue) {
		faults = []fault{{
			code: CodeOrderUnmarked, column: "state", want: string(gateways.OrderPaid), got: row.text("state"),
			problem: fmt.Sprintf("is not paid, but record %d booked the payment more than a day ago", found.record.Seq),
		}}
	}
	return faults
}

// judgePayment holds an order against its record and what that proves.
func judgePayment(row auditedRow, r *ledger.Record) []fault {
	var document paymentDocument
	err := json.Unmarshal(r.Document, &document)
	if err != nil || paidThrough(r) != row.text("gateway") || len(r.Lines) == 0 {
		return []fault{{code: CodeOrderDiffers, column: "id", problem: fmt.Sprintf("record %d with its id is of no payment through its gateway", r.Seq)}}
	}
	purpose := document.Purpose
	if fits := r.Kind == campus.KindUnapplied || (purpose == purposeFee) == (r.Kind == campus.KindFeePaid); !fits {
		purpose = r.Kind
	}
	amount := r.Lines[0].Amount // the first line debits what the gateway owes
	return joined(
		differs(CodeOrderDiffers, "id", document.Order, row.text("id")),
		differs(CodeOrderDiffers, "amount_minor", strconv.FormatInt(amount.Minor(), 10), row.text("amount_minor")),
		differs(CodeOrderDiffers, "currency", amount.Currency().Code(), row.text("currency")),
		differsUnsaid(CodeOrderDiffers, "purpose", purpose, row.text("purpose")),
		differsUnsaid(CodeOrderDiffers, "subject", document.Subject, row.text("subject")),
		differsUnsaid(CodeOrderDiffers, "gateway_transaction_id", document.Transaction, row.text("gateway_transaction_id")),
		differs(CodeOrderDiffers, "paid_at", instantText(document.PaidAt), row.instant("paid_at")),
		differs(CodeOrderDiffers, "late", strconv.FormatBool(document.Late), row.truth("late")),
	)
}

// judgeOrderState judges the state of an order whose payment is booked. One that
// had ended before it was paid is late; one that is not late cannot end.
func judgeOrderState(row auditedRow) []fault {
	late := row.truth("late") == "true"
	switch state := gateways.OrderState(row.text("state")); state {
	case gateways.OrderPaid:
		return nil
	case gateways.OrderCreated, gateways.OrderSent:
		if !late {
			return nil
		}
	case gateways.OrderFailed, gateways.OrderClosed:
		if late {
			return nil
		}
	}
	return []fault{{
		code: CodeOrderDiffers, column: "state", want: string(gateways.OrderPaid), got: row.text("state"),
		problem: "cannot be this, as the payment is booked",
	}}
}
