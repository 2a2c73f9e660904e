package pgstore

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/campusledger/campusledger/ledger"
)

// The functions below turn rows into columns: one array for each parameter of
// the statement after the first two, in its order.

func recordArrays(records []ledger.StoredRecord) []any {
	n := len(records)
	seqs, ids, kinds := make([]int64, n), make([][16]byte, n), make([]string, n)
	dates, ats := make([]pgtype.Date, n), make([]time.Time, n)
	bodies, leaves := make([]string, n), make([][]byte, n)
	for i := range records {
		r := &records[i]
		seqs[i], ids[i], kinds[i] = r.Seq, r.ID, r.Kind
		dates[i], ats[i] = toDate(r.Date), r.At
		bodies[i], leaves[i] = string(r.Body), r.Leaf
	}
	return []any{seqs, ids, kinds, dates, ats, bodies, leaves}
}

func accountArrays(accounts []ledger.Account) []any {
	n := len(accounts)
	numbers, paths, controls, currencies := make([]int64, n), make([]string, n), make([]string, n), make([]string, n)
	sides, floors, ceilings, states := make([]int16, n), make([]pgtype.Int8, n), make([]pgtype.Int8, n), make([]string, n)
	debits, credits, lastSeqs := make([]int64, n), make([]int64, n), make([]int64, n)
	for i := range accounts {
		a := &accounts[i]
		numbers[i], paths[i], controls[i], currencies[i] = a.Number, a.Path, a.Control, a.Currency.Code()
		sides[i], floors[i], ceilings[i], states[i] = int16(a.Side), toBound(a.Floor), toBound(a.Ceiling), string(a.State)
		debits[i], credits[i], lastSeqs[i] = a.Debits, a.Credits, a.LastSeq
	}
	return []any{numbers, paths, controls, currencies, sides, floors, ceilings, states, debits, credits, lastSeqs}
}

func entryArrays(entries []ledger.NewEntry) []any {
	n := len(entries)
	accounts, seqs, lines := make([]int64, n), make([]int64, n), make([]int16, n)
	amounts, balances := make([]int64, n), make([]int64, n)
	for i := range entries {
		e := &entries[i]
		accounts[i], seqs[i], lines[i] = e.Account, e.Seq, int16(e.Line) // a transaction has at most 1,000 lines
		amounts[i], balances[i] = e.Amount, e.Balance
	}
	return []any{accounts, seqs, lines, amounts, balances}
}

func closingArrays(closings []ledger.NewClosing) []any {
	n := len(closings)
	accounts, dates := make([]int64, n), make([]pgtype.Date, n)
	debits, credits := make([]int64, n), make([]int64, n)
	for i := range closings {
		c := &closings[i]
		accounts[i], dates[i] = c.Account, toDate(c.Date)
		debits[i], credits[i] = c.Debits, c.Credits
	}
	return []any{accounts, dates, debits, credits}
}
