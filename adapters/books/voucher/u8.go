package voucher

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/campusledger/campusledger/ledger"
)

// The limits of the text that 用友 U8 and T3 import.
const (
	u8Head         = "填制凭证,V800"
	u8LineEnd      = "\r\n"
	u8ColumnsTotal = 21
	u8Abstract     = 4      // the column
	u8AbstractMax  = 60     // bytes
	u8AmountMax    = 16     // characters, with two decimals
	u8ItemMax      = 20     // bytes of any other text
	u8Decimals     = 2      // of an amount
	u8NothingOn    = "0.00" // the side that an amount is not on
	u8Attachments  = "0"    // 附单据数
)

// WriteU8 writes the vouchers of a period as the text that the 总账工具 of 用友 U8
// and T3 import: the line 填制凭证,V800 and then one for each line of a voucher, in
// GBK with CR LF. The columns are
//
//	1 制单日期, 2 凭证类别字, 3 凭证号, 4 附单据数, 5 摘要, 6 科目编码, 7 借方金额, 8 贷方金额,
//	9 数量, 10 外币, 11 汇率, 12 制单人, 13 结算方式, 14 票号, 15 发生日期, 16 部门编码,
//	17 职员编码, 18 客户编码, 19 供应商编码, 20 业务员, 21 项目编码
//
// of which 9 to 11, 13 to 15, 17 and 20 are empty, and 附单据数 is 0. A 往来单位
// goes to 客户编码 if its subject's balances are debits, else to 供应商编码.
//
// An abstract that is too long names fewer kinds of transaction. Any other text
// that is too long, and a character that GBK lacks, is refused: see [TextError].
func (e *Exporter) WriteU8(ctx context.Context, w io.Writer, p Period) error {
	_, err := e.Export(ctx, w, Request{Format: U8, Period: p})
	return err
}

// u8 returns the file. It is small: a line for each subject and date.
func (r *reading) u8(vouchers []Voucher) ([]byte, error) {
	if r.currency.Exponent() != u8Decimals {
		return nil, &ledger.InvalidError{Field: "currency", Problem: fmt.Sprintf("%s has not the two decimals of U8", r.currency)}
	}
	lines := []string{u8Head}
	for i := range vouchers {
		for j := range vouchers[i].Lines {
			line, err := r.u8Line(&vouchers[i], &vouchers[i].Lines[j])
			if err != nil {
				return nil, err
			}
			lines = append(lines, line)
		}
	}
	var file bytes.Buffer
	encoder := simplifiedchinese.GBK.NewEncoder()
	for i, line := range lines {
		encoded, err := encoder.String(line)
		if err != nil {
			return nil, &TextError{Where: fmt.Sprintf("U8 line %d", i+1), Problem: "has a character that GBK lacks: " + foreign(line)}
		}
		file.WriteString(encoded + u8LineEnd)
	}
	return file.Bytes(), nil
}

func (r *reading) u8Line(v *Voucher, l *Line) (string, error) {
	debit, credit := l.Amount.Decimal(), u8NothingOn
	if l.Side == ledger.CreditSide {
		debit, credit = credit, debit
	}
	cells := [u8ColumnsTotal]string{
		0: v.Date.String(), 1: r.word, 2: strconv.Itoa(v.Number), 3: u8Attachments, u8Abstract: l.Abstract(u8AbstractMax),
		5: l.Subject.Code, 6: debit, 7: credit, 11: r.maker, 15: l.Department, 18: l.Partner, 20: l.Project,
	}
	if l.Subject.Side == ledger.DebitSide {
		cells[17], cells[18] = cells[18], ""
	}
	where := fmt.Sprintf("voucher of %s, subject %s", v.Date, l.Subject.Code)
	if len(l.Amount.Decimal()) > u8AmountMax {
		return "", &TextError{Where: where, Problem: fmt.Sprintf("%s has more than %d characters", l.Amount.Decimal(), u8AmountMax)}
	}
	for column, text := range cells {
		if gbkBytes(text) > u8BytesMax(column) {
			return "", &TextError{Where: where, Problem: fmt.Sprintf("%.40q has more than %d bytes", text, u8BytesMax(column))}
		}
	}
	return strings.Join(cells[:], ","), nil
}

// u8BytesMax is how long a cell may be.
func u8BytesMax(column int) int {
	if column == u8Abstract {
		return u8AbstractMax
	}
	return u8ItemMax
}

// foreign returns the first character of a text that GBK lacks.
func foreign(text string) string {
	for _, c := range text {
		if _, err := simplifiedchinese.GBK.NewEncoder().String(string(c)); err != nil {
			return fmt.Sprintf("%q", c)
		}
	}
	return ""
}
