package audit_test

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/money"
)

// amounts sets what the record's lines moved, and leaves their balances.
func amounts(r []ledger.Record, seq int, minor ...int64) {
	for i, m := range minor {
		line(r, seq, i).Amount = cny(m)
	}
}

// held sets what the record's lines reserved.
func held(r []ledger.Record, seq int, minor ...int64) {
	for i, m := range minor {
		r[seq-1].Held[i].Amount = cny(m)
	}
}

// about makes the record one about another, under the id that follows.
func about(r []ledger.Record, seq int, step string, of int) {
	record := &r[seq-1]
	record.Of = r[of-1].ID
	if step != "" {
		record.ID = ledger.KeyID("ledger", step, record.Of.String())
	}
}

// again puts a copy of a record at the end.
func again(r []ledger.Record, seq int) *ledger.Record {
	last := &r[historySeq-1]
	at, date := last.At, last.Date
	*last = r[seq-1]
	last.Seq, last.At, last.Date, last.Lines = historySeq, at, date, slices.Clone(last.Lines)
	return last
}

// undoing makes the last record the reversal of another.
func undoing(r []ledger.Record, seq int) {
	last := again(r, 12)
	last.Lines = nil
	for _, l := range r[seq-1].Lines {
		if !l.Amount.IsZero() {
			last.Lines = append(last.Lines, ledger.Line{
				Account: l.Account, Side: -l.Side, Amount: cny(-l.Amount.Minor()), Balance: cny(0),
			})
		}
	}
	about(r, historySeq, "reverse", seq)
}

// refunding makes the last record a refund between two accounts.
func refunding(r []ledger.Record, seq int, debit, credit string, lines ...int) {
	again(r, 35).ID = ledger.KeyID("refund")
	about(r, historySeq, "", seq)
	amounts(r, historySeq, 100, -100)
	line(r, historySeq, 0).Account, line(r, historySeq, 1).Account = debit, credit
	r[historySeq-1].Refunds = lines
}

