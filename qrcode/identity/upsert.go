package identity

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/campusledger/campusledger/sql/identitydb"
)

// Outcome is what an upsert did to one holder.
type Outcome string

// The outcomes.
const (
	Created   Outcome = "created"
	Updated   Outcome = "updated"
	Unchanged Outcome = "unchanged"
)

// Upserted is the result of one registration. A holder whose Status is Opening
// waits for its accounts and then for [Directory.Activate].
type Upserted struct {
	Number  Number
	Outcome Outcome
	Status  Status
}

// Ref is the holder in ledger account paths, such as "h102938".
func (u *Upserted) Ref() string { return u.Number.Ref() }

// Upsert creates or updates the school's holders in one transaction and
// returns a result per registration, in order. A holder is known by its student
// number; all other fields are taken over as given, so an empty one empties.
// A holder who had left comes back as opening, with the old card blocked. Imports of one school take
// turns; a few hundred registrations a call are a good size.
//
// It fails with an [InvalidError] before anything is written.
func (d *Directory) Upsert(ctx context.Context, school int, people []Registration) ([]Upserted, error) {
	if err := checkSchool(school); err != nil {
		return nil, err
	}
	for i := range people {
		if err := people[i].check(i); err != nil {
			return nil, err
		}
	}
	results := make([]Upserted, 0, len(people))
	err := d.inTx(ctx, func(q *identitydb.Queries) error {
		batch, err := d.newUpsert(ctx, q, int64(school))
		if err != nil {
			return err
		}
		for i := range people {
			result, err := batch.put(ctx, &people[i])
			if err != nil {
				return fmt.Errorf("item %d: %w", i, err)
			}
			results = append(results, result)
		}
		return batch.finish(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("upsert holders of school %d: %w", school, err)
	}
	return results, nil
}

// upsert is one batch under the lock of its school's counter.
type upsert struct {
	q           *identitydb.Queries
	sealer      *sealer
	school      int64
	first, next int64 // holders counted before and so far
	at          time.Time
}

func (d *Directory) newUpsert(ctx context.Context, q *identitydb.Queries, school int64) (*upsert, error) {
	next, err := q.CounterLock(ctx, school)
	if err != nil {
		return nil, fmt.Errorf("lock counter: %w", err)
	}
	return &upsert{q: q, sealer: d.sealer, school: school, first: next, next: next, at: d.now()}, nil
}

func (u *upsert) finish(ctx context.Context) error {
	if u.next == u.first {
		return nil
	}
	return u.q.CounterSet(ctx, identitydb.CounterSetParams{School: u.school, NextHolder: u.next})
}

func (u *upsert) put(ctx context.Context, reg *Registration) (Upserted, error) {
	plain, err := json.Marshal(reg.Person)
	if err != nil {
		return Upserted{}, fmt.Errorf("encode: %w", err)
	}
	index := u.sealer.studentIndex(u.school, reg.Person.StudentNo)
	row, err := u.q.HolderByStudent(ctx, identitydb.HolderByStudentParams{School: u.school, StudentIndex: index})
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return u.create(ctx, reg, plain, index)
	case err != nil:
		return Upserted{}, fmt.Errorf("find: %w", err)
	default:
		return u.update(ctx, reg, plain, &row)
	}
}

func (u *upsert) create(ctx context.Context, reg *Registration, plain, index []byte) (Upserted, error) {
	number, err := permute(u.sealer.number, u.school, u.next)
	if err != nil {
		return Upserted{}, err
	}
	sealed, err := u.sealer.seal(personPlace(u.school, int64(number)), plain)
	if err != nil {
		return Upserted{}, err
	}
	err = u.q.HolderInsert(ctx, identitydb.HolderInsertParams{
		School: u.school, Holder: int64(number), Kind: string(reg.kind()), Status: string(Opening),
		StudentIndex: index, IDIndex: u.sealer.idIndex(u.school, reg.Person.IDNo), Sealed: sealed,
		Grade: reg.Grade, Class: reg.Class, Boarding: reg.Boarding, CreatedAt: u.at,
	})
	if err != nil {
		return Upserted{}, fmt.Errorf("insert: %w", err)
	}
	u.next++
	return Upserted{Number: number, Outcome: Created, Status: Opening}, nil
}

func (u *upsert) update(ctx context.Context, reg *Registration, plain []byte, row *identitydb.Holder) (Upserted, error) {
	place := personPlace(row.School, row.Holder)
	before, err := u.sealer.open(place, row.Sealed)
	if err != nil {
		return Upserted{}, err
	}
	result := Upserted{Number: Number(row.Holder), Outcome: Unchanged, Status: Status(row.Status)}
	if result.Status != Left && bytes.Equal(before, plain) && reg.matches(row) {
		return result, nil
	}
	if result.Status == Left {
		result.Status = Opening
	}
	result.Outcome = Updated
	sealed, err := u.sealer.seal(place, plain)
	if err != nil {
		return Upserted{}, err
	}
	err = u.q.HolderUpdate(ctx, identitydb.HolderUpdateParams{
		School: row.School, Holder: row.Holder, Kind: string(reg.kind()),
		IDIndex: u.sealer.idIndex(u.school, reg.Person.IDNo), Sealed: sealed,
		Grade: reg.Grade, Class: reg.Class, Boarding: reg.Boarding, UpdatedAt: u.at,
	})
	if err != nil {
		return Upserted{}, fmt.Errorf("update: %w", err)
	}
	return result, nil
}

func (r *Registration) matches(row *identitydb.Holder) bool {
	return string(r.kind()) == row.Kind && r.Grade == row.Grade && r.Class == row.Class && r.Boarding == row.Boarding
}

// Activate marks holders whose ledger accounts exist, in one transaction. A
// holder that is not opening stays as it is, so doing it again is harmless.
func (d *Directory) Activate(ctx context.Context, school int, numbers []Number) error {
	at := d.now()
	err := d.inTx(ctx, func(q *identitydb.Queries) error {
		for _, number := range numbers {
			_, err := q.HolderActivate(ctx, identitydb.HolderActivateParams{School: int64(school), Holder: int64(number), UpdatedAt: at})
			if err != nil {
				return fmt.Errorf("%s: %w", number.Ref(), err)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("activate holders of school %d: %w", school, err)
	}
	return nil
}
