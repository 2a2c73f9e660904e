// Package canteen sells meals: it knows the dishes and the merchants of a
// school, prices what a cashier scans, takes the money of the card that is
// scanned next, and settles what merchants are owed.
//
//	menu, err := canteen.OpenMenu(ctx, db, school, nil)
//	file, err := canteen.ReadDishes(csv, money.CNY)
//	report, err := menu.Import(ctx, file)
//
//	counter, err := canteen.NewCounter(canteen.CounterParts{
//		Book: book, Chart: chart, Menu: menu, Codes: reader, Directory: directory,
//	}, nil)
//	sold, err := counter.Sell(ctx, canteen.Sale{
//		ID: id, Code: scanned, Lines: []canteen.Line{{Barcode: "2000000100012", Quantity: 1}},
//		Merchant: "canteen1", Terminal: "T0001", Cashier: "cashier:12",
//	})
//	var refusal *canteen.Refusal
//	if errors.As(err, &refusal) {
//		show(refusal.Chinese())
//	}
//
// Money is only in the ledger: a sale is one transaction of package campus,
// whose document lists the dishes and names nobody. Dishes and merchants are in
// the tables dish and merchant.
//
// # Errors
//
// Sentinels in errors.go; typed errors unwrap to them. A [Refusal] is an answer
// for the cashier, everything else a fault. No text carries personal data or
// what was scanned.
//
// # Concurrency
//
// All types are safe for concurrent use. Any number of processes may sell from
// one book; what a holder can spend is decided in the ledger, atomically with
// the write. A [Menu] answers from memory: see there for how stale it may be.
//
// # Limits
//
// A sale has at most 100 lines of at most 99 portions. A menu is meant for
// thousands of dishes. Barcodes with a weight or a price inside are not split:
// each full number is a dish of its own. A merchant is settled once per business
// date, for everything up to the latest closed one.
package canteen
