package voucher

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/campusledger/campusledger/ledger"
)

const codeDigitsMax = 15 // as U8 allows

var (
	codeForm     = regexp.MustCompile(`^[0-9]+$`)
	pathForm     = regexp.MustCompile(`^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$`)
	templateForm = regexp.MustCompile(`^(\{[1-9]\}|[^{}]+)$`)
)

// moneyCodes are the subjects of cash (货币资金).
var moneyCodes = []string{"1001", "1002", "1011", "1021"}

// faults returns what is wrong with the rules, in the order of the file and
// then of the rules together.
func (m *Mapping) faults() []error {
	var faults []error
	for i := range m.rules {
		faults = append(faults, m.rules[i].faults()...)
	}
	if m.pool != nil {
		faults = append(faults, m.pool.poolFaults()...)
	}
	faults = append(faults, m.duplicates()...)
	faults = append(faults, m.names()...)
	return append(faults, m.branches()...)
}

func (r *Rule) fault(column, format string, values ...any) error {
	return &MappingError{Line: r.Line, Column: column, Problem: fmt.Sprintf(format, values...)}
}

func (r *Rule) faults() []error {
	faults := append(r.textFaults(), r.keyFaults()...)
	if fault := r.codeFault(columnCode, r.Code); fault != nil {
		return append(faults, fault)
	}
	return append(faults, r.natureFaults()...)
}

// textFaults finds texts that would break a line of a file.
func (r *Rule) textFaults() []error {
	var faults []error
	for _, column := range []string{columnName, columnPartner, columnProject, columnDepartment, columnBudgetName} {
		if text := *r.field(column); strings.ContainsFunc(text, breaks) {
			faults = append(faults, r.fault(column, "%.40q has a comma, a quotation mark or a control character", text))
		}
	}
	for _, column := range []string{columnPartner, columnProject, columnDepartment} {
		if text := *r.field(column); text != "" && !templateForm.MatchString(text) {
			faults = append(faults, r.fault(column, "%.40q is neither a text nor {1} to {9}", text))
		}
	}
	return faults
}

// keyFaults finds what is wrong with what the rule fits.
func (r *Rule) keyFaults() []error {
	var faults []error
	if r.Path == "" && r.Control == "" {
		faults = append(faults, r.fault(columnPath, "neither 账户 nor 总账科目 is given"))
	}
	if r.Path == "" && r.Origin != "" {
		faults = append(faults, r.fault(columnOrigin, "is given without 账户"))
	}
	for _, column := range []string{columnPath, columnOrigin} {
		if path := *r.field(column); path != "" && !pathForm.MatchString(path) {
			faults = append(faults, r.fault(column, "%.40q is not the path of accounts", path))
		}
	}
	return faults
}

// codeFault finds what is wrong with a code. The subject must be in the
// government chart, or below one that is.
func (r *Rule) codeFault(column, code string) error {
	switch _, found := SubjectOf(code); {
	case code == "":
		return r.fault(column, "is missing")
	case !codeForm.MatchString(code) || len(code) > codeDigitsMax:
		return r.fault(column, "%.40q is not a code of at most %d digits", code, codeDigitsMax)
	case !found:
		return r.fault(column, "%s: no subject of the government chart begins so", code)
	}
	return nil
}

// natureFaults finds a nature that contradicts the subject, and a budget subject
// that is missing or too many.
func (r *Rule) natureFaults() []error {
	isCash := slices.ContainsFunc(moneyCodes, func(code string) bool { return strings.HasPrefix(r.Code, code) })
	isResult := r.Code[0] == '4' || r.Code[0] == '5'
	switch {
	case r.Nature != Money && r.Nature != Held && r.Nature != Own:
		return []error{r.fault(columnNature, "%.40q is none of %s, %s, %s and, once, %s", r.Nature, Money, Held, Own, Pool)}
	case systemOf(r.Code) != Financial:
		return []error{r.fault(columnCode, "%s is a budget subject: it belongs into %s", r.Code, columnBudgetCode)}
	case isCash != (r.Nature == Money):
		return []error{r.fault(columnNature, "%s is for the subjects of cash, and no other is for them: %s is %s", Money, r.Code, r.Nature)}
	case isResult && r.Nature == Held:
		return []error{r.fault(columnNature, "%s is income or an expense, which nobody holds for others", r.Code)}
	}
	if fault := r.budgetFault(); fault != nil {
		return []error{fault}
	}
	return nil
}

