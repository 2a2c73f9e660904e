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
	KindReversal = "ledger.reverse"
)

// Record is a transaction as journaled. [Record.Canonical] are its bytes;
// FORMAT.md specifies them.
type Record struct {
	Book     BookID
	Seq      int64 // journal position, from 1 without gaps
	ID       uuid.UUID
	Kind     string
	Date     Date
	At       time.Time // when it was journaled: UTC, microseconds, never before the record before
	By       string
	Why      string
	Document json.RawMessage // canonical, or nil
	Lines    []Line          // as posted

	// Accounts are the accounts as opened or changed here, for records of
	// kind ledger.open and ledger.change.
	Accounts []AccountSpec
	// Name is the book's name, for ledger.genesis.
	Name string
	// Next is the date that opens, for ledger.close.
	Next Date
	// Of is the record undone here, for ledger.reverse.
	Of uuid.UUID
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
	Take    Take
	Side    Side         // as asked
	Most    money.Amount // for UpTo, as asked
}

// Entry is one line seen from its account.
type Entry struct {
	Account string
	Seq     int64        // of the record
	Line    int          // position in Record.Lines
	Amount  money.Amount // debit positive
	Balance money.Amount // after this entry, debit positive

	// The particulars of the record. Audit reads entries without them.
	ID   uuid.UUID
	Kind string
	Date Date
	At   time.Time
}

// Closing is what was posted to an account up to and including a closed date.
// The turnover of a period is the difference of two closings.
type Closing struct {
	Account         string
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
