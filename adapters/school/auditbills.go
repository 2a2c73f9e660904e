package school

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
)

// newBillAudit compares bill, and fee_item with it. Bills are written, posted,
// and then marked: one that is marked has its record, and a record has its bill.
// What an item charges is fixed before the first.
func newBillAudit(a *auditing) *rowAudit {
	return &rowAudit{
		auditing: a, pairing: newPairing(isAssessment), missing: CodeBillMissing, extra: CodeBillExtra,
		table: auditedTable{
			name: "bill", joins: " left join fee_item on fee_item.school = bill.school and fee_item.id = bill.item",
			school: "bill.school", key: []string{"bill.id"}, columns: []string{
				"bill.id", "bill.item", "bill.holder", "bill.amount_minor", "bill.currency", "bill.created_by", "bill.assessed_at",
				"fee_item.id", "fee_item.nature", "fee_item.amount_minor", "fee_item.currency", "fee_item.billed",
			},
		},
		recordID: func(r auditedRow) uuid.UUID { return assessmentID(r.text("bill.id")) },
		rowKey:   billOf,
		judge: func(row auditedRow, found *foundRecord, overdue time.Time) []fault {
			faults := judgeBill(row, found, overdue)
			another := slices.ContainsFunc(faults, func(f fault) bool { return f.column == "id" || f.column == "item" })
			if found != nil && found.record != nil && !another {
				faults = append(faults, judgeItem(row, found.record)...)
			}
			return faults
		},
	}
}

func assessmentID(bill string) uuid.UUID { return ledger.KeyID("billing.assess", bill) }

// isAssessment reports whether a record makes a bill owed.
func isAssessment(r *ledger.Record) bool {
	return r.Kind == campus.KindFeeAssessed && len(r.Lines) == 2 && strings.HasPrefix(r.Lines[0].Account, string(campus.FamilyFee)+"/")
}

// billOf returns the bill that an assessment is of, "" if it is of none.
func billOf(r *ledger.Record) string {
	bill := strings.TrimPrefix(r.Lines[0].Account, string(campus.FamilyFee)+"/")
	if assessmentID(bill) != r.ID {
		return ""
	}
	return bill
}

func judgeBill(row auditedRow, found *foundRecord, overdue time.Time) []fault {
	assessed := row.has("bill.assessed_at")
	switch {
	case found == nil && assessed:
		return []fault{{code: CodeBillUnbooked, column: "assessed_at", got: row.instant("bill.assessed_at"), problem: "is set, but the journal has no record of the bill"}}
	case found == nil:
		return nil // what is not booked repeats nothing
	case found.record == nil:
		return []fault{{code: CodeBillUnreadable, problem: "its record cannot be read"}}
	case !isAssessment(found.record):
		return []fault{{code: CodeBillDiffers, column: "id", problem: fmt.Sprintf("record %d with its id is of no bill", found.record.Seq)}}
	}
	r := found.record
	var document struct{ Item, Holder string }
	_ = json.Unmarshal(r.Document, &document) // what is not there differs
	amount := r.Lines[0].Amount
	faults := joined(
		differs(CodeBillDiffers, "id", billOf(r), row.text("bill.id")),
		differsUnsaid(CodeBillDiffers, "item", document.Item, row.text("bill.item")),
		differsUnsaid(CodeBillDiffers, "holder", document.Holder, row.text("bill.holder")),
		differs(CodeBillDiffers, "amount_minor", strconv.FormatInt(amount.Minor(), 10), row.text("bill.amount_minor")),
		differs(CodeBillDiffers, "currency", amount.Currency().Code(), row.text("bill.currency")),
		differsUnsaid(CodeBillDiffers, "created_by", r.By, row.text("bill.created_by")),
	)
	if len(faults) == 0 && !assessed && r.At.Before(overdue) {
		faults = []fault{{
			code: CodeBillUnmarked, column: "assessed_at",
			problem: fmt.Sprintf("is not set, but record %d booked the bill more than a day ago", r.Seq),
		}}
	}
	return faults
}

// judgeItem judges the fee item of a bill that was assessed.
func judgeItem(row auditedRow, r *ledger.Record) []fault {
	item := row.text("bill.item")
	amount := r.Lines[0].Amount
	faults := joined(
		differs(CodeItemDiffers, "amount_minor", strconv.FormatInt(amount.Minor(), 10), row.text("fee_item.amount_minor")),
		differs(CodeItemDiffers, "currency", amount.Currency().Code(), row.text("fee_item.currency")),
		differs(CodeItemDiffers, "nature", r.Lines[1].Account, natureAccount(row.text("fee_item.nature"), item)),
		differs(CodeItemDiffers, "billed", "true", row.truth("fee_item.billed")),
	)
	if !row.has("fee_item.id") {
		faults = []fault{{code: CodeItemMissing, problem: "is missing, but the journal has a bill of it"}}
	}
	for i := range faults {
		faults[i].table, faults[i].key = "fee_item", "id="+item
	}
	return faults
}

// natureAccount is the account that bills of an item are credited to: whose money
// it is follows from the item's nature.
func natureAccount(nature, item string) string {
	families := map[campus.Nature]campus.Family{
		campus.Administrative: campus.FamilyTreasury, campus.Service: campus.FamilyIncome, campus.Agency: campus.FamilyAgency,
	}
	family, known := families[campus.Nature(nature)]
	if !known {
		return nature
	}
	return campus.Path(family, item)
}
