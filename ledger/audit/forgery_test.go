package audit_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
)

// forged is a reader of a journal alone, whose hashes are right whatever the
// records say. The other tables are empty.
type forged struct {
	head    ledger.Head
	records []ledger.StoredRecord
}

func (f forged) Head(context.Context, ledger.BookID) (ledger.Head, error) { return f.head, nil }

func (f forged) Records(_ context.Context, _ ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		for _, r := range f.records {
			wanted := r.Seq > query.After
			if len(query.IDs) > 0 {
				wanted = slices.Contains(query.IDs, r.ID)
			}
			if wanted && !yield(r, nil) {
				return
			}
		}
	}
}

func (f forged) Accounts(context.Context, ledger.BookID, ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	return func(func(ledger.Account, error) bool) {}
}

func (f forged) Moves(context.Context, ledger.BookID, ledger.MoveQuery) iter.Seq2[ledger.StoredRecord, error] {
	return func(func(ledger.StoredRecord, error) bool) {}
}

func (f forged) Closings(context.Context, ledger.BookID, ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	return func(func(ledger.Closing, error) bool) {}
}

func (f forged) Holds(context.Context, ledger.BookID, ledger.HoldQuery) iter.Seq2[ledger.StoredHold, error] {
	return func(func(ledger.StoredHold, error) bool) {}
}

func (f forged) Refunds(context.Context, ledger.BookID) iter.Seq2[ledger.Refunded, error] {
	return func(func(ledger.Refunded, error) bool) {}
}

func (f forged) Nodes(context.Context, ledger.BookID, ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	return func(func(ledger.Node, error) bool) {}
}

// genuine is the history as the ledger wrote it.
func genuine(t *testing.T) []ledger.Record {
	t.Helper()
	var records []ledger.Record
	for record, err := range history(t, openSQLite(t).store).Records(t.Context(), 0) {
		require.NoError(t, err)
		records = append(records, record)
	}
	require.Len(t, records, historySeq)
	return records
}

// forgedOf is a store of the records, with the head of the history.
func forgedOf(records []ledger.Record) forged {
	tree := ledger.NewTree()
	f := forged{}
	for i := range records {
		r, body := &records[i], records[i].Canonical()
		leaf := ledger.LeafHash(body)
		if err := tree.Append(leaf, nil); err != nil {
			panic(err)
		}
		f.records = append(f.records, ledger.StoredRecord{
			Seq: r.Seq, ID: r.ID, Date: r.Date, Mark: ledger.MarkOf(leaf), Body: body,
		})
	}
	last := &records[len(records)-1]
	f.head = ledger.Head{
		Book: historyBook, Name: "No. 1 School", Seq: last.Seq, Accounts: 14, OpenDate: nextMonday, ClosedSeq: 48,
		ReopenSeq: 47, TouchedSeq: 39, ChartSeq: 50, At: last.At, Tree: tree.Hashes(),
	}
	return f
}

// auditOf audits a forged journal and leaves the findings about it and its
// head.
func auditOf(t *testing.T, records []ledger.Record, adjust func(*ledger.Head)) audit.Report {
	t.Helper()
	f := forgedOf(records)
	if adjust != nil {
		adjust(&f.head)
	}
	report, err := audit.Run(t.Context(), f, historyBook, nil)
	require.NoError(t, err)
	report.Findings = slices.DeleteFunc(report.Findings, func(finding audit.Finding) bool {
		return finding.Table != "journal" && finding.Table != "book"
	})
	return report
}

// forgery changes the records of the history; the hashes follow. at is where
// the first finding must be.
type forgery struct {
	change func(r []ledger.Record)
	code   audit.Code
	key    string
}

// line is a posted line of the record at the position.
func line(r []ledger.Record, seq, i int) *ledger.Line { return &r[seq-1].Lines[i] }

