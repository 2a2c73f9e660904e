// Package campus is a school's chart of accounts and its posting rules: pure
// functions from an event (a top-up, a sale, a fee paid) to the
// [ledger.Transaction] that books it.
//
//	chart, err := campus.New(nil)
//	err = chart.Enforce(ctx, book, "office")
//	err = campus.Ensure(ctx, book, "office", chart.Holder("h102938")...)
//	receipt, err := book.Post(ctx, chart.Sale(campus.Sale{
//		ID: id, Holder: "h102938", Merchant: "canteen1", Price: price,
//	}))
//
// Each family of accounts has a path and rolls up to a control account of the
// government accounting system (政府会计制度, 2019), which a school may remap.
// The rules, debit before the stroke, credit after it:
//
//	TopUp            clearing / arrears (if the school repays first), wallet, what is above the cap: suspense
//	Unapplied        clearing / suspense
//	Sale             subsidies, wallet, arrears (only on credit) / merchant
//	ArrearsRepaid    clearing or wallet / arrears
//	SubsidyFunded    bank / fund
//	SubsidyGranted   fund / subsidy
//	FeeAssessed      fee / treasury, agency or income
//	FeePaid          clearing, wallet or cash / fee
//	GatewaySettled   bank, expense/gateway / clearing
//	MerchantSettled  merchant / transit/payout, commission
//	PaidOut          transit/payout / bank
//
// [Chart.Enforce] makes the chart the book's own: from then on the ledger itself
// refuses an account that no family has, or that differs from its family.
//
// Errors: the functions return transactions and no errors; what is wrong with
// one, the ledger says when it is posted.
//
// Concurrency: a Chart never changes and may be shared.
package campus
