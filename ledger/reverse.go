package ledger

import (
	"fmt"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// reversal is the command of [Book.Reverse]. original is the record to undo,
// read before: records never change.
type reversal struct {
	Reversal
	original Record
}

func newReversal(r Reversal, original Record) (*reversal, error) {
	if err := checkText("by", r.By, byBytesMax); err != nil {
		return nil, err
	}
	document, err := canonicalDocument(r.Document)
	if err != nil {
		return nil, &InvalidError{Field: "document", Problem: err.Error()}
	}
	r.Document = document
	return &reversal{Reversal: r, original: original}, nil
}

func (r *reversal) id() uuid.UUID { return reversalID(r.Of) }

func (r *reversal) need(n *needs) {
	n.ids[r.Of] = struct{}{}
	for i := range r.original.Lines {
		n.accounts[r.original.Lines[i].Account] = struct{}{}
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
	stored, ok := d.state.records[r.Of]
	if !ok {
		return fmt.Errorf("id %s: %w", r.Of, ErrRecordUnknown)
	}
	if len(r.original.Lines) == 0 || r.original.Kind == KindReversal {
		return fmt.Errorf("record %d of kind %s: %w", stored.Seq, stored.Kind, ErrNotReversible)
	}
	d.record.Kind, d.record.By, d.record.Document, d.record.Of = KindReversal, r.By, r.Document, r.Of
	return d.post(opposite(r.original.Lines))
}

// opposite returns the postings that undo the lines.
func opposite(lines []Line) []Posting {
	var postings []Posting
	for i := range lines {
		minor, currency := lines[i].Amount.Minor(), lines[i].Amount.Currency()
		switch {
		case minor > 0:
			postings = append(postings, Credit(lines[i].Account, money.Of(minor, currency)))
		case minor < 0:
			postings = append(postings, Debit(lines[i].Account, money.Of(-minor, currency)))
		}
	}
	return postings
}
