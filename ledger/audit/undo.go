package audit

import (
	"fmt"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// refunded is how much of a line was refunded.
type refunded struct {
	minor int64
	seen  bool // in the table
}

// reversal checks that the record is the exact opposite of an earlier one that
// was neither reversed nor refunded before.
func (a *auditor) reversal(r *ledger.Record) {
	at, original := recordPart(r.Seq, "of"), a.earlier(r.Of, r.Seq)
	switch {
	case original == nil:
		a.find(CodeRecordReversal, at, "no earlier record %s can be read", r.Of)
	case undone(original):
		a.find(CodeRecordReversal, at, "record %d is of kind %q and cannot be reversed", original.Seq, original.Kind)
	case a.reversed(r) != nil:
		a.find(CodeRecordReversal, at, "record %d was reversed already", original.Seq)
	case a.model.refundedInPart(original):
		a.find(CodeRecordReversal, at, "record %d was refunded in part", original.Seq)
	}
	if original != nil {
		a.compareOpposite(r, original)
	}
	a.post(a.posting(r, "lines", r.Lines))
	a.giveBack(r, original)
}

// reversed returns the earlier reversal of what the record corrects, nil if there
// is none.
func (a *auditor) reversed(r *ledger.Record) *ledger.Record {
	earlier := a.earlier(a.undoing, r.Seq)
	if earlier == nil || earlier.Kind != ledger.KindReversal || earlier.Of != r.Of {
		return nil
	}
	return earlier
}

func (m *model) refundedInPart(r *ledger.Record) bool {
	for i := range r.Lines {
		if m.refunds[lineKey{r.Seq, int32(i)}].minor != 0 {
			return true
		}
	}
	return false
}

// undone reports whether the record undoes another or has nothing to be undone.
func undone(r *ledger.Record) bool {
	return r.Kind == ledger.KindReversal || r.Kind == ledger.KindRefund || len(r.Lines) == 0
}

func (a *auditor) compareOpposite(r, original *ledger.Record) {
	want := make([]string, 0, len(original.Lines))
	for i := range original.Lines {
		if l := &original.Lines[i]; !l.Amount.IsZero() {
			want = append(want, fmt.Sprintf("%s %d %s", l.Account, -l.Amount.Minor(), l.Amount.Currency()))
		}
	}
	for i := range max(len(want), len(r.Lines)) {
		wanted, got := "no line", "no line"
		if i < len(want) {
			wanted = want[i]
		}
		if i < len(r.Lines) {
			l := &r.Lines[i]
			got = fmt.Sprintf("%s %d %s", l.Account, l.Amount.Minor(), l.Amount.Currency())
		}
		if wanted != got || i < len(r.Lines) && r.Lines[i].Take != ledger.Exact {
			a.differ(CodeRecordReversal, recordPart(r.Seq, "lines").at(i), wanted, got)
		}
	}
}

// refund checks that the record returns a part of an earlier one, and of each
// line no more than is left.
func (a *auditor) refund(r *ledger.Record) {
	original := a.earlier(r.Of, r.Seq)
	p := a.posting(r, "lines", r.Lines)
	at := recordPart(r.Seq, "of")
	switch {
	case original == nil:
		a.find(CodeRecordRefund, at, "no earlier record %s can be read", r.Of)
	case undone(original):
		a.find(CodeRecordRefund, at, "record %d is of kind %q and cannot be refunded", original.Seq, original.Kind)
	case a.reversed(r) != nil:
		a.find(CodeRecordRefund, at, "record %d was reversed", original.Seq)
	}
	if original != nil && len(r.Refunds) == len(r.Lines) {
		a.refundLines(p, r.Refunds, original)
	}
	a.post(p)
	a.giveBack(r, original)
}

// refundLines compares each line with the one that it returns, and counts it.
func (a *auditor) refundLines(p *posting, of []int, original *ledger.Record) {
	p.left = make([]int64, len(p.lines))
	for i := range p.lines {
		if of[i] < 0 || of[i] >= len(original.Lines) || slices.Index(of, of[i]) < i {
			a.find(CodeRecordRefund, recordPart(p.seq, "refunds").at(i), "%d is no line of record %d or one that is refunded twice here", of[i], original.Seq)
			continue
		}
		line, from := &p.lines[i], &original.Lines[of[i]]
		key := lineKey{original.Seq, int32(of[i])}
		amount, posted := line.Amount.Minor(), from.Amount.Minor()
		if line.Account != from.Account || line.Side == from.Side {
			a.find(CodeRecordRefund, p.at(i), "is not the opposite of line %d of record %d", of[i], original.Seq)
		}
		total := a.model.refunds[key]
		p.left[i] = max(posted, -posted) - total.minor
		taken := max(amount, -amount)
		if taken > p.left[i] {
			a.find(CodeRecordRefund, p.in(i, "amount"), "%d is more than the %d that are left of line %d of record %d",
				taken, p.left[i], of[i], original.Seq)
		}
		if total.minor += taken; total.minor != 0 {
			a.model.refunds[key] = total
		}
	}
}

// giveBack returns to the limits what the original had used of them. A capture
// used nothing: its hold did.
func (a *auditor) giveBack(r, original *ledger.Record) {
	if original == nil || original.Kind == ledger.KindCapture {
		return
	}
	by := &counted{original.Seq, original.Kind, original.Date}
	for i := range r.Lines {
		l := &r.Lines[i]
		if x := a.model.accounts[l.Account]; x != nil {
			x.giveBack(by, r.Date, -l.Side, max(l.Amount.Minor(), -l.Amount.Minor()))
		}
	}
}
