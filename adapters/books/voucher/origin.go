package voucher

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// settleByOrigin settles accounts whose rules differ by what they were first
// posted against: the accounts on the other side of the first record that moved
// them. That is a fact of the journal and never changes.
func (r *reading) settleByOrigin(ctx context.Context, accounts []*account) error {
	for chunk := range slices.Chunk(accounts, chunkMax) {
		first := make(map[uuid.UUID][]*account, len(chunk))
		ids := make([]uuid.UUID, 0, len(chunk))
		for _, a := range chunk {
			id, err := r.firstRecord(ctx, a.path)
			if err != nil {
				return err
			}
			if first[id] == nil {
				ids = append(ids, id)
			}
			first[id] = append(first[id], a)
		}
		for stored, err := range r.reader.Records(ctx, r.book, ledger.RecordQuery{IDs: ids}) {
			if err != nil {
				return err
			}
			record, err := ledger.ParseRecord(stored.Body)
			if err != nil {
				return fmt.Errorf("record %d: %w", stored.Seq, err)
			}
			for _, a := range first[record.ID] {
				a.settleFrom(&record)
			}
		}
	}
	for _, a := range accounts {
		if !a.settled {
			return fmt.Errorf("account %s: the first record is gone: %w", a.path, ledger.ErrCorrupt)
		}
	}
	return nil
}

// chunkMax is how many accounts or records one query asks for.
const chunkMax = 1000

// firstRecord returns the id of the first record that moved the account.
func (r *reading) firstRecord(ctx context.Context, path string) (uuid.UUID, error) {
	var first uuid.UUID
	for stored, err := range r.reader.Moves(ctx, r.book, ledger.MoveQuery{Account: path}) {
		if err != nil {
			return uuid.Nil, err
		}
		first = stored.ID
	}
	return first, nil
}

// settleFrom settles an account from the first record that moved it.
func (a *account) settleFrom(record *ledger.Record) {
	side := 0
	for i := range record.Lines {
		if line := &record.Lines[i]; line.Account == a.path && side == 0 {
			side = line.Amount.Sign()
		}
	}
	var found []*Rule
	for i := range record.Lines {
		if line := &record.Lines[i]; line.Amount.Sign() == -side {
			if rule := pick(a.rules, line.Account); !slices.Contains(found, rule) {
				found = append(found, rule)
			}
		}
	}
	if len(found) == 1 {
		a.settle(found[0])
		return
	}
	a.settled, a.mismatch = true, &fault{err: ErrOrigin}
}
