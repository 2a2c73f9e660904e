package audit

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/campusledger/campusledger/ledger"
)

// Options tune [Run]. The zero value of each field is its default.
type Options struct {
	// FindingsMax is how many findings of each code the report keeps; all
	// are counted. Default: 100.
	FindingsMax int
	// Progress is called every 1,000 records with the position reached and
	// the last position, from Run's goroutine. Default: nobody is told.
	Progress func(seq, last int64)
}

// Run audits a book and reports what it found. An error means that the audit
// could not be completed: the book is unknown ([ledger.ErrBookUnknown]), the
// context ended, or the store failed. Damaged data is no error but a finding.
//
// Given a [ledger.Store], Run opens two views of it and may run while others
// write: what was written after the first view is left out. Any other Reader,
// such as a [ledger.View], must stay as it is meanwhile; it is read one sequence
// at a time, and its entries are held in memory for that.
func Run(ctx context.Context, reader ledger.Reader, book ledger.BookID, options *Options) (Report, error) {
	a := newAuditor(book, options)
	if err := a.open(ctx, reader); err != nil {
		return Report{}, fmt.Errorf("audit book %d: %w", book, errors.Join(err, a.close()))
	}
	err := a.run(ctx)
	if err := errors.Join(err, a.close()); err != nil {
		return Report{}, fmt.Errorf("audit book %d: %w", book, err)
	}
	return a.report, nil
}

// auditor is one run.
type auditor struct {
	book        ledger.BookID
	findingsMax int64
	progress    func(seq, last int64)
	report      Report

	// A view may take one query at a time, so the entries, which are open
	// all the while the journal is read, have one of their own. Its moment
	// may be later.
	state, entries source
	closers        []func() error

	model  *model
	stored storedAccounts
	lines  *entryCursor
}

// source is a reader and the head it sees.
type source struct {
	ledger.Reader
	head ledger.Head
	// last is the head's position. Without a readable head there is none to
	// go by, and every position is before it.
	last int64
}

func newAuditor(book ledger.BookID, options *Options) *auditor {
	if options == nil {
		options = &Options{}
	}
	a := &auditor{
		book: book, findingsMax: int64(options.FindingsMax), progress: options.Progress, model: newModel(),
		report: Report{Book: book, Counts: map[Code]int64{}, Findings: []Finding{}},
	}
	if a.findingsMax <= 0 {
		a.findingsMax = 100
	}
	if a.progress == nil {
		a.progress = func(int64, int64) {}
	}
	return a
}

// viewer is the part of [ledger.Store] that an audit uses.
type viewer interface {
	View(ctx context.Context) (ledger.View, error)
}

func (a *auditor) open(ctx context.Context, reader ledger.Reader) error {
	a.state.Reader, a.entries.Reader = reader, held{reader}
	if store, ok := reader.(viewer); ok {
		for _, s := range []*source{&a.state, &a.entries} {
			view, err := store.View(ctx)
			if err != nil {
				return err
			}
			a.closers = append(a.closers, view.Close)
			s.Reader = view
		}
	}
	for _, s := range []*source{&a.state, &a.entries} {
		head, err := s.Head(ctx, a.book)
		s.head, s.last = head, head.Seq
		if errors.Is(err, ledger.ErrCorrupt) || errors.Is(err, ledger.ErrBookUnknown) {
			s.last, err = math.MaxInt64, a.withoutHead(ctx, s, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// withoutHead reports that the head is gone or unreadable, unless the book does
// not exist at all.
func (a *auditor) withoutHead(ctx context.Context, s *source, problem error) error {
	if s != &a.state {
		return nil
	}
	if errors.Is(problem, ledger.ErrCorrupt) {
		a.find(CodeHeadUnreadable, headRow(a.book, ""), "%v", problem)
		return nil
	}
	for _, err := range s.Records(ctx, a.book, ledger.RecordQuery{Limit: 1}) {
		if err != nil && !errors.Is(err, ledger.ErrCorrupt) {
			return err
		}
		a.find(CodeHeadMissing, headRow(a.book, ""), "is missing, but the journal has records")
		return nil
	}
	return problem
}

func (a *auditor) close() error {
	var errs []error
	for _, closer := range a.closers {
		errs = append(errs, closer())
	}
	a.closers = nil
	return errors.Join(errs...)
}

// run reads the journal with the entries beside it, then compares what the
// journal led to with what the tables say.
func (a *auditor) run(ctx context.Context) error {
	if err := a.readAccounts(ctx, ""); err != nil {
		return err
	}
	a.lines = newEntryCursor(ctx, a)
	defer a.lines.stop()
	if err := a.readJournal(ctx); err != nil {
		return err
	}
	if err := a.lines.drain(); err != nil {
		return err
	}
	if err := a.compareAccounts(ctx); err != nil {
		return err
	}
	if err := a.compareClosings(ctx); err != nil {
		return err
	}
	if err := a.compareHolds(ctx); err != nil {
		return err
	}
	if err := a.compareRefunds(ctx); err != nil {
		return err
	}
	if err := a.compareHead(); err != nil {
		return err
	}
	a.total()
	return nil
}
