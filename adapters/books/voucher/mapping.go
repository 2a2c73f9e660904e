package voucher

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // for the default
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

//go:embed mapping.csv
var defaultMapping []byte

// DefaultMappingFile returns the mapping file of [DefaultMapping], for a school
// to change. It fits a book with the chart of package campus.
func DefaultMappingFile() []byte { return slices.Clone(defaultMapping) }

// DefaultMapping returns the mapping of a book with the chart of package campus.
func DefaultMapping() *Mapping {
	mapping, err := ParseMapping(bytes.NewReader(defaultMapping))
	if err != nil {
		panic(fmt.Sprintf("voucher: mapping.csv: %v", err)) // a test reads it
	}
	return mapping
}

// Nature says whose money an account is about. It decides whether there are
// budget entries.
type Nature string

// The natures, as a mapping file has them.
const (
	// Money is cash, at the bank or on its way there, whoever owns it.
	Money Nature = "资金"
	// Held is money held for others, or due to the treasury: no budget entry.
	Held Nature = "代管"
	// Own is inside the school's budget: what is earned, spent, or owed to it
	// for that.
	Own Nature = "预算内"
	// Pool is the budget subject on the other side of every budget entry.
	Pool Nature = "资金结存"
)

// Rule maps accounts of the ledger to a subject. It is a line of a mapping
// file, whose headings are given here.
type Rule struct {
	Line int // in the file
	// Path (账户) is the path of an account, or the first segments of many.
	Path string
	// Origin (来源) narrows the rule to accounts that were first posted against
	// an account with this path, or below it: so a bill is told by what it was
	// assessed for.
	Origin string
	// Control (总账科目) narrows the rule to accounts of this control account.
	Control string
	// Code and Name (科目编码, 科目名称) are the subject's.
	Code, Name string
	Nature     Nature // 性质
	// Partner, Project and Department (往来单位, 项目, 部门) are the auxiliary
	// items: a text, or {n} for the n-th segment of the account's path.
	Partner, Project, Department string
	// BudgetCode and BudgetName (预算科目编码, 预算科目名称) are the budget subject
	// of an [Own] account.
	BudgetCode, BudgetName string
	Note                   string // 说明, for people
}

// Mapping maps the accounts of a book to the subjects of the school's
// accounting program. It never changes and may be shared.
type Mapping struct {
	rules []Rule // of accounts
	pool  *Rule  // nil if no account is the school's own
	sum   string
}

// Rules returns the rules in the order of the file.
func (m *Mapping) Rules() []Rule {
	rules := slices.Clone(m.rules)
	if m.pool != nil {
		rules = append(rules, *m.pool)
	}
	slices.SortFunc(rules, func(x, y Rule) int { return x.Line - y.Line })
	return rules
}

// Sum returns the SHA-256, in hexadecimal, of all that decides how a book is
// mapped: the rules, and the words for kinds of transaction.
func (m *Mapping) Sum() string { return m.sum }

const (
	columnPath       = "账户"
	columnOrigin     = "来源"
	columnControl    = "总账科目"
	columnCode       = "科目编码"
	columnName       = "科目名称"
	columnNature     = "性质"
	columnPartner    = "往来单位"
	columnProject    = "项目"
	columnDepartment = "部门"
	columnBudgetCode = "预算科目编码"
	columnBudgetName = "预算科目名称"
	columnNote       = "说明"
)

// field returns the field of a rule that a column holds.
func (r *Rule) field(column string) *string {
	return map[string]*string{
		columnPath: &r.Path, columnOrigin: &r.Origin, columnControl: &r.Control, columnCode: &r.Code, columnName: &r.Name,
		columnNature: (*string)(&r.Nature), columnPartner: &r.Partner, columnProject: &r.Project, columnDepartment: &r.Department,
		columnBudgetCode: &r.BudgetCode, columnBudgetName: &r.BudgetName, columnNote: &r.Note,
	}[column]
}

