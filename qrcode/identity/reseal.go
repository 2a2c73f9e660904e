package identity

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/sql/identitydb"
)

// Reseal encrypts everything again that was sealed with an older key, and
// returns how many holders it renewed. Run it after [Keys.Rotated]; the
// directory may be in use. It can be stopped and run again.
func (d *Directory) Reseal(ctx context.Context) (int, error) {
	var renewed int
	var school, holder int64
	for {
		rows, err := d.q.HolderAfter(ctx, identitydb.HolderAfterParams{School: school, Holder: holder, Limit: pageDefault})
		if err != nil {
			return renewed, fmt.Errorf("reseal: %w", err)
		}
		for i := range rows {
			done, err := d.resealHolder(ctx, &rows[i])
			if err != nil {
				return renewed, fmt.Errorf("reseal holder %s: %w", Number(rows[i].Holder).Ref(), err)
			}
			renewed += done
			school, holder = rows[i].School, rows[i].Holder
		}
		if len(rows) < pageDefault {
			return renewed, nil
		}
	}
}

func (d *Directory) resealHolder(ctx context.Context, row *identitydb.Holder) (int, error) {
	if err := d.resealBindings(ctx, row); err != nil {
		return 0, err
	}
	if err := d.resealEvents(ctx, row); err != nil {
		return 0, err
	}
	sealed, err := d.sealer.renew(personPlace(row.School, row.Holder), row.Sealed)
	if err != nil || sealed == nil {
		return 0, err
	}
	n, err := d.q.HolderReseal(ctx, identitydb.HolderResealParams{
		School: row.School, Holder: row.Holder, Sealed: sealed, SealedBefore: row.Sealed,
	})
	return int(n), err
}

func (d *Directory) resealBindings(ctx context.Context, row *identitydb.Holder) error {
	bindings, err := d.q.BindingsOfHolder(ctx, identitydb.BindingsOfHolderParams{School: row.School, Holder: row.Holder})
	if err != nil {
		return err
	}
	for _, b := range bindings {
		sealed, err := d.sealer.renew(bindingPlace(b.School, b.Holder), b.GuardianSealed)
		if err == nil && sealed != nil {
			err = d.q.BindingReseal(ctx, identitydb.BindingResealParams{
				School: b.School, Holder: b.Holder, GuardianIndex: b.GuardianIndex, GuardianSealed: sealed,
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *Directory) resealEvents(ctx context.Context, row *identitydb.Holder) error {
	events, err := d.q.EventsOfHolder(ctx, identitydb.EventsOfHolderParams{School: row.School, Holder: row.Holder})
	if err != nil {
		return err
	}
	for _, e := range events {
		sealed, err := d.sealer.renew(eventPlace(e.School, e.Holder, e.Change), e.Actor)
		if err == nil && sealed != nil {
			err = d.q.EventReseal(ctx, identitydb.EventResealParams{School: e.School, Holder: e.Holder, Change: e.Change, Actor: sealed})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// renew returns the value sealed with the primary key, or nil if it is already.
func (s *sealer) renew(place string, sealed []byte) ([]byte, error) {
	fresh, err := s.fresh(sealed)
	if err != nil || fresh {
		return nil, err
	}
	plain, err := s.open(place, sealed)
	if err != nil {
		return nil, err
	}
	return s.seal(place, plain)
}
