package billing

import (
	"fmt"
	"strings"
)

// RowCode is what is wrong with a row of a sheet. The values are stable.
type RowCode string

// The codes.
const (
	SheetTooLarge    RowCode = "sheet_too_large"
	SheetMalformed   RowCode = "sheet_malformed"
	ColumnMissing    RowCode = "column_missing"
	ColumnTwice      RowCode = "column_twice"
	NameMissing      RowCode = "name_missing"
	NameInvalid      RowCode = "name_invalid"
	NameTwice        RowCode = "name_twice"
	NatureUnknown    RowCode = "nature_unknown"
	GradesMissing    RowCode = "grades_missing"
	GradesInvalid    RowCode = "grades_invalid"
	AmountInvalid    RowCode = "amount_invalid"
	AmountRange      RowCode = "amount_out_of_range"
	DueDateInvalid   RowCode = "due_date_invalid"
	VoluntaryUnknown RowCode = "voluntary_unknown"
	// ItemBilled: bills were made out for the item, so that its nature,
	// amount and voluntariness can no longer change.
	ItemBilled RowCode = "item_billed"
)

// rowTexts are the codes as a school's office reads them.
var rowTexts = map[RowCode]string{
	SheetTooLarge:    "文件过大，最多 1 MiB、5000 行",
	SheetMalformed:   "不是 UTF-8 或 GBK 编码的 CSV 文件，或引号不配对",
	ColumnMissing:    "缺少此列",
	ColumnTwice:      "此列出现两次",
	NameMissing:      "缺少缴费项目名称",
	NameInvalid:      "缴费项目名称过长或含有控制字符",
	NameTwice:        "缴费项目名称与前面的行重复",
	NatureUnknown:    "性质应为行政事业性收费、服务性收费或代收费",
	GradesMissing:    "缺少年级",
	GradesInvalid:    "年级名称过长、过多或含有控制字符",
	AmountInvalid:    "金额应为数字，最多两位小数",
	AmountRange:      "金额应大于 0，且不超过 1000000.00",
	DueDateInvalid:   "截止日期应形如 2026-09-20",
	VoluntaryUnknown: "自愿应为是或否",
	ItemBilled:       "该项目已生成缴费单，性质、金额和自愿不能再修改",
}

// Chinese is the code as a school's office reads it.
func (c RowCode) Chinese() string { return rowTexts[c] }

// RowError says what is wrong in which cell. It never repeats the cell: a cell
// from a wrong column may be anything.
type RowError struct {
	Row    int    // line of the file; the heading is usually 1
	Column string // the heading, such as "金额"; empty for the whole row
	Code   RowCode
}

func (e RowError) Error() string {
	if e.Column == "" {
		return fmt.Sprintf("row %d: %s", e.Row, e.Code)
	}
	return fmt.Sprintf("row %d, %s: %s", e.Row, e.Column, e.Code)
}

// ImportError lists all that is wrong with a sheet, in the order of its rows.
// It unwraps to [ErrImport].
type ImportError struct {
	Rows []RowError // at least one
}

func (e *ImportError) Error() string {
	const shown = 3
	texts := make([]string, 0, shown)
	for _, row := range e.Rows[:min(shown, len(e.Rows))] {
		texts = append(texts, row.Error())
	}
	if more := len(e.Rows) - shown; more > 0 {
		texts = append(texts, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("%v: %s", ErrImport, strings.Join(texts, "; "))
}

// Unwrap returns [ErrImport].
func (*ImportError) Unwrap() error { return ErrImport }