// ParseMapping reads a mapping file: CSV in UTF-8 or GB18030, with a line of
// headings, of which 账户, 科目编码, 科目名称 and 性质 are required, and a line for
// each [Rule]. Blanks around a cell do not count, nor do empty lines.
//
// It fails with all that is wrong with it, joined: see [MappingError]. What only
// a book can show, [Exporter.Check] finds.
func ParseMapping(file io.Reader) (*Mapping, error) {
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, fmt.Errorf("read the mapping: %w", err)
	}
	m := &Mapping{sum: sumOf(content)}
	if content, err = decodeText(content); err != nil {
		return nil, err
	}
	rules, err := readRules(content)
	if err != nil {
		return nil, err
	}
	for i := range rules {
		if rules[i].Nature == Pool && m.pool == nil {
			m.pool = &rules[i]
			continue
		}
		m.rules = append(m.rules, rules[i])
	}
	if err := errors.Join(m.faults()...); err != nil {
		return nil, err
	}
	m.nameSubjects()
	return m, nil
}

func sumOf(content []byte) string {
	digest := sha256.New()
	for _, part := range []string{string(content), kindsFile} {
		_, _ = fmt.Fprintf(digest, "%d\n%s", len(part), part)
	}
	return hex.EncodeToString(digest.Sum(nil))
}

// decodeText reads UTF-8 or, as spreadsheet programs in China write it,
// GB18030.
func decodeText(content []byte) ([]byte, error) {
	content = bytes.TrimPrefix(content, []byte("\uFEFF"))
	if utf8.Valid(content) {
		return content, nil
	}
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(content)
	if err != nil || bytes.ContainsRune(decoded, utf8.RuneError) {
		return nil, &MappingError{Problem: "is neither UTF-8 nor GB18030"}
	}
	return decoded, nil
}

func readRules(content []byte) ([]Rule, error) {
	reader := csv.NewReader(bytes.NewReader(content))
	reader.FieldsPerRecord = -1
	var headings []string
	var rules []Rule
	for {
		cells, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			return nil, &MappingError{Line: parse.Line, Problem: parse.Err.Error()}
		}
		if err != nil {
			return nil, fmt.Errorf("read the mapping: %w", err)
		}
		line, _ := reader.FieldPos(0)
		if headings == nil {
			if headings, err = checkHeadings(cells, line); err != nil {
				return nil, err
			}
			continue
		}
		rule, err := readRule(headings, cells, line)
		if err != nil {
			return nil, err
		}
		if rule != (Rule{Line: line}) {
			rules = append(rules, rule)
		}
	}
	if headings == nil {
		return nil, &MappingError{Problem: "is empty"}
	}
	return rules, nil
}

func checkHeadings(cells []string, line int) ([]string, error) {
	var headings []string
	for _, cell := range cells {
		heading := strings.TrimSpace(cell)
		switch {
		case new(Rule).field(heading) == nil && heading != "":
			return nil, &MappingError{Line: line, Column: heading, Problem: "is no column of a mapping"}
		case heading != "" && slices.Contains(headings, heading):
			return nil, &MappingError{Line: line, Column: heading, Problem: "is there twice"}
		}
		headings = append(headings, heading)
	}
	for _, required := range []string{columnPath, columnCode, columnName, columnNature} {
		if !slices.Contains(headings, required) {
			return nil, &MappingError{Line: line, Column: required, Problem: "is missing"}
		}
	}
	return headings, nil
}

func readRule(headings, cells []string, line int) (Rule, error) {
	rule := Rule{Line: line}
	for i, cell := range cells {
		text := strings.TrimSpace(cell)
		switch {
		case text == "":
		case i >= len(headings) || headings[i] == "":
			return rule, &MappingError{Line: line, Problem: fmt.Sprintf("cell %d has no heading", i+1)}
		default:
			*rule.field(headings[i]) = text
		}
	}
	return rule, nil
}
