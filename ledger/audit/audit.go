package audit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// Options tune [Run]. The zero value of each field is its default.
type Options struct {
	// FindingsMax is how many findings of each code the report keeps; all
	// are counted. Default: 100.
	FindingsMax int
	// Progress is called every 1,000 records with the position reached and
	// the last position, from Run's goroutine. Default: nobody is told.
	Progress func(seq, last int64)
	// Verifier has the public keys that must have signed the seals in the
	// store, and the Checkpoints that have a Note. Default: signatures are not
	// checked; roots always are.
	Verifier *seal.Verifier
	// Checkpoints are of the same journal and were kept outside the store: by
	// a witness, on paper, in an earlier report. The journal must still have
	// their roots. Nothing else reveals a journal that was rewritten as a
	// whole. Default: none.
	Checkpoints []seal.Checkpoint
	// ClosesSealed says that every day close is sealed, so that one that
	// stands and has no seal is a finding. A close is sealed a moment after it
	// is made: of a [ledger.Store] what seems to lack a seal is looked at once
	// more at the end of the run, in a new view. A run that ends within that
	// moment, or of a view that was taken in it, reports the seal as missing:
	// run it again. Default: seals are optional.
	ClosesSealed bool
	// Projections are tables of an application that follow from the journal,
	// to be audited with it. Default: none.
	Projections []Projection
	// From is where an earlier run ended. What that one read is not read
	// again but trusted: see [State]. Default: the beginning.
	From *State
	// Save is given the state at the end of a run that found nothing.
	// Default: it is not made.
	Save func(*State) error
}

// Run audits a book and reports what it found. An error means that the audit
// could not be completed: the book is unknown ([ledger.ErrBookUnknown]), the
// context ended, or the store failed. Damaged data is no error but a finding.
//
// Given a [ledger.Store], Run opens two views of it and may run while others write:
// what was written after the first is left out. Any other Reader, such as a
// [ledger.View], must stay as it is meanwhile; it is read by one goroutine at a
// time, one sequence at a time. A Reader that is no [ledger.Rows] is audited
// without the tables that only those yield: see [Report.Unread].
func Run(ctx context.Context, reader ledger.Reader, book ledger.BookID, options *Options) (Report, error) {
	if options == nil {
		options = &Options{}
	}
	a := newAuditor(book, options)
	if err := a.open(ctx, reader, options); err != nil {
		return Report{}, fmt.Errorf("audit book %d: %w", book, errors.Join(err, a.close()))
	}
	err := a.run(ctx, options)
	if err := errors.Join(err, a.close()); err != nil {
		return Report{}, fmt.Errorf("audit book %d: %w", book, err)
	}
	if options.Save != nil && a.report.Clean() {
		if err := options.Save(a.state()); err != nil {
			return a.report, fmt.Errorf("audit book %d: save the state: %w", book, err)
		}
	}
	return a.report, nil
}

// auditor is one run.
type auditor struct {
	book        ledger.BookID
	findingsMax int64
	progress    func(seq, last int64)
	projections []Projection
	report      Report
	muted       bool // finds nothing: a second look

	store  viewer // nil if the reader is none
	reader ledger.Reader
	rows   ledger.Rows // the reader, if it yields rows
	lines  *Lines      // the reader, if it is an export
	// other is for what is looked up while the journal is read. A view may take
	// one query at a time, so of a store it is another view, whose moment may be
	// later; of another reader it is the same, in turn.
	other   ledger.Reader
	alone   bool       // it is the same
	one     sync.Mutex // of the queries of a reader that is the same
	closers []func() error
	head    ledger.Head
	// last is the head's position. Without a readable head there is none to
	// go by, and every position is before it.
	last int64
	from int64 // where an earlier run ended

	*printer
	model   *model
	posted  posting   // the lines on their way
	undoing uuid.UUID // of the record on its way: see parsedRow
	wanted  []uuid.UUID
	found   map[uuid.UUID][]ledger.StoredRecord // for the chunk on its way
	marks   []mark                              // yet to be reached, in order
	// Of an export: reopenings to come, and what was posted on dates after
	// those that they open.
	reopenings []reopening
	aside      map[ledger.Date]turnovers
	sealed     map[int64]bool // positions
	origin     string         // of the seals, "" if there are none
	damage     damage
}

