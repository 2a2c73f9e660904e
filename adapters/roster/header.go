package roster

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// field is a column the import understands.
type field int

const (
	fieldNone field = iota
	fieldName
	fieldStudentNo
	fieldIDNo
	fieldIDType
	fieldRegistryNo
	fieldGrade
	fieldClass
	fieldBoarding
	fieldGuardianName
	fieldGuardianRelation
	fieldGuardianPhone
	fieldFatherName
	fieldFatherPhone
	fieldMotherName
	fieldMotherPhone
)

// headingRows is how far down the headings may stand, below titles and notes.
const headingRows = 20

// fieldOf knows the headings schools and registry exports use.
func fieldOf(heading string) field {
	switch tidyHeading(heading) {
	case "姓名", "学生姓名", "name", "studentname":
		return fieldName
	case "学号", "学籍辅号", "学生编号", "studentno", "studentnumber":
		return fieldStudentNo
	case "身份证号", "身份证", "身份证号码", "身份证件号", "身份证件号码", "证件号", "证件号码", "idno", "idnumber":
		return fieldIDNo
	case "证件类型", "身份证件类型", "idtype":
		return fieldIDType
	case "学籍号", "全国学籍号", "教育id", "registryno":
		return fieldRegistryNo
	case "年级", "年级名称", "grade":
		return fieldGrade
	case "班级", "班级名称", "班", "class":
		return fieldClass
	case "住宿/走读", "走读/住宿", "是否住宿", "是否住校", "是否寄宿", "是否住宿/走读", "住宿", "就读方式", "boarding":
		return fieldBoarding
	default:
		return contactFieldOf(tidyHeading(heading))
	}
}

func contactFieldOf(heading string) field {
	switch heading {
	case "监护人", "监护人姓名", "家长", "家长姓名", "guardian", "guardianname":
		return fieldGuardianName
	case "关系", "与学生关系", "监护人关系", "家长关系", "relation":
		return fieldGuardianRelation
	case "家长手机", "家长手机号", "家长电话", "家长联系电话", "联系电话", "手机", "手机号", "手机号码", "监护人电话", "监护人手机", "监护人联系电话", "phone":
		return fieldGuardianPhone
	case "监护人(父亲)", "父亲", "父亲姓名":
		return fieldFatherName
	case "监护人(父亲)电话", "监护人电话(父亲)", "父亲电话", "父亲手机", "父亲手机号", "父亲联系电话":
		return fieldFatherPhone
	case "监护人(母亲)", "母亲", "母亲姓名":
		return fieldMotherName
	case "监护人(母亲)电话", "监护人电话(母亲)", "母亲电话", "母亲手机", "母亲手机号", "母亲联系电话":
		return fieldMotherPhone
	default:
		return fieldNone
	}
}

// tidyHeading drops what templates decorate headings with: spaces, line
// breaks, stars and "(required)".
func tidyHeading(heading string) string {
	folded := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '*' || r == '_' {
			return -1
		}
		return unicode.ToLower(r)
	}, width.Fold.String(heading))
	for _, mark := range []string{"(必填)", "(选填)", "(required)"} {
		folded = strings.TrimSuffix(folded, mark)
	}
	return strings.TrimRight(folded, ":")
}

// heading is the usual heading of a field, for messages.
func (f field) heading() string {
	return [...]string{
		"", "姓名", "学号", "身份证号", "证件类型", "学籍号", "年级", "班级", "是否住宿",
		"监护人", "关系", "家长手机", "父亲姓名", "父亲电话", "母亲姓名", "母亲电话",
	}[f]
}

// header is where each field stands.
type header struct {
	row     int
	columns map[field]int
}

// findHeader takes the first row with both required columns. Failing that it
// explains the row that comes nearest.
func findHeader(rows []row) (header, int, error) {
	nearest := ErrNoHeader
	for i, row := range rows {
		if row.number > headingRows {
			break
		}
		found, problem := parseHeader(row)
		switch {
		case len(found.columns) < 2:
		case problem != nil:
			nearest = &FileError{Row: row.number, Err: problem}
		default:
			return found, i, nil
		}
	}
	return header{}, 0, nearest
}

func parseHeader(r row) (header, error) {
	found := header{row: r.number, columns: map[field]int{}}
	var problem HeaderError
	for column, cell := range r.cells {
		f := fieldOf(cell.text)
		if f == fieldNone {
			continue
		}
		if _, twice := found.columns[f]; twice {
			problem.Duplicate = append(problem.Duplicate, f.heading())
			continue
		}
		found.columns[f] = column
	}
	for _, f := range []field{fieldName, fieldStudentNo} {
		if _, ok := found.columns[f]; !ok {
			problem.Missing = append(problem.Missing, f.heading())
		}
	}
	if problem.Missing != nil || problem.Duplicate != nil {
		return found, &problem
	}
	return found, nil
}
