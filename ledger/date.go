package ledger

import (
	"fmt"
	"time"
)

// Date is a business date: a day of the proleptic Gregorian calendar without a
// time zone, from year 1 to 9999. The zero Date is no date. Dates are
// comparable with == and ordered by [Date.Compare].
type Date struct {
	year  int16
	month int8
	day   int8
}

// DateOf returns the date, normalised as [time.Date] does: day 0 is the last
// day of the month before.
func DateOf(year int, month time.Month, day int) Date {
	return dateFrom(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateIn returns the calendar date at the instant in the location.
func DateIn(t time.Time, loc *time.Location) Date { return dateFrom(t.In(loc)) }

// ParseDate reads "2026-09-01" (ISO 8601 extended format) and nothing else.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil || t.Year() < 1 {
		return Date{}, &InvalidError{Field: "date", Problem: fmt.Sprintf("%.20q is not a date such as 2026-09-01", text)}
	}
	return dateFrom(t), nil
}

func dateFrom(t time.Time) Date {
	year, month, day := t.Date()
	if year < 1 || year > 9999 {
		return Date{}
	}
	return Date{year: int16(year), month: int8(month), day: int8(day)}
}

// IsZero reports whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

// AddDays returns the date n days later, or earlier for a negative n.
func (d Date) AddDays(n int) Date { return dateFrom(d.Time().AddDate(0, 0, n)) }

// Compare returns -1, 0 or 1 as d is before, on or after e.
func (d Date) Compare(e Date) int { return d.Time().Compare(e.Time()) }

// Before reports whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// Time returns the start of the date in UTC.
func (d Date) Time() time.Time {
	return time.Date(int(d.year), time.Month(d.month), int(d.day), 0, 0, 0, 0, time.UTC)
}

// String returns the date as "2026-09-01", or "" for no date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return string(d.append(nil))
}

// MarshalText writes what [Date.String] returns.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a date as [ParseDate] does; an empty text is no date.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

func (d Date) append(b []byte) []byte {
	b = append(appendTwo(appendTwo(b, int(d.year/100)), int(d.year%100)), '-')
	b = append(appendTwo(b, int(d.month)), '-')
	return appendTwo(b, int(d.day))
}

// appendTwo writes a number in two digits.
func appendTwo(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }
