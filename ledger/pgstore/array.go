package pgstore

import (
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/campusledger/campusledger/ledger"
)

// The functions below turn rows into columns: one array for each parameter of
// the statement after the first two, in its order.

func recordArrays(records []ledger.StoredRecord) []any {
	n := len(records)
	seqs, ids, marks := make([]int64, n), make([][16]byte, n), make([]int64, n)
	dates, bodies := make([]pgtype.Date, n), make([][]byte, n)
	for i := range records {
		r := &records[i]
		seqs[i], ids[i], marks[i] = r.Seq, r.ID, r.Mark
		dates[i], bodies[i] = toDate(r.Date), r.Body
	}
	return []any{seqs, ids, marks, dates, bodies}
}

func accountArrays(accounts []ledger.Account) []any {
	n := len(accounts)
	numbers, paths, controls, currencies := make([]int64, n), make([]string, n), make([]string, n), make([]string, n)
	sides, floors, ceilings, states := make([]int16, n), make([]pgtype.Int8, n), make([]pgtype.Int8, n), make([]string, n)
	debits, credits, lastSeqs, changedSeqs := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	limits, metas, useds := make([]string, n), make([]string, n), make([]string, n)
	heldDebits, heldCredits, movedSeqs, moves := make([]int64, n), make([]int64, n), make([]int64, n), make([]int64, n)
	for i := range accounts {
		a := &accounts[i]
		numbers[i], paths[i], controls[i], currencies[i] = a.Number, a.Path, a.Control, a.Currency.Code()
		sides[i], floors[i], ceilings[i], states[i] = int16(a.Side), toBound(a.Floor), toBound(a.Ceiling), string(a.State)
		debits[i], credits[i], lastSeqs[i], changedSeqs[i] = a.Debits, a.Credits, a.LastSeq, a.ChangedSeq
		limits[i], metas[i], useds[i] = a.Limits.String(), string(a.Metadata), a.Used.String()
		heldDebits[i], heldCredits[i], movedSeqs[i], moves[i] = a.HeldDebits, a.HeldCredits, a.MovedSeq, a.Moves
	}
	return []any{
		numbers, paths, controls, currencies, sides, floors, ceilings, states, debits, credits, lastSeqs, changedSeqs,
		limits, metas, useds, heldDebits, heldCredits, movedSeqs, moves,
	}
}

// totalsArrays are what postings change of an account.
func totalsArrays(accounts []ledger.Account) []any {
	n := len(accounts)
	numbers, debits, credits := make([]int64, n), make([]int64, n), make([]int64, n)
	heldDebits, heldCredits, useds := make([]int64, n), make([]int64, n), make([]string, n)
	lastSeqs, movedSeqs, moves := make([]int64, n), make([]int64, n), make([]int64, n)
	for i := range accounts {
		a := &accounts[i]
		numbers[i], debits[i], credits[i] = a.Number, a.Debits, a.Credits
		heldDebits[i], heldCredits[i], useds[i] = a.HeldDebits, a.HeldCredits, a.Used.String()
		lastSeqs[i], movedSeqs[i], moves[i] = a.LastSeq, a.MovedSeq, a.Moves
	}
	return []any{numbers, debits, credits, heldDebits, heldCredits, useds, lastSeqs, movedSeqs, moves}
}

func milestoneArrays(milestones []ledger.Milestone) []any {
	n := len(milestones)
	accounts, seqs := make([]int64, n), make([]int64, n)
	for i := range milestones {
		accounts[i], seqs[i] = milestones[i].Account, milestones[i].Seq
	}
	return []any{accounts, seqs}
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
