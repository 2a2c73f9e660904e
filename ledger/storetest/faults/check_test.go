package faults

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// told is a call that was acknowledged with records at the positions, and lasted
// from one second to another.
func told(do verb, began, ended int, seqs ...int64) *call {
	c := &call{
		request: request{Do: do, ID: ledger.NewID(), Of: ledger.NewID(), Wallet: wallet(1)}, answer: answer{Outcome: acknowledged},
		began: time.Duration(began) * time.Second, ended: time.Duration(ended) * time.Second,
	}
	for i, seq := range seqs {
		record := ledger.Record{Book: 1, Seq: seq, ID: []uuid.UUID{c.ID, c.Of}[i], Kind: "sale", Date: ledger.DateOf(2026, 9, 1), At: time.Unix(0, 0).UTC()}
		c.Records = append(c.Records, record.Canonical())
	}
	return c
}

func journalOf(calls ...*call) *journal {
	j := &journal{byKey: make(map[string]int)}
	for _, c := range calls {
		for i, body := range c.Records {
			record, err := ledger.ParseRecord(body)
			if err != nil {
				panic(err)
			}
			j.byKey[c.keys()[i]] = int(record.Seq) - 1
			for len(j.records) < int(record.Seq) {
				j.records = append(j.records, ledger.StoredRecord{})
			}
			j.records[record.Seq-1].Body = body
		}
	}
	return j
}

// What no simple broken store does is given to the checks by hand.
func TestChecksFindWhatIsWrong(t *testing.T) {
	t.Parallel()
	linked := told(doLinked, 0, 1, 1, 3)
	lost := told(doPay, 0, 1, 2)
	halfLost := told(doLinked, 0, 1, 4, 5)
	half := journalOf(linked, halfLost)
	delete(half.byKey, halfLost.keys()[1])
	for name, c := range map[string]struct {
		check    func(r *round)
		sentence string // "" for no finding
	}{
		"the order of calls": {func(r *round) {
			r.calls = []*call{told(doPay, 3, 4, 1), told(doPay, 1, 2, 2)}
			r.checkOrder()
		}, "ended before another one began"},
		"calls that overlap have any order": {func(r *round) {
			r.calls = []*call{told(doPay, 1, 4, 1), told(doPay, 0, 2, 2)}
			r.checkOrder()
		}, ""},
		"linked records apart": {func(r *round) { r.compare(linked, journalOf(linked, lost)) }, "do not stand together"},
		"half a linked post":   {func(r *round) { r.compare(halfLost, half) }, "is lost"},
		"other bytes": {func(r *round) {
			j := journalOf(lost)
			j.records[1].Body = []byte("{}")
			r.compare(lost, j)
		}, "was acknowledged as"},
		"a refusal that is there": {func(r *round) {
			j := journalOf(lost)
			refusal := *lost
			refusal.answer = answer{Outcome: refused, Code: "insufficient"}
			r.compare(&refusal, j)
		}, `was answered "refused"`},
		"a reading of the past": {func(r *round) {
			posted, read := told(doPay, 0, 1, 1), told(doRead, 2, 3)
			posted.Records = [][]byte{lineRecord(posted.ID)}
			r.calls = []*call{posted, read}
			r.checkHistories()
		}, "not linearizable: [wallet/1 (2 calls)]"},
		"a refusal with money enough": {func(r *round) {
			posted, refusal := told(doTopUp, 0, 1, 1), told(doPay, 2, 3)
			posted.Records = [][]byte{lineRecord(posted.ID)}
			refusal.answer, refusal.Minor = answer{Outcome: refused, Code: "insufficient"}, 100
			r.calls = []*call{posted, refusal}
			r.checkHistories()
		}, "not linearizable"},
		"an expiry before its time": {func(r *round) {
			j, hold, expire := expired(10)
			r.calls = []*call{hold, expire}
			r.checkExpiries(j)
		}, "expired at"},
		"an expiry in time": {func(r *round) {
			j, hold, expire := expired(0)
			r.calls = []*call{hold, expire}
			r.checkExpiries(j)
		}, ""},
		"an expiry that is lost": {func(r *round) {
			j, hold, expire := expired(0)
			expire.Count = 2
			r.calls = []*call{hold, expire}
			r.checkExpiries(j)
		}, "2 holds were acknowledged as expired, and the journal has 1"},
		"an expiry of which nobody was told": {func(r *round) {
			j, hold, expire := expired(0)
			expire.Count = 0
			r.calls = []*call{hold, expire}
			r.checkExpiries(j)
		}, "0 holds were acknowledged"},
		"an expiry whose answer was lost": {func(r *round) {
			j, hold, expire := expired(0)
			expire.Count, expire.Outcome = 0, unknown
			r.calls = []*call{hold, expire}
			r.checkExpiries(j)
		}, ""},
		"a cursor that goes back": {func(r *round) {
			moved, read := told(doMove, 0, 1), told(doCatchUp, 2, 3)
			moved.To = 5
			r.calls = []*call{moved, read}
			r.checkCursor()
		}, "history of the cursor"},
		"a cursor that a lost answer has moved": {func(r *round) {
			moved, read := told(doMove, 0, 1), told(doCatchUp, 2, 3)
			moved.To, moved.Outcome, read.Seq = 5, unknown, 5
			r.calls = []*call{moved, read}
			r.checkCursor()
		}, ""},
		"a consumer ahead of the journal": {func(r *round) {
			shown := told(doCatchUp, 0, 1)
			shown.Records = [][]byte{[]byte("{}")}
			r.calls = []*call{shown}
			r.checkShown(&journal{})
		}, "the journal ends at 0"},
		"a refusal for want of money": {func(r *round) {
			posted, refusal := told(doTopUp, 0, 1, 1), told(doPay, 2, 3)
			posted.Records = [][]byte{lineRecord(posted.ID)}
			refusal.answer, refusal.Minor = answer{Outcome: refused, Code: "insufficient"}, 101
			r.calls = []*call{posted, refusal}
			r.checkHistories()
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r round
			c.check(&r)
			if c.sentence == "" {
				require.Empty(t, r.findings)
				return
			}
			require.Len(t, r.findings, 1)
			require.Contains(t, r.findings[0].Sentence, c.sentence)
		})
	}
}

