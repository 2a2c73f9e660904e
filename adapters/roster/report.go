package roster

// Code is what is wrong with, or was changed in, a row. The values are stable.
type Code string

// The codes of errors. A row with one of them is not imported.
const (
	NameMissing            Code = "name_missing"
	StudentNoMissing       Code = "student_no_missing"
	StudentNoInvalid       Code = "student_no_invalid"
	StudentNoPrecisionLost Code = "student_no_precision_lost"
	StudentNoZerosLost     Code = "student_no_zeros_lost"
	DuplicateStudentNo     Code = "duplicate_student_no"
	IDInvalid              Code = "id_invalid"
	IDCheckDigit           Code = "id_check_digit"
	IDPrecisionLost        Code = "id_precision_lost"
	RegistryNoInvalid      Code = "registry_no_invalid"
	PhoneInvalid           Code = "phone_invalid"
	ClassIsDate            Code = "class_is_date"
	BoardingUnknown        Code = "boarding_unknown"
)

// Normalised marks a row that was imported after tidying its text: spaces,
// full-width forms, a leading apostrophe.
const Normalised Code = "normalised"

// Chinese is the code as a school office reads it.
func (c Code) Chinese() string {
	switch c {
	case NameMissing:
		return "缺少姓名"
	case StudentNoMissing:
		return "缺少学号"
	case StudentNoInvalid:
		return "学号只能由字母、数字和短横线组成，最长 20 位"
	case StudentNoPrecisionLost:
		return "学号被 Excel 按数字保存，末尾数字已丢失，请改为文本格式重新填写"
	case StudentNoZerosLost:
		return "学号被 Excel 按数字保存，开头的 0 已丢失，请改为文本格式重新填写"
	case DuplicateStudentNo:
		return "学号与前面的行重复"
	case IDInvalid:
		return "身份证号长度、字符或出生日期不正确"
	case IDCheckDigit:
		return "身份证号校验码不正确"
	case IDPrecisionLost:
		return "身份证号被 Excel 按数字保存，末尾数字已丢失，请改为文本格式重新填写"
	case RegistryNoInvalid:
		return "学籍号不正确"
	case PhoneInvalid:
		return "手机号不正确"
	case ClassIsDate:
		return "年级或班级被 Excel 改成了日期"
	case BoardingUnknown:
		return "住宿情况请填住宿或走读"
	case Normalised:
		return "已整理空格、全角字符或撇号"
	default:
		return string(c)
	}
}

// English is the code in words.
func (c Code) English() string {
	switch c {
	case NameMissing:
		return "the name is missing"
	case StudentNoMissing:
		return "the student number is missing"
	case StudentNoInvalid:
		return "the student number may have letters, digits and hyphens only, at most 20"
	case StudentNoPrecisionLost:
		return "Excel kept the student number as a number and lost its last digits; enter it again as text"
	case StudentNoZerosLost:
		return "Excel kept the student number as a number and lost its leading zeros; enter it again as text"
	case DuplicateStudentNo:
		return "the student number is that of an earlier row"
	case IDInvalid:
		return "the identity number has a wrong length, character or birth date"
	case IDCheckDigit:
		return "the identity number's check digit is wrong"
	case IDPrecisionLost:
		return "Excel kept the identity number as a number and lost its last digits; enter it again as text"
	case RegistryNoInvalid:
		return "the student registry number is not valid"
	case PhoneInvalid:
		return "the mobile number is not valid"
	case ClassIsDate:
		return "Excel turned the grade or class into a date"
	case BoardingUnknown:
		return "boarding must be 住宿 or 走读, 是 or 否"
	case Normalised:
		return "spaces, full-width forms or an apostrophe were tidied"
	default:
		return string(c)
	}
}

// Finding is one code at one row. It never holds a cell's content.
type Finding struct {
	Row    int    `json:"row"` // as the spreadsheet program numbers it, from 1
	Code   Code   `json:"code"`
	Column string `json:"-"` // the column's usual heading, such as 学号; empty for the whole row
}

// Report is the result of a check. Its JSON is {"errors":[{"row":…,"code":…}],
// "failed":…,"normalised":[…],"ok":…}; empty lists are [].
type Report struct {
	Errors     []Finding `json:"errors"`
	Failed     int       `json:"failed"` // rows with at least one error
	Normalised []Finding `json:"normalised"`
	OK         int       `json:"ok"` // rows that can be, or were, imported
}

// Total is the number of rows with content below the headings.
func (r *Report) Total() int { return r.OK + r.Failed }
