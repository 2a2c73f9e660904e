package audit

import (
	"context"
	"math"
	"slices"
)

// roundRows is how many rows, expected and found, are held at once when those
// of buckets that differ are looked at one by one: some 100 MB.
const roundRows = 1 << 20

// suspect is a bucket whose fingerprints differ.
type suspect struct {
	table, bucket int
	rows          int64
}

// watch is rows of some buckets.
type watch struct {
	wanted [tableCount][bucketCount]bool
	rows   [tableCount][][]int64
	holds  []int64 // positions of all
	arena  []int64
}

func (w *watch) add(table int, words []int64) {
	if !w.wanted[table][bucketOf(words[0])] {
		return
	}
	if len(w.arena)+len(words) > cap(w.arena) {
		w.arena = make([]int64, 0, max(1<<13, len(words)))
	}
	from := len(w.arena)
	w.arena = append(w.arena, words...)
	w.rows[table] = append(w.rows[table], w.arena[from:len(w.arena):len(w.arena)])
}

// remove takes off the rows whose first word is the given one.
func (w *watch) remove(table int, word int64) {
	w.rows[table] = slices.DeleteFunc(w.rows[table], func(words []int64) bool { return words[0] == word })
}

// compareTables reads each table as it lies and compares its fingerprints with
// those that follow from the journal. Only where they differ are rows compared.
func (a *auditor) compareTables(ctx context.Context) error {
	if a.rows == nil {
		return nil
	}
	var suspects []suspect
	for table := range tableCount {
		got, want := &buckets{}, a.model.rows.tables[table] // a copy
		if table == holdTable {
			for _, h := range a.model.holds {
				want.add(a.of(holdTable, h.words()), h.seq)
			}
		}
		err := a.scan(ctx, table, func() { *got = buckets{} }, func(words []int64) {
			got.add(a.of(table, words), words[0])
		})
		if err != nil {
			return err
		}
		for i := range got {
			if got[i] != want[i] {
				suspects = append(suspects, suspect{table, i, got[i].rows + want[i].rows})
			}
		}
	}
	for len(suspects) > 0 {
		n, rows := 1, suspects[0].rows
		for n < len(suspects) && rows+suspects[n].rows <= roundRows {
			rows += suspects[n].rows
			n++
		}
		if err := a.localise(ctx, suspects[:n]); err != nil {
			return err
		}
		suspects = suspects[n:]
	}
	return nil
}

// localise compares the rows of the buckets one by one. The journal is read
// again for what they should be.
func (a *auditor) localise(ctx context.Context, suspects []suspect) error {
	want, got, looked := a.watchOf(suspects), a.watchOf(suspects), [tableCount]bool{}
	if err := a.replay(ctx, want); err != nil {
		return err
	}
	for _, s := range suspects {
		if looked[s.table] {
			continue
		}
		looked[s.table] = true
		begin := func() { got.rows[s.table] = nil }
		if err := a.scan(ctx, s.table, begin, func(words []int64) { got.add(s.table, words) }); err != nil {
			return err
		}
		a.compareRows(s.table, want.rows[s.table], got.rows[s.table])
	}
	return nil
}

func (a *auditor) watchOf(suspects []suspect) *watch {
	w := &watch{}
	for _, s := range suspects {
		w.wanted[s.table][s.bucket] = true
	}
	return w
}

// replay reads the journal from its beginning, finds nothing, and collects what
// is watched.
func (a *auditor) replay(ctx context.Context, w *watch) error {
	again := &auditor{
		book: a.book, reader: a.reader, other: a.other, alone: a.alone, rows: a.rows, last: a.last, muted: true, printer: a.printer, progress: func(int64, int64) {},
		found: a.found,
	}
	again.model = newModel(&expected{printer: a.printer, watch: w})
	again.model.ids.printer = a.printer
	if err := again.readJournal(ctx, math.MinInt64); err != nil {
		return err
	}
	for _, h := range again.model.holds {
		again.model.rows.hold(h)
	}
	return nil
}

// listHolds lists the positions of all holds, once.
func (a *auditor) listHolds(ctx context.Context) error {
	if a.damage.seqs != nil {
		return nil
	}
	w := &watch{}
	if err := a.replay(ctx, w); err != nil {
		return err
	}
	slices.Sort(w.holds)
	a.damage.seqs = slices.Compact(w.holds)
	return nil
}

// compareRows compares the rows that should be with those that are.
func (a *auditor) compareRows(table int, want, got [][]int64) {
	slices.SortFunc(want, slices.Compare)
	slices.SortFunc(got, slices.Compare)
	keys := tableForms[table].keys
	for len(want) > 0 || len(got) > 0 {
		order := -1
		switch {
		case len(want) == 0:
			order = 1
		case len(got) > 0:
			order = slices.Compare(want[0][:keys], got[0][:keys])
		}
		switch {
		case order < 0:
			a.missing(table, want[0])
			want = want[1:]
		case order > 0:
			a.extra(table, got[0], tableForms[table].extraProblem)
			got = got[1:]
		default:
			n := 1
			for n < len(got) && slices.Equal(got[n][:keys], want[0][:keys]) {
				n++
			}
			a.compareNamesakes(table, want[0], got[:n])
			want, got = want[1:], got[n:]
		}
	}
}

// compareNamesakes compares the row that should be with those that have its
// key: one of them is it, as it should be if one is.
func (a *auditor) compareNamesakes(table int, want []int64, got [][]int64) {
	it := max(0, slices.IndexFunc(got, func(words []int64) bool { return slices.Equal(words, want) }))
	wanted := cellsOf(table, want)
	for i, cell := range cellsOf(table, got[it]) {
		if cell != wanted[i] {
			a.differ(tableForms[table].differs, a.rowOf(table, want).in(tableForms[table].columns[i]), wanted[i], cell)
		}
	}
	for range len(got) - 1 {
		a.extra(table, want, tableForms[table].twiceAlert)
	}
}

// unknown reports whether nothing is known about a row: it, or the record that
// it follows from, could not be read.
func (a *auditor) unknown(table int, words []int64) bool {
	switch table {
	case milestoneTable:
		return a.model.unread(words[0])
	case closingTable:
		return a.damage.accounts[words[1]]
	case holdTable:
		return a.damage.holds[words[0]] || a.model.unreadable[words[0]]
	}
	return false
}

func (a *auditor) missing(table int, words []int64) {
	if !a.damage.broken[table] && !a.unknown(table, words) {
		a.find(tableForms[table].missing, a.rowOf(table, words), "is missing")
	}
}

func (a *auditor) extra(table int, words []int64, problem string) {
	if !a.unknown(table, words) {
		a.find(tableForms[table].extra, a.rowOf(table, words), "%s", problem)
	}
}