// holdForgeries break the rules of holds.
var holdForgeries = map[string]forgery{
	"a hold out of balance":               {func(r []ledger.Record) { held(r, 26, 900, 0, -899) }, audit.CodeRecordUnbalanced, "seq=26"},
	"a hold that took less than it could": {func(r []ledger.Record) { held(r, 30, 699, 101, -800) }, audit.CodeRecordTake, "seq=30"},
	"a hold of a frozen account": {func(r []ledger.Record) {
		r[21].Accounts[0].State = ledger.StateFrozenDebits
	}, audit.CodeRecordState, "seq=26"},
	"a capture from a frozen account": {func(r []ledger.Record) {
		r[21].Accounts[0].State = ledger.StateFrozenDebits
	}, audit.CodeRecordState, "seq=27"},
	"a hold beyond the floor":   {func(r []ledger.Record) { r[21].Accounts[0].Floor = cny(1_001) }, audit.CodeRecordBound, "seq=30"},
	"a hold beyond the ceiling": {func(r []ledger.Record) { r[1].Accounts[1].Ceiling = cny(3_059) }, audit.CodeRecordBound, "seq=51"},
	"a posting into what is held": {func(r []ledger.Record) {
		r[21].Accounts[0].Ceiling, r[21].Accounts[0].Floor = cny(3_000), cny(1_000)
		r[26] = r[22] // more is topped up than the ceiling leaves
		r[26].Seq, r[26].ID, r[26].At, r[26].Lines[1].Balance = 27, ledger.KeyID("more"), r[27].At, cny(-5_300)
	}, audit.CodeRecordBound, "seq=27"},
	"an account closed with a hold": {func(r []ledger.Record) {
		r[49], r[50] = r[50], r[49] // a hold into an account that is empty otherwise
		r[49].Seq, r[49].Held[0].Account, r[49].Held[2].Account = 50, "bank", "wallet/staff/t1"
		held(r, 50, 400, 0, -400)
		last := again(r, 24)
		last.ID, last.Prev, last.Accounts = ledger.KeyID("closing"), 22, []ledger.AccountSpec{r[21].Accounts[3]}
		last.Accounts[0].State = ledger.StateClosed
	}, audit.CodeRecordState, "seq=53"},

	"a capture above the hold": {func(r []ledger.Record) { amounts(r, 29, 700, 0, -700) }, audit.CodeRecordHold, "seq=29"},
	"captures above the hold": {func(r []ledger.Record) {
		amounts(r, 27, 700, 0, -700)
		amounts(r, 29, 300, 0, -300)
	}, audit.CodeRecordHold, "seq=29"},
	"a capture of the other side": {func(r []ledger.Record) { amounts(r, 27, -300, 0, 300) }, audit.CodeRecordHold, "seq=27"},
	"a capture out of balance":    {func(r []ledger.Record) { amounts(r, 27, 300, 0, -299) }, audit.CodeRecordUnbalanced, "seq=27"},
	"a capture's balance that does not follow": {func(r []ledger.Record) {
		line(r, 27, 0).Balance = cny(-2_001)
	}, audit.CodeRecordBalance, "seq=27"},
	"a capture of the rest that left some": {func(r []ledger.Record) { amounts(r, 31, 600, 100, -700) }, audit.CodeRecordHold, "seq=31"},
	"a capture of fewer lines": {func(r []ledger.Record) {
		r[26].Lines = append(r[26].Lines[:1:1], r[26].Lines[2])
	}, audit.CodeRecordHold, "seq=27"},
	"a capture of more lines": {func(r []ledger.Record) {
		r[26].Lines = append(r[26].Lines, ledger.Line{Account: "bank", Side: ledger.DebitSide, Amount: cny(0), Balance: cny(14_650)})
	}, audit.CodeRecordHold, "seq=27"},
	"a capture from another account": {func(r []ledger.Record) {
		line(r, 27, 0).Account = "wallet/h1"
	}, audit.CodeRecordHold, "seq=27"},
	"a capture of a rest on the other side": {func(r []ledger.Record) {
		amounts(r, 27, 900, 0, -900)
		r[26].Final, line(r, 27, 0).Take, line(r, 27, 1).Take, line(r, 27, 2).Take = true, ledger.Rest, ledger.Rest, ledger.Rest
		line(r, 27, 1).Side = ledger.CreditSide
	}, audit.CodeRecordHold, "seq=27"},
	"a capture of amounts and rests": {func(r []ledger.Record) {
		line(r, 27, 1).Take = ledger.Rest
	}, audit.CodeRecordHold, "seq=27"},
	"a capture of at most an amount": {func(r []ledger.Record) {
		line(r, 27, 0).Take, line(r, 27, 0).Most = ledger.UpTo, cny(300)
	}, audit.CodeRecordHold, "seq=27"},
	"a capture of another kind":         {func(r []ledger.Record) { r[26].For = "sale" }, audit.CodeRecordHold, "seq=27"},
	"a capture that is due another day": {func(r []ledger.Record) { r[26].Due = saturday }, audit.CodeRecordHold, "seq=27"},
	"a capture of no hold":              {func(r []ledger.Record) { r[26].Of = ledger.KeyID("nothing") }, audit.CodeRecordHold, "seq=27"},
	"a capture of a transaction":        {func(r []ledger.Record) { about(r, 27, "", 25) }, audit.CodeRecordHold, "seq=27"},
	"a hold refused with lines":         {func(r []ledger.Record) { r[51].Lines = r[19].Lines }, audit.CodeRecordShape, "seq=52"},
	"a capture of a later hold":         {func(r []ledger.Record) { about(r, 27, "", 51) }, audit.CodeRecordHold, "seq=27"},
	"a capture after the final one":     {func(r []ledger.Record) { about(r, 31, "", 26) }, audit.CodeRecordHold, "seq=31"},
	"a capture of the rest that is not final": {func(r []ledger.Record) {
		r[30].Final = false
	}, audit.CodeRecordHold, "seq=31"},
	"a capture after the release": {func(r []ledger.Record) {
		again(r, 27).ID = ledger.KeyID("late")
		about(r, historySeq, "", 32)
	}, audit.CodeRecordHold, "seq=53"},
	"a capture after the expiry": {func(r []ledger.Record) {
		again(r, 27).ID = ledger.KeyID("late")
		about(r, historySeq, "", 28)
	}, audit.CodeRecordHold, "seq=53"},
	"a capture when time is over": {func(r []ledger.Record) { r[29].Expires = r[30].At }, audit.CodeRecordHold, "seq=31"},
	"a capture under a hold's id": {func(r []ledger.Record) { r[26].ID = r[25].ID }, audit.CodeJournalID, "seq=27"},

	"a hold that is over at once":     {func(r []ledger.Record) { r[27].Expires = r[27].At }, audit.CodeRecordHold, "seq=28"},
	"an expiry before its time":       {func(r []ledger.Record) { r[27].Expires = r[33].At.Add(time.Microsecond) }, audit.CodeRecordHold, "seq=34"},
	"an expiry of a hold without end": {func(r []ledger.Record) { r[27].Expires = time.Time{} }, audit.CodeRecordHold, "seq=34"},
	"a release that is repeated":      {func(r []ledger.Record) { again(r, 33) }, audit.CodeRecordHold, "seq=53"},
	"a release of a captured hold":    {func(r []ledger.Record) { about(r, 33, "release", 30) }, audit.CodeRecordHold, "seq=33"},
	"an expiry of a released hold":    {func(r []ledger.Record) { about(r, 34, "expire", 32) }, audit.CodeRecordHold, "seq=34"},
	"a release under another id":      {func(r []ledger.Record) { r[32].ID = ledger.KeyID("mine") }, audit.CodeJournalID, "seq=33"},
	"an expiry under another id":      {func(r []ledger.Record) { r[33].ID = ledger.KeyID("mine") }, audit.CodeJournalID, "seq=34"},
	"an expiry under a release's id":  {func(r []ledger.Record) { about(r, 34, "release", 28) }, audit.CodeJournalID, "seq=34"},
	"totals that no int64 holds with what is held": {func(r []ledger.Record) {
		held(r, 51, 1<<63-1, 0, -(1<<63 - 1))
	}, audit.CodeRecordOverflow, "seq=51"},
}