// expired is a journal with a hold's expiry, so many seconds before the hold's time
// is over, and the calls that led to it.
func expired(early int) (j *journal, hold, expire *call) {
	hold, expire = told(doHold, 0, 1), told(doExpire, 1, 2)
	record := ledger.Record{Book: 1, Seq: 1, ID: ledger.NewID(), Kind: ledger.KindExpiry, Of: hold.ID, Date: ledger.DateOf(2026, 9, 1), At: time.Unix(100, 0).UTC()}
	hold.Expires, expire.Count = record.At.Add(time.Duration(early)*time.Second), 1
	return &journal{records: []ledger.StoredRecord{{Body: record.Canonical()}}}, hold, expire
}

// lineRecord tops a wallet up by 1.00.
func lineRecord(id uuid.UUID) []byte {
	amount, credit := money.Of(100, money.CNY), money.Of(-100, money.CNY)
	return (&ledger.Record{
		Book: 1, Seq: 1, ID: id, Kind: "topup", Date: ledger.DateOf(2026, 9, 1), At: time.Unix(0, 0).UTC(), Lines: []ledger.Line{
			{Account: bank, Amount: amount, Balance: amount, Side: ledger.DebitSide},
			{Account: wallet(1), Amount: credit, Balance: credit, Side: ledger.CreditSide},
		},
	}).Canonical()
}

func TestATableHasALineForEachFault(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	require.NoError(t, WriteTable(&table,
		Report{Fault: "full disk", Rounds: 100, Acknowledged: 12345, Refused: 67, Unwritten: 8, Unknown: 9, Found: 4,
			Sealed: 10, Moved: 11, Expired: 12, Interrupted: 13, Findings: []Finding{{}}, Took: 1234 * time.Millisecond},
		Report{Fault: "clock jumps", Rounds: 1}))
	require.Equal(t, ""+
		"        fault  rounds  acknowledged  refused  not written  unknown  found  sealed  moved  expired  interrupted  findings  took\n"+
		"    full disk     100         12345       67            8        9      4      10     11       12           13         1    1s\n"+
		"  clock jumps       1             0        0            0        0      0       0      0        0            0         0    0s\n", table.String())
}
