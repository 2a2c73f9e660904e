package roster

import (
	"strings"

	"github.com/campusledger/campusledger/qrcode/identity"
)

// Check validates every row and changes nothing: the dry run of an import.
func (s *Sheet) Check() Report {
	_, report := s.check()
	return report
}

// check returns the registrations of the rows without errors, and the report.
func (s *Sheet) check() ([]identity.Registration, Report) {
	report := Report{Errors: []Finding{}, Normalised: []Finding{}}
	people := make([]identity.Registration, 0, len(s.rows))
	seen := make(map[string]bool, len(s.rows))
	width := s.studentNoWidth()
	for _, r := range s.rows {
		c := rowCheck{header: s.header, row: r, studentNoWidth: width}
		registration := c.registration()
		if no := registration.Person.StudentNo; no != "" {
			if seen[no] {
				c.fail(fieldStudentNo, DuplicateStudentNo)
			}
			seen[no] = true
		}
		switch {
		case len(c.findings) > 0:
			report.Failed++
			report.Errors = append(report.Errors, c.findings...)
			continue
		case c.changed:
			report.Normalised = append(report.Normalised, Finding{Row: r.number, Code: Normalised})
		}
		report.OK++
		people = append(people, registration)
	}
	return people, report
}

// studentNoWidth is the length of the student numbers kept as text if they all
// have one length and some begin with 0, else 0. A shorter one kept as a number
// then must have lost zeros.
func (s *Sheet) studentNoWidth() int {
	width, zeros := 0, false
	for _, r := range s.rows {
		c := cellAt(s.header, r, fieldStudentNo)
		no := tidyNumber(c.text)
		if c.number || no == "" {
			continue
		}
		if width != 0 && len(no) != width {
			return 0
		}
		width = len(no)
		zeros = zeros || no[0] == '0'
	}
	if !zeros {
		return 0
	}
	return width
}

func cellAt(h header, r row, f field) cell {
	column, ok := h.columns[f]
	if !ok || column >= len(r.cells) {
		return cell{}
	}
	return r.cells[column]
}

// rowCheck reads one row, collecting what is wrong and whether text had to be
// tidied.
type rowCheck struct {
	header         header
	row            row
	studentNoWidth int
	findings       []Finding
	changed        bool
}

func (c *rowCheck) fail(f field, code Code) {
	c.findings = append(c.findings, Finding{Row: c.row.number, Code: code, Column: f.heading()})
}

// read returns a cell's text, tidied.
func (c *rowCheck) read(f field, tidied func(string) string) string {
	stored := cellAt(c.header, c.row, f)
	if stored.number {
		return tidied(stored.shown)
	}
	text := tidied(stored.text)
	c.changed = c.changed || text != stored.text
	return text
}

func (c *rowCheck) registration() identity.Registration {
	registration := identity.Registration{Kind: identity.Student, Person: identity.Person{
		Name: c.name(), StudentNo: c.studentNo(), IDNo: c.idNo(), RegistryNo: c.registryNo(),
	}}
	registration.Person.Guardians = c.contacts()
	registration.Grade, registration.Class = c.label(fieldGrade), c.label(fieldClass)
	registration.Boarding = c.boarding()
	return registration
}

func (c *rowCheck) name() string {
	name := c.read(fieldName, tidyName)
	if name == "" {
		c.fail(fieldName, NameMissing)
	}
	return name
}

func (c *rowCheck) studentNo() string {
	stored := cellAt(c.header, c.row, fieldStudentNo)
	if stored.number {
		return c.numericStudentNo(stored)
	}
	no := c.read(fieldStudentNo, tidyNumber)
	switch {
	case no == "":
		c.fail(fieldStudentNo, StudentNoMissing)
	case isScientific(no):
		c.fail(fieldStudentNo, StudentNoPrecisionLost)
		return ""
	case !isStudentNo(no):
		c.fail(fieldStudentNo, StudentNoInvalid)
	}
	return no
}