// undoForgeries break the rules of refunds and reversals.
var undoForgeries = map[string]forgery{
	"a refund above the line":   {func(r []ledger.Record) { amounts(r, 35, 701, -701) }, audit.CodeRecordRefund, "seq=35"},
	"refunds above the line":    {func(r []ledger.Record) { amounts(r, 36, 401, 0, -401) }, audit.CodeRecordRefund, "seq=36"},
	"a refund out of balance":   {func(r []ledger.Record) { amounts(r, 35, 300, -299) }, audit.CodeRecordUnbalanced, "seq=35"},
	"a refund to the same side": {func(r []ledger.Record) { r[34].Refunds = []int{1, 3} }, audit.CodeRecordRefund, "seq=35"},
	"a refund on the same side": {func(r []ledger.Record) {
		refunding(r, 25, "wallet/h3", "merchant/m1", 1, 3)
	}, audit.CodeRecordRefund, "seq=53"},
	"a refund to another account": {func(r []ledger.Record) {
		refunding(r, 49, "merchant/m1", "wallet/h3", 3, 1)
	}, audit.CodeRecordRefund, "seq=53"},
	"a refund of a line twice":         {func(r []ledger.Record) { r[35].Refunds = []int{3, 3, 1} }, audit.CodeRecordRefund, "seq=36"},
	"a refund of no line":              {func(r []ledger.Record) { r[34].Refunds = []int{4, 1} }, audit.CodeRecordRefund, "seq=35"},
	"a refund of a line before":        {func(r []ledger.Record) { r[34].Refunds = []int{3, -1} }, audit.CodeRecordRefund, "seq=35"},
	"a refund of nothing":              {func(r []ledger.Record) { r[34].Of = ledger.KeyID("nothing") }, audit.CodeRecordRefund, "seq=35"},
	"a refund of a later record":       {func(r []ledger.Record) { about(r, 35, "", 49) }, audit.CodeRecordRefund, "seq=35"},
	"a refund of a hold":               {func(r []ledger.Record) { about(r, 35, "", 26) }, audit.CodeRecordRefund, "seq=35"},
	"a refund of a refund":             {func(r []ledger.Record) { refunding(r, 35, "wallet/h3", "merchant/m1", 1, 0) }, audit.CodeRecordRefund, "seq=53"},
	"a refund of a reversal":           {func(r []ledger.Record) { about(r, 35, "", 12) }, audit.CodeRecordRefund, "seq=35"},
	"a refund of a reversed record":    {func(r []ledger.Record) { refunding(r, 6, "merchant/m1", "wallet/h1", 3, 1) }, audit.CodeRecordRefund, "seq=53"},
	"a second reversal":                {func(r []ledger.Record) { again(r, 12) }, audit.CodeRecordReversal, "seq=53"},
	"a refund of what was not taken":   {func(r []ledger.Record) { amounts(r, 36, 100, -50, -50) }, audit.CodeRecordTake, "seq=36"},
	"a reversal of a refunded record":  {func(r []ledger.Record) { undoing(r, 25) }, audit.CodeRecordReversal, "seq=53"},
	"a reversal of a refunded capture": {func(r []ledger.Record) { undoing(r, 31) }, audit.CodeRecordReversal, "seq=53"},
	"a reversal of a refund":           {func(r []ledger.Record) { undoing(r, 35) }, audit.CodeRecordReversal, "seq=53"},
	"a reversal of a hold":             {func(r []ledger.Record) { undoing(r, 26) }, audit.CodeRecordReversal, "seq=53"},
}

