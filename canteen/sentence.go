package canteen

// Chinese returns a sentence for the cashier: what is wrong and what to do.
func (r Reason) Chinese() string {
	zh, _ := r.sentences()
	return zh
}

// English returns a sentence for the cashier: what is wrong and what to do.
func (r Reason) English() string {
	_, en := r.sentences()
	return en
}

func (r Reason) sentences() (zh, en string) {
	if pair, ok := cashierSentences()[r]; ok {
		return pair[0], pair[1]
	}
	return "不能付款，请到学校办公室核查。", "Payment is not possible. Please ask the school office."
}

func cashierSentences() map[Reason][2]string {
	return map[Reason][2]string{
		ReasonPaymentCode:   {"这是手机付款码，请扫校园卡。", "This is a phone's payment code. Scan the school card."},
		ReasonDishCode:      {"这是菜品条码，请扫校园卡。", "This is a dish's barcode. Scan the school card."},
		ReasonUnreadable:    {"没有读到完整的校园卡码，请再扫一次。", "The card's code was not read whole. Scan it again."},
		ReasonNotGenuine:    {"这不是有效的校园卡码，请到学校办公室核查。", "This is not a valid card code. Please ask the school office."},
		ReasonOtherSchool:   {"这是其他学校的卡。", "This card is of another school."},
		ReasonExpired:       {"此卡已过期，请到学校办公室换卡。", "This card has expired. The school office issues a new one."},
		ReasonHolderUnknown: {"查不到此卡，请到学校办公室核查。", "This card is not known. Please ask the school office."},
		ReasonCardUnknown:   {"查不到此卡，请到学校办公室核查。", "This card is not known. Please ask the school office."},
		ReasonHolderLeft:    {"持卡人已离校，此卡停用。", "The holder has left the school. The card is no longer valid."},
		ReasonNotOpen:       {"账户尚未开通，请到学校办公室办理。", "The account is not open yet. Please ask the school office."},
		ReasonCardVoid:      {"此卡已换新卡，请使用新卡。", "This card was replaced. Use the new one."},
		ReasonCardLost:      {"此卡已挂失，不能使用。", "This card is reported lost and cannot be used."},
		ReasonCardBlocked:   {"此卡已停用，请到学校办公室核查。", "This card is blocked. Please ask the school office."},
		ReasonFrozen:        {"账户已冻结，请到学校办公室核查。", "The account is frozen. Please ask the school office."},
		ReasonInsufficient:  {"余额不足。可以选择先就餐、记欠款。", "Not enough money. You may serve on credit."},
		ReasonArrearsLimit:  {"余额不足，且欠款已到上限。", "Not enough money, and the limit of credit is reached."},
		ReasonLimit:         {"已到本账户的消费限额。", "The account's spending limit is reached."},
	}
}

// Chinese returns a sentence for the cashier: what is wrong and what to do.
func (e *Refusal) Chinese() string { return e.Reason.Chinese() }

// English returns a sentence for the cashier: what is wrong and what to do.
func (e *Refusal) English() string { return e.Reason.English() }
