package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/campusledger/campusledger/sql/identitydb"
)

// Leave ends a holder's time at the school: the card is blocked, look-ups and
// sales refuse it, the bindings stay so that guardians see the refund. Doing it
// again changes nothing.
func (d *Directory) Leave(ctx context.Context, school int, number Number, by string) error {
	_, err := d.perform(ctx, change{
		school: school, number: number, action: ActLeave, by: by,
		apply: func(_ *identitydb.Queries, row *identitydb.Holder) error {
			if Status(row.Status) == Left {
				return errNothingToDo
			}
			row.Status = string(Left)
			if CardState(row.CardState) != CardNone {
				row.CardState = string(CardBlocked)
			}
			return nil
		},
	})
	return err
}

// Erase removes for ever what names a holder who has left, and the bindings;
// the number stays, so the ledger's journal keeps its meaning. The history
// keeps who did what. A holder who has not left: [ErrHolderPresent]. Backups
// hold the data as long as they are kept.
func (d *Directory) Erase(ctx context.Context, school int, number Number, by string) error {
	_, err := d.perform(ctx, change{
		school: school, number: number, action: ActErase, by: by,
		apply: func(q *identitydb.Queries, row *identitydb.Holder) error {
			if Status(row.Status) != Left {
				return ErrHolderPresent
			}
			row.Guardians = 0
			return d.erase(ctx, q, row)
		},
	})
	return err
}

func (d *Directory) erase(ctx context.Context, q *identitydb.Queries, row *identitydb.Holder) error {
	plain, err := json.Marshal(Person{})
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	sealed, err := d.sealer.seal(personPlace(row.School, row.Holder), plain)
	if err != nil {
		return err
	}
	// The index must stay unique and must no longer answer to the number.
	index := make([]byte, sha256.Size)
	_, _ = rand.Read(index) // never fails
	if err := q.BindingsErase(ctx, identitydb.BindingsEraseParams{School: row.School, Holder: row.Holder}); err != nil {
		return fmt.Errorf("erase bindings: %w", err)
	}
	return q.HolderErase(ctx, identitydb.HolderEraseParams{
		School: row.School, Holder: row.Holder, Sealed: sealed, StudentIndex: index, UpdatedAt: d.now(),
	})
}