func (c *rowCheck) numericStudentNo(stored cell) string {
	digits, ok := wholeDigits(stored.text)
	switch {
	case !ok:
		c.fail(fieldStudentNo, StudentNoInvalid)
	case len(digits) > doubleDigits:
		c.fail(fieldStudentNo, StudentNoPrecisionLost)
		return ""
	case allDigits(stored.shown) && len(stored.shown) > len(digits):
		return stored.shown // a format such as 0000000000 shows the zeros
	case len(digits) < c.studentNoWidth:
		c.fail(fieldStudentNo, StudentNoZerosLost)
		return ""
	}
	return digits
}

// idNo checks an identity number, but not the number of another document.
func (c *rowCheck) idNo() string {
	stored := cellAt(c.header, c.row, fieldIDNo)
	digits, whole := wholeDigits(stored.text)
	if stored.number && (!whole || len(digits) > doubleDigits) {
		c.fail(fieldIDNo, IDPrecisionLost)
		return ""
	}
	no := digits
	if !stored.number {
		no = c.read(fieldIDNo, tidyNumber)
	}
	if no == "" || !c.isIdentityCard() {
		return no
	}
	if isScientific(no) || lostItsTail(no) {
		c.fail(fieldIDNo, IDPrecisionLost)
	} else if code := checkIDNo(no); code != "" {
		c.fail(fieldIDNo, code)
	}
	return no
}

func (c *rowCheck) isIdentityCard() bool {
	kind := c.read(fieldIDType, tidy)
	return kind == "" || strings.Contains(kind, "身份证") && !strings.Contains(kind, "港澳") && !strings.Contains(kind, "台湾")
}

func (c *rowCheck) registryNo() string {
	no := c.read(fieldRegistryNo, tidyNumber)
	if no != "" && !isRegistryNo(no) {
		c.fail(fieldRegistryNo, RegistryNoInvalid)
	}
	return no
}

// contacts reads the guardian columns, then the father's and the mother's,
// leaving out the empty ones.
func (c *rowCheck) contacts() []identity.Contact {
	var contacts []identity.Contact
	for _, contact := range []identity.Contact{
		{Name: c.read(fieldGuardianName, tidyName), Relation: c.read(fieldGuardianRelation, tidy), Phone: c.phone(fieldGuardianPhone)},
		{Name: c.read(fieldFatherName, tidyName), Relation: "父亲", Phone: c.phone(fieldFatherPhone)},
		{Name: c.read(fieldMotherName, tidyName), Relation: "母亲", Phone: c.phone(fieldMotherPhone)},
	} {
		if contact.Name != "" || contact.Phone != "" {
			contacts = append(contacts, contact)
		}
	}
	return contacts
}

func (c *rowCheck) phone(f field) string {
	stored := cellAt(c.header, c.row, f)
	var phone string
	if stored.number {
		phone, _ = wholeDigits(stored.text)
	} else {
		phone = c.read(f, tidyPhone)
	}
	if (phone != "" || stored.number) && !isMobile(phone) {
		c.fail(f, PhoneInvalid)
	}
	return phone
}

// label reads a grade or class. Excel likes to make a date of "3-1".
func (c *rowCheck) label(f field) string {
	stored := cellAt(c.header, c.row, f)
	if stored.number && stored.shown != stored.text && !allDigits(stored.shown) {
		c.fail(f, ClassIsDate)
	}
	return c.read(f, tidy)
}

func (c *rowCheck) boarding() bool {
	switch strings.ToLower(c.read(fieldBoarding, tidy)) {
	case "住宿", "住校", "寄宿", "是", "y", "yes", "true", "1":
		return true
	case "走读", "不住宿", "非住宿", "否", "n", "no", "false", "0", "":
		return false
	default:
		c.fail(fieldBoarding, BoardingUnknown)
		return false
	}
}
