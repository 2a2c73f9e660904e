package ledger

import (
	"encoding/json"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// Transaction is a balanced set of postings to be journaled as one record.
type Transaction struct {
	// ID is chosen by the caller and makes the post idempotent for ever: see
	// [NewID] and [KeyID].
	ID uuid.UUID
	// Kind says what happened, such as "sale": lower-case words joined by
	// '.', '_' or '-', at most 64 bytes.
	Kind string
	// Date is the business date; it must be the book's open date. The zero
	// Date stands for whatever date is open.
	Date Date
	// By says who did it, such as "cashier:12": at most 128 bytes, no
	// personal data. Optional.
	By string
	// Document is the JSON value that gives the reason, such as the sale's
	// lines: at most 64 KiB, no personal data. It is stored in canonical
	// form. Optional.
	Document json.RawMessage
	// Due is when what it books is due, for [Book.Ageing]. Optional.
	Due Date
	// Remember journals a refusal by a rule of the book under this id: what
	// was refused stays refused, whatever the accounts hold later. The answer
	// is the same error, and from then on a [RememberedError] around it: its
	// condition and what [Explain] says stay, its type does not. In a caller's
	// transaction it is kept only if that is committed all the same. Not
	// within [Book.PostLinked], which leaves no trace of a refusal. Default:
	// false, a refused id may be tried again.
	Remember bool
	// Postings sum to zero in each currency; at most 1,000.
	Postings []Posting
}

// Posting is one line of a transaction: an amount on one side of one account.
type Posting struct {
	// Account is the path of the account.
	Account string
	// Side is the side it is posted to.
	Side Side
	// Amount is positive; for UpTo it is the most. Rest has none but its
	// currency is the account's.
	Amount money.Amount
	// Take says how the posted amount follows from Amount.
	Take Take
}

// Take says how much a posting takes.
type Take int8

// The ways to take an amount. Exact lines are summed first. What they lack to
// balance is then filled by the other lines in the order given: UpTo takes as
// much of its amount as is lacking on its side and as the account's bounds and
// limits allow; Rest takes all that is still lacking. An account that is closed, or
// frozen on that side, is not skipped but refuses the transaction. Without an
// exact line nothing is lacking and nothing moves.
const (
	Exact Take = iota
	UpTo
	Rest
)

// Debit posts exactly the amount to the debit side.
func Debit(account string, amount money.Amount) Posting {
	return Posting{Account: account, Side: DebitSide, Amount: amount}
}

// Credit posts exactly the amount to the credit side.
func Credit(account string, amount money.Amount) Posting {
	return Posting{Account: account, Side: CreditSide, Amount: amount}
}

// DebitUpTo posts at most the amount to the debit side: see [UpTo].
func DebitUpTo(account string, most money.Amount) Posting {
	return Posting{Account: account, Side: DebitSide, Amount: most, Take: UpTo}
}

// CreditUpTo posts at most the amount to the credit side: see [UpTo].
func CreditUpTo(account string, most money.Amount) Posting {
	return Posting{Account: account, Side: CreditSide, Amount: most, Take: UpTo}
}

// DebitRest posts to the debit side what is still lacking there: see [Rest].
func DebitRest(account string) Posting {
	return Posting{Account: account, Side: DebitSide, Take: Rest}
}

// CreditRest posts to the credit side what is still lacking there: see [Rest].
func CreditRest(account string) Posting {
	return Posting{Account: account, Side: CreditSide, Take: Rest}
}

// Genesis is the first record of a book.
type Genesis struct {
	// Name is for people: 1 to 128 bytes.
	Name string
	// OpenDate is the first business date.
	OpenDate Date
	// By says who created the book. Optional.
	By string
}

// Opening opens accounts, all or none of them. Sent again, what an account
// leaves out stands for whatever it was opened with: under a chart it was the
// family's.
type Opening struct {
	ID       uuid.UUID     // chosen by the caller, as for a Transaction
	By       string        // who opens them; optional
	Accounts []AccountSpec // 1 to 1,000
}

// Change changes the bounds, limits, metadata and state of an account. They are
// all replaced: read the account first and give what stays.
type Change struct {
	// ID is chosen by the caller, as for a [Transaction].
	ID uuid.UUID
	// By and Why say who changed it and for what reason; both are required.
	// Why: at most 512 bytes, no personal data.
	By, Why string
	Account string
	// Floor and Ceiling: the zero Amount is no bound. The present balance,
	// holds included, must lie within.
	Floor, Ceiling money.Amount
	// Limits: what was used of a limit stays used if its name, side and
	// window stay.
	Limits Limits
	// Metadata: see [AccountSpec].
	Metadata json.RawMessage
	// State is required. [StateClosed] needs a zero balance and no holds, and is final.
	State State
}

// DayClose ends a business date.
type DayClose struct {
	// Date must be the open date.
	Date Date
	// Next is the date that opens; the zero Date is the day after. It may not
	// pass over a date on which something was posted before Date was
	// reopened.
	Next Date
	// By says who closed it. Optional.
	By string
}

// Reopen undoes the latest day close.
type Reopen struct {
	// Date is the date of the latest close. It opens again, in place of the
	// date that is open now, whose records keep their date.
	Date Date
	// By and Why say who ordered it and for what reason; both are required.
	By, Why string
}

// Reversal undoes a record of postings by posting the opposite on the open
// date. A record is reversed at most once, and a reversal or
// a refund never; one that was refunded in part is refunded further, not
// reversed. A capture is reversed like a transaction; its hold stays as it is.
type Reversal struct {
	// Of is the id of the record to undo.
	Of uuid.UUID
	// By says who undid it. Optional.
	By string
	// Document gives the reason. Optional.
	Document json.RawMessage
}

// Refund returns a part of a record of postings, line by line, on the open
// date. Of each line at most what was posted can be refunded, however many
// refunds there are and however they race.
type Refund struct {
	// ID is chosen by the caller, as for a [Transaction].
	ID uuid.UUID
	// Of is the id of the record to refund: a transaction or a capture that
	// was not reversed.
	Of uuid.UUID
	// By says who gave it back. Optional.
	By string
	// Document gives the reason. Optional.
	Document json.RawMessage
	// Lines say how much of which line, each line once.
	Lines []RefundLine
}

// RefundLine returns an amount of a line: it posts to the line's account on the
// other side.
type RefundLine struct {
	// Line is the position in Record.Lines of the record refunded.
	Line int
	// Amount is positive, the most for UpTo, absent for Rest.
	Amount money.Amount
	// Take says how much is taken, as for a [Posting]. UpTo also stops at
	// what is left of the line; Exact and Rest are refused beyond it. Rest is
	// what the refund still lacks, not what is left of the line: for that take
	// UpTo the line's amount.
	Take Take
}
