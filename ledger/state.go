package ledger

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// command is one kind of write. need and same look at the request
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

// rememberer is a command whose refusal can be journaled under its id.
type rememberer interface {
	// remember fills the record of a refusal, or answers false if the caller
	// did not ask for one.
	remember(r *Record, why Refusal) bool
	// remembered answers the command from the record of its refusal.
	remembered(r *Record) error
}

// needs collects what a batch needs, each name once.
type needs struct {
	accounts map[string]struct{}
	ids      map[uuid.UUID]struct{}
	holds    map[uuid.UUID]struct{}
	refunds  map[int64]struct{}
	chart    bool
	closing  bool
}

func needOf(commands []command) Need {
	n := needs{
		accounts: make(map[string]struct{}), ids: make(map[uuid.UUID]struct{}, len(commands)),
		holds: make(map[uuid.UUID]struct{}), refunds: make(map[int64]struct{}),
	}
	for _, c := range commands {
		n.ids[c.id()] = struct{}{}
		c.need(&n)
	}
	return Need{
		Accounts: slices.Collect(maps.Keys(n.accounts)),
		IDs:      slices.Collect(maps.Keys(n.ids)),
		Holds:    slices.Collect(maps.Keys(n.holds)),
		Refunds:  slices.Collect(maps.Keys(n.refunds)),
		Chart:    n.chart,
		Closing:  n.closing,
	}
}

// state is a book as far as a batch needs to know it. apply moves it from
// record to record; changes says what has moved since the snapshot.
//
// A state may be a layer over another one, which it leaves as it is: see
// [state.layer].
type state struct {
	under    *state
	head     Head
	tree     *Tree
	accounts map[string]*Account
	records  map[uuid.UUID]*StoredRecord
	holds    map[uuid.UUID]StoredHold
	refunds  map[int64]map[int]int64 // by record refunded and line, minor units
	all      []Account
	ahead    []StoredRecord
	charted  []StoredRecord // the chart's record as the store gave it
	families []Family       // the chart, once it was needed

	begun    int64                  // position before the batch
	cut      int64                  // position up to which parts were handed over
	numbered int64                  // accounts that exist up to there
	met      []*Account             // accounts that were not known before
	touched  []*Account             // accounts to write with this part
	again    map[*Account]struct{}  // accounts of several parts, to write with the last
	busy     map[*Account]struct{}  // accounts which will be of several, to judge by the last batch
	changed  map[uuid.UUID]struct{} // holds to write
	returned map[Refunded]struct{}  // lines to write whose refunds grew, without the amount
	pending  Changes
	drafted  draft // the last one; its memory is used again
}

// newState returns the state of a snapshot, and of accounts that are known to
// be as they were then. Both are changed in place. More accounts may come, about as
// many as expected.
func newState(snapshot Snapshot, spared []*Account, expected int) (*state, error) {
	tree, err := ParseTree(snapshot.Head.Seq, snapshot.Head.Tree)
	if err != nil {
		return nil, fmt.Errorf("book %d: %w", snapshot.Head.Book, err)
	}
	s := &state{
		head: snapshot.Head, tree: tree, all: snapshot.All, ahead: snapshot.Ahead,
		charted: snapshot.Chart, numbered: snapshot.Head.Accounts, begun: snapshot.Head.Seq, cut: snapshot.Head.Seq,
		accounts: make(map[string]*Account, max(len(snapshot.Accounts)+len(spared), expected)),
		records:  make(map[uuid.UUID]*StoredRecord, len(snapshot.Records)),
		holds:    make(map[uuid.UUID]StoredHold, len(snapshot.Holds)),
		refunds:  make(map[int64]map[int]int64),
		again:    make(map[*Account]struct{}),
		changed:  make(map[uuid.UUID]struct{}),
		returned: make(map[Refunded]struct{}),
	}
	for _, account := range spared {
		s.accounts[account.Path] = account
	}
	for i := range snapshot.Accounts {
		s.accounts[snapshot.Accounts[i].Path] = &snapshot.Accounts[i]
		s.met = append(s.met, &snapshot.Accounts[i])
	}
	for i := range snapshot.Records {
		s.records[snapshot.Records[i].ID] = &snapshot.Records[i]
	}
	for _, h := range snapshot.Holds {
		s.holds[h.ID] = h
	}
	for _, r := range snapshot.Refunds {
		s.setRefunded(r)
	}
	return s, nil
}

func (s *state) setRefunded(r Refunded) {
	if s.refunds[r.Seq] == nil {
		s.refunds[r.Seq] = make(map[int]int64)
	}
	s.refunds[r.Seq][r.Line] = r.Minor
}

// chart returns the families of the book's chart, none if it has no chart.
func (s *state) chart() ([]Family, error) {
	if s.families == nil && len(s.charted) > 0 {
		record, err := ParseRecord(s.charted[0].Body)
		if err != nil {
			return nil, err
		}
		s.families = record.Families
	}
	return s.families, nil
}

// apply is the state machine: it decides one command and journals its record,
// or answers the earlier record of that id, or refuses and changes nothing.
func (s *state) apply(c command, at time.Time) (Receipt, error) {
	if stored := s.record(c.id()); stored != nil {
		return replay(c, stored)
	}
	if _, first := c.(*genesis); !first && s.head.Seq == 0 {
		return Receipt{}, fmt.Errorf("book %d has no records: %w", s.head.Book, ErrBookUnknown)
	}
	d := s.draft(c.id(), at)
	err := c.decide(d)
	if err != nil {
		asked, remembers := c.(rememberer)
		if !remembers || !isRefusal(err) {
			return Receipt{}, err
		}
		d = s.draft(c.id(), at)
		if !asked.remember(&d.record, Explain(err)) {
			return Receipt{}, err
		}
	}
	if failure := s.journal(d); failure != nil {
		return Receipt{}, failure
	}
	if err != nil {
		return Receipt{}, err // journaled as refused
	}
	return Receipt{Record: d.record}, nil
}

