package roster

import (
	"errors"
	"fmt"
	"strings"
)

// The reasons why a file as a whole is not imported. Nothing has been changed
// when one of them is returned.
var (
	// ErrFormat: the file is neither an .xlsx workbook nor text with separators.
	ErrFormat = errors.New("not an .xlsx workbook or a CSV file")
	// ErrOldExcel: an .xls workbook, or an .xlsx with a password: both are OLE files.
	ErrOldExcel = errors.New("an old .xls or password-protected workbook: save it as .xlsx without a password")
	// ErrEncoding: the text is neither UTF-8, UTF-16 with a mark, nor GB18030.
	ErrEncoding = errors.New("unknown text encoding: save it as UTF-8 or GBK")
	// ErrEmpty: the file has no rows.
	ErrEmpty = errors.New("the file has no rows")
	// ErrNoHeader: none of the first rows looks like column headings.
	ErrNoHeader = errors.New("no heading row with 姓名 (name) and 学号 (student number) in the first 20 rows")
	// ErrHeader: the heading row lacks a column or has one twice; see [HeaderError].
	ErrHeader = errors.New("heading row is not usable")
	// ErrTooLarge: more bytes or rows than a roster can have; see the package's limits.
	ErrTooLarge = errors.New("the file is too large for a roster")
)

// FileError says which file, and where in it. It unwraps to its cause.
type FileError struct {
	File  string
	Sheet string // empty in a CSV file
	Row   int    // 0 if it concerns the whole file
	Err   error
}

func (e *FileError) Error() string {
	where := e.File
	if e.Sheet != "" {
		where += ", sheet " + e.Sheet
	}
	if e.Row > 0 {
		where += fmt.Sprintf(", row %d", e.Row)
	}
	return where + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *FileError) Unwrap() error { return e.Err }

// HeaderError names the required columns that are missing and the ones that
// are there twice, by their usual headings. It unwraps to [ErrHeader].
type HeaderError struct {
	Missing   []string
	Duplicate []string
}

func (e *HeaderError) Error() string {
	var parts []string
	if len(e.Missing) > 0 {
		parts = append(parts, "missing column "+strings.Join(e.Missing, ", "))
	}
	if len(e.Duplicate) > 0 {
		parts = append(parts, "two columns for "+strings.Join(e.Duplicate, ", "))
	}
	return ErrHeader.Error() + ": " + strings.Join(parts, "; ")
}

// Unwrap returns [ErrHeader].
func (*HeaderError) Unwrap() error { return ErrHeader }
