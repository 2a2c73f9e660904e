// Package books writes a book for other accounting programs, so that its
// figures can be checked without trust in ours.
//
// Three plain-text accounting programs read the whole book, each from a file of
// its own; Debian has all of them:
//
//   - [WriteHledger] for hledger (https://hledger.org, 1.25 or later),
//   - [WriteLedger] for Ledger (https://ledger-cli.org, 3.3 or later),
//   - [WriteBeancount] for Beancount (https://beancount.github.io, 2.3.5 or later of 2.3).
//
// For example:
//
//	err := books.WriteHledger(ctx, file, store, 1, nil)
//
//	hledger -f book.hledger check --strict
//	ledger -f book.ledger --pedantic balance
//	bean-check book.beancount
//
// The program adds up all postings by itself and compares the result with what
// the ledger says: hledger and Beancount after each closed day for each account
// that moved, Ledger after each posting, and all at the end for every account.
// hledger and Beancount do so in the order of dates: a day that was reopened
// is compared as it was closed at last.
//
// Only lines move money: those of transactions, captures, reversals and
// refunds. A hold reserves and posts nothing, so that it, its release and its
// expiry are comments, as are refused transactions, charts and changes. Debits
// are positive. Accounts stand below a root by the nature of their control
// account, which [Options] may map: see [GovernmentNature].
//
// [WriteJournal] writes the journal itself as JSON lines, and [ReadJournal]
// reads them. That is everything: a book can be made from it again.
//
// # Names
//
// For hledger and Ledger an account is its root, its control account and its
// path, such as liabilities:2307.01:wallet:h1.
//
// For Beancount it has three components, such as Liabilities:2307-01:Wallet-h1,
// because Beancount adds to an account what is below it. A component is letters,
// digits and '-', and begins with an upper-case letter or a digit. So:
//
//   - between two letters or digits, a '.' of a control account and a '/' of a
//     path are "-", and a '-' of both is "--";
//   - any other mark is "---" and the two hexadecimal digits of its ASCII code;
//   - a first letter in lower case is written in upper case, and before a first
//     letter in upper case or a first mark stands "X----".
//
// No two accounts have the same name, and none depends on what other accounts
// there are. The path itself is the metadata "path" of the account's open
// directive.
//
// # Errors
//
// The store's and the writer's, as they are. Options that contradict themselves
// are ledger.ErrInvalid. A record that cannot be read or is missing is
// ledger.ErrCorrupt, one on an account that does not exist is
// ledger.ErrAccountUnknown: run an audit. What was written until then stays.
//
// # Concurrency
//
// Functions share nothing. A ledger.Store is read from one view, so that others
// may write meanwhile.
//
// # Limits
//
// Records are streamed; memory grows with the accounts, and with what had been
// posted on later dates when a date was reopened. Ledger itself reads no date
// before the year 1400. The limits of accounts, documents and charts are in
// the JSON lines only.
package books
