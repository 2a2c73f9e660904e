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
	seq       int64 // how far the journal was read
	last      int64 // of the last record that is there
	records   int64
	entries   int64
	name      string
	openDate  ledger.Date
	closedSeq int64
	at        time.Time
	tree      *ledger.Tree

	accounts map[string]*account
	numbered []*account // in the order of opening

	ids      map[uint64]struct{} // the last eight bytes of every id
	reversed map[uuid.UUID]struct{}

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
	lastSeq         int64
	closings        []closing // in the order of their dates
}

// closing is what an account stood at when a day was closed.
type closing struct {
	date            ledger.Date
	debits, credits int64
	seen            bool // in the table
}

func newModel() *model {
	return &model{
		tree: ledger.NewTree(), accounts: map[string]*account{},
		ids: map[uint64]struct{}{}, reversed: map[uuid.UUID]struct{}{},
	}
}

func (m *model) open(spec ledger.AccountSpec) *account {
	opened := &account{spec: spec, number: int64(len(m.numbered)) + 1}
	m.accounts[spec.Path] = opened
	m.numbered = append(m.numbered, opened)
	return opened
}

// closeDay writes down every account that moved since the last day close.
func (m *model) closeDay(record *ledger.Record) {
	for _, account := range m.numbered {
		if account.lastSeq > m.closedSeq {
			account.closings = append(account.closings, closing{date: record.Date, debits: account.debits, credits: account.credits})
		}
	}
	m.openDate, m.closedSeq = record.Next, record.Seq
}

// own is the balance seen from the account's own side.
func (x *account) own() int64 { return int64(x.spec.Side) * x.balance }

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
