package canteen

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/campusledger/campusledger/ledger/money"
)

const (
	dishFileBytesMax = 4 << 20
	dishRowsMax      = 10_000
)

// DishFile is a list of dishes as read from a file, not yet imported.
type DishFile struct {
	// Dishes are those of the rows without a fault, in the order of the file.
	Dishes []Dish
	// Problems are the faults of the other rows, in the order of the file.
	Problems []RowProblem
	// Ignored are the headings that mean nothing here.
	Ignored []string
}

// RowProblem is one fault of one row.
type RowProblem struct {
	Line   int         // of the file, from 1; the header is usually line 1
	Column string      // the heading as the file has it
	Code   ProblemCode // stable: programs may branch on it
}

func (p RowProblem) String() string { return fmt.Sprintf("line %d: %s: %s", p.Line, p.Column, p.Code) }

// ProblemCode says what is wrong with a cell.
type ProblemCode string

// The problems. A cell's first one is reported.
const (
	ProblemNameMissing      ProblemCode = "name_missing"
	ProblemNameLength       ProblemCode = "name_length"     // more than 64 characters
	ProblemCategoryLength   ProblemCode = "category_length" // more than 64 characters
	ProblemPriceMissing     ProblemCode = "price_missing"
	ProblemPriceFormat      ProblemCode = "price_format"   // not a plain decimal number
	ProblemPriceDecimals    ProblemCode = "price_decimals" // finer than the currency
	ProblemPriceRange       ProblemCode = "price_range"    // zero, negative or too large
	ProblemBarcodeMissing   ProblemCode = "barcode_missing"
	ProblemBarcodeFormat    ProblemCode = "barcode_format"      // neither EAN-13 nor a short code
	ProblemBarcodeCheck     ProblemCode = "barcode_check_digit" // 13 digits, the last one wrong
	ProblemBarcodeDuplicate ProblemCode = "barcode_duplicate"   // on an earlier row too
	ProblemNutrition        ProblemCode = "nutrition_format"    // not a decimal number with at most 3 places
	ProblemNutritionGap     ProblemCode = "nutrition_missing"   // empty though others of the row are filled
	ProblemActive           ProblemCode = "active_format"       // neither yes nor no
)

// ReadDishes reads a CSV file with a header row: 菜品, 单价 and 条码, and if
// present 分类, 在售 and the eight columns of nutrients; English headings and
// the usual variants are known too. The encoding is UTF-8, with or without a
// mark, or else GB18030, as spreadsheet programs write it. Prices are of the
// currency.
//
// Faults of rows are in the result; a file that is no list of dishes at all is
// [ErrDishFile]. At most 4 MiB and 10,000 rows are read.
func ReadDishes(r io.Reader, currency money.Currency) (*DishFile, error) {
	text, err := dishText(r)
	if err != nil {
		return nil, err
	}
	lines := csv.NewReader(bytes.NewReader(text))
	lines.FieldsPerRecord, lines.ReuseRecord = -1, true
	header, err := lines.Read()
	if err != nil {
		return nil, csvProblem(err)
	}
	columns, ignored, err := dishColumns(header)
	if err != nil {
		return nil, err
	}
	reading := dishReading{currency: currency, columns: columns, seen: make(map[string]bool)}
	for {
		cells, err := lines.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, csvProblem(err)
		}
		line, _ := lines.FieldPos(0)
		if reading.rows++; reading.rows > dishRowsMax {
			return nil, &DishFileError{Line: line, Problem: fmt.Sprintf("more than %d rows", dishRowsMax)}
		}
		reading.row(line, cells)
	}
	return &DishFile{Dishes: reading.dishes, Problems: reading.problems, Ignored: ignored}, nil
}

// dishText returns the file as UTF-8 without a mark.
func dishText(r io.Reader) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, dishFileBytesMax+1))
	if err != nil {
		return nil, fmt.Errorf("read dishes: %w", err)
	}
	if len(content) > dishFileBytesMax {
		return nil, &DishFileError{Problem: "more than 4 MiB"}
	}
	content = bytes.TrimPrefix(content, []byte("\uFEFF"))
	if utf8.Valid(content) {
		return content, nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(content)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, &DishFileError{Problem: "the text is neither UTF-8 nor GB18030"}
	}
	return text, nil
}

func csvProblem(err error) error {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return &DishFileError{Problem: "it is empty"}
	case errors.As(err, &parse):
		return &DishFileError{Line: parse.Line, Problem: "quotation marks do not match"}
	}
	return fmt.Errorf("read dishes: %w", err)
}

// dishReading is the state of reading the rows below the header.
type dishReading struct {
	currency money.Currency
	columns  map[dishField]column
	rows     int
	seen     map[string]bool // barcodes
	dishes   []Dish
	problems []RowProblem
}

func (r *dishReading) row(line int, cells []string) {
	if strings.TrimSpace(strings.Join(cells, "")) == "" {
		return // a blank row of the spreadsheet
	}
	row := dishRow{dishReading: r, line: line, cells: cells}
	before := len(r.problems)
	dish := row.dish()
	if len(r.problems) == before {
		r.dishes = append(r.dishes, dish)
	}
}
