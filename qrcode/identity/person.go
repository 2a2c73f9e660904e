package identity

import (
	"fmt"
	"log/slog"
	"strings"
)

// Kind is what a holder is to the school.
type Kind string

// The kinds of holder.
const (
	Student Kind = "student"
	Staff   Kind = "staff"
)

// Contact is an adult to reach about a holder.
type Contact struct {
	Name     string `json:"name,omitempty"`
	Relation string `json:"relation,omitempty"` // such as 父亲, as the school wrote it
	Phone    string `json:"phone,omitempty"`
}

// Person is what names a holder. It is kept sealed; printing or logging one
// shows the masked form, so that a forgotten %v leaks nothing.
type Person struct {
	Name       string    `json:"name"`
	StudentNo  string    `json:"student_no"`            // the school's own number; a staff number for staff
	IDNo       string    `json:"id_no,omitempty"`       // 身份证号
	RegistryNo string    `json:"registry_no,omitempty"` // 全国学籍号
	Guardians  []Contact `json:"guardians,omitempty"`
}

// Masked returns the person as somebody not entitled to the whole may see it.
func (p Person) Masked() Person {
	masked := Person{
		Name: MaskName(p.Name), StudentNo: MaskNumber(p.StudentNo),
		IDNo: MaskIDNo(p.IDNo), RegistryNo: MaskIDNo(p.RegistryNo),
	}
	for _, c := range p.Guardians {
		masked.Guardians = append(masked.Guardians, c.Masked())
	}
	return masked
}

// Masked returns the contact with name and phone masked.
func (c Contact) Masked() Contact {
	return Contact{Name: MaskName(c.Name), Relation: c.Relation, Phone: MaskPhone(c.Phone)}
}

// String is the masked form.
func (p Person) String() string {
	m := p.Masked()
	return fmt.Sprintf("%s (%s)", m.Name, m.StudentNo)
}

// GoString is the masked form too.
func (p Person) GoString() string { return "identity.Person{" + p.String() + "}" }

// LogValue is the masked form.
func (p Person) LogValue() slog.Value { return slog.StringValue(p.String()) }

// String is the masked form.
func (c Contact) String() string {
	m := c.Masked()
	return strings.TrimSpace(m.Name + " " + m.Phone)
}

// GoString is the masked form too.
func (c Contact) GoString() string { return "identity.Contact{" + c.String() + "}" }

// LogValue is the masked form.
func (c Contact) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Registration is a holder as the school reports it: a row of a roster.
type Registration struct {
	Kind     Kind // default Student
	Person   Person
	Grade    string // such as 初一
	Class    string // such as 3班
	Boarding bool
}

func (r *Registration) kind() Kind {
	if r.Kind == "" {
		return Student
	}
	return r.Kind
}

// check reports the first missing field; i is the position in the batch.
func (r *Registration) check(i int) error {
	switch {
	case r.kind() != Student && r.kind() != Staff:
		return &InvalidError{Field: "Kind", Index: i, Rule: "must be student or staff"}
	case matchForm(r.Person.Name) == "":
		return &InvalidError{Field: "Name", Index: i, Rule: "must not be empty"}
	case matchForm(r.Person.StudentNo) == "":
		return &InvalidError{Field: "StudentNo", Index: i, Rule: "must not be empty"}
	default:
		return nil
	}
}
