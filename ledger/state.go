package ledger

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// command is one kind of write. check, need and same look at the request
// alone; decide is the accounting rule.
type command interface {
	id() uuid.UUID
	// need names what decide will look up.
	need(n *needs)
	// same returns the first field in which an earlier record with this id
	// differs from the request, or "".
	same(r *Record) string
	// decide fills the draft's record and moves the draft's accounts. It
	// reads no clock and no database, and an error leaves nothing behind.
	decide(d *draft) error
}

// needs collects what a batch needs, each name once.
type needs struct {
	accounts map[string]struct{}
	ids      map[uuid.UUID]struct{}
	touched  bool
}

func needOf(commands []command) Need {
	n := needs{accounts: make(map[string]struct{}), ids: make(map[uuid.UUID]struct{})}
	for _, c := range commands {
		n.ids[c.id()] = struct{}{}
		c.need(&n)
	}
	need := Need{
		Accounts: make([]string, 0, len(n.accounts)),
		IDs:      make([]uuid.UUID, 0, len(n.ids)),
		Touched:  n.touched,
	}
	for path := range n.accounts {
		need.Accounts = append(need.Accounts, path)
	}
	for id := range n.ids {
		need.IDs = append(need.IDs, id)
	}
	return need
}

// state is a book as far as a batch needs to know it. apply moves it from
// record to record; changes says what has moved since the snapshot.
type state struct {
	head     Head
	tree     *Tree
	accounts map[string]*Account
	records  map[uuid.UUID]StoredRecord
	touched  []Account

	numbered int64               // accounts that existed before the batch
	moved    map[string]struct{} // paths of accounts to write
	pending  Changes
}

func newState(snapshot Snapshot) (*state, error) {
	tree, err := ParseTree(snapshot.Head.Seq, snapshot.Head.Tree)
	if err != nil {
		return nil, fmt.Errorf("book %d: %w", snapshot.Head.Book, err)
	}
	s := &state{
		head: snapshot.Head, tree: tree, touched: snapshot.Touched, numbered: snapshot.Head.Accounts,
		accounts: make(map[string]*Account, len(snapshot.Accounts)),
		records:  make(map[uuid.UUID]StoredRecord, len(snapshot.Records)),
		moved:    make(map[string]struct{}),
	}
	for i := range snapshot.Accounts {
		s.accounts[snapshot.Accounts[i].Path] = &snapshot.Accounts[i]
	}
	for _, r := range snapshot.Records {
		s.records[r.ID] = r
	}
	return s, nil
}

// apply is the state machine: it decides one command and journals its record,
// or answers the earlier record of that id, or refuses and changes nothing.
func (s *state) apply(c command, at time.Time) (Receipt, error) {
	if stored, ok := s.records[c.id()]; ok {
		return replay(c, stored)
	}
	if at.Before(s.head.At) {
		at = s.head.At
	}
	d := &draft{state: s, accounts: make(map[string]*Account)}
	d.record = Record{Book: s.head.Book, Seq: s.head.Seq + 1, ID: c.id(), Date: s.head.OpenDate, At: at}
	if _, first := c.(*genesis); !first && s.head.Seq == 0 {
		return Receipt{}, fmt.Errorf("book %d has no records: %w", s.head.Book, ErrBookUnknown)
	}
	if err := c.decide(d); err != nil {
		return Receipt{}, err
	}
	if err := s.journal(d); err != nil {
		return Receipt{}, err
	}
	return Receipt{Record: d.record}, nil
}

func replay(c command, stored StoredRecord) (Receipt, error) {
	earlier, err := ParseRecord(stored.Body)
	if err != nil {
		return Receipt{}, err
	}
	field := c.same(&earlier)
	if field == "" {
		return Receipt{Record: earlier, Replayed: true}, nil
	}
	if _, ok := c.(*reversal); ok {
		return Receipt{}, fmt.Errorf("by record %d: %w", earlier.Seq, ErrReversed)
	}
	return Receipt{}, &IDReusedError{ID: earlier.ID, Seq: earlier.Seq, Field: field}
}

// journal makes the draft part of the state.
func (s *state) journal(d *draft) error {
	r := &d.record
	body := r.Canonical()
	stored := StoredRecord{Seq: r.Seq, ID: r.ID, Kind: r.Kind, Date: r.Date, At: r.At, Body: body, Leaf: LeafHash(body)}
	if err := s.tree.Append(stored.Leaf); err != nil {
		return fmt.Errorf("book %d: %w: %w", s.head.Book, ErrCorrupt, err)
	}
	s.head.Seq, s.head.At = r.Seq, r.At
	s.records[r.ID] = stored
	s.pending.Records = append(s.pending.Records, stored)
	for path, account := range d.accounts {
		account.LastSeq = r.Seq
		s.accounts[path] = account
		s.moved[path] = struct{}{}
	}
	for i := range r.Lines {
		if line := &r.Lines[i]; !line.Amount.IsZero() {
			s.pending.Entries = append(s.pending.Entries, NewEntry{
				Account: s.accounts[line.Account].Number, Seq: r.Seq, Line: i,
				Amount: line.Amount.Minor(), Balance: line.Balance.Minor(),
			})
		}
	}
	s.pending.Closings = append(s.pending.Closings, d.closings...)
	if d.settle != nil {
		d.settle(&s.head)
	}
	return nil
}

// changes returns what the commands so far have to write; no Records means
// nothing.
func (s *state) changes() Changes {
	s.head.Tree = s.tree.Hashes()
	s.pending.Head = s.head
	for path := range s.moved {
		account := *s.accounts[path]
		if account.Number > s.numbered {
			s.pending.Opened = append(s.pending.Opened, account)
		} else {
			s.pending.Updated = append(s.pending.Updated, account)
		}
	}
	return s.pending
}

// draft is the record being decided, with copies of the accounts it moves.
type draft struct {
	state    *state
	record   Record
	accounts map[string]*Account
	closings []NewClosing
	settle   func(*Head) // what the record does to the head
}

// account returns a copy of the account that the draft may move.
func (d *draft) account(path string) (*Account, error) {
	if account, ok := d.accounts[path]; ok {
		return account, nil
	}
	earlier, ok := d.state.accounts[path]
	if !ok {
		return nil, &AccountError{Account: path, Err: ErrAccountUnknown}
	}
	account := *earlier
	d.accounts[path] = &account
	return &account, nil
}

// open adds a new account.
func (d *draft) open(spec AccountSpec) error {
	_, existed := d.state.accounts[spec.Path]
	if _, twice := d.accounts[spec.Path]; twice || existed {
		return &AccountError{Account: spec.Path, Err: ErrAccountExists}
	}
	number := d.state.head.Accounts + int64(len(d.accounts)) + 1
	d.accounts[spec.Path] = &Account{AccountSpec: spec, Number: number}
	return nil
}