func (r *Rule) budgetFault() error {
	if r.Nature != Own {
		if r.BudgetCode != "" || r.BudgetName != "" {
			return r.fault(columnBudgetCode, "only %s has a budget subject", Own)
		}
		return nil
	}
	if fault := r.codeFault(columnBudgetCode, r.BudgetCode); fault != nil {
		return fault
	}
	if r.BudgetCode[0] != '6' && r.BudgetCode[0] != '7' {
		return r.fault(columnBudgetCode, "%s is neither budget income nor budget spending", r.BudgetCode)
	}
	return nil
}

func (r *Rule) poolFaults() []error {
	only := Rule{Line: r.Line, Code: r.Code, Name: r.Name, Nature: r.Nature, Note: r.Note}
	switch fault := r.codeFault(columnCode, r.Code); {
	case fault != nil:
		return []error{fault}
	case !strings.HasPrefix(r.Code, "8001"):
		return []error{r.fault(columnCode, "%s is not 8001 and not below it", r.Code)}
	case *r != only:
		return []error{r.fault("", "the line of %s has a subject and nothing else", Pool)}
	}
	return r.textFaults()
}

// duplicates finds rules for the same accounts, and a pool that is missing.
func (m *Mapping) duplicates() []error {
	var faults []error
	first := map[[3]string]int{}
	own := false
	for i := range m.rules {
		r := &m.rules[i]
		key := [3]string{r.Path, r.Control, r.Origin}
		if line, found := first[key]; found && r.Nature != Pool {
			faults = append(faults, r.fault("", "is for the same accounts as line %d", line))
		}
		first[key] = r.Line
		own = own || r.Nature == Own
	}
	if own && m.pool == nil {
		faults = append(faults, &MappingError{Column: columnNature, Problem: fmt.Sprintf("no line is %s", Pool)})
	}
	return faults
}

// named is a subject that a line names.
type named struct {
	rule                   *Rule
	codeColumn, nameColumn string
	code, name             string
}

// named returns all subjects with the lines that name them.
func (m *Mapping) named() []named {
	var all []named
	for i := range m.rules {
		r := &m.rules[i]
		all = append(all, named{r, columnCode, columnName, r.Code, r.Name})
		if r.BudgetCode != "" {
			all = append(all, named{r, columnBudgetCode, columnBudgetName, r.BudgetCode, r.BudgetName})
		}
	}
	if m.pool != nil {
		all = append(all, named{m.pool, columnCode, columnName, m.pool.Code, m.pool.Name})
	}
	return all
}

// names finds subjects without a name or with two.
func (m *Mapping) names() []error {
	var faults []error
	first := map[string]named{}
	for _, n := range m.named() {
		want := n.name
		if parent, found := SubjectOf(n.code); found && parent.Code == n.code {
			want = parent.Name
		}
		earlier, found := first[n.code]
		switch {
		case want == "":
			faults = append(faults, n.rule.fault(n.nameColumn, "%s has no name", n.code))
		case n.name != "" && n.name != want:
			faults = append(faults, n.rule.fault(n.nameColumn, "%s is %s in the government chart, not %.40s", n.code, want, n.name))
		case found && earlier.name != n.name && earlier.name != "" && n.name != "":
			faults = append(faults, n.rule.fault(n.nameColumn, "%s is %.40s in line %d", n.code, earlier.name, earlier.rule.Line))
		case !found:
			first[n.code] = n
		}
	}
	return faults
}

// branches finds subjects with others below them: only leaves take postings.
func (m *Mapping) branches() []error {
	var faults []error
	all := m.named()
	for _, n := range all {
		for _, below := range all {
			if n.code != "" && len(below.code) > len(n.code) && strings.HasPrefix(below.code, n.code) {
				faults = append(faults, n.rule.fault(n.codeColumn, "%s takes no postings: line %d has %s below it", n.code, below.rule.Line, below.code))
				break
			}
		}
	}
	return faults
}

// nameSubjects fills in names that the chart has.
func (m *Mapping) nameSubjects() {
	for _, n := range m.named() {
		if parent, _ := SubjectOf(n.code); parent.Code == n.code {
			*n.rule.field(n.nameColumn) = parent.Name
		}
	}
}

// subject returns the subject of a rule.
func (r *Rule) subject() Subject {
	parent, _ := SubjectOf(r.Code)
	return Subject{Code: r.Code, Name: r.Name, Side: parent.Side}
}

// budget returns the budget subject of a rule.
func (r *Rule) budget() Subject {
	parent, _ := SubjectOf(r.BudgetCode)
	return Subject{Code: r.BudgetCode, Name: r.BudgetName, Side: parent.Side}
}

// takes reports whether the subject may hold what an account of a side holds.
func (r *Rule) takes(side ledger.Side) bool {
	subject := r.subject()
	return subject.Side == 0 || subject.Side == side
}
