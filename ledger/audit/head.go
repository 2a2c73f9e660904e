package audit

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strings"
)

// compareHead compares the head with what the journal led to. Its position was
// compared while reading.
func (a *auditor) compareHead() {
	m, head, root := a.model, &a.head, a.model.tree.root()
	a.report.Name, a.report.Seq, a.report.OpenDate, a.report.At = m.name, m.last, m.openDate, m.at
	a.report.Root, a.report.Records, a.report.Entries, a.report.Accounts = hexOf(root[:]), m.records, m.entries, int64(len(m.numbered))
	a.report.Closings, a.report.Holds, a.report.Refunds, a.report.Nodes = m.closings, m.authorized, int64(len(m.refunds)), m.nodes
	if a.from > 0 {
		a.report.From = a.from
	}
	a.report.Unread = a.unread()
	if head.Book == 0 { // missing or unreadable, and reported
		return
	}
	a.report.Seq = head.Seq
	for _, column := range []struct{ name, want, got string }{
		{"name", m.name, head.Name},
		{"accounts", decimal(int64(len(m.numbered))), decimal(head.Accounts)},
		{"open_date", m.openDate.String(), head.OpenDate.String()},
		{"closed_seq", decimal(m.closedSeq()), decimal(head.ClosedSeq)},
		{"touched_seq", decimal(m.touchedSeq), decimal(head.TouchedSeq)},
		{"reopen_seq", decimal(m.reopenSeq), decimal(head.ReopenSeq)},
		{"chart_seq", decimal(m.chartSeq), decimal(head.ChartSeq)},
	} {
		if column.want != column.got {
			a.differ(CodeHeadDiffers, headRow(a.book, column.name), column.want, column.got)
		}
	}
	// Before its first record a book has no time: what stands there means
	// nothing.
	if m.records > 0 && !m.at.Equal(head.At) {
		a.differ(CodeHeadDiffers, headRow(a.book, "at"), timeText(m.at), timeText(head.At))
	}
	if want := m.tree.bytes(); !bytes.Equal(want, head.Tree) {
		a.findPair(CodeHeadDiffers, headRow(a.book, "tree"), hexOf(want), hexOf(head.Tree),
			"the records do not have the hashes of the head; "+whereTreesDiffer(m.tree.size, want, head.Tree))
	}
}

// unread lists the tables that the reader does not yield.
func (a *auditor) unread() []string {
	switch {
	case a.rows != nil:
		return nil
	case a.lines != nil:
		return []string{"book", "account", "milestone", "closing", "hold", "refund", "node", "seal", "cursor"}
	default:
		return []string{"milestone", "closing", "hold", "node", "seal", "cursor"}
	}
}

// whereTreesDiffer says below which hash of the two compact ranges the fault
// lies: each covers as many records as a bit of the size says, the largest
// first.
func whereTreesDiffer(size int64, want, got []byte) string {
	if len(want) != len(got) {
		return "they are of trees of different sizes"
	}
	var ranges []string
	first := int64(1)
	for rest := uint64(size); rest != 0; want, got = want[32:], got[32:] {
		covered := int64(1) << (bits.Len64(rest) - 1)
		rest -= uint64(covered)
		if !bytes.Equal(want[:32], got[:32]) {
			ranges = append(ranges, fmt.Sprintf("%d to %d", first, first+covered-1))
		}
		first += covered
	}
	return "a record was changed, or the hash was, at the positions " + strings.Join(ranges, ", ")
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }
