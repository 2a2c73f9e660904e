package storetest

import (
	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// authorized returns the record that authorized a hold, nil for none.
func (n *naive) authorized(hold uuid.UUID) *naiveRecord {
	if r := n.ids[hold]; r != nil && r.kind == ledger.KindHold {
		return r
	}
	return nil
}

func (n *naive) authorize(a ledger.Authorization) naiveAnswer {
	if earlier, ok := n.ids[a.ID]; ok {
		return n.postAgain(earlier, a.Transaction, a)
	}
	r := &naiveRecord{id: a.ID, kind: ledger.KindHold, due: a.Due, request: a}
	code := n.misdated(a.Date)
	if !a.Expires.IsZero() && !n.time().Before(a.Expires) {
		code = "hold_expired"
	}
	if code == "" {
		r.held, code = n.move(a.Postings, naiveTaking{kind: a.Kind, held: true})
	}
	if code == "" {
		n.pending[a.ID] = true
	}
	return n.writeOr(code, a.Remember, r)
}

// state returns where a hold is in its life, what was captured of each line, and
// the last record about it.
func (n *naive) state(hold *naiveRecord) (state ledger.HoldState, captured []int64, last *naiveRecord) {
	state, captured, last = ledger.HoldHeld, make([]int64, len(hold.held)), hold
	for _, r := range n.journal[hold.seq:] {
		if r.of != hold.id {
			continue
		}
		switch r.kind {
		case ledger.KindCapture:
			for i, line := range r.lines {
				captured[i] += abs(line.minor)
			}
			if r.ends {
				state = ledger.HoldCaptured
			}
		case ledger.KindRelease:
			state = ledger.HoldReleased
		case ledger.KindExpiry:
			state = ledger.HoldExpired
		default:
			continue // a reversal of nothing refers to it
		}
		last = r
	}
	return state, captured, last
}

// ended is the code that refuses a step of a hold in the state.
func ended(state ledger.HoldState) string {
	if state == ledger.HoldHeld {
		return ""
	}
	return "hold_" + string(state)
}

func (n *naive) capture(c ledger.Capture, hold *naiveRecord) naiveAnswer {
	if earlier, ok := n.ids[c.ID]; ok {
		before, isCapture := earlier.request.(ledger.Capture)
		return earlier.replay(isCapture && sameCapture(before, c))
	}
	if hold == nil {
		return refuse("hold_unknown")
	}
	state, captured, _ := n.state(hold)
	r := &naiveRecord{id: c.ID, kind: ledger.KindCapture, due: hold.due, request: c, of: c.Hold}
	code, left := ended(state), false
	if code == "" && n.isOver(hold) {
		code = "hold_expired"
	}
	if code == "" {
		r.lines, code = n.captured(hold, captured, c.Amounts)
	}
	if code != "" {
		return refuse(code)
	}
	for i, line := range r.lines {
		rest := abs(hold.held[i].minor) - captured[i] - abs(line.minor)
		if rest < 0 {
			return refuse("hold_exceeded")
		}
		left = left || rest > 0
	}
	if code := n.unbalanced(r.lines); code != "" {
		return refuse(code)
	}
	n.moveHeld(r.lines)
	r.final = c.Final || c.Amounts == nil
	answer := n.write(r)
	if r.final || !left {
		r.ends = true
		n.end(hold, captured, r)
	}
	return answer
}

// isOver reports whether a record that would be written now comes too late to
// capture a hold.
func (n *naive) isOver(hold *naiveRecord) bool {
	expires := hold.request.(ledger.Authorization).Expires
	return !expires.IsZero() && !n.time().Before(expires)
}

// moveHeld posts what was held.
func (n *naive) moveHeld(lines []*naiveLine) {
	for _, line := range lines {
		account := n.accounts[line.account]
		account.free(line.minor)
		account.add(line.minor, false)
		account.took = make(map[ledger.Side]int64)
	}
}

// captured returns the lines of a capture: the amounts, or all that is left.
func (n *naive) captured(hold *naiveRecord, before []int64, amounts []money.Amount) ([]*naiveLine, string) {
	var lines []*naiveLine
	for i, held := range hold.held {
		account := n.accounts[held.account]
		line := &naiveLine{account: held.account, side: held.side, minor: held.minor - int64(held.side)*before[i]}
		if amounts != nil {
			if amounts[i].Currency() != account.Currency {
				return nil, "currency_mismatch"
			}
			line.minor = int64(held.side) * amounts[i].Minor()
			if line.minor == 0 {
				line.side = ledger.DebitSide // FORMAT.md: a line without a sign is a debit
			}
		}
		if code := account.takes(held.side); code != "" && line.minor != 0 {
			return nil, code
		}
		lines = append(lines, line)
	}
	return lines, ""
}

// unbalanced sums lines in their order.
func (n *naive) unbalanced(lines []*naiveLine) string {
	sums := make(map[money.Currency]int64)
	for _, line := range lines {
		currency := n.accounts[line.account].Currency
		sum, ok := plus(sums[currency], line.minor)
		if !ok {
			return "overflow"
		}
		sums[currency] = sum
	}
	for _, sum := range sums {
		if sum != 0 {
			return "unbalanced"
		}
	}
	return ""
}

func sameCapture(x, y ledger.Capture) bool {
	all := func(c ledger.Capture) bool { return c.Amounts == nil } // which is final by itself
	if all(x) != all(y) || !all(x) && x.Final != y.Final {
		return false
	}
	x.Final, y.Final = false, false
	return sameJSON(x.Document, y.Document) && same(x, y)
}

// end frees what is left of a hold, with the record that ends it.
func (n *naive) end(hold *naiveRecord, captured []int64, r *naiveRecord) {
	delete(n.pending, hold.id)
	kind := hold.request.(ledger.Authorization).Kind
	for i, held := range hold.held {
		account := n.accounts[held.account]
		left := abs(held.minor) - captured[i]
		if r.kind == ledger.KindCapture {
			left -= abs(r.lines[i].minor)
		}
		account.free(int64(held.side) * left)
		account.giveBack(held.side, kind, hold, n.open, left)
		account.lastSeq = r.seq
	}
}

func (n *naive) release(r ledger.Release, hold *naiveRecord) naiveAnswer {
	id := ledger.KeyID("ledger", "release", r.Hold.String())
	if earlier, ok := n.ids[id]; ok {
		if earlier.request == r {
			return earlier.answer(replayed)
		}
		return refuse("hold_released")
	}
	if hold == nil {
		return refuse("hold_unknown")
	}
	state, captured, _ := n.state(hold)
	if code := ended(state); code != "" {
		return refuse(code)
	}
	record := &naiveRecord{id: id, kind: ledger.KindRelease, request: r, of: r.Hold}
	answer := n.write(record)
	n.end(hold, captured, record)
	return answer
}

// expire ends every hold whose time is over and returns how many there were.
func (n *naive) expire() int {
	expired := 0
	for _, hold := range n.journal {
		if !n.pending[hold.id] {
			continue
		}
		expires := hold.request.(ledger.Authorization).Expires
		if expires.IsZero() || n.now.Before(expires) {
			continue
		}
		_, captured, _ := n.state(hold)
		r := &naiveRecord{id: ledger.KeyID("ledger", "expire", hold.id.String()), kind: ledger.KindExpiry, of: hold.id}
		n.write(r)
		n.end(hold, captured, r)
		expired++
	}
	return expired
}
