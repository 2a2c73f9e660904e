package audit

import (
	"context"
	"errors"
	"math"
	"runtime"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

const (
	// chunkRows is how many rows of the journal are handed on at a time, and
	// chunksMax how many such chunks are on their way: one being read, some
	// being parsed, one being checked. A chunk ends earlier with the row that
	// makes its bodies chunkBytes long together.
	chunkRows  = 1000
	chunkBytes = 4 << 20
	chunksMax  = 6
	// linesKept is for how many lines the memory of a record is used again.
	linesKept = 32
	// missesMax is how many positions in a row are reported one by one, and
	// how many may be unreadable before the rest counts as lost.
	missesMax = 1000
)

// chunk is some rows of the journal in order.
type chunk struct {
	rows   []ledger.StoredRecord
	bytes  int // of their bodies
	parsed []parsedRow
	// damaged is the position of a row behind them that cannot be read, and
	// problem why; 0 for none.
	damaged int64
	problem error
	failure error // of the store
	whole   bool  // nothing comes after
	ready   chan struct{}
}

// parsedRow is what a row's body says.
type parsedRow struct {
	record ledger.Record
	err    error
	leaf   hash
	same   bool // the columns say what the body says
	// undoing is the id of the only reversal of what the record corrects.
	undoing uuid.UUID
}

// pipeline reads the journal, parses and hashes it, and hands it over chunk by
// chunk: each in a goroutine of its own, so that two cores have work.
type pipeline struct {
	auditor *auditor
	queue   chan *chunk // in order
	jobs    chan *chunk
	free    chan *chunk
	stop    context.CancelFunc
	running sync.WaitGroup
}

func (a *auditor) pipe(ctx context.Context, after int64) *pipeline {
	ctx, stop := context.WithCancel(ctx)
	p := &pipeline{
		auditor: a, queue: make(chan *chunk, chunksMax), jobs: make(chan *chunk, chunksMax), free: make(chan *chunk, chunksMax), stop: stop,
	}
	for range chunksMax {
		p.free <- &chunk{}
	}
	p.running.Go(func() { p.read(ctx, after) })
	for range max(1, runtime.GOMAXPROCS(0)-1) {
		p.running.Go(p.parse)
	}
	return p
}

// close ends what is still going on.
func (p *pipeline) close() {
	p.stop()
	p.running.Wait()
}

// read reads chunks up to the end or to a failure. A row that the store cannot
// read is passed over.
func (p *pipeline) read(ctx context.Context, after int64) {
	defer close(p.queue)
	defer close(p.jobs)
	c := p.empty(ctx)
	for misses := 0; c != nil && misses < missesMax && after < math.MaxInt64; {
		last := p.stretch(ctx, &c, after)
		if c == nil {
			return
		}
		if last != after {
			after, misses = last, 0
		}
		if c.problem != nil {
			// The store stops before the row: it is the next one, unless
			// rows are missing too.
			misses++
			after = max(after, 0) + 1
			c.damaged = after
		}
		done := c.failure != nil || c.whole
		p.send(c)
		if done {
			return
		}
		c = p.empty(ctx)
	}
}

// stretch reads the rows after a position with one query and returns the last
// position read. The last chunk is left to the caller, nil if the context ended.
func (p *pipeline) stretch(ctx context.Context, c **chunk, after int64) int64 {
	a, query, rows := p.auditor, ledger.RecordQuery{After: after}, 0
	if a.alone { // other queries have to wait, but not long
		a.one.Lock()
		defer a.one.Unlock()
		query.Limit = chunkRows
	}
	for stored, err := range a.reader.Records(ctx, a.book, query) {
		switch {
		case errors.Is(err, ledger.ErrCorrupt):
			(*c).problem = err
			return after
		case err != nil:
			(*c).failure = err
			return after
		}
		if (*c).full() {
			p.send(*c)
			if *c = p.empty(ctx); *c == nil {
				return after
			}
		}
		(*c).rows = append((*c).rows, stored)
		(*c).bytes += len(stored.Body)
		after = stored.Seq
		rows++
	}
	(*c).whole = query.Limit == 0 || rows < query.Limit
	return after
}

// empty returns a chunk to be filled, nil if the context ended.
func (p *pipeline) empty(ctx context.Context) *chunk {
	select {
	case c := <-p.free:
		c.forget()
		*c = chunk{rows: c.rows[:0], parsed: c.parsed, ready: make(chan struct{})}
		return c
	case <-ctx.Done():
		return nil
	}
}

func (c *chunk) full() bool { return len(c.rows) == chunkRows || c.bytes >= chunkBytes }

// forget lets go of what the rows say, but for the memory of some lines.
func (c *chunk) forget() {
	for i := range c.parsed[:min(len(c.rows), len(c.parsed))] {
		r := &c.parsed[i].record
		c.parsed[i] = parsedRow{record: ledger.Record{Lines: forgotten(r.Lines), Held: forgotten(r.Held)}}
	}
	clear(c.rows)
}

// forgotten returns the memory of lines without what they say, nil if it is much.
func forgotten(lines []ledger.Line) []ledger.Line {
	if cap(lines) > linesKept {
		return nil
	}
	clear(lines)
	return lines[:0]
}

// send hands a chunk on. There is room: no more than chunksMax are on their way.
func (p *pipeline) send(c *chunk) {
	p.queue <- c
	p.jobs <- c
}

// parse parses and hashes chunks.
func (p *pipeline) parse() {
	var scratch []byte
	var parser ledger.Parser
	for c := range p.jobs {
		if len(c.parsed) < len(c.rows) {
			c.parsed = make([]parsedRow, len(c.rows))
		}
		for i := range c.rows {
			stored, parsed := &c.rows[i], &c.parsed[i]
			parsed.err = parser.Parse(stored.Body, &parsed.record)
			parsed.leaf, scratch = hashLeaf(scratch, stored.Body)
			if kind := parsed.record.Kind; kind == ledger.KindReversal || kind == ledger.KindRefund {
				parsed.undoing = reversalID(parsed.record.Of)
			}
			parsed.same = parsed.err == nil && sameColumns(stored, &parsed.record, p.auditor.book)
		}
		close(c.ready)
	}
}

// sameColumns reports whether the columns for searching say what the body says.
func sameColumns(stored *ledger.StoredRecord, record *ledger.Record, book ledger.BookID) bool {
	return record.Book == book && record.Seq == stored.Seq && record.ID == stored.ID && record.Date == stored.Date
}

func timeText(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
