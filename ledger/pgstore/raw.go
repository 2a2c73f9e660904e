package pgstore

import (
	"bytes"
	"encoding/binary"
	"math"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/campusledger/campusledger/ledger"
)

// rawRow is a row of a large table in PostgreSQL's binary formats, read without
// the allocations of Scan. Whatever is not as expected leaves bad set: such a row
// is scanned instead, which says what is wrong.
type rawRow struct {
	values [][]byte
	bad    bool
}

// rawOf returns the current row if it has n values in binary formats.
func rawOf(rows pgx.Rows, n int) rawRow {
	fields := rows.FieldDescriptions()
	bad := len(fields) != n
	for i := range fields {
		bad = bad || fields[i].Format != pgtype.BinaryFormatCode && fields[i].DataTypeOID != pgtype.TextOID
	}
	return rawRow{values: rows.RawValues(), bad: bad}
}

// next returns the next value if it has n bytes.
func (r *rawRow) next(n int) []byte {
	if r.bad = r.bad || len(r.values[0]) != n; r.bad {
		return nil
	}
	return r.any()
}

// any returns the next value, nil for null.
func (r *rawRow) any() []byte {
	if r.bad {
		return nil
	}
	value := r.values[0]
	r.values = r.values[1:]
	return value
}

func (r *rawRow) int8() int64 {
	value := r.next(8)
	if r.bad {
		return 0
	}
	return int64(binary.BigEndian.Uint64(value))
}

func (r *rawRow) int2() int {
	value := r.next(2)
	if r.bad {
		return 0
	}
	return int(int16(binary.BigEndian.Uint16(value)))
}

func (r *rawRow) uuid() (id uuid.UUID) {
	copy(id[:], r.next(len(id)))
	return id
}

// The first days and times of PostgreSQL's formats count from 2000-01-01.
const epoch = 946684800

// date is zero for null.
func (r *rawRow) date() ledger.Date {
	if !r.bad && r.values[0] == nil {
		r.any()
		return ledger.Date{}
	}
	value := r.next(4)
	if r.bad {
		return ledger.Date{}
	}
	days := int32(binary.BigEndian.Uint32(value))
	if r.bad = days == math.MaxInt32 || days == math.MinInt32; r.bad { // infinite
		return ledger.Date{}
	}
	return ledger.DateIn(time.Unix(epoch+int64(days)*24*60*60, 0), time.UTC)
}

// bound is none for null.
func (r *rawRow) bound() pgtype.Int8 {
	if !r.bad && r.values[0] == nil {
		r.any()
		return pgtype.Int8{}
	}
	return pgtype.Int8{Int64: r.int8(), Valid: true}
}

func rawAccount(rows pgx.Rows) (a accountRow, ok bool) {
	raw := rawOf(rows, 19)
	a.Number, a.Path, a.Control, a.currency = raw.int8(), string(raw.any()), string(raw.any()), string(raw.any())
	a.side, a.floor, a.ceiling, a.State = raw.int2(), raw.bound(), raw.bound(), ledger.State(raw.any())
	a.Debits, a.Credits, a.LastSeq, a.MovedSeq, a.Moves, a.ChangedSeq = raw.int8(), raw.int8(), raw.int8(), raw.int8(), raw.int8(), raw.int8()
	a.limits, a.meta, a.used = string(raw.any()), string(raw.any()), string(raw.any())
	a.HeldDebits, a.HeldCredits = raw.int8(), raw.int8()
	return a, !raw.bad
}

func rawRecord(rows pgx.Rows) (r ledger.StoredRecord, ok bool) {
	raw := rawOf(rows, 5)
	r.Seq, r.ID, r.Date, r.Mark, r.Body = raw.int8(), raw.uuid(), raw.date(), raw.int8(), bytes.Clone(raw.any())
	return r, !raw.bad && r.Body != nil
}

func rawMilestone(rows pgx.Rows) (m ledger.Milestone, ok bool) {
	raw := rawOf(rows, 2)
	m = ledger.Milestone{Account: raw.int8(), Seq: raw.int8()}
	return m, !raw.bad
}

func rawClosing(rows pgx.Rows) (c ledger.ClosingRow, ok bool) {
	raw := rawOf(rows, 4)
	c.Account, c.Date, c.Debits, c.Credits = raw.int8(), raw.date(), raw.int8(), raw.int8()
	return c, !raw.bad
}

func rawID(rows pgx.Rows) (id uuid.UUID, ok bool) {
	raw := rawOf(rows, 1)
	id = raw.uuid()
	return id, !raw.bad
}

func rawNode(rows pgx.Rows) (n ledger.Node, ok bool) {
	raw := rawOf(rows, 4)
	n.Tree, n.Level, n.Number, n.Hash = raw.int8(), raw.int2(), raw.int8(), bytes.Clone(raw.any())
	return n, !raw.bad && n.Hash != nil
}
