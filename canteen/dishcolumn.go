package canteen

import (
	"fmt"
	"strings"
)

// dishField is what a column of a dish file means.
type dishField int

const (
	fieldName dishField = iota
	fieldPrice
	fieldBarcode
	fieldCategory
	fieldActive
	fieldPortion // from here on the nutrients, of which all or none are given
	fieldEnergy
	fieldProtein
	fieldFat
	fieldCarbohydrate
	fieldCalcium
	fieldIron
	fieldVitaminC
	fieldCount
)

// headings returns the headings of a field, the preferred one first, as
// plainHeading writes them. A nutrient's unit is part of it, so that a column
// in another unit is not taken for it.
func (f dishField) headings() []string {
	switch f {
	case fieldName:
		return []string{"菜品", "菜名", "菜品名称", "名称", "name", "dish"}
	case fieldPrice:
		return []string{"单价", "价格", "售价", "price"}
	case fieldBarcode:
		return []string{"条码", "条形码", "barcode"}
	case fieldCategory:
		return []string{"分类", "类别", "category"}
	case fieldActive:
		return []string{"在售", "启用", "active"}
	case fieldPortion:
		return []string{"份量g", "portiong"}
	case fieldEnergy:
		return []string{"能量kcal", "热量kcal", "energykcal"}
	case fieldProtein:
		return []string{"蛋白质g", "proteing"}
	case fieldFat:
		return []string{"脂肪g", "fatg"}
	case fieldCarbohydrate:
		return []string{"碳水g", "碳水化合物g", "carbohydrateg"}
	case fieldCalcium:
		return []string{"钙mg", "calciummg"}
	case fieldIron:
		return []string{"铁mg", "ironmg"}
	case fieldVitaminC:
		return []string{"维生素cmg", "维cmg", "vitamincmg"}
	default:
		return nil
	}
}

// column is where a field is and how the file names it.
type column struct {
	index   int
	heading string
}

// dishColumns finds the fields in the header.
func dishColumns(header []string) (columns map[dishField]column, ignored []string, err error) {
	known := make(map[string]dishField)
	for field := range fieldCount {
		for _, heading := range field.headings() {
			known[plainHeading(heading)] = field
		}
	}
	columns = make(map[dishField]column, fieldCount)
	for i, heading := range header {
		field, ok := known[plainHeading(heading)]
		if !ok {
			if heading = strings.TrimSpace(heading); heading != "" {
				ignored = append(ignored, heading)
			}
			continue
		}
		if _, twice := columns[field]; twice {
			return nil, nil, &DishFileError{Line: 1, Problem: fmt.Sprintf("two columns %q", field.headings()[0])}
		}
		columns[field] = column{index: i, heading: strings.TrimSpace(heading)}
	}
	return columns, ignored, missingColumn(columns)
}

func missingColumn(columns map[dishField]column) error {
	nutrients := 0
	for field := fieldPortion; field < fieldCount; field++ {
		if _, ok := columns[field]; ok {
			nutrients++
		}
	}
	for field := range fieldCount {
		needed := field <= fieldBarcode || field >= fieldPortion && nutrients > 0
		if _, ok := columns[field]; needed && !ok {
			return &DishFileError{Line: 1, Problem: fmt.Sprintf("no column %q", field.headings()[0])}
		}
	}
	return nil
}

// plainHeading leaves out what people vary: case, brackets, blanks.
func plainHeading(heading string) string {
	return strings.NewReplacer("(", "", ")", "", "（", "", "）", "", "_", "", " ", "", "\u3000", "", "\u00a0", "").
		Replace(strings.ToLower(heading))
}
