package audit

import (
	"slices"
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
	tree     spine
	// treeLost is set once a leaf is not known, behind the first treeKnown:
	// nodes from there on are not known either.
	treeLost  bool
	treeKnown int64
	ids       idPrints

	accounts map[string]*account
	numbered []*account // in the order of opening
	balances canopy     // over what the accounts stood at when a date was closed last
	moved    []*account // since then

	closes     []dayClose // those in force, the latest last
	reopenSeq  int64
	touchedSeq int64      // accounts touched after it get a closing
	touched    []*account // those
	dates      map[ledger.Date]*dated
	days       []ledger.Date             // in order: the keys of dates
	ahead      map[ledger.Date]turnovers // posted on dates after the open one: only after a reopening
	closings   int64
	nodes      int64

	chartSeq int64
	families []ledger.Family

	holds      map[uuid.UUID]*hold // that are open
	authorized int64

	refunds map[lineKey]refunded
	kinds   map[string]string // one copy of each

	// lost is set after a record that could not be read: it may have closed
	// the day, so the next record's date is taken as it is.
	lost       bool
	unreadable map[int64]bool // positions
	gone       map[int64]bool // positions without a record
	rows       *expected
}

// lineKey is a line of a record.
type lineKey struct {
	seq  int64
	line int32
}

// account is an account as the journal tells it.
type account struct {
	spec            ledger.AccountSpec
	number          int64
	debits, credits int64
	balance         int64 // debit positive

	heldDebits, heldCredits int64
	used                    []use // of the limits, in their order

	changedSeq, lastSeq int64
	movedSeq, moves     int64

	moved bool // is in model.moved
}

func newModel(rows *expected) *model {
	return &model{
		accounts: map[string]*account{}, holds: map[uuid.UUID]*hold{}, dates: map[ledger.Date]*dated{},
		refunds: map[lineKey]refunded{}, kinds: map[string]string{}, unreadable: map[int64]bool{}, gone: map[int64]bool{}, rows: rows,
	}
}

func (m *model) open(spec ledger.AccountSpec, seq int64) *account {
	opened := &account{spec: spec, number: int64(len(m.numbered)) + 1, used: make([]use, len(spec.Limits)), changedSeq: seq}
	m.accounts[spec.Path] = opened
	m.numbered = append(m.numbered, opened)
	m.touch(opened, seq)
	m.move(opened)
	return opened
}

// touch takes down that the record at the position is about the account.
func (m *model) touch(x *account, seq int64) {
	if x.lastSeq <= m.touchedSeq {
		m.touched = append(m.touched, x)
	}
	x.lastSeq = seq
}

// moves counts a record that moved the account, and expects a milestone at each
// 64th.
func (m *model) moves(x *account, seq int64) {
	if x.movedSeq == seq {
		return
	}
	x.movedSeq = seq
	if x.moves++; x.moves%ledger.MovesToMilestone == 0 {
		m.rows.milestone(x.number, seq)
	}
}

// unread reports whether what the record at a position moved is not known.
func (m *model) unread(seq int64) bool { return m.unreadable[seq] || m.gone[seq] }

// move takes down that the account no longer stands where it was sealed last.
func (m *model) move(x *account) {
	if !x.moved {
		x.moved = true
		m.moved = append(m.moved, x)
	}
}

// kind returns the one copy of a kind, so that no record's text is kept for it.
func (m *model) kind(kind string) string {
	if known, ok := m.kinds[kind]; ok {
		return known
	}
	kind = string([]byte(kind))
	m.kinds[kind] = kind
	return kind
}

// loseTree takes down that the next leaf is not known.
func (m *model) loseTree() {
	if !m.treeLost {
		m.treeLost, m.treeKnown = true, m.tree.size
	}
}

// append adds a leaf to the tree of the journal.
func (m *model) append(leaf hash) {
	m.tree.append(leaf, func(level int, number int64, node *hash) {
		if !m.treeLost {
			m.nodes++
			m.rows.node(0, level, number, node)
		}
	})
}

// pathOf returns the path of the account with a number.
func (m *model) pathOf(number int64) string {
	if number < 1 || number > int64(len(m.numbered)) {
		return "#" + decimal(number)
	}
	return m.numbered[number-1].spec.Path
}

// byNumber sorts accounts in the order of their opening.
func byNumber(accounts []*account) {
	slices.SortFunc(accounts, func(x, y *account) int { return int(x.number - y.number) })
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