func newAuditor(book ledger.BookID, options *Options) *auditor {
	a := &auditor{
		book: book, findingsMax: int64(options.FindingsMax), progress: options.Progress, projections: options.Projections,
		report: Report{Book: book, Counts: map[Code]int64{}, Findings: []Finding{}},
		found:  map[uuid.UUID][]ledger.StoredRecord{}, sealed: map[int64]bool{},
		damage: damage{holds: map[int64]bool{}, accounts: map[int64]bool{}},
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

func (a *auditor) open(ctx context.Context, reader ledger.Reader, options *Options) error {
	a.reader, a.other, a.alone = reader, reader, true
	if store, ok := reader.(viewer); ok {
		a.store, a.alone = store, false
		for _, reader := range []*ledger.Reader{&a.reader, &a.other} {
			view, err := store.View(ctx)
			if err != nil {
				return err
			}
			*reader = view
			a.closers = append(a.closers, view.Close)
		}
	}
	a.rows, _ = a.reader.(ledger.Rows)
	if a.lines, _ = a.reader.(*Lines); a.lines != nil {
		a.alone = false
		if err := a.lines.prepare(ctx); err != nil {
			return err
		}
		a.reopenings = a.lines.reopenings
	}
	if err := a.begin(options.From); err != nil {
		return err
	}
	return a.readHead(ctx)
}

// begin makes the model, empty or as an earlier run left it.
func (a *auditor) begin(from *State) error {
	if from != nil {
		return a.resume(from)
	}
	var err error
	a.printer, err = newPrinter(nil)
	a.from = math.MinInt64
	a.model = newModel(&expected{printer: a.printer})
	a.model.ids = idPrints{printer: a.printer, each: a.rows == nil && a.lines == nil}
	return err
}

func (a *auditor) readHead(ctx context.Context) error {
	if a.lines != nil {
		a.last = math.MaxInt64
		return nil
	}
	head, err := a.reader.Head(ctx, a.book)
	a.head, a.last = head, head.Seq
	if errors.Is(err, ledger.ErrCorrupt) || errors.Is(err, ledger.ErrBookUnknown) {
		a.last = math.MaxInt64
		return a.withoutHead(ctx, err)
	}
	return err
}

// withoutHead reports that the head is gone or unreadable, unless the book does
// not exist at all.
func (a *auditor) withoutHead(ctx context.Context, problem error) error {
	if errors.Is(problem, ledger.ErrCorrupt) {
		a.find(CodeHeadUnreadable, headRow(a.book, ""), "%v", problem)
		return nil
	}
	for _, err := range a.reader.Records(ctx, a.book, ledger.RecordQuery{Limit: 1}) {
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
	return errors.Join(errs...)
}

// run reads the journal, then compares what it led to with what the tables say.
func (a *auditor) run(ctx context.Context, options *Options) error {
	if err := a.readMarks(ctx, options); err != nil {
		return err
	}
	if err := a.checkContinued(ctx); err != nil {
		return err
	}
	a.reach() // those of the size that the run begins with
	if err := a.readJournal(ctx, a.from); err != nil {
		return err
	}
	a.compareMarks()
	compare := []func(context.Context) error{
		a.checkIDs, a.compareAccounts, a.compareTables, a.compareRefunds, a.compareCursors, a.compareProjections,
	}
	if a.lines != nil {
		compare = []func(context.Context) error{a.checkLineIDs, a.compareProjections}
	}
	for _, step := range compare {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if options.ClosesSealed && a.rows != nil {
		if err := a.compareSealed(ctx, options.Verifier); err != nil { // the last, so that seals have time to come
			return err
		}
	}
	a.compareHead()
	a.total()
	return nil
}
