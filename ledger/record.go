package ledger

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// The kinds of record the ledger writes by itself. No transaction may use
// them, nor any other kind that begins with "ledger.".
const (
	KindGenesis  = "ledger.genesis"
	KindOpening  = "ledger.open"
	KindChange   = "ledger.change"
	KindDayClose = "ledger.close"
	KindReopen   = "ledger.reopen"
	KindChart    = "ledger.chart"
	KindReversal = "ledger.reverse"
	KindRefund   = "ledger.refund"
	KindHold     = "ledger.hold"
	KindCapture  = "ledger.capture"
	KindRelease  = "ledger.release"
	KindExpiry   = "ledger.expire"
	KindRefusal  = "ledger.refuse"
	// KindHoldRefusal is the refusal of an authorization.
	KindHoldRefusal = "ledger.refuse.hold"
)

// Record is a transaction as journaled. [Record.Canonical] are its bytes;
// FORMAT.md specifies them.
type Record struct {
	Book     BookID // the book it is in
	Seq      int64  // journal position, from 1 without gaps
	ID       uuid.UUID
	Kind     string // what happened
	Date     Date
	At       time.Time       // when it was journaled: UTC, microseconds, never before the record before
	By       string          // who did it; "" if nobody was named
	Why      string          // the reason, for records that have one instead of a document
	Document json.RawMessage // canonical, or nil
	Due      Date            // when it is due; optional
	Lines    []Line          // as posted

	// Accounts are the accounts as opened or changed here, for records of
	// kind ledger.open and ledger.change.
	Accounts []AccountSpec
	// Families are the chart, for ledger.chart.
	Families []Family
	// Name is the book's name, for ledger.genesis.
	Name string
	// Next is the date that opens, for ledger.close and ledger.reopen.
	Next Date
	// Balances are what every account stood at, for ledger.close.
	Balances *Balances
	// Prev is the position of the record that this one takes the place of:
	// for ledger.change the one that set the account before, for ledger.close
	// the close before, for ledger.reopen the reopening before, for
	// ledger.chart the chart before; 0 for none.
	Prev int64
	// Of is the id of the record that this one is about: what ledger.reverse
	// and ledger.refund undo, the hold of ledger.capture, ledger.release and
	// ledger.expire, the close of ledger.reopen.
	Of uuid.UUID
	// Refunds are, for each line of ledger.refund, the position among the
	// lines of the record refunded.
	Refunds []int

	// For is the kind of transaction, for ledger.hold, ledger.capture and
	// refusals.
	For string
	// Held are the lines reserved, for ledger.hold; they have no balance.
	Held []Line
	// Expires is when a hold ends, for ledger.hold and ledger.refuse.hold; zero
	// for never.
	Expires time.Time
	// Final is set for a ledger.capture that was asked to end its hold.
	Final bool

	// Asked are the postings of the transaction refused, and Refused why, for
	// ledger.refuse and ledger.refuse.hold.
	Asked   []Posting
	Refused *Refusal
}

// differs returns the first of these in which the record is another, or "".
func (r *Record) differs(kind, by, why string) string {
	switch {
	case r.Kind != kind:
		return "kind"
	case r.By != by:
		return "by"
	case r.Why != why:
		return "why"
	}
	return ""
}

// MarshalJSON writes the canonical bytes.
func (r Record) MarshalJSON() ([]byte, error) { return r.Canonical(), nil }

// UnmarshalJSON reads canonical bytes as [ParseRecord] does.
func (r *Record) UnmarshalJSON(body []byte) error {
	parsed, err := ParseRecord(body)
	if err != nil {
		return err
	}
	*r = parsed
	return nil
}

// Line is a posting as journaled.
type Line struct {
	Account string
	Amount  money.Amount // as resolved: debit positive, credit negative; zero if an UpTo or Rest line took nothing
	Balance money.Amount // of the account after this line, debit positive
	// Prev is the position of the last record before this one that moved the
	// account, 0 for none. It makes a chain of the account's records: see
	// [Entries].
	Prev int64
	Take Take         // how it was asked for
	Side Side         // as asked
	Most money.Amount // for UpTo, as asked
}

// Closing is what was posted to an account up to and including a closed date.
// The turnover of a period is the difference of two closings.
type Closing struct {
	Account         string
	Number          int64          // of the account
	Control         string         // of the account
	Currency        money.Currency // of the account
	Date            Date
	Debits, Credits int64 // minor units
}

// Receipt answers a write.
type Receipt struct {
	Record Record
	// Replayed is set if the record was there already, from an earlier
	// write with this id and content.
	Replayed bool
}
