package voucher

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// table is a table of GB/T 24589, or of a file that uses its element names.
type table struct {
	name    string
	columns []string
	rows    [][]string
}

// gbtDate is how the standard writes dates.
const gbtDate = "20060102"

// systemColumn is what audit offices collect beside the standard's elements.
const systemColumn = "会计体系"

// tables returns the base files, the vouchers and the balances of a period that
// begins with a month and lies within a year.
func (r *reading) tables(p Period, vouchers []Voucher, opening standing) ([]table, error) {
	if p.From != monthOf(p.From) || p.From.Time().Year() != p.To.Time().Year() {
		return nil, &ledger.InvalidError{Field: "from", Problem: fmt.Sprintf("%s to %s: want a period that begins with a month and lies within a year", p.From, p.To)}
	}
	balances, err := r.balanceTable(p, vouchers, opening)
	if err != nil {
		return nil, err
	}
	year := strconv.Itoa(p.From.Time().Year())
	return []table{
		{
			"电子账簿",
			[]string{"电子账簿编号", "电子账簿名称", "会计核算单位", "组织机构代码", "单位性质", "行业", "开发单位", "版本号", "本位币", "会计年度", "标准版本号"},
			[][]string{{
				strconv.FormatInt(int64(r.book), 10), oneLine(r.head.Name), oneLine(r.head.Name), "", "", "", "campusledger", "1",
				r.currency.Code(), year, "GB/T 24589（仅元素名称对应，未经认证）",
			}},
		},
		periodTable(p),
		{"记账凭证类型", []string{"记账凭证类型编号", "记账凭证类型名称", "记账凭证类型简称"}, [][]string{{r.word, r.word + "账凭证", r.word}}},
		r.subjectTable(),
		{"币种", []string{"币种编码", "币种名称"}, [][]string{{r.currency.Code(), currencyName(r.currency)}}},
		r.voucherTable(vouchers),
		balances,
	}, nil
}

func currencyName(currency money.Currency) string {
	if currency == money.CNY {
		return "人民币"
	}
	return currency.Code()
}

// months returns the first days of the months of a period.
func months(p Period) []ledger.Date {
	var all []ledger.Date
	for month := monthOf(p.From); !p.To.Before(month); month = nextMonth(month) {
		all = append(all, month)
	}
	return all
}

func nextMonth(month ledger.Date) ledger.Date {
	t := month.Time()
	return ledger.DateOf(t.Year(), t.Month()+1, 1)
}

func periodTable(p Period) table {
	t := table{"会计期间", []string{"会计年度", "会计期间号", "会计期间起始日期", "会计期间结束日期"}, nil}
	for _, month := range months(p) {
		t.rows = append(t.rows, append(yearAndMonth(month), month.Time().Format(gbtDate), nextMonth(month).AddDays(-1).Time().Format(gbtDate)))
	}
	return t
}

// yearAndMonth are 会计年度 and 会计期间号.
func yearAndMonth(date ledger.Date) []string {
	return []string{strconv.Itoa(date.Time().Year()), fmt.Sprintf("%02d", date.Time().Month())}
}

// subjectTable lists the subjects of the mapping below those of the government
// chart that they belong to.
func (r *reading) subjectTable() table {
	t := table{"会计科目", []string{"科目编号", "科目名称", "科目级次", "科目类型", "余额方向", systemColumn}, nil}
	all := map[string]Subject{}
	for _, subject := range chart {
		all[subject.Code] = subject
	}
	for _, n := range r.mapping.named() {
		parent, _ := SubjectOf(n.code)
		all[n.code] = Subject{Code: n.code, Name: n.name, Side: parent.Side}
	}
	for _, code := range slices.Sorted(maps.Keys(all)) {
		level := "1"
		if len(code) > chartDigits {
			level = "2"
		}
		t.rows = append(t.rows, []string{code, all[code].Name, level, class(code), usualSide(all[code]), systemOf(code).String()})
	}
	return t
}

// usualSide is 借 or 贷; for a subject of either side that of its class.
func usualSide(s Subject) string {
	if s.Side == ledger.DebitSide || s.Side == 0 && s.Code[0] == '1' {
		return "借"
	}
	return "贷"
}

