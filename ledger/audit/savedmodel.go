package audit

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// savedModel is a model in JSON. Accounts and families are written as records
// that would open and chart them, in canonical bytes.
type savedModel struct {
	Key      []byte             `json:"key"`    // of fingerprints
	Prints   [tableCount][]byte `json:"prints"` // by table
	Tree     []byte             `json:"tree"`   // compact range
	Seq      int64              `json:"seq"`
	Records  int64              `json:"records"`
	Entries  int64              `json:"entries"`
	Closings int64              `json:"closings"`
	Nodes    int64              `json:"nodes"`
	Holds    int64              `json:"holds"` // ever authorized

	Name       string      `json:"name"`
	OpenDate   ledger.Date `json:"open_date"`
	At         time.Time   `json:"at"`
	ReopenSeq  int64       `json:"reopen_seq"`
	TouchedSeq int64       `json:"touched_seq"`
	ChartSeq   int64       `json:"chart_seq"`

	Opening json.RawMessage `json:"opening,omitempty"`
	Chart   json.RawMessage `json:"chart,omitempty"`
	Totals  []savedAccount  `json:"accounts,omitempty"` // in the order of opening
	Dates   []savedDate     `json:"dates,omitempty"`
	Closes  []savedClose    `json:"closes,omitempty"` // the latest last
	Ahead   []savedAhead    `json:"ahead,omitempty"`
	Open    []savedHold     `json:"open_holds,omitempty"`
	Refunds [][3]int64      `json:"refunds,omitempty"` // position, line, minor units
}

type savedAccount struct {
	Debits      int64  `json:"debits"`
	Credits     int64  `json:"credits"`
	HeldDebits  int64  `json:"held_debits,omitempty"`
	HeldCredits int64  `json:"held_credits,omitempty"`
	Used        string `json:"used,omitempty"` // as the table has it
	ChangedSeq  int64  `json:"changed_seq"`
	LastSeq     int64  `json:"last_seq"`
	MovedSeq    int64  `json:"moved_seq,omitempty"`
	Moves       int64  `json:"moves,omitempty"`
	Moved       bool   `json:"moved,omitempty"` // since it was sealed last
}

type savedDate struct {
	Date   ledger.Date `json:"date"`
	First  int64       `json:"first"`
	Posted bool        `json:"posted,omitempty"`
	Closes int         `json:"closes,omitempty"`
}

type savedClose struct {
	Seq      int64       `json:"seq"`
	ID       uuid.UUID   `json:"id"`
	Date     ledger.Date `json:"date"`
	Closings int64       `json:"closings"`
	Print    [2]uint64   `json:"print"`
}

type savedAhead struct {
	Date    ledger.Date `json:"date"`
	Account int64       `json:"account"`
	Debits  int64       `json:"debits"`
	Credits int64       `json:"credits"`
}

type savedHold struct {
	Seq      int64       `json:"seq"`
	LastSeq  int64       `json:"last_seq"`
	ID       uuid.UUID   `json:"id"`
	Expires  time.Time   `json:"expires"`
	Captured []int64     `json:"captured"`
	For      string      `json:"for"`
	Date     ledger.Date `json:"date"`
	Due      ledger.Date `json:"due"`
	Lines    [][3]int64  `json:"lines"` // account, side, what is left
}

var errSaved = errors.New("it is damaged")

func (m *model) save() savedModel {
	s := savedModel{
		Key: m.rows.key[:], Tree: m.tree.bytes(), Seq: m.seq, Records: m.records, Entries: m.entries, Closings: m.closings, Nodes: m.nodes,
		Holds: m.authorized, Name: m.name, OpenDate: m.openDate, At: m.at, ReopenSeq: m.reopenSeq, TouchedSeq: m.touchedSeq, ChartSeq: m.chartSeq,
	}
	for table := range s.Prints {
		s.Prints[table] = m.rows.tables[table].bytes()
	}
	m.saveAccounts(&s)
	for date, d := range m.dates {
		s.Dates = append(s.Dates, savedDate{date, d.first, d.posted, d.closes})
	}
	for _, c := range m.closes {
		s.Closes = append(s.Closes, savedClose{c.seq, c.id, c.date, c.closings, [2]uint64{c.print.high, c.print.low}})
	}
	for date, moved := range m.ahead {
		for x, t := range moved {
			s.Ahead = append(s.Ahead, savedAhead{date, x.number, t.debits, t.credits})
		}
	}
	for _, h := range m.holds {
		s.Open = append(s.Open, h.save())
	}
	for key, r := range m.refunds {
		s.Refunds = append(s.Refunds, [3]int64{key.seq, int64(key.line), r.minor})
	}
	return s
}

func (m *model) saveAccounts(s *savedModel) {
	opening := ledger.Record{Kind: ledger.KindOpening, Date: m.openDate}
	for _, x := range m.numbered {
		opening.Accounts = append(opening.Accounts, x.spec)
		s.Totals = append(s.Totals, savedAccount{
			x.debits, x.credits, x.heldDebits, x.heldCredits, x.uses().String(), x.changedSeq, x.lastSeq, x.movedSeq, x.moves, x.moved,
		})
	}
	if len(opening.Accounts) > 0 {
		s.Opening = opening.Canonical()
	}
	if len(m.families) > 0 {
		chart := ledger.Record{Kind: ledger.KindChart, Date: m.openDate, Families: m.families}
		s.Chart = chart.Canonical()
	}
}

func (h *hold) save() savedHold {
	s := savedHold{
		Seq: h.seq, LastSeq: h.lastSeq, ID: h.id, Expires: h.expires, Captured: h.captured,
		For: h.reserved.kind, Date: h.reserved.date, Due: h.reserved.due,
	}
	for _, l := range h.reserved.lines {
		number := int64(0)
		if l.account != nil {
			number = l.account.number
		}
		s.Lines = append(s.Lines, [3]int64{number, int64(l.side), l.left})
	}
	return s
}

const bucketBytes = 24

func (b *buckets) bytes() []byte {
	list := make([]byte, 0, bucketCount*bucketBytes)
	for i := range b {
		list = binary.BigEndian.AppendUint64(list, b[i].print.high)
		list = binary.BigEndian.AppendUint64(list, b[i].print.low)
		list = binary.BigEndian.AppendUint64(list, uint64(b[i].rows))
	}
	return list
}
