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
	dues, bodies, leaves := make([]pgtype.Date, n), make([]string, n), make([][]byte, n)
	for i := range records {
		r := &records[i]
		seqs[i], ids[i], kinds[i] = r.Seq, r.ID, r.Kind
		dates[i], ats[i] = toDate(r.Date), r.At
		dues[i], bodies[i], leaves[i] = toDate(r.Due), string(r.Body), r.Leaf
	}
	return []any{seqs, ids, kinds, dates, ats, dues, bodies, leaves}
}

func accountArrays(accounts []ledger.Account) []any {
	n := len(accounts)
	numbers, paths, controls, currencies := make([]int64, n), make([]string, n), make([]string, n), make([]string, n)
	sides, floors, ceilings, states := make([]int16, n), make([]pgtype.Int8, n), make([]pgtype.Int8, n), make([]string, n)
	debits, credits, lastSeqs, changedSeqs := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	limits, metas, useds := make([]string, n), make([]string, n), make([]string, n)
	heldDebits, heldCredits := make([]int64, n), make([]int64, n)
	for i := range accounts {
		a := &accounts[i]
		numbers[i], paths[i], controls[i], currencies[i] = a.Number, a.Path, a.Control, a.Currency.Code()
		sides[i], floors[i], ceilings[i], states[i] = int16(a.Side), toBound(a.Floor), toBound(a.Ceiling), string(a.State)
		debits[i], credits[i], lastSeqs[i], changedSeqs[i] = a.Debits, a.Credits, a.LastSeq, a.ChangedSeq
		limits[i], metas[i], useds[i] = a.Limits.String(), string(a.Metadata), a.Used.String()
		heldDebits[i], heldCredits[i] = a.HeldDebits, a.HeldCredits
	}
	return []any{
		numbers, paths, controls, currencies, sides, floors, ceilings, states, debits, credits, lastSeqs, changedSeqs,
		limits, metas, useds, heldDebits, heldCredits,
	}
}

func entryArrays(entries []ledger.EntryRow) []any {
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

func closingArrays(closings []ledger.ClosingRow) []any {
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

func holdArrays(holds []ledger.StoredHold) []any {
	n := len(holds)
	seqs, ids, states, expires := make([]int64, n), make([][16]byte, n), make([]string, n), make([]pgtype.Timestamptz, n)
	captured, lastSeqs := make([]string, n), make([]int64, n)
	for i := range holds {
		h := &holds[i]
		seqs[i], ids[i], states[i], expires[i] = h.Seq, h.ID, string(h.State), toTime(h.Expires)
		captured[i], lastSeqs[i] = toArray(h.Captured), h.LastSeq
	}
	return []any{seqs, ids, states, expires, captured, lastSeqs}
}

func refundArrays(refunds []ledger.Refunded) []any {
	n := len(refunds)
	seqs, lines, amounts := make([]int64, n), make([]int16, n), make([]int64, n)
	for i := range refunds {
		r := &refunds[i]
		seqs[i], lines[i], amounts[i] = r.Seq, int16(r.Line), r.Minor // a transaction has at most 1,000 lines
	}
	return []any{seqs, lines, amounts}
}

func nodeArrays(nodes []ledger.Node) []any {
	n := len(nodes)
	trees, levels, numbers, hashes := make([]int64, n), make([]int16, n), make([]int64, n), make([][]byte, n)
	for i := range nodes {
		node := &nodes[i]
		trees[i], levels[i], numbers[i], hashes[i] = node.Tree, int16(node.Level), node.Number, node.Hash // at most 63 levels
	}
	return []any{trees, levels, numbers, hashes}
}
