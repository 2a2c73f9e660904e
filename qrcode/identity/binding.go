package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/campusledger/campusledger/sql/identitydb"
)

// Bound is a holder a guardian may act for.
type Bound struct {
	Holder *Masked
	At     time.Time
}

// Guardian is a login bound to a holder.
type Guardian struct {
	Subject string
	At      time.Time
}

// Bind lets the guardian act for the holder of a ticket from [Directory.Lookup].
// Binding again changes nothing. It fails with [ErrTicket], [ErrUnknownHolder],
// [ErrHolderLeft] or [ErrTooManyGuardians].
func (d *Directory) Bind(ctx context.Context, guardian, ticket string) (*Masked, error) {
	t, err := d.openTicket(guardian, ticket)
	if err != nil {
		return nil, err
	}
	row, err := d.perform(ctx, change{
		school: t.School, number: t.Number, action: ActBind, by: guardian,
		apply: func(q *identitydb.Queries, row *identitydb.Holder) error { return d.bind(ctx, q, row, guardian) },
	})
	if err != nil {
		return nil, err
	}
	return d.masked(row)
}

func (d *Directory) bind(ctx context.Context, q *identitydb.Queries, row *identitydb.Holder, guardian string) error {
	if Status(row.Status) == Left {
		return ErrHolderLeft
	}
	sealed, err := d.sealer.seal(bindingPlace(row.School, row.Holder), []byte(guardian))
	if err != nil {
		return err
	}
	added, err := q.BindingInsert(ctx, identitydb.BindingInsertParams{
		School: row.School, Holder: row.Holder, GuardianIndex: d.sealer.guardianIndex(guardian),
		GuardianSealed: sealed, BoundAt: d.now(),
	})
	switch {
	case err != nil:
		return err
	case added == 0:
		return errNothingToDo
	case row.Guardians >= int64(d.opts.GuardiansMax):
		return ErrTooManyGuardians // rolls the insert back
	}
	row.Guardians++
	return nil
}

// Unbinding says whose binding ends and who ends it.
type Unbinding struct {
	Guardian string
	School   int
	Number   Number
	By       string // default the guardian
}

// Unbind ends a binding; [ErrNotBound] if there is none.
func (d *Directory) Unbind(ctx context.Context, u Unbinding) error {
	if u.By == "" {
		u.By = u.Guardian
	}
	_, err := d.perform(ctx, change{
		school: u.School, number: u.Number, action: ActUnbind, by: u.By,
		apply: func(q *identitydb.Queries, row *identitydb.Holder) error {
			removed, err := q.BindingDelete(ctx, identitydb.BindingDeleteParams{
				School: row.School, Holder: row.Holder, GuardianIndex: d.sealer.guardianIndex(u.Guardian),
			})
			if err == nil && removed == 0 {
				return ErrNotBound
			}
			row.Guardians--
			return err
		},
	})
	return err
}

// CheckBinding returns nil if the guardian is bound to the holder, and
// [ErrNotBound] if not: ask it before every act in a guardian's name.
func (d *Directory) CheckBinding(ctx context.Context, guardian string, school int, number Number) error {
	_, err := d.q.BindingGet(ctx, identitydb.BindingGetParams{
		School: int64(school), Holder: int64(number), GuardianIndex: d.sealer.guardianIndex(guardian),
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotBound
	}
	if err != nil {
		return fmt.Errorf("check binding to holder %s: %w", number.Ref(), err)
	}
	return nil
}

// Bindings returns the holders a guardian is bound to, in all schools, oldest
// binding first.
func (d *Directory) Bindings(ctx context.Context, guardian string) ([]Bound, error) {
	rows, err := d.q.BindingsOfGuardian(ctx, d.sealer.guardianIndex(guardian))
	if err != nil {
		return nil, fmt.Errorf("list bindings: %w", err)
	}
	bound := make([]Bound, 0, len(rows))
	for i := range rows {
		masked, err := d.masked(&rows[i].Holder)
		if err != nil {
			return nil, fmt.Errorf("list bindings: %w", err)
		}
		bound = append(bound, Bound{Holder: masked, At: rows[i].BoundAt.UTC()})
	}
	return bound, nil
}

// Guardians returns the logins bound to a holder, oldest first: whom to notify.
func (d *Directory) Guardians(ctx context.Context, school int, number Number) ([]Guardian, error) {
	rows, err := d.q.BindingsOfHolder(ctx, identitydb.BindingsOfHolderParams{School: int64(school), Holder: int64(number)})
	if err != nil {
		return nil, fmt.Errorf("list guardians of holder %s: %w", number.Ref(), err)
	}
	guardians := make([]Guardian, 0, len(rows))
	for _, row := range rows {
		subject, err := d.sealer.open(bindingPlace(row.School, row.Holder), row.GuardianSealed)
		if err != nil {
			return nil, fmt.Errorf("list guardians of holder %s: %w", number.Ref(), err)
		}
		guardians = append(guardians, Guardian{Subject: string(subject), At: row.BoundAt.UTC()})
	}
	return guardians, nil
}
