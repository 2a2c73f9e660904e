package storetest

import (
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// altered is the request with one thing changed, or nothing.
func (p *program) altered(request ledger.Request) ledger.Request {
	switch r := request.(type) {
	case ledger.Transaction:
		return p.alteredTransaction(r)
	case ledger.Authorization:
		if p.one(3) {
			return r.Transaction // the hold's id as a transaction's
		}
		r.Transaction = p.alteredTransaction(r.Transaction)
		r.Expires = pick(p, r.Expires, r.Expires, r.Expires.Add(time.Second))
		return r
	case ledger.Capture:
		r.By, r.Final = pick(p, r.By, r.By, "other"), pick(p, r.Final, !r.Final)
		if len(r.Amounts) > 0 && p.one(3) {
			r.Amounts = append([]money.Amount{yuan(1)}, r.Amounts[1:]...)
		}
		return r
	case ledger.Refund:
		r.By = pick(p, r.By, r.By, "other")
		r.Lines = append([]ledger.RefundLine(nil), r.Lines...)
		r.Lines[0].Line = pick(p, r.Lines[0].Line, r.Lines[0].Line, 0)
		return r
	case ledger.Release:
		r.By = pick(p, r.By, "other")
		return r
	case ledger.Reversal:
		r.Document = p.document()
		return r
	case ledger.Opening:
		return p.alteredOpening(r)
	case ledger.Change:
		r.Floor, r.Metadata = pick(p, r.Floor, yuan(-1)), pick(p, r.Metadata, nil)
		return r
	case ledger.Chart:
		r.Why = pick(p, r.Why, "other")
		return r
	}
	return request
}

func (p *program) alteredTransaction(t ledger.Transaction) ledger.Transaction {
	t.Postings = append([]ledger.Posting(nil), t.Postings...)
	first := &t.Postings[0]
	switch p.IntN(9) {
	case 0:
		t.By = "other"
	case 1:
		t.Document = p.document()
	case 2:
		t.Due = firstDay
	case 3:
		t.Date = pick(p, ledger.Date{}, p.model.open)
	case 4:
		t.Kind = "other"
	case 5:
		t.Remember = !t.Remember
	case 6:
		first.Side = -first.Side
	case 7:
		first.Amount = pick(p, first.Amount, yuan(3))
	case 8:
		t.ID = pick(p, t.ID, uuid.Nil)
	}
	return t
}

func (p *program) alteredOpening(o ledger.Opening) ledger.Opening {
	o.Accounts = append([]ledger.AccountSpec(nil), o.Accounts...)
	for i := range o.Accounts {
		switch a := &o.Accounts[i]; p.IntN(6) {
		case 0:
			a.Control = ""
		case 1:
			a.Floor = money.Amount{}
		case 2:
			a.Limits = nil
		case 3:
			a.State = ledger.StateFrozen
		case 4:
			a.Metadata = p.metadata()
		}
	}
	return o
}
