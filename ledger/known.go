package ledger

import "bytes"

// known are accounts as a book's last batch left them, so that the next need not
// read them. Nothing changes an account without moving the head of its book: if
// the head, read under the lock, is the one that the batch left behind, down to
// the tree over all records, then so are the accounts. Else, because another
// process has posted, all are forgotten. It is used by the committer alone.
type known struct {
	max      int
	rest     int // batches to come of which nothing is learnt
	seq      int64
	tree     []byte
	accounts map[string]*Account   // which the next state changes in place
	busy     map[*Account]struct{} // those which more than one part of the last batch moved
}

// spare takes the accounts that are known out of a need and returns them.
func (k *known) spare(need *Need) []*Account {
	if len(k.accounts) == 0 || need.Closing {
		return nil
	}
	var spared []*Account
	unknown := need.Accounts[:0]
	for _, path := range need.Accounts {
		if account, ok := k.accounts[path]; ok {
			spared = append(spared, account)
		} else {
			unknown = append(unknown, path)
		}
	}
	need.Accounts = unknown
	return spared
}

// holds reports whether what is known is true of a book with the head, and
// forgets what is not. While others post too, remembering is in vain.
func (k *known) holds(head *Head) bool {
	if len(k.accounts) == 0 || head.Seq == k.seq && bytes.Equal(head.Tree, k.tree) {
		return true
	}
	k.forget()
	k.rest = restAfterOthers
	return false
}

// restAfterOthers is for how many batches nothing is remembered once another
// process has posted.
const restAfterOthers = 32

func (k *known) forget() { k.accounts = nil }

// learn takes over what a state knows that was committed.
func (k *known) learn(s *state) {
	k.busy = s.again
	if k.rest > 0 {
		k.rest--
		return
	}
	if k.max <= 0 {
		return
	}
	k.seq, k.tree = s.head.Seq, s.head.Tree
	if k.accounts == nil {
		k.accounts = make(map[string]*Account, len(s.met))
	}
	for _, account := range s.met { // the others were changed in place
		if len(k.accounts) >= k.max {
			k.forgetOne()
		}
		own := *account // alone: what was read beside it may go
		k.accounts[own.Path] = &own
	}
}

func (k *known) forgetOne() {
	for path := range k.accounts {
		delete(k.accounts, path)
		return
	}
}
