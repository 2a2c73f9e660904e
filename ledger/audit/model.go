package audit

import (
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// model is the book as the journal tells it. It is deliberately the plainest
// thing that could work and shares nothing with the ledger's own rules.
type model struct {
	seq      int64 // how far the journal was read
	last     int64 // of the last record that is there
	records  int64
	entries  int64
	name     string
	openDate ledger.Date
	at       time.Time
	tree     *ledger.Tree

	accounts map[string]*account
	numbered []*account // in the order of opening

	closes     []dayClose // those in force, the latest last
	closed     map[ledger.Date]int
	reopenSeq  int64
	touchedSeq int64 // accounts touched after it get a closing
	dates      map[ledger.Date]dated

	chartSeq int64
	families []ledger.Family

	holds   map[uuid.UUID]*hold
	ordered []*hold // as they were authorized

	ids      map[uint64]struct{} // the last eight bytes of every id
	reversed map[uuid.UUID]struct{}
	refunds  map[int64][]refunded // of the lines of the record at the position

	// lost is set after a record that could not be read: it may have closed
	// the day, so the next record's date is taken as it is.
	lost bool
}

// account is an account as the journal tells it.
type account struct {
	spec            ledger.AccountSpec
	number          int64
	debits, credits int64
	balance         int64 // debit positive

	heldDebits, heldCredits int64
	used                    []use // of the limits, in their order

	openedSeq, changedSeq, lastSeq int64

	days     []day     // on which it moved, in order
	closings []closing // in the order of their dates
}

func newModel() *model {
	return &model{
		tree: ledger.NewTree(), accounts: map[string]*account{}, closed: map[ledger.Date]int{}, holds: map[uuid.UUID]*hold{}, dates: map[ledger.Date]dated{},
		ids: map[uint64]struct{}{}, reversed: map[uuid.UUID]struct{}{}, refunds: map[int64][]refunded{},
	}
}

func (m *model) open(spec ledger.AccountSpec, seq int64) *account {
	opened := &account{
		spec: spec, number: int64(len(m.numbered)) + 1, used: make([]use, len(spec.Limits)),
		openedSeq: seq, changedSeq: seq, lastSeq: seq,
	}
	m.accounts[spec.Path] = opened
	m.numbered = append(m.numbered, opened)
	return opened
}

// own is the balance seen from the account's own side.
func (x *account) own() int64 { return int64(x.spec.Side) * x.balance }

// lowest and highest are how far holds can bring the balance each way.
func (x *account) lowest() int64 {
	if x.spec.Side == ledger.DebitSide {
		return x.own() - x.heldCredits
	}
	return x.own() - x.heldDebits
}

func (x *account) highest() int64 {
	if x.spec.Side == ledger.DebitSide {
		return x.own() + x.heldDebits
	}
	return x.own() + x.heldCredits
}

// amount gives minor units the account's currency.
func (x *account) amount(minor int64) money.Amount { return money.Of(minor, x.spec.Currency) }

// takes reports whether the account's state allows a posting on the side.
func (x *account) takes(side ledger.Side) bool {
	switch x.spec.State {
	case ledger.StateOpen:
		return true
	case ledger.StateFrozenDebits:
		return side == ledger.CreditSide
	case ledger.StateFrozenCredits:
		return side == ledger.DebitSide
	default:
		return false
	}
}
