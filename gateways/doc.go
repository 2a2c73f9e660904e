// Package gateways takes money in through payment gateways: the port that each
// provider implements, the life of a payment order, and the inbox in which
// every notification is kept as it came.
//
// A [Desk] drives the orders of one school at one [Gateway]. It asks the
// gateway for a way to pay, believes nothing but what is verified, and hands
// each payment to a [Settle] function, which books the money:
//
//	desk, err := gateways.NewDesk(db, gateway, settle, nil)
//	order, err := desk.Start(ctx, gateways.Request{
//		Key: "topup/7f3c…", Purpose: "topup", Subject: "h102938",
//		Description: "Meal card top-up", Amount: money.MustParse("100.00", money.CNY),
//	})
//	// send the payer to order.Checkout.URL; then, from the gateway:
//	verdict, err := desk.Receive(ctx, r.Header, body)
//
// The ways in which an order learns that it is paid all end in the same steps,
// so that it does not matter which comes first, or how often:
//
//   - [Desk.Confirm] asks the gateway right after the payer comes back (step 1
//     of reconciliation);
//   - [Desk.Receive] takes the gateway's notification (step 2);
//   - [Desk.Sweep] asks about every order still open, the cure for
//     notifications that were lost;
//   - [Desk.Replay] finishes notifications that a crash cut short.
//
// The steps are: write down which payment pays the order, call Settle, mark the
// order paid. Whatever is interrupted is repaired by doing it again, so Settle
// is called at least once for a payment and must be idempotent by [Paid].ID.
// Money that arrives for an order which had failed or was closed is settled
// like any other and flagged late. What does not match the order in amount,
// currency, merchant or transaction is recorded and never settled.
//
// # Errors
//
// All sentinels are in errors.go: [ErrKeyReused], [ErrRefused],
// [ErrUnavailable], [ErrUnknownOrder], [ErrBadSignature], [ErrMalformed],
// [ErrStale], [ErrMismatch], [ErrTooLarge], [ErrOrderPaid], [ErrInvalidRequest],
// and for top-ups [ErrSingleLimit] and [ErrBalanceLimit]. Messages name orders
// and fields, never people.
//
// # Concurrency
//
// A Desk may be used by any number of goroutines and processes on one database.
// Nothing is cached; rows decide.
//
// # Limits
//
// A notification has at most [MaxNotification] bytes; of those that strangers send,
// [Options].RefusedMax are kept a day by each process. Refunds and bill files
// are not part of this package yet. The inbox keeps raw bodies for ever, which
// for some providers include the payer's account at the provider: give the
// table the protection of other personal data.
package gateways
