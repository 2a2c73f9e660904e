package audit

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// load makes an empty model what another one was when it was saved.
func (m *model) load(s *savedModel) error {
	if err := m.tree.parse(s.Records, s.Tree); err != nil {
		return err
	}
	m.seq, m.last, m.records, m.entries, m.closings, m.nodes = s.Seq, s.Seq, s.Records, s.Entries, s.Closings, s.Nodes
	m.authorized, m.name, m.openDate, m.at = s.Holds, s.Name, s.OpenDate, s.At
	m.reopenSeq, m.touchedSeq, m.chartSeq = s.ReopenSeq, s.TouchedSeq, s.ChartSeq
	for table := range s.Prints {
		if err := m.rows.tables[table].parse(s.Prints[table]); err != nil {
			return err
		}
	}
	if err := m.loadAccounts(s); err != nil {
		return err
	}
	for _, d := range s.Dates {
		m.dates[d.Date] = &dated{d.First, d.Posted, d.Closes}
		m.days = append(m.days, d.Date)
	}
	slices.SortFunc(m.days, ledger.Date.Compare)
	for _, c := range s.Closes {
		m.closes = append(m.closes, dayClose{c.Seq, c.ID, c.Date, c.Closings, fingerprint{c.Print[0], c.Print[1]}})
	}
	for _, r := range s.Refunds {
		m.refunds[lineKey{r[0], int32(r[1])}] = refunded{minor: r[2]}
	}
	return m.loadOpen(s)
}

func (m *model) loadAccounts(s *savedModel) error {
	var opening, chart ledger.Record
	var err error
	if s.Opening != nil {
		if opening, err = ledger.ParseRecord(s.Opening); err != nil {
			return err
		}
	}
	if s.Chart != nil {
		if chart, err = ledger.ParseRecord(s.Chart); err != nil {
			return err
		}
	}
	if m.families = chart.Families; len(opening.Accounts) != len(s.Totals) {
		return errSaved
	}
	var scratch []byte
	for i, t := range s.Totals {
		spec := opening.Accounts[i]
		x := m.open(spec, t.LastSeq)
		x.debits, x.credits, x.balance, x.heldDebits, x.heldCredits = t.Debits, t.Credits, t.Debits-t.Credits, t.HeldDebits, t.HeldCredits
		x.changedSeq, x.movedSeq, x.moves, x.moved = t.ChangedSeq, t.MovedSeq, t.Moves, t.Moved
		if err := x.loadUses(t.Used); err != nil {
			return err
		}
		var leaf hash
		leaf, scratch = hashLeaf(scratch, ledger.BalanceLine(spec.Path, spec.Currency, t.Debits, t.Credits))
		m.balances.set(i, leaf)
	}
	m.balances.settle()
	m.moved = m.moved[:0]
	for _, x := range m.numbered {
		if x.moved {
			m.moved = append(m.moved, x)
		}
	}
	m.touchAgain(m.touchedSeq)
	return nil
}

func (x *account) loadUses(text string) error {
	uses, err := ledger.ParseUses(text)
	if err != nil {
		return err
	}
	for _, u := range uses {
		found := false
		for i := range x.spec.Limits {
			if x.spec.Limits[i].Name == u.Limit {
				x.used[i], found = use{u.Since, u.Minor}, true
			}
		}
		if !found {
			return fmt.Errorf("account %s: %w", x.spec.Path, errSaved)
		}
	}
	return nil
}

// loadOpen loads what names accounts.
func (m *model) loadOpen(s *savedModel) error {
	numbered := func(number int64) (*account, error) {
		if number < 1 || number > int64(len(m.numbered)) {
			return nil, fmt.Errorf("account number %d: %w", number, errSaved)
		}
		return m.numbered[number-1], nil
	}
	for _, t := range s.Ahead {
		x, err := numbered(t.Account)
		if err != nil {
			return err
		}
		if m.ahead == nil {
			m.ahead = map[ledger.Date]turnovers{}
		}
		if m.ahead[t.Date] == nil {
			m.ahead[t.Date] = turnovers{}
		}
		m.ahead[t.Date][x] = turnover{t.Debits, t.Credits}
	}
	for _, o := range s.Open {
		h := &hold{
			seq: o.Seq, lastSeq: o.LastSeq, id: o.ID, state: ledger.HoldHeld, expires: o.Expires, captured: o.Captured,
			reserved: reserved{counted: counted{o.Seq, m.kind(o.For), o.Date}, due: o.Due},
		}
		for _, l := range o.Lines {
			x, err := numbered(l[0])
			if err != nil {
				return err
			}
			h.reserved.lines = append(h.reserved.lines, reservedLine{x, ledger.Side(l[1]), l[2]})
		}
		m.holds[h.id] = h
	}
	return nil
}

func (b *buckets) parse(list []byte) error {
	if len(list) != bucketCount*bucketBytes {
		return errSaved
	}
	for i := range b {
		at := list[i*bucketBytes:]
		b[i].print = fingerprint{binary.BigEndian.Uint64(at), binary.BigEndian.Uint64(at[8:])}
		b[i].rows = int64(binary.BigEndian.Uint64(at[16:]))
	}
	return nil
}

// parse reads the roots of a tree of a size.
func (s *spine) parse(size int64, joined []byte) error {
	for ; len(joined) >= len(hash{}); joined = joined[len(hash{}):] {
		s.roots = append(s.roots, hash(joined[:len(hash{})]))
	}
	if s.size = size; size < 0 || len(joined) > 0 || len(s.roots) != bits.OnesCount64(uint64(size)) {
		return errSaved
	}
	return nil
}
