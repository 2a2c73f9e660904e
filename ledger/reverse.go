package ledger

import (
	"fmt"

	"github.com/google/uuid"
)

// reversal is the command of [Book.Reverse]. original is the record to undo,
// read before: records never change.
type reversal struct {
	Reversal
	original Record
}

func newReversal(r Reversal, original Record) *reversal {
	return &reversal{Reversal: r, original: original}
}

func (r *reversal) id() uuid.UUID { return reversalID(r.Of) }

func (r *reversal) need(n *needs) { needOriginal(n, &r.original) }

// needOriginal names what undoing a record looks up.
func needOriginal(n *needs, original *Record) {
	n.ids[original.ID], n.ids[reversalID(original.ID)] = struct{}{}, struct{}{}
	n.refunds[original.Seq] = struct{}{}
	for i := range original.Lines { // none if it was not found
		n.accounts[original.Lines[i].Account] = struct{}{}
	}
}

func (r *reversal) same(earlier *Record) string {
	switch {
	case earlier.Kind != KindReversal || earlier.Of != r.Of:
		return "of"
	case earlier.By != r.By:
		return "by"
	case string(earlier.Document) != string(r.Document):
		return "document"
	}
	return ""
}

func (r *reversal) decide(d *draft) error {
	if err := d.checkUndone(&r.original); err != nil {
		return err
	}
	if d.state.isRefunded(r.original.Seq) {
		return fmt.Errorf("record %d: %w", r.original.Seq, ErrRefunded)
	}
	d.record.Kind, d.record.By, d.record.Document, d.record.Of = KindReversal, r.By, r.Document, r.Of
	postings := opposite(r.original.Lines)
	lines, err := d.post(postings, taking{})
	if err != nil {
		return err
	}
	d.record.Lines = lines
	d.giveBack(&r.original, lines)
	return nil
}

// checkUndone checks that a record can be reversed or refunded.
func (d *draft) checkUndone(original *Record) error {
	if d.state.record(original.ID) == nil || original.Seq == 0 {
		return fmt.Errorf("id %s: %w", original.ID, ErrRecordUnknown)
	}
	if stored := d.state.record(reversalID(original.ID)); stored != nil {
		if reversal, err := ParseRecord(stored.Body); err != nil {
			return err
		} else if reversal.Kind == KindReversal {
			return fmt.Errorf("by record %d: %w", reversal.Seq, ErrReversed)
		}
	}
	if len(original.Lines) == 0 || original.Kind == KindReversal || original.Kind == KindRefund {
		return fmt.Errorf("record %d of kind %s: %w", original.Seq, original.Kind, ErrNotReversible)
	}
	return nil
}

// giveBack returns to the limits what the original used and the lines undo. A
// capture used nothing itself: its hold did, perhaps in an earlier window.
func (d *draft) giveBack(original *Record, lines []Line) {
	if original.Kind == KindCapture {
		return
	}
	for i := range lines {
		l := &lines[i]
		d.accounts.find(l.Account).giveBack(-l.Side, original, original.Kind, d.record.Date, unsigned(l.Amount).Minor())
	}
}

// opposite returns the postings that undo the lines.
func opposite(lines []Line) []Posting {
	var postings []Posting
	for i := range lines {
		if amount := lines[i].Amount; !amount.IsZero() {
			postings = append(postings, Posting{Account: lines[i].Account, Side: -lines[i].Side, Amount: unsigned(amount)})
		}
	}
	return postings
}
