package ledger

import (
	"context"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// prepare finds what made each record of a batch, after the records before it.
func (r *restoration) prepare(ctx context.Context, batch []restored) error {
	named, err := r.named(ctx, batch)
	if err != nil {
		return err
	}
	for i := range batch {
		one := &batch[i]
		if one.failure == nil {
			one.failure = one.checkPlace(r.book.id)
		}
		if one.failure != nil {
			continue
		}
		if one.alone() {
			one.command, err = r.closing(ctx, &one.record)
		} else {
			one.command, err = requested(&one.record, named[one.record.Of])
		}
		switch {
		case err == nil:
		case isRefusal(err):
			one.failure = one.reject(err)
		default:
			return err
		}
		named[one.record.ID] = one.record // if the id was there already, it is refused in its turn
	}
	return nil
}

// named returns the records that those of a batch are about, as far as they are
// in the book already.
func (r *restoration) named(ctx context.Context, batch []restored) (map[uuid.UUID]Record, error) {
	named := make(map[uuid.UUID]Record, len(batch))
	before := make(map[uuid.UUID]struct{}, len(batch))
	query := RecordQuery{}
	for i := range batch {
		if of := batch[i].record.Of; of != uuid.Nil && !batch[i].alone() {
			if _, here := before[of]; !here {
				before[of] = struct{}{}
				query.IDs = append(query.IDs, of)
			}
		}
		before[batch[i].record.ID] = struct{}{}
	}
	if len(query.IDs) == 0 {
		return named, nil
	}
	for record, err := range r.book.records(ctx, query) {
		if err != nil {
			return nil, err
		}
		named[record.ID] = record
	}
	return named, nil
}

// requested returns the command that made a record, which repeats what was
// asked. Of is the record that it is about; it has no Seq if there is none.
func requested(record *Record, of Record) (command, error) {
	switch record.Kind {
	case KindGenesis:
		return commandOf(newGenesis(Genesis{Name: record.Name, OpenDate: record.Date, By: record.By}))
	case KindOpening:
		return commandOf(newOpening(Opening{ID: record.ID, By: record.By, Accounts: record.Accounts}))
	case KindChange:
		return requestedChange(record)
	case KindChart:
		return commandOf(newChart(Chart{ID: record.ID, By: record.By, Why: record.Why, Families: record.Families}))
	case KindReversal, KindRefund:
		if of.Seq == 0 {
			of.ID = record.Of
		}
		return requestedUndoing(record, of)
	case KindCapture, KindRelease, KindExpiry:
		if of.Kind != KindHold {
			of = Record{}
		}
		return requestedStep(record, of)
	case KindHold, KindHoldRefusal:
		return commandOf(newAuthorization(Authorization{Transaction: requestedTransaction(record), Expires: record.Expires}))
	}
	return commandOf(newPosting(requestedTransaction(record)))
}

func requestedChange(record *Record) (command, error) {
	if len(record.Accounts) != 1 {
		return nil, &InvalidError{Field: "accounts", Problem: "is not one"}
	}
	to := &record.Accounts[0]
	return commandOf(newChange(Change{
		ID: record.ID, By: record.By, Why: record.Why, Account: to.Path,
		Floor: to.Floor, Ceiling: to.Ceiling, Limits: to.Limits, Metadata: to.Metadata, State: to.State,
	}))
}

// requestedTransaction returns the transaction that was posted, held or refused.
func requestedTransaction(record *Record) Transaction {
	t := Transaction{
		ID: record.ID, Kind: record.Kind, Date: record.Date, By: record.By, Document: record.Document, Due: record.Due,
	}
	switch record.Kind {
	case KindHold:
		t.Kind, t.Postings = record.For, requestedPostings(record.Held)
	case KindRefusal, KindHoldRefusal:
		t.Kind, t.Postings, t.Remember = record.For, record.Asked, true
		if record.Refused != nil && !record.Refused.Date.IsZero() {
			t.Date = record.Refused.Date // another than the one that was open
		}
	default:
		t.Postings = requestedPostings(record.Lines)
	}
	return t
}

func requestedPostings(lines []Line) []Posting {
	postings := make([]Posting, len(lines))
	for i := range lines {
		l := &lines[i]
		postings[i] = Posting{Account: l.Account, Side: l.Side, Amount: requestedAmount(l), Take: l.Take}
	}
	return postings
}

// requestedAmount returns the amount that a line asked for.
func requestedAmount(l *Line) money.Amount {
	switch l.Take {
	case UpTo:
		return l.Most
	case Rest:
		return money.Amount{}
	}
	return unsigned(l.Amount)
}

// requestedUndoing returns the command of a reversal or a refund.
func requestedUndoing(record *Record, original Record) (command, error) {
	if record.Kind == KindReversal {
		r := Reversal{Of: record.Of, By: record.By, Document: record.Document}
		return newReversal(r, original), checkReason(r.By, &r.Document)
	}
	if len(record.Refunds) != len(record.Lines) {
		return nil, &InvalidError{Field: "refunds", Problem: "are not as many as lines"}
	}
	r := Refund{ID: record.ID, Of: record.Of, By: record.By, Document: record.Document}
	for i := range record.Lines {
		l := &record.Lines[i]
		r.Lines = append(r.Lines, RefundLine{Line: record.Refunds[i], Amount: requestedAmount(l), Take: l.Take})
	}
	if err := checkRefund(&r); err != nil {
		return nil, err
	}
	return commandOf(newRefund(r, original))
}

// requestedStep returns the command of a step of a hold.
func requestedStep(record *Record, authorized Record) (command, error) {
	switch record.Kind {
	case KindExpiry:
		return &expiry{heldStep{hold: record.Of, authorized: authorized}}, nil
	case KindRelease:
		r := Release{Hold: record.Of, By: record.By, Why: record.Why}
		return newRelease(r, authorized), checkRelease(&r)
	}
	c := Capture{ID: record.ID, Hold: record.Of, By: record.By, Document: record.Document, Final: record.Final}
	for i := range record.Lines {
		if record.Lines[i].Take == Exact { // else all that is left
			c.Amounts = append(c.Amounts, unsigned(record.Lines[i].Amount))
		}
	}
	if err := checkCapture(&c); err != nil {
		return nil, err
	}
	return commandOf(newCapture(c, authorized))
}

// closing returns the command of a close or a reopening. All records before it
// are in the book.
func (r *restoration) closing(ctx context.Context, record *Record) (command, error) {
	if record.Kind == KindDayClose {
		c, err := newDayClose(DayClose{Date: record.Date, Next: record.Next, By: record.By})
		if err != nil {
			return nil, err
		}
		closes, _, err := r.book.closes(ctx, record.Date)
		c.nth = len(closes) + 1
		return c, err
	}
	return commandOf(r.book.newReopen(ctx, Reopen{Date: record.Next, By: record.By, Why: record.Why}))
}
