package storetest

import (
	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func reversalOf(id uuid.UUID) uuid.UUID { return ledger.KeyID("ledger", "reverse", id.String()) }

// undone says why a record can be neither reversed nor refunded.
func (n *naive) undone(original *naiveRecord) string {
	switch {
	case original == nil:
		return "record_unknown"
	case n.ids[reversalOf(original.id)] != nil:
		return "reversed"
	case len(original.lines) == 0, original.kind == ledger.KindReversal, original.kind == ledger.KindRefund:
		return "not_reversible"
	}
	return ""
}

// refunded returns how much of each line of a record was refunded.
func (n *naive) refunded(original *naiveRecord) (lines []int64, any bool) {
	lines = make([]int64, len(original.lines))
	for _, r := range n.journal[original.seq:] {
		if r.kind != ledger.KindRefund || r.of != original.id {
			continue
		}
		for i, line := range r.lines {
			lines[r.refunds[i]] += abs(line.minor)
			any = any || line.minor != 0
		}
	}
	return lines, any
}

func (n *naive) reverse(r ledger.Reversal, original *naiveRecord) naiveAnswer {
	if earlier, ok := n.ids[reversalOf(r.Of)]; ok {
		before := earlier.request.(ledger.Reversal)
		if before.By == r.By && sameJSON(before.Document, r.Document) {
			return earlier.answer(replayed)
		}
		return refuse("reversed")
	}
	if code := n.undone(original); code != "" {
		return refuse(code)
	}
	if _, any := n.refunded(original); any {
		return refuse("refunded")
	}
	var postings []ledger.Posting
	for _, line := range original.lines {
		if line.minor != 0 {
			postings = append(postings, ledger.Posting{
				Account: line.account, Side: -line.side, Amount: money.Of(abs(line.minor), n.accounts[line.account].Currency),
			})
		}
	}
	lines, code := n.move(postings, naiveTaking{})
	if code != "" {
		return refuse(code)
	}
	n.giveBack(original, lines)
	return n.write(&naiveRecord{id: reversalOf(r.Of), kind: ledger.KindReversal, request: r, of: r.Of, lines: lines})
}

func (n *naive) refund(r ledger.Refund, original *naiveRecord) naiveAnswer {
	if earlier, ok := n.ids[r.ID]; ok {
		before, isRefund := earlier.request.(ledger.Refund)
		return earlier.replay(isRefund && sameJSON(before.Document, r.Document) && same(before, r))
	}
	if code := n.undone(original); code != "" {
		return refuse(code)
	}
	refunded, _ := n.refunded(original)
	record := &naiveRecord{id: r.ID, kind: ledger.KindRefund, request: r, of: r.Of}
	var postings []ledger.Posting
	var left []int64
	for _, line := range r.Lines {
		posted := original.lines[line.Line]
		postings = append(postings, ledger.Posting{
			Account: posted.account, Side: -posted.side, Amount: line.Amount, Take: line.Take,
		})
		left = append(left, abs(posted.minor)-refunded[line.Line])
		record.refunds = append(record.refunds, line.Line)
	}
	lines, code := n.move(postings, naiveTaking{left: left})
	if code != "" {
		return refuse(code)
	}
	n.giveBack(original, lines)
	record.lines = lines
	return n.write(record)
}

// giveBack returns to limits what the original used and the lines undo. What a
// capture posts was used by its hold.
func (n *naive) giveBack(original *naiveRecord, lines []*naiveLine) {
	if original.kind == ledger.KindCapture {
		return
	}
	for _, line := range lines {
		n.accounts[line.account].giveBack(-line.side, original.kind, original, n.open, abs(line.minor))
	}
}
