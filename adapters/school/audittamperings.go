package school

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/campusledger/campusledger/ledger/audit"
)

// Tamperings returns the ways of changing the tables of [Projections] by hand that
// the tests of this package do, on both engines, to a database without keys and
// checks, and the code of the finding that each gives.
func Tamperings() []audit.Tampering {
	value := func(table, column string, code audit.Code) audit.Tampering {
		return audit.Tampering{Table: table, Column: column, Way: audit.WayValue, Code: code}
	}
	change := func(table string, way audit.Way, what string, code audit.Code) audit.Tampering {
		return audit.Tampering{Table: table, Way: way, Change: what, Code: code}
	}
	list := []audit.Tampering{
		value("payment_order", "id", CodeOrderMissing), value("payment_order", "school", CodeOrderMissing),
		value("payment_order", "gateway", CodeOrderUnbooked),
	}
	for _, column := range []string{"purpose", "subject", "amount_minor", "currency", "state", "gateway_transaction_id", "late", "paid_at"} {
		list = append(list, value("payment_order", column, CodeOrderDiffers))
	}
	list = append(list,
		change("payment_order", audit.WayDeletion, "a deleted order", CodeOrderMissing),
		change("payment_order", audit.WayInsertion, "an inserted order that is paid", CodeOrderUnbooked),
		change("payment_order", audit.WayInsertion, "an order's row twice", CodeOrderExtra),
		change("payment_order", audit.WayValue, "an unpaid order set to paid", CodeOrderUnbooked),
		change("payment_order", audit.WayValue, "a paid order set back to sent, a day later", CodeOrderUnmarked),
		change("payment_order", audit.WaySwap, "two orders swapped", CodeOrderDiffers),
		value("bill", "school", CodeBillMissing), value("bill", "id", CodeBillMissing),
	)
	for _, column := range []string{"item", "holder", "amount_minor", "currency", "created_by"} {
		list = append(list, value("bill", column, CodeBillDiffers))
	}
	list = append(list,
		change("bill", audit.WayValue, "an assessed bill that forgets it, a day later", CodeBillUnmarked),
		change("bill", audit.WayDeletion, "a deleted bill", CodeBillMissing),
		change("bill", audit.WayInsertion, "an inserted bill that is assessed", CodeBillUnbooked),
		change("bill", audit.WayInsertion, "a bill's row twice", CodeBillExtra),
		change("bill", audit.WaySwap, "two bills swapped", CodeBillDiffers),
		value("fee_item", "school", CodeItemMissing), value("fee_item", "id", CodeItemMissing),
	)
	for _, column := range []string{"nature", "amount_minor", "currency", "billed"} {
		list = append(list, value("fee_item", column, CodeItemDiffers))
	}
	return append(list,
		change("fee_item", audit.WayDeletion, "a deleted fee item", CodeItemMissing),
		value("merchant", "school", CodeMerchantMissing), value("merchant", "merchant", CodeMerchantMissing),
		change("merchant", audit.WayDeletion, "a deleted merchant", CodeMerchantMissing),
		change("merchant", audit.WayInsertion, "an inserted merchant, a day later", CodeMerchantUnopened),
		change("merchant", audit.WayInsertion, "a merchant's row twice", CodeMerchantExtra),
		value("holder", "school", CodeHolderMissing), value("holder", "holder", CodeHolderUnopened),
		change("holder", audit.WayDeletion, "a deleted holder", CodeHolderMissing),
		change("holder", audit.WayValue, "a holder let in without accounts", CodeHolderUnopened),
		change("holder", audit.WayInsertion, "a holder's row twice", CodeHolderExtra),
		value("book_export", "to_date", CodeExportDiffers),
		value("book_export", "close_seq", CodeExportDiffers), value("book_export", "root", CodeExportDiffers),
		change("book_export", audit.WayValue, "the close of an export that is another", CodeExportDiffers),
	)
}

// Unrepeated says of every other table and column around the ledger why an audit
// does not compare it: it repeats nothing of the journal. A table stands for all
// its columns that are not in [Tamperings].
func Unrepeated() map[string]string {
	return map[string]string{
		"keyring":              "which keys the personal data was sealed with",
		"school_counter":       "how many holders were numbered; the book knows of numbers only",
		"holder":               "who a holder is and where its card stands; the book has no person",
		"holder_event":         "who changed a card or a binding; no money moved",
		"binding":              "who may act for a holder",
		"lookup_count":         "how often somebody looked a holder up",
		"dish":                 "what is sold today; a sale's document has the name and the price of its moment",
		"merchant":             "the name and payee of today; a payout names the merchant alone",
		"fee_item":             "name, grades and due date, which may change after billing, and whether it was chosen",
		"bill":                 "the due date, which moves with its item's, and when the row was made",
		"payment_order":        "what the payer was shown and the gateway answered, and when; a record has only what it proves",
		"gateway_notification": "what a gateway sent, word by word; what was believed is in the order",
		"book_export":          "the file that was given away, which is no part of the book, and who made it",
	}
}

// TamperTable returns both as tables in Markdown, to follow [audit.TamperTable].
func TamperTable() string {
	var b strings.Builder
	b.WriteString("## Tables around the ledger\n\n" +
		"Compared if the auditor may read them; else the report names them as not there to be compared.\n\n" +
		"| table | way | what is changed | finding |\n|---|---|---|---|\n")
	list := Tamperings()
	for i := range list {
		t := &list[i]
		what := t.Change
		if what == "" {
			what = "another " + t.Column
		}
		fmt.Fprintf(&b, "| %s | %s | %s | `%s` |\n", t.Table, t.Way, what, t.Code)
	}
	b.WriteString("\nAll else repeats nothing of the journal:\n\n| table | what else it holds |\n|---|---|\n")
	unrepeated := Unrepeated()
	for _, table := range slices.Sorted(maps.Keys(unrepeated)) {
		fmt.Fprintf(&b, "| %s | %s |\n", table, unrepeated[table])
	}
	return b.String()
}
