package roster

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/qrcode/identity"
)

// Accounts opens the ledger accounts of holders. It must be idempotent: an
// import that is run again asks for the same holders again.
type Accounts interface {
	// OpenHolders opens all accounts of each holder, given as
	// [identity.Number.Ref], or fails. What it opened before failing may stay.
	OpenHolders(ctx context.Context, refs []string) error
}

// Target is where an import goes.
type Target struct {
	School    int
	Directory *identity.Directory
	Accounts  Accounts
}

// Options adjust an import; the zero value of a field means its default.
type Options struct {
	// BatchRows is how many rows are written in one transaction. Default 500.
	BatchRows int
	// Progress is told, after each batch, how many of the total valid rows are
	// done. Default nothing.
	Progress func(done, total int)
}

// Result is what an import did. Its JSON is that of its [Report].
type Result struct {
	Report
	Created   int `json:"-"`
	Updated   int `json:"-"`
	Unchanged int `json:"-"`
	Opened    int `json:"-"` // holders whose accounts this import opened, also for an earlier one that was cut off
}

// Import writes the rows without errors to the target, batch by batch: holders
// first, then their accounts, then the mark that they are active. A holder can
// be charged only after the mark, so an import that is cut off anywhere leaves
// nobody half-opened, and running it again finishes it. Importing the same file
// again changes nothing. Rows with errors are left out and reported.
//
// On failure the result says what was done before it.
func (s *Sheet) Import(ctx context.Context, to Target, opts *Options) (Result, error) {
	people, report := s.check()
	result := Result{Report: report}
	size := 500
	if opts != nil && opts.BatchRows > 0 {
		size = opts.BatchRows
	}
	for done := 0; done < len(people); {
		batch := people[done:min(done+size, len(people))]
		if err := result.importBatch(ctx, to, batch); err != nil {
			return result, fmt.Errorf("import rows %d to %d of %d valid: %w", done+1, done+len(batch), len(people), err)
		}
		done += len(batch)
		if opts != nil && opts.Progress != nil {
			opts.Progress(done, len(people))
		}
	}
	return result, nil
}

func (r *Result) importBatch(ctx context.Context, to Target, batch []identity.Registration) error {
	upserted, err := to.Directory.Upsert(ctx, to.School, batch)
	if err != nil {
		return err
	}
	var opening []identity.Number
	var refs []string
	for _, u := range upserted {
		r.count(u.Outcome)
		if u.Status == identity.Opening {
			opening, refs = append(opening, u.Number), append(refs, u.Ref())
		}
	}
	if len(opening) == 0 {
		return nil
	}
	if err := to.Accounts.OpenHolders(ctx, refs); err != nil {
		return fmt.Errorf("open accounts: %w", err)
	}
	if err := to.Directory.Activate(ctx, to.School, opening); err != nil {
		return err
	}
	r.Opened += len(opening)
	return nil
}

func (r *Result) count(outcome identity.Outcome) {
	switch outcome {
	case identity.Created:
		r.Created++
	case identity.Updated:
		r.Updated++
	case identity.Unchanged:
		r.Unchanged++
	}
}