// ruleForgeries break the rules of limits, charts, chains and dates.
var ruleForgeries = map[string]forgery{
	"a hold beyond a day's limit": {func(r []ledger.Record) {
		r[21].Accounts[0].Limits = guardian(1_999)
	}, audit.CodeRecordLimit, "seq=30"},
	"an upto line beyond a day's limit": {func(r []ledger.Record) {
		r[21].Accounts[0].Limits = guardian(1_999)
	}, audit.CodeRecordTake, "seq=30"},
	"a transaction beyond the limit of one": {func(r []ledger.Record) {
		r[23].Accounts[0].Limits[1].Max = cny(29)
	}, audit.CodeRecordLimit, "seq=46"},
	"a transaction of a kind that a limit lets no more through of": {func(r []ledger.Record) {
		r[23].Accounts[0].Limits[2].Max = cny(29)
	}, audit.CodeRecordLimit, "seq=46"},
	"an account without a family":    {func(r []ledger.Record) { r[21].Accounts[2].Path = "purse/h3" }, audit.CodeRecordFamily, "seq=22"},
	"an account beside its family":   {func(r []ledger.Record) { r[21].Accounts[2].Path = "subsidy2/h3" }, audit.CodeRecordFamily, "seq=22"},
	"an account of another control":  {func(r []ledger.Record) { r[21].Accounts[2].Control = "9999" }, audit.CodeRecordFamily, "seq=22"},
	"an account of the family above": {func(r []ledger.Record) { r[21].Accounts[3].Control = "2307" }, audit.CodeRecordFamily, "seq=22"},
	"an account of another side":     {func(r []ledger.Record) { r[21].Accounts[2].Side = ledger.DebitSide }, audit.CodeRecordFamily, "seq=22"},
	"an account of another currency": {func(r []ledger.Record) { r[20].Families[1].Currency = money.USD; r[20].Families[1].Floor = usd(0) }, audit.CodeRecordFamily, "seq=22"},
	"an account without its family's floor": {func(r []ledger.Record) {
		r[21].Accounts[2].Floor = money.Amount{}
	}, audit.CodeRecordFamily, "seq=22"},
	"an account without its family's ceiling": {func(r []ledger.Record) {
		r[21].Accounts[1].Ceiling = money.Amount{}
	}, audit.CodeRecordFamily, "seq=22"},
	"an account without its family's limits": {func(r []ledger.Record) {
		r[21].Accounts[0].Limits = nil
	}, audit.CodeRecordFamily, "seq=22"},

	"a closed account that is opened again": {func(r []ledger.Record) {
		for i, state := range []ledger.State{ledger.StateClosed, ledger.StateOpen} {
			change := &r[51+i]
			at, date, seq := change.At, change.Date, change.Seq
			*change = r[23]
			change.At, change.Date, change.Seq, change.ID = at, date, seq, ledger.KeyID("change", string(state))
			change.Prev, change.Accounts = []int64{22, 52}[i], []ledger.AccountSpec{r[21].Accounts[3]}
			change.Accounts[0].State = state
		}
	}, audit.CodeRecordState, "seq=53"},
	"a change that follows another":             {func(r []ledger.Record) { r[23].Prev = 13 }, audit.CodeRecordPrev, "seq=24"},
	"a close that follows one taken back":       {func(r []ledger.Record) { r[42].Prev = 39 }, audit.CodeRecordPrev, "seq=43"},
	"a close that follows none":                 {func(r []ledger.Record) { r[42].Prev = 0 }, audit.CodeRecordPrev, "seq=43"},
	"a reopening that follows none":             {func(r []ledger.Record) { r[46].Prev = 0 }, audit.CodeRecordPrev, "seq=47"},
	"a chart that follows none":                 {func(r []ledger.Record) { r[49].Prev = 0 }, audit.CodeRecordPrev, "seq=50"},
	"a second close under the first one's id":   {func(r []ledger.Record) { r[42].ID = r[38].ID }, audit.CodeJournalID, "seq=43"},
	"a reopening under another id":              {func(r []ledger.Record) { r[40].ID = ledger.KeyID("mine") }, audit.CodeJournalID, "seq=41"},
	"a reopening of an earlier close":           {func(r []ledger.Record) { about(r, 47, "reopen", 43) }, audit.CodeRecordReopening, "seq=47"},
	"a reopening of a close that was reopened":  {func(r []ledger.Record) { about(r, 47, "reopen", 39) }, audit.CodeRecordReopening, "seq=47"},
	"a reopening of another date":               {func(r []ledger.Record) { r[46].Next = saturday }, audit.CodeRecordReopening, "seq=47"},
	"a reopening that does not go back":         {func(r []ledger.Record) { r[46].Next = nextMonday }, audit.CodeJournalDate, "seq=47"},
	"a close that passes over a date":           {func(r []ledger.Record) { r[42].Next = nextMonday }, audit.CodeJournalDate, "seq=43"},
	"a record on the date before the reopening": {func(r []ledger.Record) { r[41].Date = sunday }, audit.CodeJournalDate, "seq=42"},
}

