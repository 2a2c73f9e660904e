package qrcode

import (
	"fmt"
	"time"
)

// MaxDay is the last day that a code can be valid through: 2064-11-08.
const MaxDay Day = 1<<14 - 1

// Day is a calendar day in Asia/Shanghai, counted from 2020-01-01 (day 0) as
// 14 bits, the form a code carries. The zero Day is long past, so a payload
// whose expiry was forgotten is refused rather than valid for ever.
type Day uint16

// NewDay returns the day of a calendar date. A date that does not exist
// (30 February) or that lies outside day 0 to [MaxDay] is [ErrRange].
func NewDay(year int, month time.Month, day int) (Day, error) {
	t := time.Date(year, month, day, 0, 0, 0, 0, shanghai())
	if t.Year() != year || t.Month() != month || t.Day() != day {
		return 0, fmt.Errorf("no date %d-%d-%d: %w", year, month, day, ErrRange)
	}
	return DayOf(t)
}

// DayOf returns the day that an instant falls on in Asia/Shanghai. An instant
// outside day 0 to [MaxDay] is a [RangeError].
func DayOf(t time.Time) (Day, error) {
	seconds := t.Unix() - dayZero().Unix()
	if seconds < 0 {
		seconds -= secondsPerDay - 1 // the division is to round down
	}
	days := seconds / secondsPerDay
	if days < 0 || days > int64(MaxDay) {
		return 0, &RangeError{Field: "day", Value: days, Max: int64(MaxDay)}
	}
	return Day(days), nil
}

// End returns the first instant after the day, in UTC: a code that is valid
// through the day is expired from then on.
func (d Day) End() time.Time { return dayZero().AddDate(0, 0, int(d)+1).UTC() }

// String returns the date as yyyy-mm-dd.
func (d Day) String() string { return dayZero().AddDate(0, 0, int(d)).Format(time.DateOnly) }

const secondsPerDay = 24 * 60 * 60

// shanghai is a fixed zone: the time there has been UTC+8 without summer time
// since 1991, and so no host needs a time zone database to read a code.
func shanghai() *time.Location { return time.FixedZone("Asia/Shanghai", 8*60*60) }

func dayZero() time.Time { return time.Date(2020, time.January, 1, 0, 0, 0, 0, shanghai()) }
