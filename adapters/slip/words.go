package slip

import (
	"strings"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

// kindWords say what happened to those it concerns. Vouchers have their own
// words, which are part of a format.
var kindWords = map[string]string{
	campus.KindTopUp:           "充值",
	campus.KindUnapplied:       "充值待查",
	campus.KindSale:            "消费",
	campus.KindArrearsRepaid:   "偿还欠款",
	campus.KindSubsidyFunded:   "补助到账",
	campus.KindSubsidyGranted:  "发放补助",
	campus.KindFeeAssessed:     "应缴费用",
	campus.KindFeePaid:         "缴费",
	campus.KindGatewaySettled:  "支付结算",
	campus.KindMerchantSettled: "商户清算",
	campus.KindPaidOut:         "商户划拨",
	ledger.KindGenesis:         "建账",
	ledger.KindOpening:         "开户",
	ledger.KindChange:          "账户变更",
	ledger.KindDayClose:        "日结",
	ledger.KindReopen:          "重开日期",
	ledger.KindChart:           "科目设置",
	ledger.KindReversal:        "冲销",
	ledger.KindRefund:          "退款",
	ledger.KindHold:            "预留",
	ledger.KindCapture:         "预留入账",
	ledger.KindRelease:         "撤销预留",
	ledger.KindExpiry:          "预留到期",
	ledger.KindRefusal:         "已拒绝",
	ledger.KindHoldRefusal:     "预留被拒绝",
}

// family is how the accounts of a family are called, and on which side they grow.
type family struct {
	words string
	side  ledger.Side
}

var families = map[campus.Family]family{
	campus.FamilyWallet:   {"钱包", ledger.CreditSide},
	campus.FamilyArrears:  {"欠款", ledger.DebitSide},
	campus.FamilySubsidy:  {"补助", ledger.CreditSide},
	campus.FamilyMerchant: {"商户", ledger.CreditSide},
	campus.FamilyFee:      {"待缴费用", ledger.DebitSide},
	campus.FamilyClearing: {"支付渠道", ledger.DebitSide},
	campus.FamilyBank:     {"银行", ledger.DebitSide},
	campus.FamilyCash:     {"现金", ledger.DebitSide},
	campus.FamilyTransit:  {"待付款", ledger.CreditSide},
	campus.FamilyFund:     {"补助资金", ledger.CreditSide},
	campus.FamilyTreasury: {"应缴财政", ledger.CreditSide},
	campus.FamilyAgency:   {"代收款", ledger.CreditSide},
	campus.FamilyIncome:   {"收入", ledger.CreditSide},
	campus.FamilyExpense:  {"支出", ledger.DebitSide},
	campus.FamilySuspense: {"待查款", ledger.CreditSide},
}

// wordsOf is a kind in plain words; what it was for follows.
func wordsOf(record *ledger.Record) string {
	words := kindWord(record.Kind)
	if record.For != "" {
		words += "（" + kindWord(record.For) + "）"
	}
	return words
}

func kindWord(kind string) string {
	if words, known := kindWords[kind]; known {
		return words
	}
	return kind
}

// accountWords is an account in plain words, and what it has more or less of by
// an amount that counts debits positive. An account of no known family is named
// by its path, and its amount by its side.
func accountWords(path string, amount money.Amount) (words, change string) {
	root, name, _ := strings.Cut(path, "/")
	named, known := families[campus.Family(root)]
	number := strings.TrimPrefix(amount.Decimal(), "-")
	switch {
	case !known && amount.Sign() < 0:
		return path, "贷 " + number
	case !known:
		return path, "借 " + number
	case (amount.Sign() < 0) == (named.side == ledger.DebitSide):
		return named.words + " " + name, "-" + number
	}
	return named.words + " " + name, "+" + number
}
