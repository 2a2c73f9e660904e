package ledger

import (
	"context"
	"time"
)

const (
	// partCalls is how many calls are decided before what they write is handed to the
	// store: few enough that it begins soon, and enough that the accounts which most
	// of them move are not written much oftener.
	partCalls = 64
	// firstCalls is for how many of those who are expected a batch waits, when the
	// others may join it.
	firstCalls = partCalls / 4
)

// decide decides the calls of a batch and returns them. To a store that takes parts
// it hands over each while it decides the next; and with open, calls that come
// meanwhile join the batch.
func (b *Book) decide(ctx context.Context, locked Locked, s *state, batch []*call, open bool) []*call {
	q := &b.commit
	inParts := !q.whole && b.caller == nil
	q.joinable = q.joinable && inParts && open
	for done := 0; ; {
		size := len(batch) - done
		if inParts && open && size < partCalls {
			batch = append(batch, b.join(s, batch, partCalls-size)...)
			size = len(batch) - done
		}
		if size == 0 {
			return batch
		}
		if inParts {
			size = min(size, partCalls)
			if inParts = s.hand(ctx, locked); !inParts {
				q.whole, q.joinable, size = true, false, len(batch)-done
			}
		}
		at := b.options.Now().UTC().Truncate(time.Microsecond)
		for _, one := range batch[done : done+size] {
			one.apply(s, at)
		}
		done += size
	}
}

// hand hands over a part of what the batch writes, if there is something. False
// means that the store takes none.
func (s *state) hand(ctx context.Context, locked Locked) bool {
	if s.head.Seq == s.cut {
		return true
	}
	if !locked.Write(ctx, s.part()) {
		return false
	}
	s.handed()
	return true
}

// join takes so many calls at most out of the queue that may join the batch: the next
// ones that wait, as long as they need nothing which would have to be read.
func (b *Book) join(s *state, batch []*call, most int) []*call {
	q, room := &b.commit, b.options.BatchMax
	for _, one := range batch {
		room -= len(one.commands)
	}
	q.settle(min(q.expected-len(batch), most, room))
	q.mu.Lock()
	defer q.mu.Unlock()
	n := 0
	for ; n < min(len(q.waiting), most); n++ {
		if room -= len(q.waiting[n].commands); room < 0 {
			break
		}
		if !s.joinedBy(q.waiting[n], &q.known) {
			q.joinable = false
			break
		}
	}
	joining := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return joining
}

// joinedBy reports whether the call only posts, to accounts that the state has or
// that are known, and takes those over.
func (s *state) joinedBy(one *call, known *known) bool {
	for _, c := range one.commands {
		p, ok := c.(*posting)
		if !ok {
			return false
		}
		for i := range p.Postings {
			path := p.Postings[i].Account
			if s.accounts[path] != nil {
				continue
			}
			account := known.accounts[path]
			if account == nil {
				return false
			}
			s.accounts[path] = account
		}
	}
	return true
}