var forgeries = map[string]forgery{
	"a record out of balance": {func(r []ledger.Record) {
		line(r, 4, 0).Amount, line(r, 4, 0).Balance = cny(10_001), cny(10_001)
	}, audit.CodeRecordUnbalanced, "seq=4"},
	"a balance that does not follow": {func(r []ledger.Record) {
		line(r, 5, 1).Balance = cny(-501)
	}, audit.CodeRecordBalance, "seq=5"},
	"a line that names no record before": {func(r []ledger.Record) {
		line(r, 6, 1).Prev = 0
	}, audit.CodeRecordChain, "seq=6"},
	"a line that names a record before that did not move its account": {func(r []ledger.Record) {
		line(r, 6, 1).Prev = 5
	}, audit.CodeRecordChain, "seq=6"},
	"a line that passes over a record before": {func(r []ledger.Record) {
		line(r, 10, 1).Prev = 4
	}, audit.CodeRecordChain, "seq=10"},
	"a line that took nothing and names another record before": {func(r []ledger.Record) {
		line(r, 10, 2).Prev = 6
	}, audit.CodeRecordChain, "seq=10"},
	"a second line of an account that names its own record": {func(r []ledger.Record) {
		line(r, 17, 1).Prev = 17
	}, audit.CodeRecordChain, "seq=17"},
	"a line that names a hold, which moved nothing": {func(r []ledger.Record) {
		line(r, 27, 0).Prev = 26
	}, audit.CodeRecordChain, "seq=27"},
	"an upto line that took too little": {func(r []ledger.Record) {
		line(r, 6, 0).Amount, line(r, 6, 0).Balance = cny(499), cny(-1)
		line(r, 6, 1).Amount, line(r, 6, 1).Balance = cny(751), cny(-9_249)
	}, audit.CodeRecordTake, "seq=6"},
	"a rest line that took what an upto line had room for": {func(r []ledger.Record) {
		line(r, 11, 1).Amount, line(r, 11, 1).Balance = cny(0), cny(900)
		line(r, 11, 2).Amount, line(r, 11, 2).Balance = cny(-2_000), cny(-2_000)
	}, audit.CodeRecordTake, "seq=11"},
	"an exact line of nothing": {func(r []ledger.Record) {
		line(r, 18, 0).Amount, line(r, 18, 0).Balance = usd(0), usd(700)
		line(r, 18, 1).Amount, line(r, 18, 1).Balance = usd(0), usd(-700)
	}, audit.CodeRecordTake, "seq=18"},
	"a balance beyond the ceiling": {func(r []ledger.Record) {
		r[2].Accounts[0].Ceiling = cny(9_000)
	}, audit.CodeRecordBound, "seq=4"},
	"a balance beyond the floor": {func(r []ledger.Record) {
		r[13].Accounts[0].Floor = usd(701)
	}, audit.CodeRecordBound, "seq=14"},
	"a frozen account that is posted to": {func(r []ledger.Record) {
		r[2].Accounts[0].State = ledger.StateFrozen
	}, audit.CodeRecordState, "seq=4"},
	"an account opened closed": {func(r []ledger.Record) {
		r[6].Accounts[0].State = ledger.StateClosed
	}, audit.CodeRecordState, "seq=7"},
	"an account closed with a balance": {func(r []ledger.Record) {
		r[12].Accounts[0].State = ledger.StateClosed
	}, audit.CodeRecordState, "seq=13"},
	"a change of the control account": {func(r []ledger.Record) {
		r[12].Accounts[0].Control = "9999"
	}, audit.CodeRecordAccount, "seq=13"},
	"a change of no account": {func(r []ledger.Record) {
		r[12].Accounts[0].Path = "wallet/h9"
	}, audit.CodeRecordAccount, "seq=13"},
	"an account opened twice": {func(r []ledger.Record) {
		r[6].Accounts[0].Path = "wallet/h1"
	}, audit.CodeRecordAccount, "seq=7"},
	"a line on no account": {func(r []ledger.Record) {
		line(r, 20, 1).Account = "bank/2"
	}, audit.CodeRecordAccount, "seq=20"},
	"a line in another currency": {func(r []ledger.Record) {
		line(r, 20, 1).Amount, line(r, 20, 1).Balance = usd(-1_000), usd(0)
	}, audit.CodeRecordAccount, "seq=20"},
	"a reversal of less": {func(r []ledger.Record) {
		line(r, 12, 1).Amount, line(r, 12, 1).Balance = cny(-749), cny(-9_699)
		line(r, 12, 2).Amount, line(r, 12, 2).Balance = cny(1_249), cny(-1_201)
	}, audit.CodeRecordReversal, "seq=12"},
	"a reversal of nothing": {func(r []ledger.Record) {
		r[11].Of = ledger.KeyID("nothing")
		r[11].ID = ledger.KeyID("ledger", "reverse", r[11].Of.String())
	}, audit.CodeRecordReversal, "seq=12"},
	"a reversal of a later record": {func(r []ledger.Record) {
		r[11].Of = r[18].ID
		r[11].ID = ledger.KeyID("ledger", "reverse", r[11].Of.String())
	}, audit.CodeRecordReversal, "seq=12"},
	"a reversal that is repeated": {func(r []ledger.Record) {
		again := r[11]
		again.Seq, again.At, again.Date = 20, r[19].At, r[19].Date
		r[19] = again
	}, audit.CodeJournalID, "seq=20"},
	"a reversal under another id": {func(r []ledger.Record) {
		r[11].ID = ledger.KeyID("mine")
	}, audit.CodeJournalID, "seq=12"},
	"an id used twice": {func(r []ledger.Record) {
		r[17].ID = r[14].ID
	}, audit.CodeJournalID, "seq=18"},
	"a record without an id": {func(r []ledger.Record) {
		r[17].ID = uuid.Nil
	}, audit.CodeJournalID, "seq=18"},
	"a day close under another id": {func(r []ledger.Record) {
		r[8].ID = ledger.KeyID("mine")
	}, audit.CodeJournalID, "seq=9"},
	"a day close that does not move on": {func(r []ledger.Record) {
		r[8].Next = monday
	}, audit.CodeJournalDate, "seq=9"},
	"a record on a closed date": {func(r []ledger.Record) {
		r[9].Date = monday
	}, audit.CodeJournalDate, "seq=10"},
	"a record on a date to come": {func(r []ledger.Record) {
		r[9].Date = saturday
	}, audit.CodeJournalDate, "seq=10"},
	"time that goes back": {func(r []ledger.Record) {
		r[9].At = r[9].At.Add(-time.Hour)
	}, audit.CodeJournalTime, "seq=10"},
	"a record of another book": {func(r []ledger.Record) {
		r[5].Book = 8
	}, audit.CodeJournalColumn, "seq=6"},
	"a close that seals another root": {func(r []ledger.Record) {
		r[8].Balances.Root[31] ^= 1
	}, audit.CodeRecordBalances, "seq=9"},
	"a close that seals an account more": {func(r []ledger.Record) {
		r[15].Balances.Accounts++
	}, audit.CodeRecordBalances, "seq=16"},
	"a second genesis": {func(r []ledger.Record) {
		again := r[0]
		again.Seq, again.At, again.Date = 20, r[19].At, r[19].Date
		r[19] = again
	}, audit.CodeRecordShape, "seq=20"},
	"a journal that does not begin with genesis": {func(r []ledger.Record) {
		r[0] = r[1]
		r[0].Seq = 1
	}, audit.CodeRecordShape, "seq=1"},
	"an opening with lines": {func(r []ledger.Record) {
		r[6].Lines = r[3].Lines
	}, audit.CodeRecordShape, "seq=7"},
	"a change without a reason": {func(r []ledger.Record) {
		r[12].Why = ""
	}, audit.CodeRecordShape, "seq=13"},
	"a change of two accounts": {func(r []ledger.Record) {
		r[12].Accounts = append(r[12].Accounts, r[12].Accounts[0])
	}, audit.CodeRecordShape, "seq=13"},
	"a transaction of one line": {func(r []ledger.Record) {
		r[19].Lines = r[19].Lines[:1]
	}, audit.CodeRecordShape, "seq=20"},
	"a transaction with the ledger's own kind": {func(r []ledger.Record) {
		r[19].Kind = "ledger.gift"
	}, audit.CodeRecordShape, "seq=20"},
	"a reversal with a reason where none belongs": {func(r []ledger.Record) {
		r[11].Why = "because"
	}, audit.CodeRecordShape, "seq=12"},
	"totals that no int64 holds": {func(r []ledger.Record) {
		const most = 1<<63 - 1
		line(r, 18, 0).Amount, line(r, 18, 0).Balance = usd(most), usd(700)
		line(r, 18, 1).Amount, line(r, 18, 1).Balance = usd(-most), usd(-700)
	}, audit.CodeRecordOverflow, "seq=18"},
	"a sum that no int64 holds": {func(r []ledger.Record) {
		const most = 1<<63 - 1
		line(r, 18, 0).Amount, line(r, 18, 0).Balance = usd(1), usd(701)
		line(r, 18, 1).Amount, line(r, 18, 1).Balance = usd(most), usd(most-700)
	}, audit.CodeRecordOverflow, "seq=18"},
	"a book that is out of balance": {func(r []ledger.Record) {
		line(r, 4, 0).Amount, line(r, 4, 0).Balance = cny(10_001), cny(10_001)
	}, audit.CodeBookUnbalanced, "book=7"},
}

