package audit

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

// The tables whose rows are compared by fingerprints. A row is its words: first
// those that name it, of which the first chooses its bucket, then the others.
const (
	milestoneTable = iota // seq, account
	closingTable          // date, account; debits, credits
	holdTable             // seq; id (2), state, expires, last_seq, captured …
	nodeTable             // tree, level, number; hash (4)
	tableCount
)

// bucketCount is how many fingerprints each table has, so that a fault is looked
// for in a thousandth of it.
const bucketCount = 1024

// bucketOf returns the bucket of rows whose first word is the given one.
func bucketOf(word int64) int {
	const golden = 0x9E3779B97F4A7C15 // 2^64 over the golden ratio: near words lie apart
	return int(uint64(word) * golden >> (64 - 10))
}

// buckets are the fingerprints of a table's rows.
type buckets [bucketCount]struct {
	print fingerprint
	rows  int64
}

func (b *buckets) add(p fingerprint, word int64) {
	bucket := &b[bucketOf(word)]
	bucket.print.add(p)
	bucket.rows++
}

// expected takes the rows that follow from the journal: their fingerprints or,
// where a second look is needed, the rows.
type expected struct {
	*printer
	tables [tableCount]buckets
	watch  *watch // nil the first time
}

func (e *expected) add(table int, words ...int64) {
	if e.watch != nil {
		e.watch.add(table, words)
		return
	}
	e.tables[table].add(e.of(table, words), words[0])
}

func (e *expected) milestone(account, seq int64) { e.add(milestoneTable, seq, account) }

func (e *expected) node(tree int64, level int, number int64, node *hash) {
	w := hashWords(node[:])
	e.add(nodeTable, tree, int64(level), number, w[0], w[1], w[2], w[3])
}

func (e *expected) hold(h *hold) {
	if e.watch != nil {
		e.watch.holds = append(e.watch.holds, h.seq)
	}
	e.add(holdTable, h.words()...)
}

// closing adds a closing and returns its fingerprint, to take it back by.
func (e *expected) closing(date ledger.Date, account, debits, credits int64) (p fingerprint) {
	words := [...]int64{dateWord(date), account, debits, credits}
	if e.watch != nil {
		e.watch.add(closingTable, words[:])
		return p
	}
	p = e.of(closingTable, words[:])
	e.tables[closingTable].add(p, words[0])
	return p
}

// takeBack takes off all closings of a date.
func (e *expected) takeBack(date ledger.Date, sum fingerprint, rows int64) {
	word := dateWord(date)
	if e.watch != nil {
		e.watch.remove(closingTable, word)
		return
	}
	bucket := &e.tables[closingTable][bucketOf(word)]
	bucket.print.subtract(sum)
	bucket.rows -= rows
}

// dateWord writes a date as the number YYYYMMDD.
func dateWord(date ledger.Date) int64 {
	var word int64
	for _, c := range []byte(date.String()) {
		if c != '-' {
			word = 10*word + int64(c-'0')
		}
	}
	return word
}

func wordDate(word int64) ledger.Date {
	return ledger.DateOf(int(word/10000), time.Month(word/100%100), int(word%100))
}

// hashWords cuts a hash into words. One of another length is like no hash.
func hashWords(node []byte) (words [4]int64) {
	if len(node) != len(hash{}) {
		return [4]int64{-1, -1, -1, int64(len(node))}
	}
	for i := range words {
		words[i] = int64(binary.BigEndian.Uint64(node[8*i:]))
	}
	return words
}

// stateWord packs a state of at most eight letters; others are zero.
func stateWord(state ledger.HoldState) int64 {
	var packed [8]byte
	if len(state) > len(packed) {
		return 0
	}
	copy(packed[:], state)
	return int64(binary.BigEndian.Uint64(packed[:]))
}

func timeWord(t time.Time) int64 {
	if t.IsZero() {
		return math.MinInt64
	}
	return t.UnixMicro()
}

// holdWords returns the words of a hold's row.
func holdWords(h *ledger.StoredHold) []int64 {
	words := make([]int64, 0, 6+len(h.Captured))
	words = append(words, h.Seq, int64(binary.BigEndian.Uint64(h.ID[:])), int64(binary.BigEndian.Uint64(h.ID[8:])),
		stateWord(h.State), timeWord(h.Expires), h.LastSeq)
	return append(words, h.Captured...)
}
