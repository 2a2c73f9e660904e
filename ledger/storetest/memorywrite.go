package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// errEnded answers a second Commit.
var errEnded = errors.New("the write transaction has ended")

// memoryLocked is a write transaction in progress.
type memoryLocked struct {
	store *Memory
	book  *memoryBook
	read  ledger.Snapshot
	parts []ledger.Changes
	ended bool
}

func (l *memoryLocked) Snapshot() ledger.Snapshot { return l.read }

// Records returns those of the records with the ids that there are.
func (l *memoryLocked) Records(ctx context.Context, ids []uuid.UUID) ([]ledger.StoredRecord, error) {
	if l.ended {
		return nil, errEnded
	}
	var records []ledger.StoredRecord
	for record, err := range l.store.Records(ctx, l.read.Head.Book, ledger.RecordQuery{IDs: ids}) {
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, nil
}

func (l *memoryLocked) Rollback(context.Context) error {
	if !l.ended {
		l.end()
	}
	return nil
}

// end gives the turn back.
func (l *memoryLocked) end() {
	l.ended = true
	l.book.turn <- struct{}{}
}

// Commit looks at all changes before it writes the first: all or nothing.
func (l *memoryLocked) Commit(ctx context.Context, changes ledger.Changes) error {
	if l.ended {
		return errEnded
	}
	defer l.end()
	if err := ctx.Err(); err != nil {
		return err
	}
	changes = together(append(l.parts, changes))
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	k := l.book.kept
	for _, check := range []func(*ledger.Changes) error{
		k.checkRecords, k.checkAccounts, k.checkMilestones, k.checkClosings, k.checkHolds, k.checkRefunds, k.checkNodes,
	} {
		if err := check(&changes); err != nil {
			return fmt.Errorf("write to book %d: %w", k.head.Book, err)
		}
	}
	k.write(&changes)
	return nil
}

// The checks are what keys, references and constraints are in a database: they
// know no accounting.

func (k *kept) checkRecords(c *ledger.Changes) error {
	if c.Head.Book != k.head.Book || c.Head.Seq != k.head.Seq+int64(len(c.Records)) {
		return fmt.Errorf("the head of book %d at %d does not follow %d", c.Head.Book, c.Head.Seq, k.head.Seq)
	}
	seen := make(map[uuid.UUID]bool)
	for i := range c.Records {
		r := &c.Records[i]
		if r.Seq != k.head.Seq+int64(i)+1 {
			return fmt.Errorf("record %d does not follow the one before", r.Seq)
		}
		if _, earlier := k.seqs[r.ID]; earlier || seen[r.ID] {
			return fmt.Errorf("%w: record %d: its id is another one's", ledger.ErrConflict, r.Seq)
		}
		seen[r.ID] = true
	}
	return nil
}

func (k *kept) checkAccounts(c *ledger.Changes) error {
	opened := make(map[int64]bool)
	paths := make(map[string]bool)
	for i := range c.Opened {
		a := &c.Opened[i]
		if _, earlier := k.numbers[a.Path]; earlier || paths[a.Path] {
			return fmt.Errorf("account %s is there already", a.Path)
		}
		if a.Number <= k.head.Accounts || a.Number > c.Head.Accounts || opened[a.Number] {
			return fmt.Errorf("account %s: number %d is not the next", a.Path, a.Number)
		}
		opened[a.Number], paths[a.Path] = true, true
	}
	if c.Head.Accounts != k.head.Accounts+int64(len(c.Opened)) {
		return fmt.Errorf("the head counts %d accounts", c.Head.Accounts)
	}
	for i := range c.Updated {
		if a := &c.Updated[i]; k.numbers[a.Path] != a.Number || a.Number == 0 {
			return fmt.Errorf("account %s is not number %d", a.Path, a.Number)
		}
	}
	return nil
}

func (k *kept) checkMilestones(c *ledger.Changes) error {
	seen := make(map[ledger.Milestone]bool)
	for _, m := range c.Milestones {
		if m.Account < 1 || m.Account > c.Head.Accounts || m.Seq <= k.head.Seq || m.Seq > c.Head.Seq || seen[m] {
			return fmt.Errorf("milestone of account %d at record %d: there already, of no account or of no new record", m.Account, m.Seq)
		}
		seen[m] = true
	}
	return nil
}

func (k *kept) checkClosings(c *ledger.Changes) error {
	seen := make(map[closingKey]bool)
	for _, n := range c.Closings {
		key := closingKey{n.Account, n.Date}
		_, earlier := k.closings[key]
		if n.Account < 1 || n.Account > c.Head.Accounts || seen[key] || earlier && n.Date != c.Reopened {
			return fmt.Errorf("closing of account %d on %s: there already, or of no account", n.Account, n.Date)
		}
		seen[key] = true
	}
	return nil
}

// idOf returns the id of an earlier or a new record, none if there is no such
// record.
func (k *kept) idOf(c *ledger.Changes, seq int64) uuid.UUID {
	switch {
	case seq < 1 || seq > c.Head.Seq:
		return uuid.Nil
	case seq > k.head.Seq:
		return c.Records[seq-k.head.Seq-1].ID
	}
	return k.records[seq-1].ID
}

func (k *kept) checkHolds(c *ledger.Changes) error {
	seen := make(map[int64]bool)
	for i := range c.Holds {
		h := &c.Holds[i]
		if seen[h.Seq] || h.ID == uuid.Nil || k.idOf(c, h.Seq) != h.ID || h.LastSeq < h.Seq || h.LastSeq > c.Head.Seq {
			return fmt.Errorf("hold %s is not the one of record %d", h.ID, h.Seq)
		}
		seen[h.Seq] = true
	}
	return nil
}

func (k *kept) checkRefunds(c *ledger.Changes) error {
	seen := make(map[ledger.Refunded]bool)
	for _, r := range c.Refunds {
		key := ledger.Refunded{Seq: r.Seq, Line: r.Line}
		if seen[key] || k.idOf(c, r.Seq) == uuid.Nil || r.Minor <= 0 {
			return fmt.Errorf("refund of record %d, line %d", r.Seq, r.Line)
		}
		seen[key] = true
	}
	return nil
}

func (k *kept) checkNodes(c *ledger.Changes) error {
	seen := make(map[nodeKey]bool)
	for _, n := range c.Nodes {
		key := nodeKey{n.Tree, n.Level, n.Number}
		if _, earlier := k.nodes[key]; earlier || seen[key] || n.Level <= 0 || n.Level%ledger.NodeLevels != 0 || len(n.Hash) != 32 {
			return fmt.Errorf("node %d of level %d of tree %d: there already, or not one to keep", n.Number, n.Level, n.Tree)
		}
		seen[key] = true
	}
	return nil
}

// write writes what was checked.
func (k *kept) write(c *ledger.Changes) {
	k.head = copyHead(c.Head)
	k.accounts = append(k.accounts, make([]ledger.Account, len(c.Opened))...)
	for _, account := range slices.Concat(c.Opened, c.Updated) {
		k.accounts[account.Number-1] = copyAccount(account)
		k.numbers[account.Path] = account.Number
	}
	for _, record := range c.Records {
		k.records = append(k.records, copyRecord(record))
		k.seqs[record.ID] = record.Seq
		for _, path := range movedBy(record.Body) {
			k.moves[path] = append(k.moves[path], record.Seq)
		}
	}
	for _, milestone := range c.Milestones {
		k.miles[milestone] = true
	}
	for key := range k.closings {
		if key.date == c.Reopened {
			delete(k.closings, key)
		}
	}
	for _, closing := range c.Closings {
		k.closings[closingKey{closing.Account, closing.Date}] = closing
	}
	for _, n := range c.Nodes {
		k.nodes[nodeKey{n.Tree, n.Level, n.Number}] = bytes.Clone(n.Hash)
	}
	for _, hold := range c.Holds {
		k.holds[hold.Seq] = copyHold(hold)
	}
	for _, refund := range c.Refunds {
		if k.refunds[refund.Seq] == nil {
			k.refunds[refund.Seq] = make(map[int]int64)
		}
		k.refunds[refund.Seq][refund.Line] = refund.Minor
	}
}

// movedBy returns which accounts a record moves, each once. What is no record
// moves none.
func movedBy(body []byte) []string {
	record, err := ledger.ParseRecord(body)
	if err != nil {
		return nil
	}
	var paths []string
	for _, line := range record.Lines {
		if !line.Amount.IsZero() && !slices.Contains(paths, line.Account) {
			paths = append(paths, line.Account)
		}
	}
	return paths
}
