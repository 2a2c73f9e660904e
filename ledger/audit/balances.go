package audit

import (
	"github.com/campusledger/campusledger/ledger"
)

// checkBalances compares what a day close says all accounts stood at with what
// the journal led to. Only leaves of accounts that moved since the last close
// are hashed anew.
func (a *auditor) checkBalances(r *ledger.Record, later turnovers) {
	m := a.model
	m.settle(later)
	tree := m.balances.spine()
	if r.Balances != nil {
		if r.Balances.Accounts != tree.size {
			a.differ(CodeRecordBalances, recordPart(r.Seq, "balances").of("accounts"), decimal(tree.size), decimal(r.Balances.Accounts))
		}
		if root := tree.root(); r.Balances.Root != root {
			a.differ(CodeRecordBalances, recordPart(r.Seq, "balances").of("root"), hexOf(root[:]), hexOf(r.Balances.Root[:]))
		}
	}
	for level := ledger.NodeLevels; level < len(m.balances.levels); level += ledger.NodeLevels {
		for number := range m.balances.levels[level] {
			m.nodes++
			m.rows.node(r.Seq, level, int64(number), &m.balances.levels[level][number])
		}
	}
}

// settle brings the tree of balances up to date. What belongs to later dates
// will be another part of the tree to come.
func (m *model) settle(later turnovers) {
	byNumber(m.moved)
	var scratch []byte
	for _, x := range m.moved {
		debits, credits := x.until(later)
		var leaf hash
		leaf, scratch = hashLeaf(scratch, ledger.BalanceLine(x.spec.Path, x.spec.Currency, debits, credits))
		m.balances.set(int(x.number-1), leaf)
		x.moved = false
	}
	m.balances.settle()
	m.moved = m.moved[:0]
	for x := range later {
		m.move(x)
	}
}
