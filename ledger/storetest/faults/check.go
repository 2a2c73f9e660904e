package faults

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

// check looks at the book with a store that was opened after the fault.
func (r *round) check(ctx context.Context, store ledger.Store) error {
	found, err := r.read(ctx, store)
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	if err := r.settle(ctx, store, found); err != nil {
		return err
	}
	final, err := r.read(ctx, store)
	if err != nil {
		return fmt.Errorf("read the journal: %w", err)
	}
	if !found.begins(final) {
		r.find("the journal was written anew after the fault")
	}
	for _, c := range r.calls {
		if c.Do.posts() {
			r.compare(c, final)
		}
	}
	r.checkStrangers(final)
	r.checkOrder()
	r.checkHistories()
	r.checkShown(final)
	r.checkCursor()
	r.checkExpiries(final)
	err = errors.Join(r.checkHolds(ctx, store), r.checkSeals(ctx, store), r.audit(ctx, store))
	if err != nil {
		return err
	}
	if r.subject.Agree != nil {
		if err := r.subject.Agree(ctx, store, r.book); err != nil {
			r.find("the second opinion: %v", err)
		}
	}
	return nil
}

// settle asks again for everything of which a client does not know the outcome.
// What is in the journal must be answered with its bytes. In the end it tops up
// once more, which waits for whatever the database still has under way, expires,
// seals and catches up.
func (r *round) settle(ctx context.Context, store ledger.Store, found *journal) error {
	d, err := newDesk(ctx, store, r.book, r.keys, &ledger.Options{Now: r.fault.Now})
	if err != nil {
		return fmt.Errorf("open the book: %w", err)
	}
	for _, c := range r.calls {
		c.told, c.found = c.Outcome, found.body(c.keys()[0]) != nil
		if c.Do.posts() && c.doubted && c.Outcome != acknowledged {
			r.askAgain(ctx, d, c, found)
		}
	}
	r.settled = r.clock()
	for _, do := range []verb{doTopUp, doExpire, doSeal, doCatchUp} {
		if do == doSeal && !r.seals || do == doCatchUp && !r.follows {
			continue
		}
		last := &call{request: request{Do: do, ID: ledger.NewID(), Wallet: wallet(1), Minor: 1}, began: r.now()}
		r.insist(ctx, d, last)
		last.ended, last.told = r.now(), last.Outcome
		if last.Outcome != acknowledged {
			r.find("%s after the fault was answered %s", do, last.Message)
		}
		r.calls = append(r.calls, last)
	}
	return nil
}

func (r *round) askAgain(ctx context.Context, d *desk, c *call, found *journal) {
	if r.stuck {
		return
	}
	r.insist(ctx, d, c)
	c.ended = r.now()
	there := 0
	for _, key := range c.keys() {
		if found.body(key) != nil {
			there++
		}
	}
	switch {
	case c.Outcome != acknowledged && c.Outcome != refused:
		r.find("%s, asked again, has no answer: %s", c.name(), c.Message)
	case impossible[c.Code]:
		r.find("%s, asked again, was answered %s", c.name(), c.Message)
	case there > 0 && (c.Outcome != acknowledged || !c.Replayed):
		r.find("%s is in the journal and, asked again, was answered %s %s", c.name(), c.Outcome, c.Message)
	}
}

// insist asks until there is an answer, for as long as the database may take to
// serve again. If it does not, nothing else is asked.
func (r *round) insist(ctx context.Context, d *desk, c *call) {
	ctx, cancel := context.WithTimeout(ctx, r.options.Recovery)
	defer cancel()
	for wait := time.Millisecond; ; wait = min(2*wait, time.Second) {
		c.answer = d.answer(ctx, &c.request)
		answered := c.Outcome == acknowledged || c.Outcome == refused
		if answered {
			return
		}
		c.doubted = c.doubted || !c.Do.posts() || c.Outcome == unknown
		if pause(ctx, wait) != nil {
			r.stuck = true
			return
		}
	}
}

// name is for findings.
func (c *call) name() string { return fmt.Sprintf("%s %s of client %d", c.Do, c.keys()[0], c.client) }

// compare checks what the journal has of a call whose outcome is known.
func (r *round) compare(c *call, j *journal) {
	for i, key := range c.keys() {
		body := j.body(key)
		switch {
		case c.Outcome == acknowledged && body == nil:
			r.find("%s was acknowledged and is lost: %s", c.name(), c.Records[i])
		case c.Outcome == acknowledged && !bytes.Equal(body, c.Records[i]):
			r.find("%s was acknowledged as %s and is %s", c.name(), c.Records[i], body)
		case c.Outcome != acknowledged && body != nil:
			r.find("%s was answered %q (%s), and is in the journal: %s", c.name(), c.Outcome, c.Message, body)
		}
	}
	if c.Do == doLinked && c.Outcome == acknowledged {
		first, there := j.byKey[c.keys()[0]]
		second, too := j.byKey[c.keys()[1]]
		if there && too && second != first+1 {
			r.find("%s: its records do not stand together, at %d and %d", c.name(), first+1, second+1)
		}
	}
}

// checkStrangers looks for records that nobody asked for.
func (r *round) checkStrangers(j *journal) {
	asked := make(map[string]bool)
	for i := range r.opened {
		asked[keyOf(&r.opened[i])] = true
	}
	for _, c := range r.calls {
		if !c.Do.posts() {
			continue
		}
		for _, key := range c.keys() {
			asked[key] = true
		}
		if c.Do == doHold {
			asked[expiryKey(c.ID)] = true
		}
	}
	for key, i := range j.byKey {
		if !asked[key] {
			r.find("nobody asked for record %d: %s", i+1, j.records[i].Body)
		}
	}
}

// checkOrder checks that what was acknowledged before something else was asked
// for comes before it in the journal.
func (r *round) checkOrder() {
	type placed struct {
		*call
		seq int64
	}
	var list []placed
	for _, c := range r.calls {
		if !c.Do.posts() || c.Outcome != acknowledged {
			continue
		}
		if record, err := ledger.ParseRecord(c.Records[0]); err == nil {
			list = append(list, placed{c, record.Seq})
		}
	}
	slices.SortFunc(list, func(a, b placed) int { return cmp.Compare(a.seq, b.seq) })
	var latest time.Duration // at which any call so far began
	for _, p := range list {
		if p.ended < latest {
			r.find("%s ended before another one began that has an earlier position than %d", p.name(), p.seq)
		}
		latest = max(latest, p.began)
	}
}