// draft begins the next record, in the place of the one before.
func (s *state) draft(id uuid.UUID, at time.Time) *draft {
	if at.Before(s.head.At) {
		at = s.head.At
	}
	s.drafted = draft{
		state: s, accounts: s.drafted.accounts.emptied(),
		record: Record{Book: s.head.Book, Seq: s.head.Seq + 1, ID: id, Date: s.head.OpenDate, At: at},
	}
	return &s.drafted
}

// replay answers a command whose id has a record.
func replay(c command, stored *StoredRecord) (Receipt, error) {
	earlier, err := ParseRecord(stored.Body)
	if err != nil {
		return Receipt{}, err
	}
	if earlier.Refused != nil {
		if asked, ok := c.(rememberer); ok {
			return Receipt{}, asked.remembered(&earlier)
		}
	}
	field := c.same(&earlier)
	if field == "" {
		return Receipt{Record: earlier, Replayed: true}, nil
	}
	switch earlier.Kind {
	case KindReversal:
		if _, ok := c.(*reversal); ok {
			return Receipt{}, fmt.Errorf("by record %d: %w", earlier.Seq, ErrReversed)
		}
	case KindRelease:
		if r, ok := c.(*release); ok {
			return Receipt{}, fmt.Errorf("by record %d: %w", earlier.Seq, &HoldError{Hold: r.Hold, Err: ErrHoldReleased})
		}
	}
	return Receipt{}, &IDReusedError{ID: earlier.ID, Seq: earlier.Seq, Field: field}
}

// journal makes the draft part of the state.
func (s *state) journal(d *draft) error {
	r := &d.record
	body := r.Canonical()
	leaf := LeafHash(body)
	stored := StoredRecord{Seq: r.Seq, ID: r.ID, Date: r.Date, Mark: MarkOf(leaf), Body: body}
	if err := s.tree.Append(leaf, s.keepNode); err != nil {
		return fmt.Errorf("book %d: %w: %w", s.head.Book, ErrCorrupt, err)
	}
	s.head.Seq, s.head.At = r.Seq, r.At
	s.pending.Records = append(s.pending.Records, stored)
	s.records[r.ID] = &s.pending.Records[len(s.pending.Records)-1]
	for i := range r.Lines {
		if line := &r.Lines[i]; !line.Amount.IsZero() {
			s.moves(d.accounts.find(line.Account), r.Seq)
		}
	}
	for _, account := range d.accounts.list {
		account.LastSeq = r.Seq
		s.keep(account)
	}
	s.pending.Closings = append(s.pending.Closings, d.closings...)
	s.pending.Nodes = append(s.pending.Nodes, d.nodes...)
	for _, hold := range d.holds {
		hold.LastSeq = r.Seq
		s.holds[hold.ID] = hold
		s.changed[hold.ID] = struct{}{}
	}
	for _, refunded := range d.refunds {
		s.setRefunded(refunded)
		s.returned[Refunded{Seq: refunded.Seq, Line: refunded.Line}] = struct{}{}
	}
	if d.settle != nil {
		d.settle(s)
	}
	return nil
}

// keep takes over an account as it stands now.
func (s *state) keep(account *Account) {
	kept := s.accounts[account.Path]
	if kept == nil {
		kept = new(Account)
		s.accounts[account.Path] = kept
		s.met = append(s.met, kept)
	}
	if kept.LastSeq <= s.cut { // for the first time in this part
		_, busy := s.busy[kept]
		if busy || kept.LastSeq > s.begun { // or an earlier part has written it
			s.again[kept] = struct{}{}
		} else {
			s.touched = append(s.touched, kept)
		}
	}
	*kept = *account
}

// moves counts that a record moved an account, however many of its lines did.
func (s *state) moves(account *Account, seq int64) {
	if account.MovedSeq == seq {
		return
	}
	account.MovedSeq = seq
	if account.Moves++; account.Moves%MovesToMilestone == 0 {
		s.pending.Milestones = append(s.pending.Milestones, Milestone{Account: account.Number, Seq: seq})
	}
}

// keepNode adds a node of the journal's tree to what the batch writes.
func (s *state) keepNode(level int, number int64, hash []byte) {
	s.pending.Nodes = append(s.pending.Nodes, Node{Level: level, Number: number, Hash: hash})
}

// changes returns what the commands have to write that no part has; after no part,
// no Records means nothing.
func (s *state) changes() Changes {
	for account := range s.again {
		s.touched = append(s.touched, account)
	}
	return s.part()
}

// part returns what is to be written next. Accounts that an earlier part has written
// are left for the end: those which are busy are in every part.
func (s *state) part() Changes {
	s.head.Tree = s.tree.Hashes()
	part := s.pending
	part.Head = s.head
	part.Updated = make([]Account, 0, len(s.touched))
	for _, account := range s.touched {
		if account.Number > s.numbered {
			part.Opened = append(part.Opened, *account)
		} else {
			part.Updated = append(part.Updated, *account)
		}
	}
	for id := range s.changed {
		part.Holds = append(part.Holds, s.holds[id])
	}
	for line := range s.returned {
		line.Minor = s.refunds[line.Seq][line.Line]
		part.Refunds = append(part.Refunds, line)
	}
	return part
}

// handed begins the next part.
func (s *state) handed() {
	s.cut, s.numbered = s.head.Seq, s.head.Accounts
	s.touched, s.pending = s.touched[:0], Changes{Records: make([]StoredRecord, 0, partCalls)}
	clear(s.changed)
	clear(s.returned)
}
