package ledger

import (
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
)

// The ways in which a record is rejected by comparison.
var (
	errNotTheRules = errors.New("it is not what the rules make of its request")
	errOtherPlace  = errors.New("a record is missing, there twice or out of order")
	errOtherBook   = errors.New("it belongs to another book")
)

// RestoreError says what stopped a [Restore], and where. It unwraps to why.
type RestoreError struct {
	// Seq is the position in the import, from 1, of the record at fault; 0 if
	// none is, as when the store fails.
	Seq int64
	// ID is what the record gives as its id; the zero UUID if it cannot be read.
	ID uuid.UUID
	// Key is the first place in which the record differs from what it should
	// be, such as "date" or "lines[1][3]"; "" if Err says it all. Found and Want
	// are the values there as JSON, cut if they are long, "" for no value.
	Key, Found, Want string
	// Committed is the last position that is in the book.
	Committed int64
	Err       error
}

// Error says it in a sentence without personal data.
func (e *RestoreError) Error() string {
	var b strings.Builder
	if e.Seq > 0 {
		fmt.Fprintf(&b, "record %d", e.Seq)
		if e.ID != uuid.Nil {
			fmt.Fprintf(&b, " with id %s", e.ID)
		}
		b.WriteString(": ")
	}
	b.WriteString(e.Err.Error())
	if e.Key != "" {
		fmt.Fprintf(&b, ": %s is %s, not %s", e.Key, orAbsent(e.Found), orAbsent(e.Want))
	}
	fmt.Fprintf(&b, " (the book has %d records)", e.Committed)
	return b.String()
}

func orAbsent(value string) string {
	if value == "" {
		return "absent"
	}
	return value
}

// Unwrap returns why.
func (e *RestoreError) Unwrap() error { return e.Err }
