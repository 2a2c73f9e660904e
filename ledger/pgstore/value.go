package pgstore

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func fromDate(d pgtype.Date) ledger.Date {
	if !d.Valid {
		return ledger.Date{}
	}
	return ledger.DateIn(d.Time, time.UTC)
}

// toDate is null for no date.
func toDate(d ledger.Date) pgtype.Date {
	return pgtype.Date{Time: d.Time(), Valid: !d.IsZero()}
}

func fromTime(t pgtype.Timestamptz) time.Time {
	if !t.Valid {
		return time.Time{}
	}
	return t.Time.UTC()
}

// toTime is null for no time.
func toTime(t time.Time) pgtype.Timestamptz {
	return pgtype.Timestamptz{Time: t, Valid: !t.IsZero()}
}

// toBound is null for no bound.
func toBound(bound money.Amount) pgtype.Int8 {
	return pgtype.Int8{Int64: bound.Minor(), Valid: bound.IsValid()}
}

// toLimit is null for no limit.
func toLimit(limit int) pgtype.Int8 { return pgtype.Int8{Int64: int64(limit), Valid: limit > 0} }

// toArray is a JSON array, also of nothing.
func toArray(minor []int64) string {
	if len(minor) == 0 {
		return "[]"
	}
	text, _ := json.Marshal(minor) // integers always can be
	return string(text)
}

// toUUIDs gives ids the type that pgx encodes without reflection for each.
func toUUIDs(ids []uuid.UUID) [][16]byte {
	array := make([][16]byte, len(ids))
	for i, id := range ids {
		array[i] = id
	}
	return array
}

// toText replaces bytes that no path has, and that PostgreSQL may not take for
// text, by others that no path has. Equality and order with paths stay.
func toText(path string) string {
	bytes := []byte(path)
	for i, b := range bytes {
		switch {
		case b < ' ':
			bytes[i] = 0x01
		case b >= 0x7f:
			bytes[i] = 0x7f
		}
	}
	return string(bytes)
}

func toTexts(paths []string) []string {
	texts := make([]string, len(paths))
	for i, path := range paths {
		texts[i] = toText(path)
	}
	return texts
}
