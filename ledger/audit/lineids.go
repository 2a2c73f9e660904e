package audit

import (
	"context"
	"encoding/binary"
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// idsAtOnce is of how many records the ids of an export are held at once: 32 MB.
// One of more records is read as often as that many fit into it.
const idsAtOnce = 4 << 20

// checkLineIDs checks that no id of an export was used twice. Of each id 64
// pseudorandom bits are sorted; only where two are the same are ids compared.
func (a *auditor) checkLineIDs(ctx context.Context) error {
	if a.model.records == 0 {
		return ledger.ErrBookUnknown
	}
	parts := uint64(a.model.records/idsAtOnce) + 1
	suspects := map[uint64]bool{}
	for part := range parts {
		var hashes []uint64
		for stored, err := range a.lines.each(ctx, new(ledger.Record)) {
			if err != nil {
				return err
			}
			if hash := a.hashOf(stored.ID); hash%parts == part {
				hashes = append(hashes, hash)
			}
		}
		slices.Sort(hashes)
		for i := 1; i < len(hashes); i++ {
			if hashes[i] == hashes[i-1] {
				suspects[hashes[i]] = true
			}
		}
	}
	if len(suspects) == 0 {
		return nil
	}
	firsts := map[uuid.UUID]*int64{}
	for stored, err := range a.lines.each(ctx, new(ledger.Record)) {
		if err != nil {
			return err
		}
		if stored.ID == uuid.Nil || !suspects[a.hashOf(stored.ID)] { // without an id it is no record, and reported
			continue
		}
		if firsts[stored.ID] == nil {
			firsts[stored.ID] = new(int64)
		}
		a.namesake(firsts[stored.ID], stored.Seq)
	}
	return nil
}

func (a *auditor) hashOf(id uuid.UUID) uint64 {
	words := [...]int64{int64(binary.BigEndian.Uint64(id[:])), int64(binary.BigEndian.Uint64(id[8:]))}
	return a.of(idTable, words[:]).low
}
