package voucher

import (
	_ "embed" // for the chart
	"encoding/csv"
	"fmt"
	"slices"
	"strings"

	"github.com/campusledger/campusledger/ledger"
)

//go:embed chart.csv
var chartFile string

// System is one of the two sets of accounts that a public unit keeps side by
// side. A voucher balances in each.
type System int8

// The systems, with the numbers that audit offices use.
const (
	Financial System = 1 // 财务会计: codes that begin with 1 to 5
	Budget    System = 2 // 预算会计: codes that begin with 6 to 8
)

// String returns "01" or "02".
func (s System) String() string { return fmt.Sprintf("%02d", int8(s)) }

// Subject is an account of the school's accounting program (科目), as opposed to
// one of our ledger.
type Subject struct {
	Code string // digits, the first four from the government chart
	Name string // its own, without that of its parent
	// Side is the side of its balance; 0 if it may have either.
	Side ledger.Side
}

// System returns the system that the subject belongs to.
func (s Subject) System() System { return systemOf(s.Code) }

func systemOf(code string) System {
	if code >= "6" {
		return Budget
	}
	return Financial
}

// class is the first digit of a code as the chart calls it (科目类型).
func class(code string) string {
	return [...]string{"资产", "负债", "净资产", "收入", "费用", "预算收入", "预算支出", "预算结余"}[code[0]-'1']
}

// Chart returns the 103 subjects of the first level of 《政府会计制度——行政事业单位会计科目和报表》
// (财会〔2017〕25号, in force since 2019), in the order of their codes.
func Chart() []Subject { return slices.Clone(chart) }

var chart = mustChart(chartFile)

// mustChart reads the embedded file, which a test reads too.
func mustChart(file string) []Subject {
	rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
	if err != nil {
		panic(fmt.Sprintf("voucher: chart.csv: %v", err))
	}
	sides := map[string]ledger.Side{"借": ledger.DebitSide, "贷": ledger.CreditSide, "双向": 0}
	subjects := make([]Subject, 0, len(rows)-1)
	for _, row := range rows[1:] {
		subjects = append(subjects, Subject{Code: row[0], Name: row[1], Side: sides[row[2]]})
	}
	return subjects
}

const chartDigits = 4 // of a code of the first level

// SubjectOf returns the subject of the chart that a code belongs to: itself, or
// the one above it.
func SubjectOf(code string) (Subject, bool) {
	if len(code) < chartDigits {
		return Subject{}, false
	}
	i, found := slices.BinarySearchFunc(chart, code[:chartDigits], func(s Subject, code string) int { return strings.Compare(s.Code, code) })
	if !found {
		return Subject{}, false
	}
	return chart[i], true
}