// shapeForgeries give records what they cannot have.
var shapeForgeries = map[string]forgery{
	"a hold with lines":            {func(r []ledger.Record) { r[50].Lines = r[19].Lines }, audit.CodeRecordShape, "seq=51"},
	"a hold of one line":           {func(r []ledger.Record) { r[50].Held = r[50].Held[:1] }, audit.CodeRecordShape, "seq=51"},
	"a hold for no kind":           {func(r []ledger.Record) { r[50].For = "" }, audit.CodeRecordShape, "seq=51"},
	"a hold for the ledger's kind": {func(r []ledger.Record) { r[50].For = "ledger.hold" }, audit.CodeRecordShape, "seq=51"},
	"a capture without its hold":   {func(r []ledger.Record) { r[30].Of = [16]byte{} }, audit.CodeRecordShape, "seq=31"},
	"a release with lines":         {func(r []ledger.Record) { r[32].Lines = r[19].Lines }, audit.CodeRecordShape, "seq=33"},
	"a release that is final":      {func(r []ledger.Record) { r[32].Final = true }, audit.CodeRecordShape, "seq=33"},
	"an expiry by somebody":        {func(r []ledger.Record) { r[33].By = "clerk:1" }, audit.CodeRecordShape, "seq=34"},
	"a transaction that expires":   {func(r []ledger.Record) { r[48].Expires = r[48].At }, audit.CodeRecordShape, "seq=49"},
	"a refund that is due":         {func(r []ledger.Record) { r[34].Due = sunday }, audit.CodeRecordShape, "seq=35"},
	"a refund of lines not named":  {func(r []ledger.Record) { r[34].Refunds = []int{3} }, audit.CodeRecordShape, "seq=35"},
	"a chart by nobody":            {func(r []ledger.Record) { r[49].By = "" }, audit.CodeRecordShape, "seq=50"},
	"a change by nobody":           {func(r []ledger.Record) { r[23].By = "" }, audit.CodeRecordShape, "seq=24"},
	"a reopening by nobody":        {func(r []ledger.Record) { r[40].By = "" }, audit.CodeRecordShape, "seq=41"},
	"a reopening for no reason":    {func(r []ledger.Record) { r[40].Why = "" }, audit.CodeRecordShape, "seq=41"},
	"a chart without families":     {func(r []ledger.Record) { r[49].Families = nil }, audit.CodeRecordShape, "seq=50"},
	"a change of nothing before":   {func(r []ledger.Record) { r[23].Prev = 0 }, audit.CodeRecordShape, "seq=24"},
	"a refusal that moves":         {func(r []ledger.Record) { r[37].Lines = r[19].Lines }, audit.CodeRecordShape, "seq=38"},
	"a refusal of nothing":         {func(r []ledger.Record) { r[37].Asked = nil }, audit.CodeRecordShape, "seq=38"},
	"a refusal of a zero":          {func(r []ledger.Record) { r[37].Asked[0].Amount = cny(0) }, audit.CodeRecordShape, "seq=38"},
	"a refusal without a code":     {func(r []ledger.Record) { r[37].Refused.Code = "" }, audit.CodeRecordShape, "seq=38"},
	"a refusal without a rule":     {func(r []ledger.Record) { r[37].Refused.Rule = "" }, audit.CodeRecordShape, "seq=38"},
	"a refusal without a reason":   {func(r []ledger.Record) { r[37].Refused = nil }, audit.CodeRecordShape, "seq=38"},
	"metadata that is no object":   {func(r []ledger.Record) { r[21].Accounts[0].Metadata = json.RawMessage(`[1]`) }, audit.CodeRecordShape, "seq=22"},
	"a limit of a month":           {func(r []ledger.Record) { r[23].Accounts[0].Limits[0].Per = "month" }, audit.CodeRecordShape, "seq=24"},
	"a limit twice":                {func(r []ledger.Record) { r[23].Accounts[0].Limits[1].Name = "guardian" }, audit.CodeRecordShape, "seq=24"},
	"a limit without a name":       {func(r []ledger.Record) { r[23].Accounts[0].Limits[1].Name = "" }, audit.CodeRecordShape, "seq=24"},
	"a limit below zero":           {func(r []ledger.Record) { r[23].Accounts[0].Limits[1].Max = cny(-1) }, audit.CodeRecordShape, "seq=24"},
	"a limit that excepts nothing": {func(r []ledger.Record) { r[23].Accounts[0].Limits[1].Except = true }, audit.CodeRecordShape, "seq=24"},
	"a family twice":               {func(r []ledger.Record) { r[49].Families[0].Path = "wallet" }, audit.CodeRecordShape, "seq=50"},
	"a family's limit of a month":  {func(r []ledger.Record) { r[49].Families[1].Limits[0].Per = "month" }, audit.CodeRecordShape, "seq=50"},
	"limits of no currency":        {func(r []ledger.Record) { r[49].Families[0].Limits = guardian(1) }, audit.CodeRecordShape, "seq=50"},
}
