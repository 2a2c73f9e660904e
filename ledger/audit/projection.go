package audit

import (
	"context"

	"github.com/campusledger/campusledger/ledger"
)

// Projection audits tables that an application derives from the journal. Both
// methods are called from Run's goroutine; their errors end the run.
type Projection interface {
	// Record is called with each record that can be read, in the order of the
	// journal. The record is the callee's only until it returns. A run that
	// begins at a [State] gives the records after it alone.
	Record(r *ledger.Record) error
	// Compare compares the tables with what the records led to, and reports
	// what differs. Codes are the application's own: not those of [Codes].
	Compare(ctx context.Context, report func(Finding)) error
}

func (a *auditor) compareProjections(ctx context.Context) error {
	for _, p := range a.projections {
		if err := p.Compare(ctx, func(f Finding) { a.report.add(f, a.findingsMax) }); err != nil {
			return err
		}
	}
	return nil
}