// voucherColumns are the elements of 记账凭证 that a voucher of ours has. 辅助项1
// is the 往来单位, 辅助项2 the 项目, 辅助项3 the 部门.
var voucherColumns = []string{
	"记账凭证日期", "会计年度", "会计期间号", "记账凭证类型编号", "记账凭证编号", "记账凭证行号", "记账凭证摘要", "科目编号",
	"辅助项1编号", "辅助项2编号", "辅助项3编号", "币种编码", "借方原币金额", "借方本币金额", "贷方原币金额", "贷方本币金额",
	"附件数", "制单人", "审核人", "记账人", "记账标志", "作废标志", "凭证来源", systemColumn,
}

func (r *reading) voucherTable(vouchers []Voucher) table {
	t := table{name: "记账凭证", columns: voucherColumns}
	for i := range vouchers {
		v := &vouchers[i]
		for j := range v.Lines {
			l := &v.Lines[j]
			debit, credit := l.Amount.Decimal(), money.Zero(r.currency).Decimal()
			if l.Side == ledger.CreditSide {
				debit, credit = credit, debit
			}
			row := append([]string{v.Date.Time().Format(gbtDate)}, yearAndMonth(v.Date)...)
			t.rows = append(t.rows, append(row,
				r.word, strconv.Itoa(v.Number), strconv.Itoa(j+1), l.Abstract(gbtAbstractMax), l.Subject.Code,
				l.Partner, l.Project, l.Department, r.currency.Code(), debit, debit, credit, credit,
				"0", r.maker, "", "", "0", "0", "campusledger", l.Subject.System().String()))
		}
	}
	return t
}

const gbtAbstractMax = 300 // bytes of GBK: wherever it is read next, it fits

// balanceColumns are the elements of 科目余额及发生额, as in voucherColumns.
var balanceColumns = []string{
	"科目编号", "辅助项1编号", "辅助项2编号", "辅助项3编号", "期初余额方向", "期末余额方向", "币种编码", "会计年度", "会计期间号",
	"期初原币余额", "期初本币余额", "借方原币金额", "借方本币金额", "贷方原币金额", "贷方本币金额", "期末原币余额", "期末本币余额", systemColumn,
}

// balanceTable goes through the months: what one ends with, the next begins
// with. It changes the opening.
func (r *reading) balanceTable(p Period, vouchers []Voucher, at standing) (table, error) {
	t := table{name: "科目余额及发生额", columns: balanceColumns}
	for _, month := range months(p) {
		for len(vouchers) > 0 && monthOf(vouchers[0].Date) == month {
			if err := at.foldVoucher(&vouchers[0]); err != nil {
				return t, err
			}
			vouchers = vouchers[1:]
		}
		for _, b := range at.list(r.currency) {
			t.rows = append(t.rows, balanceRow(&b, month))
		}
		at.carry()
	}
	return t, nil
}

func balanceRow(b *Balance, month ledger.Date) []string {
	opening, openingSide := sided(b.Opening)
	closing, closingSide := sided(b.Closing)
	row := []string{b.Subject.Code, b.Partner, b.Project, b.Department, openingSide, closingSide, b.Opening.Currency().Code()}
	return append(append(row, yearAndMonth(month)...),
		opening, opening, b.Debits.Decimal(), b.Debits.Decimal(), b.Credits.Decimal(), b.Credits.Decimal(), closing, closing,
		b.Subject.System().String())
}

// sided writes an amount without its sign, and the side it is on.
func sided(amount money.Amount) (decimal, side string) {
	decimal = strings.TrimPrefix(amount.Decimal(), "-")
	switch amount.Sign() {
	case 1:
		return decimal, "借"
	case -1:
		return decimal, "贷"
	}
	return decimal, "平"
}

// foldVoucher adds the lines of a voucher.
func (s standing) foldVoucher(v *Voucher) error {
	by := make(map[sumKey]*sum, len(v.Lines))
	for i := range v.Lines {
		l := &v.Lines[i]
		by[sumKey{code: l.Subject.Code, items: l.items(), side: l.Side}] = &sum{subject: l.Subject, minor: l.Amount.Minor()}
	}
	return s.fold(by)
}

// carry makes the closing balances those of the opening.
func (s standing) carry() {
	for _, f := range s {
		f.opening, f.debits, f.credits = f.closing(), 0, 0
	}
}
