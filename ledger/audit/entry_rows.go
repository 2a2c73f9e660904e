package audit

import (
	"context"
	"errors"
	"iter"

	"github.com/campusledger/campusledger/ledger"
)

// entryCursor walks the entry table in the order of the journal, beside it.
type entryCursor struct {
	auditor *auditor
	next    func() (ledger.Entry, error, bool)
	stop    func()
	entry   ledger.Entry
	started bool
	ended   bool
	broken  bool // an entry could not be read: what follows is not known
}

func newEntryCursor(ctx context.Context, a *auditor) *entryCursor {
	next, stop := iter.Pull2(a.entries.Entries(ctx, a.book, ledger.EntryQuery{}))
	return &entryCursor{auditor: a, next: next, stop: stop}
}

// advance reads the next entry.
func (c *entryCursor) advance() error {
	c.started = true
	entry, err, ok := c.next()
	switch {
	case errors.Is(err, ledger.ErrCorrupt):
		at := entryRow(c.entry.Account, c.entry.Seq, c.entry.Line)
		at.key = "after " + at.key
		c.auditor.find(CodeEntryUnreadable, at, "cannot be read, and neither can what follows: %v", err)
		c.ended, c.broken = true, true
	case err != nil:
		return err
	case !ok:
		c.ended = true
	default:
		c.entry = entry
	}
	return nil
}

// before reports whether there is an entry before the line.
func (c *entryCursor) before(seq int64, line int) (bool, error) {
	if !c.started {
		if err := c.advance(); err != nil {
			return false, err
		}
	}
	return !c.ended && (c.entry.Seq < seq || c.entry.Seq == seq && c.entry.Line < line), nil
}

// match compares the entries with the lines of the record.
func (c *entryCursor) match(r *ledger.Record) error {
	for i := range r.Lines {
		if r.Lines[i].Amount.IsZero() {
			continue
		}
		c.auditor.model.entries++
		if err := c.extraBefore(r.Seq, i); err != nil {
			return err
		}
		if err := c.matchLine(r.Seq, i, &r.Lines[i]); err != nil {
			return err
		}
	}
	return nil
}

// extraBefore reports the entries before the line, which no line accounts for.
func (c *entryCursor) extraBefore(seq int64, line int) error {
	for {
		before, err := c.before(seq, line)
		if err != nil || !before {
			return err
		}
		c.extra("belongs to no line of the journal that moved money")
		if err := c.advance(); err != nil {
			return err
		}
	}
}

func (c *entryCursor) extra(problem string) {
	c.auditor.find(CodeEntryExtra, entryRow(c.entry.Account, c.entry.Seq, c.entry.Line), "%s", problem)
}

// matchLine looks at all entries that claim to be of the line: one should.
func (c *entryCursor) matchLine(seq int64, line int, want *ledger.Line) error {
	found := false
	for {
		after, err := c.before(seq, line+1)
		if err != nil {
			return err
		}
		if !after {
			break
		}
		switch {
		case c.auditor.pathOf(c.entry.Account) != want.Account:
			c.extra("the line is of another account")
		case found:
			c.extra("the line has an entry already")
		default:
			found = true
			c.compare(want)
		}
		if err := c.advance(); err != nil {
			return err
		}
	}
	if !found && !c.broken {
		c.auditor.find(CodeEntryMissing, entryRow(want.Account, seq, line), "is missing")
	}
	return nil
}

func (c *entryCursor) compare(want *ledger.Line) {
	at := entryRow(want.Account, c.entry.Seq, c.entry.Line)
	if got := c.entry.Amount.Minor(); got != want.Amount.Minor() {
		c.auditor.differ(CodeEntryDiffers, at.in("amount"), decimal(want.Amount.Minor()), decimal(got))
	}
	if got := c.entry.Balance.Minor(); got != want.Balance.Minor() {
		c.auditor.differ(CodeEntryDiffers, at.in("balance"), decimal(want.Balance.Minor()), decimal(got))
	}
}

// skip passes over the entries of a record that could not be read: nothing is
// known about them.
func (c *entryCursor) skip(seq int64) error {
	if err := c.extraBefore(seq, 0); err != nil {
		return err
	}
	for !c.ended && c.entry.Seq == seq {
		if err := c.advance(); err != nil {
			return err
		}
	}
	return nil
}

// drain takes the entries behind the journal: written since it was read, or by
// no ledger.
func (c *entryCursor) drain() error {
	a := c.auditor
	if err := c.extraBefore(a.model.seq+1, 0); err != nil {
		return err
	}
	for !c.ended {
		if a.entries.last <= a.state.last || c.entry.Seq > a.entries.last {
			c.extra("stands beyond the journal")
		}
		if err := c.advance(); err != nil {
			return err
		}
	}
	return nil
}

// held is a reader that reads its entries whole before it yields them.
type held struct{ ledger.Reader }

func (h held) Entries(ctx context.Context, book ledger.BookID, query ledger.EntryQuery) iter.Seq2[ledger.Entry, error] {
	return func(yield func(ledger.Entry, error) bool) {
		var entries []ledger.Entry
		var failed error
		paths := map[string]string{} // one copy of each
		for entry, err := range h.Reader.Entries(ctx, book, query) {
			if err != nil {
				failed = err
				break
			}
			if _, ok := paths[entry.Account]; !ok {
				paths[entry.Account] = entry.Account
			}
			entry.Account = paths[entry.Account]
			entries = append(entries, entry)
		}
		for _, entry := range entries {
			if !yield(entry, nil) {
				return
			}
		}
		if failed != nil {
			yield(ledger.Entry{}, failed)
		}
	}
}
