package faults

import (
	"errors"

	"github.com/campusledger/campusledger/ledger"
)

// outcome is what a client knows of a request.
type outcome string

const (
	acknowledged outcome = "acknowledged"
	refused      outcome = "refused"     // by a rule of the book
	unknown      outcome = "unknown"     // it may be there or not
	unwritten    outcome = "not written" // an error that means that nothing was written
)

// answer is what a server says, in plain values as a request.
type answer struct {
	Outcome  outcome
	Code     string   // of the error
	Message  string   // of the error
	Records  [][]byte // their canonical bytes
	Replayed bool
	Balance  int64  // of what was read, debit positive
	Seq      int64  // of a cursor
	Note     string // of a seal
	Count    int    // of holds expired, also if it failed later
}

func newAnswer(err error, receipts ...ledger.Receipt) answer {
	if err != nil {
		return answer{Outcome: outcomeOf(err), Code: ledger.CodeOf(err), Message: err.Error()}
	}
	a := answer{Outcome: acknowledged}
	for i := range receipts {
		a.Records = append(a.Records, receipts[i].Record.Canonical())
		a.Replayed = receipts[i].Replayed
	}
	return a
}

// outcomeOf takes every error that is not a refusal for one that says that
// nothing was written, as the contract of a store has it.
func outcomeOf(err error) outcome {
	if errors.Is(err, ledger.ErrOutcomeUnknown) {
		return unknown
	}
	switch ledger.KindOf(err) {
	case ledger.KindRefused, ledger.KindConflict, ledger.KindNotFound, ledger.KindInvalid:
		return refused
	}
	return unwritten
}

// impossible are the codes of answers that no request of the kit can have: all
// it refers to was acknowledged, and it asks for nothing else with an id.
var impossible = map[string]bool{
	"invalid": true, "book_unknown": true, "id_reused": true, "record_unknown": true, "hold_unknown": true,
	"account_unknown": true, "account_closed": true, "account_frozen": true, "unbalanced": true, "corrupt": true,
}
