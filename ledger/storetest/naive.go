package storetest

import (
	"maps"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// naive is a book written down from the documentation alone: maps and loops,
// one request at a time. Its methods answer what a real book must answer.
type naive struct {
	open     ledger.Date
	now      time.Time // by the clock of the book
	journal  []*naiveRecord
	ids      map[uuid.UUID]*naiveRecord
	lines    []*naiveLine // all that moved something, in the order of the journal
	accounts map[string]*naiveAccount
	pending  map[uuid.UUID]bool // holds that have not ended
	families []ledger.Family
}

// naiveRecord is a request as it was written down.
type naiveRecord struct {
	seq      int64
	id       uuid.UUID
	kind     string
	date     ledger.Date
	at       time.Time
	due      ledger.Date
	request  any
	of       uuid.UUID // what it is about
	refused  string    // the code, for a refusal that is remembered
	lines    []*naiveLine
	held     []*naiveLine // for an authorization
	final    bool         // for a capture, as asked
	ends     bool         // for a capture that ends its hold
	refunds  []int        // of each line, for a refund
	opened   []ledger.AccountSpec
	next     ledger.Date      // that opens
	reopened bool             // for a close that does not stand any more
	balances *ledger.Balances // for a close
}

// naiveLine is a line of a record. One that took nothing has no amount.
type naiveLine struct {
	record  *naiveRecord
	line    int
	account string
	side    ledger.Side
	minor   int64 // debit positive
	prev    int64 // position of the record that moved the account before
}

// naiveAnswer is what a book must answer.
type naiveAnswer struct {
	code    string // "" for success or "replayed"
	seq     int64  // of the record, 0 for a refusal
	amounts []int64
}

const replayed = "replayed"

func newNaive(open ledger.Date, now time.Time) *naive {
	n := &naive{
		open: open, now: now, ids: make(map[uuid.UUID]*naiveRecord), accounts: make(map[string]*naiveAccount),
		pending: make(map[uuid.UUID]bool),
	}
	n.write(&naiveRecord{id: ledger.KeyID("ledger", "genesis"), kind: ledger.KindGenesis})
	return n
}

func refuse(code string) naiveAnswer { return naiveAnswer{code: code} }

// answer is what a record answers.
func (r *naiveRecord) answer(code string) naiveAnswer {
	a := naiveAnswer{code: code, seq: r.seq}
	for _, line := range r.lines {
		a.amounts = append(a.amounts, line.minor)
	}
	return a
}

// time returns when a record would be journaled: never before the one before.
func (n *naive) time() time.Time {
	if len(n.journal) > 0 && n.now.Before(n.journal[len(n.journal)-1].at) {
		return n.journal[len(n.journal)-1].at
	}
	return n.now
}

// write journals a record.
func (n *naive) write(r *naiveRecord) naiveAnswer {
	r.seq, r.date, r.at = int64(len(n.journal)+1), n.open, n.time()
	n.journal, n.ids[r.id] = append(n.journal, r), r
	for i, line := range r.lines {
		line.record, line.line, line.prev = r, i, n.accounts[line.account].movedSeq
		if line.minor != 0 {
			n.lines = append(n.lines, line)
		}
	}
	for _, line := range r.lines {
		if line.minor != 0 {
			n.accounts[line.account].moved(r.seq)
		}
	}
	for _, line := range append(r.lines, r.held...) {
		n.accounts[line.account].lastSeq = r.seq
	}
	return r.answer("")
}

// do answers a request.
func (n *naive) do(request ledger.Request) naiveAnswer { return n.all([]ledger.Request{request})[0] }

// apply answers a request and is told what it refers to, as it was found before
// any request sent together with it was written.
func (n *naive) apply(request ledger.Request, about *naiveRecord) naiveAnswer {
	switch r := request.(type) {
	case ledger.Transaction:
		return n.post(r)
	case ledger.Authorization:
		return n.authorize(r)
	case ledger.Capture:
		return n.capture(r, about)
	case ledger.Release:
		return n.release(r, about)
	case ledger.Reversal:
		return n.reverse(r, about)
	case ledger.Refund:
		return n.refund(r, about)
	case ledger.Opening:
		return n.openAccounts(r)
	case ledger.Change:
		return n.change(r)
	case ledger.Chart:
		return n.setChart(r)
	}
	panic("no request")
}

// all answers independent requests.
func (n *naive) all(requests []ledger.Request) []naiveAnswer {
	answers := make([]naiveAnswer, len(requests))
	for i, request := range requests {
		about, ok := n.lookUp(request)
		if !ok {
			answers[i] = refuse("invalid")
			continue
		}
		answers[i] = n.apply(request, about)
	}
	return answers
}

// linked answers requests that are all written or none of them, and which of
// them was refused, -1 for none.
func (n *naive) linked(requests []ledger.Request) (answers []naiveAnswer, refused int) {
	abouts := make([]*naiveRecord, len(requests))
	for i, request := range requests {
		var ok bool
		if abouts[i], ok = n.lookUp(request); !ok {
			return []naiveAnswer{refuse("invalid")}, i
		}
	}
	before := n.save()
	for i, request := range requests {
		answer := n.apply(forgetful(request), abouts[i])
		if answer.code != "" && answer.code != replayed {
			n.restore(before)
			return []naiveAnswer{answer}, i
		}
		answers = append(answers, answer)
	}
	return answers, -1
}

// forgetful returns a request whose refusal is not remembered.
func forgetful(request ledger.Request) ledger.Request {
	switch r := request.(type) {
	case ledger.Transaction:
		r.Remember = false
		return r
	case ledger.Authorization:
		r.Remember = false
		return r
	}
	return request
}

// naiveMoment is where a book stood.
type naiveMoment struct {
	records, lines int
	accounts       map[string]*naiveAccount
	pending        map[uuid.UUID]bool
	families       []ledger.Family
}

func (n *naive) save() naiveMoment {
	return naiveMoment{len(n.journal), len(n.lines), n.cloneAccounts(), maps.Clone(n.pending), n.families}
}

func (n *naive) cloneAccounts() map[string]*naiveAccount {
	accounts := make(map[string]*naiveAccount, len(n.accounts))
	for path, account := range n.accounts {
		accounts[path] = account.clone()
	}
	return accounts
}

func (n *naive) restore(m naiveMoment) {
	for _, record := range n.journal[m.records:] {
		delete(n.ids, record.id)
	}
	n.journal, n.lines = n.journal[:m.records], n.lines[:m.lines]
	n.accounts, n.pending, n.families = m.accounts, m.pending, m.families
}

// replay answers a request whose id has a record, given whether the two say the
// same.
func (r *naiveRecord) replay(same bool) naiveAnswer {
	if same {
		return r.answer(replayed)
	}
	return refuse("id_reused")
}
