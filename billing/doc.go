// Package billing makes out a school's fees: what is charged ([Item]), who owes
// it ([Bill]), and the payments of bills.
//
//	office, err := billing.New(db, book, chart, nil)
//	report, err := office.ImportItems(ctx, billing.ItemImport{Sheet: file})
//	item := report.Items[0]
//	payers, err := billing.Payers(ctx, item, nil, holders)
//	_, err = office.Assess(ctx, billing.Assessment{Item: item.ID, Holders: payers, By: "staff:7"})
//
//	bills, err := office.BillsOf(ctx, "h102938")
//	receipt, err := office.Pay(ctx, billing.Payment{
//		ID: id, Bill: bills[0].ID, From: campus.FromGateway("wechatpay"), Amount: bills[0].Outstanding,
//	})
//
// Money is the ledger's: a bill's outstanding is the balance of its account
// fee/<bill>, and no table repeats it. The tables say what was asked of whom.
// [Office.Assess] writes bills, then posts them under ids derived from theirs,
// then marks them; whatever a crash leaves half done is finished by doing it
// again, or by [Office.Resume].
//
// Mandatory items are for everybody in their grades, voluntary ones for those
// who chose them: [Payers]. The item's legal nature decides whose money it is:
// the treasury's, the school's or another's (see package campus).
//
// # Errors
//
// Sentinels in errors.go. A sheet's faults are an [ImportError] with row,
// column and a stable code each; a bill that does not take a payment is a
// [PaymentError]. Malformed requests are ledger.ErrInvalid, and the ledger's
// own refusals keep their conditions. Texts name items, bills and rows, never
// people, and repeat no cell of a sheet.
//
// # Concurrency
//
// An [Office] may be used by any number of goroutines and, on PostgreSQL,
// processes. An item's row is the lock of its bills: an import cannot change
// what an item charges while bills are made out for it.
//
// # Limits
//
// One amount an item, one bill a holder and item, one currency a school: that
// of its chart. A sheet has at most 1 MiB and 5,000 rows. Approval of items,
// consent to voluntary ones, waivers, receipts and refunds are not part of this
// package yet; a reversed assessment still counts as billed, and as paid, in
// [Office.Totals].
package billing
