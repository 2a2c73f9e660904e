package audit

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// hold is an open hold as the journal tells it. Of one that has ended only the
// fingerprint of its row is kept.
type hold struct {
	seq, lastSeq int64
	id           uuid.UUID
	state        ledger.HoldState
	expires      time.Time
	captured     []int64 // of each line, without sign
	reserved     reserved
}

// reserved is what is known of a hold until it ends.
type reserved struct {
	counted
	due   ledger.Date
	lines []reservedLine
}

type reservedLine struct {
	account *account // nil if there is none
	side    ledger.Side
	left    int64 // debit positive
}

// authorize reserves what the lines of a hold would move.
func (a *auditor) authorize(r *ledger.Record) {
	p := a.posting(r, "held", r.Held)
	p.kind = r.For
	a.post(p)
	if !r.Expires.IsZero() && !r.At.Before(r.Expires) {
		a.find(CodeRecordHold, recordPart(r.Seq, "expires"), "%s is not after %s, when it was authorized", timeText(r.Expires), timeText(r.At))
	}
	h := &hold{
		seq: r.Seq, lastSeq: r.Seq, id: r.ID, state: ledger.HoldHeld, expires: r.Expires, captured: make([]int64, len(r.Held)),
		reserved: reserved{counted: counted{r.Seq, a.model.kind(r.For), r.Date}, due: r.Due, lines: make([]reservedLine, len(r.Held))},
	}
	for i := range r.Held {
		h.reserved.lines[i] = reservedLine{account: p.moved[i], side: r.Held[i].Side, left: r.Held[i].Amount.Minor()}
	}
	a.model.holds[r.ID] = h
	a.model.authorized++
}

// step returns the hold that the record is about, or nil after reporting that
// it can take no step.
func (a *auditor) step(r *ledger.Record) *hold {
	at, h := recordPart(r.Seq, "of"), a.model.holds[r.Of]
	if h == nil {
		a.find(CodeRecordHold, at, "no earlier record %s is a hold that had not ended", r.Of)
		return nil
	}
	over := !h.expires.IsZero() && !r.At.Before(h.expires)
	switch {
	case over && r.Kind == ledger.KindCapture:
		a.find(CodeRecordHold, recordPart(r.Seq, "at"), "the hold of record %d expired at %s", h.seq, timeText(h.expires))
	case !over && r.Kind == ledger.KindExpiry:
		a.find(CodeRecordHold, recordPart(r.Seq, "at"), "the hold of record %d has not expired yet", h.seq)
	}
	h.lastSeq = r.Seq
	return h
}

// capture posts a part of a hold.
func (a *auditor) capture(r *ledger.Record) {
	p := a.posting(r, "lines", r.Lines)
	p.capture = true
	a.lookUp(p)
	for i := range p.lines {
		a.addLine(p, i)
	}
	a.checkSums(p)
	h := a.step(r)
	if h != nil {
		a.checkCapture(r, p, h)
	}
	for i, x := range p.moved {
		if x != nil {
			a.move(p, i)
		}
	}
	a.touch(p)
	if h == nil {
		return
	}
	if r.Final || !slices.ContainsFunc(h.reserved.lines, func(l reservedLine) bool { return l.left != 0 }) {
		a.end(h, r, ledger.HoldCaptured)
	}
}

// checkCapture compares the capture with its hold and takes off what it took.
func (a *auditor) checkCapture(r *ledger.Record, p *posting, h *hold) {
	held := &h.reserved
	if r.For != held.kind {
		a.differ(CodeRecordHold, recordPart(r.Seq, "for"), held.kind, r.For)
	}
	if r.Due != held.due {
		a.differ(CodeRecordHold, recordPart(r.Seq, "due"), held.due.String(), r.Due.String())
	}
	if !r.Final && slices.ContainsFunc(r.Lines, func(l ledger.Line) bool { return l.Take == ledger.Rest }) {
		a.find(CodeRecordHold, recordPart(r.Seq, "final"), "the capture takes all that is left, but is not final")
	}
	if len(r.Lines) != len(held.lines) {
		a.find(CodeRecordHold, recordPart(r.Seq, "lines"), "%d of them, but the hold of record %d has %d", len(r.Lines), h.seq, len(held.lines))
	}
	for i := range min(len(r.Lines), len(held.lines)) {
		a.captureLine(p, i, h)
	}
}

// captureLine compares a line with the hold's and takes off what it took.
func (a *auditor) captureLine(p *posting, i int, h *hold) {
	line, from := &p.lines[i], &h.reserved.lines[i]
	amount, side := line.Amount.Minor(), int64(from.side)
	if from.account == nil || p.moved[i] != from.account {
		a.find(CodeRecordHold, p.at(i), "is of another account than the line of the hold of record %d", h.seq)
		return
	}
	switch {
	case side*amount < 0 || side*amount > side*from.left:
		a.find(CodeRecordHold, p.in(i, "amount"), "%d is not within the %d that are left of the hold of record %d", amount, from.left, h.seq)
	case line.Take == ledger.Rest && (amount != from.left || line.Side != from.side):
		a.differ(CodeRecordHold, p.in(i, "amount"), decimal(from.left), decimal(amount))
	case line.Take == ledger.UpTo || (line.Take == ledger.Rest) != (p.lines[0].Take == ledger.Rest):
		a.find(CodeRecordHold, p.at(i), "the lines of a capture are all exact or all rests")
	}
	from.account.free(amount)
	from.left -= amount
	h.captured[i] += max(amount, -amount)
}

// release ends a hold without posting.
func (a *auditor) release(r *ledger.Record) {
	state := ledger.HoldReleased
	if r.Kind == ledger.KindExpiry {
		state = ledger.HoldExpired
	}
	if h := a.step(r); h != nil {
		a.end(h, r, state)
	}
}

// end frees what is left of the hold and gives it back to the limits.
func (a *auditor) end(h *hold, r *ledger.Record, state ledger.HoldState) {
	for _, l := range h.reserved.lines {
		if l.account == nil {
			continue
		}
		l.account.free(l.left)
		l.account.giveBack(&h.reserved.counted, r.Date, l.side, int64(l.side)*l.left)
		a.model.touch(l.account, r.Seq)
	}
	h.state = state
	a.model.rows.hold(h)
	delete(a.model.holds, h.id)
}

// words are those of the hold's row.
func (h *hold) words() []int64 {
	return holdWords(&ledger.StoredHold{
		Seq: h.seq, ID: h.id, State: h.state, Expires: h.expires, Captured: h.captured, LastSeq: h.lastSeq,
	})
}

// free takes an amount off what is reserved, debit positive.
func (x *account) free(amount int64) {
	if amount > 0 {
		x.heldDebits -= amount
	} else {
		x.heldCredits += amount
	}
}
