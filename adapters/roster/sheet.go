package roster

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

const (
	bytesMax = 32 << 20
	rowsMax  = 100_000
)

// cell is one cell as the file has it.
type cell struct {
	text   string // raw: a number as stored, not as displayed
	number bool   // stored as a number, so at most 15 digits are right
	shown  string // a number as displayed; empty for text
}

// row is a row with content.
type row struct {
	number int // as the spreadsheet program shows it, from 1
	cells  []cell
}

// table is one sheet of a workbook, or a whole CSV file.
type table struct {
	name string
	rows []row
}

// Sheet is the roster found in a file. It is not changed after [Read] and safe
// for concurrent use.
type Sheet struct {
	name   string
	header header
	rows   []row // below the headings
}

// Name is the sheet's name in the workbook, empty for a CSV file.
func (s *Sheet) Name() string { return s.name }

// Read reads a roster: the first sheet of an .xlsx workbook that has headings,
// or CSV text (UTF-8 with or without mark, UTF-16 with mark, GB18030 and GBK;
// comma, semicolon or tab). What the file is, is decided by its content; the
// file name is for messages only. Every failure is a [FileError] around one of
// the sentinels, saying where.
func Read(r io.Reader, filename string) (*Sheet, error) {
	content, err := io.ReadAll(io.LimitReader(r, bytesMax+1))
	if err == nil && len(content) > bytesMax {
		err = ErrTooLarge
	}
	if err != nil {
		return nil, &FileError{File: filename, Err: err}
	}
	tables, err := readTables(content)
	if err != nil {
		return nil, located(filename, "", err)
	}
	sheet, err := chooseSheet(tables)
	if err != nil {
		return nil, located(filename, "", err)
	}
	return sheet, nil
}

// located fills in where an inner error happened.
func located(file, sheet string, err error) error {
	var inner *FileError
	if !errors.As(err, &inner) {
		return &FileError{File: file, Sheet: sheet, Err: err}
	}
	outer := *inner
	if outer.File == "" {
		outer.File = file
	}
	if outer.Sheet == "" {
		outer.Sheet = sheet
	}
	return &outer
}

func readTables(content []byte) ([]table, error) {
	switch {
	case len(bytes.TrimSpace(content)) == 0:
		return nil, ErrEmpty
	case bytes.HasPrefix(content, []byte("PK\x03\x04")):
		return readXLSX(content)
	case bytes.HasPrefix(content, []byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")):
		return nil, ErrOldExcel
	case bytes.HasPrefix(bytes.TrimSpace(content), []byte("<")):
		return nil, fmt.Errorf("%w: a web page or XML", ErrFormat)
	default:
		return readCSV(content)
	}
}

// chooseSheet takes the first table with headings. Workbooks often begin with
// a sheet of instructions.
func chooseSheet(tables []table) (*Sheet, error) {
	var failure error
	for _, t := range tables {
		if len(t.rows) == 0 {
			continue
		}
		found, at, err := findHeader(t.rows)
		if err == nil {
			return &Sheet{name: t.name, header: found, rows: t.rows[at+1:]}, nil
		}
		// A sheet with half the headings explains more than one with none.
		if failure == nil || errors.Is(err, ErrHeader) && !errors.Is(failure, ErrHeader) {
			failure = located("", t.name, err)
		}
	}
	if failure == nil {
		return nil, ErrEmpty
	}
	return nil, failure
}
