// Package identity knows who is behind a card: holders (students and staff),
// the guardians bound to them, and the state of their cards.
//
// The rest of the system knows a holder only by an opaque [Number], which
// [Number.Ref] writes into ledger accounts ("wallet/h102938"). Names, student
// numbers, identity numbers, phones and login subjects live here and nowhere
// else: sealed with AES-256-GCM, found by keyed blind index, shown masked. Grade,
// class and boarding are plain, so that lists can be filtered.
//
// A holder's life:
//
//	Upsert → opening → (the caller opens ledger accounts) → Activate → active → Leave → left → Erase
//
// The package does not read codes. The caller opens a scanned code with package
// qrcode and passes school, number and serial to [Directory.CheckCard], which is
// one read by primary key:
//
//	holder, err := directory.CheckCard(ctx, code.School, number, code.Serial)
//	switch {
//	case errors.Is(err, identity.ErrCardLost):
//		// tell the cashier
//	case err == nil:
//		sell(holder.Ref())
//	}
//
// A guardian proves to know a child by name and number ([Directory.Lookup]),
// sees a masked view, and binds with the ticket that came with it
// ([Directory.Bind]).
//
// # Errors
//
// Sentinels in errors.go, one per condition a caller branches on; typed errors
// unwrap to them. No error text carries personal data. [Person] and [Contact]
// print and log masked.
//
// # Concurrency
//
// A [Directory] is safe for concurrent use and keeps no state of its own; on
// PostgreSQL any number of processes may share a database. Changes to one holder
// take turns by a row lock, imports of one school by its counter's.
//
// # Limits
//
// 100,000 schools (0 to 99999), 67,108,864 holders a school, 255 cards a holder
// one after the other. Two holders may share an identity number: schools' files
// do. The keys are held in memory; wrapping them with a key service is the
// program's business, which stores [Keys.Bytes].
package identity
