package billing

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/campusledger/campusledger/ledger/money"
)

// The columns of a sheet, by their headings.
const (
	columnName      = "缴费项目"
	columnNature    = "性质"
	columnGrades    = "年级"
	columnAmount    = "金额"
	columnDue       = "截止日期"
	columnVoluntary = "自愿"
)

const (
	sheetBytesMax = 1 << 20
	sheetRowsMax  = 5000
)

// SheetRow is a row that says what is charged. Its item has no id yet.
type SheetRow struct {
	Row  int // line of the file
	Item Item
}

// ReadItems reads a sheet of fee items: CSV in UTF-8 or GBK with the headings
// 缴费项目, 性质, 年级, 金额, 截止日期 and 自愿 in any order, other columns being
// ignored. Grades are separated by ';' or '；', amounts are in the currency.
// It fails with an [ImportError] that lists all that is wrong, or with the
// reader's error.
func ReadItems(sheet io.Reader, currency money.Currency) ([]SheetRow, error) {
	text, err := io.ReadAll(io.LimitReader(sheet, sheetBytesMax+1))
	if err != nil {
		return nil, err
	}
	if len(text) > sheetBytesMax {
		return nil, sheetError(1, SheetTooLarge)
	}
	if text, err = decode(text); err != nil {
		return nil, sheetError(1, SheetMalformed)
	}
	return readRows(csv.NewReader(bytes.NewReader(text)), currency)
}

func sheetError(row int, code RowCode) error {
	return &ImportError{Rows: []RowError{{Row: row, Code: code}}}
}

// decode returns the text as UTF-8 without a byte order mark. What is not
// UTF-8 is taken for GB18030, which spreadsheets in China write and which
// contains GBK.
func decode(text []byte) ([]byte, error) {
	if utf8.Valid(text) {
		return bytes.TrimPrefix(text, []byte("\ufeff")), nil
	}
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(text)
	if err == nil && bytes.ContainsRune(decoded, utf8.RuneError) {
		err = errors.New("neither UTF-8 nor GB18030")
	}
	return decoded, err
}

func readRows(reader *csv.Reader, currency money.Currency) ([]SheetRow, error) {
	reader.FieldsPerRecord = -1 // a spreadsheet leaves out empty cells at the end
	columns, err := readHeading(reader)
	if err != nil {
		return nil, err
	}
	var rows []SheetRow
	var wrong []RowError
	names := make(map[string]struct{})
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, &ImportError{Rows: append(wrong, RowError{Row: lineOf(err), Code: SheetMalformed})}
		}
		line, _ := reader.FieldPos(0)
		if !slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) != "" }) {
			continue
		}
		if len(rows) == sheetRowsMax {
			return nil, &ImportError{Rows: append(wrong, RowError{Row: line, Code: SheetTooLarge})}
		}
		row := rowReader{line: line, columns: columns, cells: cells}
		item := row.item(currency)
		if _, twice := names[item.Name]; twice && item.Name != "" {
			row.fail(columnName, NameTwice)
		}
		names[item.Name] = struct{}{}
		rows, wrong = append(rows, SheetRow{Row: line, Item: item}), append(wrong, row.wrong...)
	}
	if len(wrong) > 0 {
		return nil, &ImportError{Rows: wrong}
	}
	return rows, nil
}

// readHeading returns where each column is.
func readHeading(reader *csv.Reader) (map[string]int, error) {
	heading, err := reader.Read()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, sheetError(lineOf(err), SheetMalformed)
	}
	line := 1
	if len(heading) > 0 {
		line, _ = reader.FieldPos(0)
	}
	columns := make(map[string]int)
	var wrong []RowError
	for _, name := range []string{columnName, columnNature, columnGrades, columnAmount, columnDue, columnVoluntary} {
		places := placesOf(name, heading)
		switch len(places) {
		case 0:
			wrong = append(wrong, RowError{Row: line, Column: name, Code: ColumnMissing})
		case 1:
			columns[name] = places[0]
		default:
			wrong = append(wrong, RowError{Row: line, Column: name, Code: ColumnTwice})
		}
	}
	if len(wrong) > 0 {
		return nil, &ImportError{Rows: wrong}
	}
	return columns, nil
}

func placesOf(name string, heading []string) []int {
	var places []int
	for i, cell := range heading {
		if strings.TrimSpace(cell) == name {
			places = append(places, i)
		}
	}
	return places
}

func lineOf(err error) int {
	var syntax *csv.ParseError
	if errors.As(err, &syntax) {
		return syntax.Line
	}
	return 1
}
