// Package sheet writes a book's figures for people: trial balances and account
// statements, as CSV or as workbooks for Excel.
//
//	err := sheet.TrialBalance{Reader: store, Book: 1, From: from, To: to}.Write(ctx, file, nil)
//	err := sheet.Statement{Reader: store, Book: 1, Account: "wallet/h1"}.Write(ctx, file, &sheet.Options{Format: sheet.XLSX})
//
// A [TrialBalance] is of the ledger's control accounts or, with a mapping, of the
// subjects of the school's accounting program: see package voucher. Both say what
// there was before a period, what was posted in it, and what there was after it;
// the totals of both sides are compared before anything is written.
//
// Amounts are exact: decimals in CSV, numbers with the same digits in XLSX. Texts
// that a caller of the ledger chose cannot become formulas in either.
//
// # Errors
//
// Dates that are not closed are ledger.ErrInvalid or ledger.ErrDateNotOpen, a
// workbook that would be too long is [ErrTooLong], figures that contradict each
// other are ledger.ErrCorrupt: run an audit. Else they are the store's, the
// writer's, and those of package voucher.
//
// # Concurrency
//
// The types are values. A ledger.Store is read at one moment by each call, so that
// others may write meanwhile.
//
// # Limits
//
// A trial balance is held in memory, by subject also the accounts (about 300 bytes
// each), and the period is read from the journal. A statement is streamed: memory
// holds the entries among 20,000 records. Numbers with more than 15 digits, which
// spreadsheet programs would round, are texts in XLSX.
package sheet
