package school

import "github.com/campusledger/campusledger/ledger/audit"

// The codes of what an audit finds in the tables of [Projections]. [Codes] says
// what each means.
const (
	CodeOrderUnbooked   audit.Code = "payment_order_unbooked"
	CodeOrderUnmarked   audit.Code = "payment_order_unmarked"
	CodeOrderDiffers    audit.Code = "payment_order_differs"
	CodeOrderMissing    audit.Code = "payment_order_missing"
	CodeOrderExtra      audit.Code = "payment_order_extra"
	CodeOrderUnreadable audit.Code = "payment_order_unreadable"

	CodeBillUnbooked   audit.Code = "bill_unbooked"
	CodeBillUnmarked   audit.Code = "bill_unmarked"
	CodeBillDiffers    audit.Code = "bill_differs"
	CodeBillMissing    audit.Code = "bill_missing"
	CodeBillExtra      audit.Code = "bill_extra"
	CodeBillUnreadable audit.Code = "bill_unreadable"

	CodeItemDiffers audit.Code = "fee_item_differs"
	CodeItemMissing audit.Code = "fee_item_missing"

	CodeMerchantUnopened audit.Code = "merchant_unopened"
	CodeMerchantMissing  audit.Code = "merchant_missing"
	CodeMerchantExtra    audit.Code = "merchant_extra"
	CodeHolderUnopened   audit.Code = "holder_unopened"
	CodeHolderMissing    audit.Code = "holder_missing"
	CodeHolderExtra      audit.Code = "holder_extra"

	CodeExportDiffers    audit.Code = "book_export_differs"
	CodeExportUnreadable audit.Code = "book_export_unreadable"
)

// Codes returns every code of this package with its meaning.
func Codes() []audit.Meaning {
	return []audit.Meaning{
		{Code: CodeOrderUnbooked, Meaning: "An order is marked as paid, but the journal has no record of the payment."},
		{Code: CodeOrderUnmarked, Meaning: "A payment was booked more than a day ago, and its order is still not marked as paid."},
		{Code: CodeOrderDiffers, Meaning: "An order says something else than the record that booked its payment, or is in a state that it cannot be in then."},
		{Code: CodeOrderMissing, Meaning: "The journal booked a payment through a gateway that no order is there for."},
		{Code: CodeOrderExtra, Meaning: "An order has two rows."},
		{Code: CodeOrderUnreadable, Meaning: "The record of an order's payment cannot be read."},
		{Code: CodeBillUnbooked, Meaning: "A bill is marked as assessed, but the journal has no record of it."},
		{Code: CodeBillUnmarked, Meaning: "A bill was booked more than a day ago, and is still not marked as assessed."},
		{Code: CodeBillDiffers, Meaning: "A bill says something else than the record that booked it."},
		{Code: CodeBillMissing, Meaning: "The journal booked a bill that has no row."},
		{Code: CodeBillExtra, Meaning: "A bill has two rows."},
		{Code: CodeBillUnreadable, Meaning: "The record of a bill cannot be read."},
		{Code: CodeItemDiffers, Meaning: "A fee item says something else than the records of its bills: what it charges is fixed from the first on."},
		{Code: CodeItemMissing, Meaning: "The journal booked a bill of a fee item that has no row."},
		{Code: CodeMerchantUnopened, Meaning: "A merchant lacks an account that it should have had for a day."},
		{Code: CodeMerchantMissing, Meaning: "A merchant's account is open, but nobody says who is paid."},
		{Code: CodeMerchantExtra, Meaning: "A merchant has two rows."},
		{Code: CodeHolderUnopened, Meaning: "A holder who was let in lacks a wallet or an account for arrears."},
		{Code: CodeHolderMissing, Meaning: "A wallet is open whose holder has no row."},
		{Code: CodeHolderExtra, Meaning: "A holder has two rows."},
		{Code: CodeExportDiffers, Meaning: "Vouchers were given away of a close, or of a journal, that is not this one."},
		{Code: CodeExportUnreadable, Meaning: "What vouchers were made of cannot be read any more."},
	}
}
