package faults

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

// Report is what came of a fault. Each posting counts once, as it stood after its
// client was done and before it was asked again.
type Report struct {
	Fault        string
	Rounds       int
	Acknowledged int
	Refused      int // by a rule of the book
	Unwritten    int // told that nothing was written, such as ledger.ErrBusy
	Unknown      int // left without an answer, or once so
	Found        int // of those, how many were in the journal after the fault
	Sealed       int // checkpoints acknowledged
	Moved        int // times that a consumer's cursor was moved
	Expired      int // holds, as acknowledged
	Interrupted  int // seals, moves and expiries that got no answer
	Took         time.Duration
	Findings     []Finding
}

// Finding is something that must not be.
type Finding struct {
	Round    int
	Book     ledger.BookID // it is still there
	Sentence string        // for people
}

// String says where and what.
func (f Finding) String() string {
	return fmt.Sprintf("round %d, book %d: %s", f.Round, f.Book, f.Sentence)
}

func (r *Report) add(one *round) {
	r.Rounds++
	r.Findings = append(r.Findings, one.findings...)
	for _, c := range one.calls {
		if !c.Do.posts() {
			r.attended(c)
			continue
		}
		if c.doubted {
			r.Unknown++
			if c.found {
				r.Found++
			}
		}
		switch c.told {
		case acknowledged:
			r.Acknowledged++
		case refused:
			r.Refused++
		case unwritten:
			r.Unwritten++
		}
	}
}

// attended counts what else was done.
func (r *Report) attended(c *call) {
	r.Expired += c.Count
	writes := c.Do == doSeal || c.Do == doMove || c.Do == doExpire
	switch {
	case c.Outcome != acknowledged:
		if writes && c.Outcome != refused {
			r.Interrupted++
		}
	case c.Do == doSeal:
		r.Sealed++
	case c.Do == doMove:
		r.Moved++
	}
}

// WriteTable writes one line for each report: the fault, its rounds, postings by
// what their clients were told, what else was done, how many findings there are and
// how long it took. A posting whose outcome was
// unknown at first and then known is counted in both columns.
func WriteTable(w io.Writer, reports ...Report) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(table, "fault\trounds\tacknowledged\trefused\tnot written\tunknown\tfound\tsealed\tmoved\texpired\tinterrupted\tfindings\ttook\t")
	for i := range reports {
		r := &reports[i]
		_, _ = fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\t\n", r.Fault, r.Rounds, r.Acknowledged,
			r.Refused, r.Unwritten, r.Unknown, r.Found, r.Sealed, r.Moved, r.Expired, r.Interrupted, len(r.Findings), r.Took.Round(time.Second))
	}
	return table.Flush()
}
