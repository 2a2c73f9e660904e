package roster

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/xuri/excelize/v2"
)

// unzippedMax bounds what a workbook may unpack to. It is also the bound for
// unpacking in memory, so that no pupil's data is spilled to a temporary file.
const unzippedMax = 256 << 20

func readXLSX(content []byte) ([]table, error) {
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		UnzipSizeLimit: unzippedMax, UnzipXMLSizeLimit: unzippedMax,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	defer func() { _ = book.Close() }()
	var tables []table
	for _, name := range book.GetSheetList() {
		t, err := readWorksheet(book, name)
		if err != nil {
			return nil, located("", name, err)
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// readWorksheet reads all rows with content. Hidden rows count like others: a
// filter hides pupils, it does not remove them.
func readWorksheet(book *excelize.File, name string) (table, error) {
	t := table{name: name}
	rows, err := book.Rows(name)
	if err != nil {
		var notWorksheet excelize.ErrSheetNotExist
		if errors.As(err, &notWorksheet) {
			return t, nil // a chart or a dialog
		}
		return t, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	defer func() { _ = rows.Close() }()
	for number := 1; rows.Next(); number++ {
		texts, err := rows.Columns(excelize.Options{RawCellValue: true})
		if err != nil {
			return t, &FileError{Row: number, Err: fmt.Errorf("%w: %w", ErrFormat, err)}
		}
		r := row{number: number, cells: make([]cell, len(texts))}
		for column, text := range texts {
			if r.cells[column], err = readCell(book, name, column, number, text); err != nil {
				return t, &FileError{Row: number, Err: fmt.Errorf("%w: %w", ErrFormat, err)}
			}
		}
		if t.rows, err = appendRow(t.rows, r); err != nil {
			return t, err
		}
	}
	if err := rows.Error(); err != nil {
		return t, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return t, nil
}

// readCell asks for the stored type of what could be a number: only there does
// it matter, and asking is slow.
func readCell(book *excelize.File, sheet string, column, number int, text string) (cell, error) {
	if !looksNumeric(text) {
		return cell{text: text}, nil
	}
	name, err := excelize.CoordinatesToCellName(column+1, number)
	if err != nil {
		return cell{}, err
	}
	kind, err := book.GetCellType(sheet, name)
	if err != nil {
		return cell{}, err
	}
	if kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
		return cell{text: text}, nil
	}
	shown, err := book.GetCellValue(sheet, name)
	if err != nil {
		return cell{}, err
	}
	return cell{text: text, number: true, shown: shown}, nil
}

// appendRow keeps rows with content, up to the limit.
func appendRow(rows []row, r row) ([]row, error) {
	for _, c := range r.cells {
		if tidy(c.text) == "" {
			continue
		}
		if len(rows) == rowsMax {
			return nil, &FileError{Row: r.number, Err: fmt.Errorf("%w: more than %d rows", ErrTooLarge, rowsMax)}
		}
		return append(rows, r), nil
	}
	return rows, nil
}