var allForgeries = []map[string]forgery{forgeries, holdForgeries, undoForgeries, ruleForgeries, shapeForgeries}

func TestJournalsThatBreakARule(t *testing.T) {
	t.Parallel()
	records := genuine(t)
	t.Run("nothing is found in the genuine journal", func(t *testing.T) {
		t.Parallel()
		require.Empty(t, auditOf(t, slices.Clone(records), nil).Findings)
	})
	for _, set := range allForgeries {
		for name, forgery := range set {
			t.Run(name+" is found", func(t *testing.T) {
				t.Parallel()
				forged := make([]ledger.Record, len(records))
				for i := range records {
					copied, err := ledger.ParseRecord(records[i].Canonical())
					require.NoError(t, err)
					forged[i] = copied
				}
				forgery.change(forged)
				report := auditOf(t, forged, nil)
				found := slices.ContainsFunc(report.Findings, func(f audit.Finding) bool {
					return f.Code == forgery.code && f.Key == forgery.key
				})
				require.True(t, found, "%+v", report.Findings)

				report, err := audit.Run(t.Context(), audit.NewLines(linesOf(forged)), historyBook, nil)
				require.NoError(t, err)
				found = slices.ContainsFunc(report.Findings, func(f audit.Finding) bool {
					return f.Code == forgery.code && f.Key == forgery.key
				})
				require.True(t, found, "in an export: %+v", report.Findings)
			})
		}
	}
}
