package voucher

import (
	"errors"
	"fmt"
	"strings"

	"github.com/campusledger/campusledger/ledger"
)

// The conditions a caller may branch on with errors.Is.
var (
	// ErrMapping means that a mapping file contradicts itself or the
	// government chart. See [MappingError].
	ErrMapping = errors.New("the mapping is wrong")
	// ErrUnmapped means that accounts have no rule in the mapping. See
	// [AccountsError], as for the next four.
	ErrUnmapped = errors.New("no rule of the mapping fits")
	// ErrSide means that the balances of accounts are on the other side than
	// those of the subject they are mapped to.
	ErrSide = errors.New("the subject is of the other side")
	// ErrOrigin means that rules differ by what an account was first posted
	// against, and that it was several accounts of different rules.
	ErrOrigin = errors.New("the accounts it was first posted against have different rules")
	// ErrCurrency means that accounts are not in the currency of the vouchers.
	ErrCurrency = errors.New("the account is in another currency than the vouchers")
	// ErrAuxiliary means that the paths of accounts lack a segment that an
	// auxiliary item is made of.
	ErrAuxiliary = errors.New("the path has no such segment")
	// ErrBudget means that a record without cash would move the budget: the
	// rules of its accounts name different budget subjects.
	ErrBudget = errors.New("no cash moved, but the rules name different budget subjects")
	// ErrText means that a text cannot be written in a format. See
	// [TextError].
	ErrText = errors.New("the format cannot hold the text")
	// ErrPeriodLocked means that a date was exported and may not be reopened.
	// See [LockedError].
	ErrPeriodLocked = errors.New("the period was exported")
	// ErrOverlap means that vouchers of a date would be exported a second time
	// in another file. See [LockedError].
	ErrOverlap = errors.New("vouchers of the period were exported already")
	// ErrDiffers means that an export is not what it was. See
	// [DifferenceError].
	ErrDiffers = errors.New("the export differs from what was written")
)

// MappingError says what is wrong with a mapping file and where. It unwraps to
// [ErrMapping].
type MappingError struct {
	Line    int    // from 1; 0 if the fault is in no line
	Column  string // its heading; "" if the fault is in none
	Problem string
}

// Error says it in a sentence.
func (e *MappingError) Error() string {
	var where strings.Builder
	where.WriteString("mapping")
	if e.Line > 0 {
		fmt.Fprintf(&where, " line %d", e.Line)
	}
	if e.Column != "" {
		where.WriteString(", " + e.Column)
	}
	return where.String() + ": " + e.Problem
}

// Unwrap returns [ErrMapping].
func (e *MappingError) Unwrap() error { return ErrMapping }

// AccountsError says which accounts cannot be exported and why.
type AccountsError struct {
	Accounts []string // paths, in the order of their bytes
	Line     int      // of the mapping; 0 if no rule is concerned
	Err      error    // one of the conditions
}

// namedMax is how many accounts a sentence names.
const namedMax = 20

// Error names the first accounts in a sentence.
func (e *AccountsError) Error() string {
	named := e.Accounts[:min(len(e.Accounts), namedMax)]
	text := strings.Join(named, ", ")
	if more := len(e.Accounts) - len(named); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	if e.Line > 0 {
		text += fmt.Sprintf(" (mapping line %d)", e.Line)
	}
	return fmt.Sprintf("%s: %s", text, e.Err)
}

// Unwrap returns the condition.
func (e *AccountsError) Unwrap() error { return e.Err }

// TextError says which text a format cannot hold. It unwraps to [ErrText].
type TextError struct {
	Where   string // such as "voucher 2026-09-01, 项目"
	Problem string
}

// Error says it in a sentence.
func (e *TextError) Error() string { return e.Where + ": " + e.Problem }

// Unwrap returns [ErrText].
func (e *TextError) Unwrap() error { return ErrText }

// LockedError says which export stands in the way. It unwraps to
// [ErrPeriodLocked] or [ErrOverlap].
type LockedError struct {
	Date   ledger.Date // asked for
	Export Export      // that holds it, or something that depends on it
	Err    error
}

// Error says it in a sentence.
func (e *LockedError) Error() string {
	return fmt.Sprintf("%s: %s: as %s from %s to %s", e.Date, e.Err, e.Export.Format, e.Export.From, e.Export.To)
}

// Unwrap returns the condition.
func (e *LockedError) Unwrap() error { return e.Err }

// DifferenceError says what differs between an export and the one before. It
// unwraps to [ErrDiffers].
type DifferenceError struct {
	Export Export // as it was written
	What   string // such as "mapping"
}

// Error says it in a sentence.
func (e *DifferenceError) Error() string {
	return fmt.Sprintf("%s from %s to %s: %s: %s", e.Export.Format, e.Export.From, e.Export.To, ErrDiffers, e.What)
}

// Unwrap returns [ErrDiffers].
func (e *DifferenceError) Unwrap() error { return ErrDiffers }
