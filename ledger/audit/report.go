package audit

import (
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// Report is the result of an audit. Its totals come from the journal alone, so
// that they can be compared with what others hold. It marshals to JSON.
type Report struct {
	Book     ledger.BookID `json:"book"`
	Name     string        `json:"name"`
	Seq      int64         `json:"seq"` // of the head; without a head, of the last record
	OpenDate ledger.Date   `json:"open_date"`
	At       time.Time     `json:"at"`   // of the last record
	Root     string        `json:"root"` // RFC 6962 root over the record bodies, in hexadecimal

	Records  int64 `json:"records"`
	Entries  int64 `json:"entries"` // lines that moved money
	Accounts int64 `json:"accounts"`
	Closings int64 `json:"closings"`
	Holds    int64 `json:"holds"`   // ever authorized
	Refunds  int64 `json:"refunds"` // lines of which something was refunded
	Nodes    int64 `json:"nodes"`   // of Merkle trees that a store keeps
	Seals    int64 `json:"seals"`   // in the store, those read
	Cursors  int64 `json:"cursors"` // in the store
	// Checkpoints are those kept outside that were compared with the journal,
	// and Signatures how many of them and of the seals a trusted key had signed:
	// none is looked at without a Verifier.
	Checkpoints int64 `json:"checkpoints"`
	Signatures  int64 `json:"signatures"`

	// From is the position at which the run began: all totals above include
	// what an earlier run had found up to there, and only what comes after was
	// read. 0 for the beginning. See [State].
	From int64 `json:"from,omitempty"`
	// Unread are the tables that were not there to be compared: an export has
	// the journal alone.
	Unread []string `json:"unread,omitempty"`

	// Currencies are the totals of the whole book, by currency code.
	Currencies []CurrencyTotal `json:"currencies"`
	// TrialBalance is by control account and currency, in their byte order.
	TrialBalance []ControlTotal `json:"trial_balance"`

	// Total is how many findings there are, Counts how many of each code.
	// Findings holds the first of each code: see [Options.FindingsMax].
	Total    int64          `json:"total"`
	Counts   map[Code]int64 `json:"counts"`
	Findings []Finding      `json:"findings"`
}

// Clean reports whether the audit found nothing.
func (r *Report) Clean() bool { return r.Total == 0 }

// CurrencyTotal is all that was ever debited and credited in a currency: exact
// decimals of any size, such as "1250.00".
type CurrencyTotal struct {
	Currency money.Currency `json:"currency"`
	Debits   string         `json:"debits"`
	Credits  string         `json:"credits"`
}

// ControlTotal sums the accounts of one control account in one currency, in
// exact decimals of any size. Balance is debits minus credits.
type ControlTotal struct {
	Control  string         `json:"control"`
	Currency money.Currency `json:"currency"`
	Accounts int64          `json:"accounts"`
	Debits   string         `json:"debits"`
	Credits  string         `json:"credits"`
	Balance  string         `json:"balance"`
}

// Finding is one contradiction, and where it is.
type Finding struct {
	Code Code `json:"code"`
	// Table and Key name the row: "closing" and "account=wallet/h1
	// date=2026-09-01". Tables are book, account, journal, milestone,
	// closing, hold, refund, node, seal and cursor, "checkpoint" for one from
	// outside, and those of [Projection].
	Table string `json:"table"`
	Key   string `json:"key"`
	// Column is the column at fault, if it is one: for a record's content,
	// "body".
	Column string `json:"column,omitempty"`
	// Want is what follows from the journal, Got what is there. Either may
	// be empty.
	Want string `json:"want,omitempty"`
	Got  string `json:"got,omitempty"`
	// Sentence says it all for people. It holds no document and no text that
	// a caller gave to a record.
	Sentence string `json:"sentence"`
}

// add counts the finding and keeps it if its code has room.
func (r *Report) add(f Finding, keep int64) {
	r.Total++
	r.Counts[f.Code]++
	if r.Counts[f.Code] <= keep {
		r.Findings = append(r.Findings, f)
	}
}
