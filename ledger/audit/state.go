package audit

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
)

// stateFormat names the format of a state and its version.
const stateFormat = "campusledger audit state 2"

// State is where a run that found nothing ended: what the journal had led to, in
// JSON of its own, which says what it is. A later run that begins there reads
// only the records after it. The other tables are compared as a whole again.
//
// What was read before is trusted. Records up to [State.Seq] are not looked at, so
// that a change of them is seen only by its traces: the tree in the head must
// still continue the one that the state ends with. Audit from the beginning now
// and then.
//
// A state has the key of the fingerprints. Keep it where those who can write to
// the database can neither write nor read.
type State struct {
	book  ledger.BookID
	seq   int64
	root  string
	saved savedModel
}

// Book returns the book that the state is of.
func (s *State) Book() ledger.BookID { return s.book }

// Seq returns the position of the last record that was read.
func (s *State) Seq() int64 { return s.seq }

// Root returns the journal's root up to there (RFC 6962), in hexadecimal.
func (s *State) Root() string { return s.root }

// stateJSON is how a state is written.
type stateJSON struct {
	Format string        `json:"format"`
	Book   ledger.BookID `json:"book"`
	Seq    int64         `json:"seq"`
	Root   string        `json:"root"`
	Model  savedModel    `json:"model"`
}

// MarshalJSON writes the state.
func (s *State) MarshalJSON() ([]byte, error) {
	return json.Marshal(stateJSON{stateFormat, s.book, s.seq, s.root, s.saved})
}

// UnmarshalJSON reads a state. Anything else is [ErrState].
func (s *State) UnmarshalJSON(data []byte) error {
	var read stateJSON
	if err := json.Unmarshal(data, &read); err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	if read.Format != stateFormat {
		return fmt.Errorf("%w: format %.40q", ErrState, read.Format)
	}
	*s = State{read.Book, read.Seq, read.Root, read.Model}
	return nil
}

// state returns where the run ended.
func (a *auditor) state() *State {
	root := a.model.tree.root()
	return &State{a.book, a.model.seq, hexOf(root[:]), a.model.save()}
}

// resume begins where another run ended.
func (a *auditor) resume(s *State) error {
	if s.book != a.book {
		return fmt.Errorf("%w: it is of book %d", ErrState, s.book)
	}
	if a.lines != nil {
		return fmt.Errorf("%w: an export is read from its beginning", ErrState)
	}
	var err error
	if a.printer, err = newPrinter(s.saved.Key); err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	a.model = newModel(&expected{printer: a.printer})
	a.model.ids = idPrints{printer: a.printer, each: true}
	if err := a.model.load(&s.saved); err != nil {
		return fmt.Errorf("%w: %w", ErrState, err)
	}
	root := a.model.tree.root()
	if a.model.seq != s.seq || hexOf(root[:]) != s.root {
		return fmt.Errorf("%w: it does not agree with itself", ErrState)
	}
	a.from = s.seq
	return nil
}

// checkContinued checks that the journal goes on where the state ended.
func (a *auditor) checkContinued(ctx context.Context) error {
	if a.from <= 0 {
		return nil
	}
	if err := a.reachEarlier(ctx, a.rows); err != nil {
		return err
	}
	if a.last < a.from {
		a.find(CodeCheckpointBeyond, row{table: "checkpoint", key: "state size=" + decimal(a.from)},
			"is of %d records, but the head is at %d: records were taken off its end", a.from, a.last)
	}
	// The last record that was read must be there, and no other.
	page, err := a.page(ctx, a.from-1, a.from)
	if err != nil {
		return err
	}
	if len(page) == 0 || page[0].Seq != a.from {
		a.find(CodeJournalMissing, journalRow(a.from, ""), "is missing")
	}
	return nil
}
