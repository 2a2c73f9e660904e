package canteen

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode"
)

const dishNameMax = 64 // characters

// dishRow is one row being read.
type dishRow struct {
	*dishReading
	line  int
	cells []string
}

func (r *dishRow) dish() Dish {
	return Dish{
		Name: r.name(), Category: r.category(), Price: r.price(), Barcode: r.barcode(),
		Active: r.active(), Nutrition: r.nutrition(),
	}
}

// cell returns the field's text without blanks around it, full-width ones too,
// and "" for a short row.
func (r *dishRow) cell(field dishField) string {
	column, ok := r.columns[field]
	if !ok || column.index >= len(r.cells) {
		return ""
	}
	return strings.TrimSpace(r.cells[column.index])
}

func (r *dishRow) problem(field dishField, code ProblemCode) {
	r.problems = append(r.problems, RowProblem{Line: r.line, Column: r.columns[field].heading, Code: code})
}

func (r *dishRow) name() string {
	name := r.cell(fieldName)
	switch {
	case name == "":
		r.problem(fieldName, ProblemNameMissing)
	case utf8.RuneCountInString(name) > dishNameMax:
		r.problem(fieldName, ProblemNameLength)
	}
	return name
}

func (r *dishRow) category() string {
	category := r.cell(fieldCategory)
	if utf8.RuneCountInString(category) > dishNameMax {
		r.problem(fieldCategory, ProblemCategoryLength)
	}
	return category
}

func (r *dishRow) price() money.Amount {
	text := r.cell(fieldPrice)
	price, err := money.Parse(text, r.currency)
	switch {
	case text == "":
		r.problem(fieldPrice, ProblemPriceMissing)
	case errors.Is(err, money.ErrPrecision):
		r.problem(fieldPrice, ProblemPriceDecimals)
	case errors.Is(err, money.ErrOverflow):
		r.problem(fieldPrice, ProblemPriceRange)
	case err != nil:
		r.problem(fieldPrice, ProblemPriceFormat)
	case price.Sign() <= 0:
		r.problem(fieldPrice, ProblemPriceRange)
	}
	return price
}

func (r *dishRow) barcode() string {
	text := r.cell(fieldBarcode)
	scan := qrcode.Classify(text)
	isDish := scan.Kind == qrcode.KindEAN13 || scan.Kind == qrcode.KindShortDish
	switch {
	case text == "":
		r.problem(fieldBarcode, ProblemBarcodeMissing)
	case errors.Is(qrcode.ValidateEAN13(text), qrcode.ErrCheckDigit):
		r.problem(fieldBarcode, ProblemBarcodeCheck)
	case !isDish:
		r.problem(fieldBarcode, ProblemBarcodeFormat)
	case r.seen[scan.Text]:
		r.problem(fieldBarcode, ProblemBarcodeDuplicate)
	}
	if isDish {
		r.seen[scan.Text] = true
	}
	return scan.Text
}

// active is true for an empty cell or a file without the column.
func (r *dishRow) active() bool {
	switch strings.ToLower(r.cell(fieldActive)) {
	case "", "是", "1", "yes", "true":
		return true
	case "否", "0", "no", "false":
		return false
	}
	r.problem(fieldActive, ProblemActive)
	return false
}

// nutrition reads all nutrients, or none if all cells are empty.
func (r *dishRow) nutrition() Nutrition {
	filled := false
	for field := fieldPortion; field < fieldCount; field++ {
		filled = filled || r.cell(field) != ""
	}
	if !filled {
		return Nutrition{}
	}
	return Nutrition{
		Known: true, PortionMg: r.thousandths(fieldPortion), EnergyCal: r.thousandths(fieldEnergy),
		ProteinMg: r.thousandths(fieldProtein), FatMg: r.thousandths(fieldFat),
		CarbohydrateMg: r.thousandths(fieldCarbohydrate), CalciumUg: r.thousandths(fieldCalcium),
		IronUg: r.thousandths(fieldIron), VitaminCUg: r.thousandths(fieldVitaminC),
	}
}

func (r *dishRow) thousandths(field dishField) int64 {
	text := r.cell(field)
	if text == "" {
		r.problem(field, ProblemNutritionGap)
		return 0
	}
	value, ok := parseThousandths(text)
	if !ok {
		r.problem(field, ProblemNutrition)
	}
	return value
}

// parseThousandths reads "5.2" as 5200: at most 6 digits, and 3 after the point.
func parseThousandths(text string) (int64, bool) {
	whole, fraction, pointed := strings.Cut(text, ".")
	if whole == "" || len(whole) > 6 || len(fraction) > 3 || pointed && fraction == "" {
		return 0, false
	}
	for _, c := range whole + fraction {
		if c < '0' || c > '9' { // ParseInt would take a sign
			return 0, false
		}
	}
	value, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", 3-len(fraction)), 10, 64)
	return value, err == nil
}
