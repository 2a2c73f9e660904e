package ledger

import (
	"context"

	"github.com/google/uuid"
)

// carefulAfterReplay is for how many batches ids are looked up once one came again:
// to hope in vain costs a batch and all that is known.
const carefulAfterReplay = 1024

// hopes reports whether a batch may be decided without a look at which ids were
// used before: hardly any are. One that is posted again is a conflict when it is
// written, and the batch is decided anew; one that is refused might have been
// posted before, so that its id is looked up after all: see [unused].
func (b *Book) hopes(commands []command) bool {
	if b.caller != nil {
		return false // a conflict would be the caller's
	}
	if b.commit.careful > 0 {
		b.commit.careful--
		return false
	}
	for _, c := range commands {
		if _, ok := c.(*posting); !ok {
			return false // it may need to know other records
		}
	}
	return true
}

// unused reports whether no request that was refused or only previewed has an id
// that was used before.
func unused(ctx context.Context, locked Locked, s *state, batch []*call) bool {
	var ids []uuid.UUID
	for _, one := range batch {
		if one.err != nil || one.dry {
			for _, c := range one.commands {
				if _, journaled := s.records[c.id()]; !journaled { // else it shows by itself
					ids = append(ids, c.id())
				}
			}
		}
	}
	if len(ids) == 0 {
		return true
	}
	records, err := locked.Records(ctx, ids)
	return len(records) == 0 && err == nil // else the batch is decided anew, which tells
}
