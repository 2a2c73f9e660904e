package billing

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

const (
	nameBytesMax   = 128
	gradesMax      = 50
	gradeBytesMax  = 64
	amountMinorMax = 1_000_000_00
)

// rowReader reads the cells of one row and notes what is wrong with them.
type rowReader struct {
	line    int
	columns map[string]int
	cells   []string
	wrong   []RowError
}

func (r *rowReader) fail(column string, code RowCode) {
	r.wrong = append(r.wrong, RowError{Row: r.line, Column: column, Code: code})
}

func (r *rowReader) cell(column string) string {
	if i := r.columns[column]; i < len(r.cells) {
		return strings.TrimSpace(r.cells[i])
	}
	return ""
}

func (r *rowReader) item(currency money.Currency) Item {
	return Item{
		Name: r.name(), Nature: r.nature(), Grades: r.grades(),
		Amount: r.amount(currency), Due: r.due(), Voluntary: r.voluntary(),
	}
}

func (r *rowReader) name() string {
	name := r.cell(columnName)
	switch {
	case name == "":
		r.fail(columnName, NameMissing)
	case len(name) > nameBytesMax || strings.ContainsFunc(name, unicode.IsControl):
		r.fail(columnName, NameInvalid)
	}
	return name
}

func (r *rowReader) nature() campus.Nature {
	switch r.cell(columnNature) {
	case "行政事业性收费":
		return campus.Administrative
	case "服务性收费":
		return campus.Service
	case "代收费":
		return campus.Agency
	}
	r.fail(columnNature, NatureUnknown)
	return ""
}

// grades returns each grade once, in the order given.
func (r *rowReader) grades() []string {
	var grades []string
	for grade := range strings.SplitSeq(strings.ReplaceAll(r.cell(columnGrades), "；", gradeSeparator), gradeSeparator) {
		grade = strings.TrimSpace(grade)
		if len(grade) > gradeBytesMax || strings.ContainsFunc(grade, unicode.IsControl) {
			r.fail(columnGrades, GradesInvalid)
			return nil
		}
		if grade != "" && !slices.Contains(grades, grade) {
			grades = append(grades, grade)
		}
	}
	switch {
	case len(grades) == 0:
		r.fail(columnGrades, GradesMissing)
	case len(grades) > gradesMax:
		r.fail(columnGrades, GradesInvalid)
	}
	return grades
}

func (r *rowReader) amount(currency money.Currency) money.Amount {
	amount, err := money.Parse(r.cell(columnAmount), currency)
	switch {
	case errors.Is(err, money.ErrOverflow):
		r.fail(columnAmount, AmountRange)
	case err != nil:
		r.fail(columnAmount, AmountInvalid)
	case amount.Sign() <= 0 || amount.Minor() > amountMinorMax:
		r.fail(columnAmount, AmountRange)
	}
	return amount
}

// due reads 2026-09-20, and 2026/9/20 as spreadsheets rewrite it.
func (r *rowReader) due() ledger.Date {
	cell := r.cell(columnDue)
	if t, err := time.Parse("2006/1/2", cell); err == nil {
		cell = t.Format(time.DateOnly)
	}
	date, err := ledger.ParseDate(cell)
	if err != nil {
		r.fail(columnDue, DueDateInvalid)
	}
	return date
}

func (r *rowReader) voluntary() bool {
	switch r.cell(columnVoluntary) {
	case "是":
		return true
	case "否":
		return false
	}
	r.fail(columnVoluntary, VoluntaryUnknown)
	return false
}
