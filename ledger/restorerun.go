package ledger

import (
	"fmt"
	"iter"
)

// restored is a record on its way into a book.
type restored struct {
	seq     int64 // its position in the import
	body    []byte
	record  Record
	command command // what made it
	failure error   // why it cannot be had; the first to be reached is told
}

// reject returns the error that stops the import at this record.
func (one *restored) reject(why error) *RestoreError {
	return &RestoreError{Seq: one.seq, ID: one.record.ID, Err: fmt.Errorf("%w: %w", ErrRecordRejected, why)}
}

// restoreRun is a run of records that are parsed together.
type restoreRun struct {
	records []restored
	bytes   int
	parsed  chan struct{} // closed once they are
}

func newRestoreRun(size int) *restoreRun {
	return &restoreRun{records: make([]restored, 0, min(size, 1<<14)), parsed: make(chan struct{})}
}

func (run *restoreRun) add(one restored) {
	run.records = append(run.records, one)
	run.bytes += len(one.body)
}

func (run *restoreRun) full(size int) bool {
	return len(run.records) >= size || run.bytes >= batchBytesMax
}

func (run *restoreRun) parse() {
	defer close(run.parsed)
	for i := range run.records {
		one := &run.records[i]
		if one.failure != nil {
			continue
		}
		var err error
		if one.record, err = ParseRecord(one.body); err != nil {
			one.failure = one.reject(err)
		}
	}
}

// batches yields the records that share a commit: closes and reopenings are
// decided alone, because they look at all that came before.
func (run *restoreRun) batches() iter.Seq[[]restored] {
	return func(yield func([]restored) bool) {
		for rest := run.records; len(rest) > 0; {
			n := 0
			for n < len(rest) && !rest[n].alone() {
				n++
			}
			n = max(n, 1)
			if !yield(rest[:n:n]) {
				return
			}
			rest = rest[n:]
		}
	}
}

func (one *restored) alone() bool {
	return one.record.Kind == KindDayClose || one.record.Kind == KindReopen
}
