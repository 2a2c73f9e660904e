package ledger

import (
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// refund is the command of [Book.Refund]. original is the record to refund,
// read before: records never change.
type refund struct {
	Refund
	original Record
}

// checkRefund checks what needs no record, and makes the document canonical.
func checkRefund(r *Refund) error {
	if err := checkID(r.ID); err != nil {
		return err
	}
	if err := checkReason(r.By, &r.Document); err != nil {
		return err
	}
	if len(r.Lines) < 2 || len(r.Lines) > postingsMax {
		return &InvalidError{Field: "lines", Problem: fmt.Sprintf("%d of them, 2 to %d are allowed", len(r.Lines), postingsMax)}
	}
	r.Lines = slices.Clone(r.Lines)
	seen := make(map[int]struct{}, len(r.Lines))
	for i := range r.Lines {
		l := &r.Lines[i]
		if _, twice := seen[l.Line]; twice || l.Line < 0 {
			return &InvalidError{Field: fmt.Sprintf("lines[%d].line", i), Problem: fmt.Sprintf("%d is negative or given twice", l.Line)}
		}
		seen[l.Line] = struct{}{}
		if err := checkTake(fmt.Sprintf("lines[%d]", i), l.Take, l.Amount); err != nil {
			return err
		}
	}
	return nil
}

func newRefund(r Refund, original Record) (*refund, error) {
	for i := range r.Lines {
		if n := r.Lines[i].Line; n >= len(original.Lines) && len(original.Lines) > 0 {
			return nil, &InvalidError{
				Field: fmt.Sprintf("lines[%d].line", i), Problem: fmt.Sprintf("%d, the record has %d lines", n, len(original.Lines)),
			}
		}
	}
	return &refund{Refund: r, original: original}, nil
}

func (r *refund) id() uuid.UUID   { return r.ID }
func (r *refund) need(n *needs)   { needOriginal(n, &r.original) }
func (r *refund) line(i int) Line { return r.original.Lines[r.Lines[i].Line] }

// postings returns the postings that undo as much of the lines. The side of a
// line that took nothing is the one it asked for.
func (r *refund) postings() []Posting {
	postings := make([]Posting, len(r.Lines))
	for i := range r.Lines {
		line := r.line(i)
		postings[i] = Posting{Account: line.Account, Side: -line.Side, Amount: r.Lines[i].Amount, Take: r.Lines[i].Take}
	}
	return postings
}

func (r *refund) same(earlier *Record) string {
	switch {
	case earlier.Kind != KindRefund:
		return "kind"
	case earlier.Of != r.Of:
		return "of"
	case earlier.By != r.By:
		return "by"
	case string(earlier.Document) != string(r.Document):
		return "document"
	case len(earlier.Refunds) != len(r.Lines):
		return "lines"
	}
	// The original may not have been there yet when it was looked for: its
	// accounts and sides are also those of the earlier refund.
	postings := make([]Posting, len(r.Lines))
	for i := range r.Lines {
		if earlier.Refunds[i] != r.Lines[i].Line {
			return fmt.Sprintf("lines[%d].line", i)
		}
		l := &earlier.Lines[i]
		postings[i] = Posting{Account: l.Account, Side: l.Side, Amount: r.Lines[i].Amount, Take: r.Lines[i].Take}
	}
	return strings.Replace(samePostings(earlier.Lines, postings), "postings", "lines", 1)
}

func (r *refund) decide(d *draft) error {
	if err := d.checkUndone(&r.original); err != nil {
		return err
	}
	refunded := make([]int64, len(r.Lines))
	left := make([]int64, len(r.Lines))
	for i := range r.Lines {
		refunded[i] = d.state.refunded(r.original.Seq, r.Lines[i].Line)
		left[i] = unsigned(r.line(i).Amount).Minor() - refunded[i]
	}
	lines, err := d.post(r.postings(), taking{left: left, beyond: func(i int, wanted int64) error {
		posted := unsigned(r.line(i).Amount)
		return &RefundError{
			Of: r.Of, Line: r.Lines[i].Line, Account: r.line(i).Account, Posted: posted,
			Refunded: money.Of(refunded[i], posted.Currency()), Wanted: money.Of(wanted, posted.Currency()),
		}
	}})
	if err != nil {
		return err
	}
	d.giveBack(&r.original, lines)
	d.record.Kind, d.record.By, d.record.Document, d.record.Of = KindRefund, r.By, r.Document, r.Of
	d.record.Lines = lines
	for i := range lines {
		d.record.Refunds = append(d.record.Refunds, r.Lines[i].Line)
		if minor := unsigned(lines[i].Amount).Minor(); minor > 0 {
			d.refunds = append(d.refunds, Refunded{Seq: r.original.Seq, Line: r.Lines[i].Line, Minor: refunded[i] + minor})
		}
	}
	return nil
}
