package identity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/campusledger/campusledger/sql/identitydb"
)

// Action is a change to a holder that is written down with who and when.
type Action string

// The actions.
const (
	ActIssue   Action = "issue"
	ActLost    Action = "report lost"
	ActFound   Action = "undo loss"
	ActReissue Action = "reissue"
	ActBlock   Action = "block"
	ActBind    Action = "bind"
	ActUnbind  Action = "unbind"
	ActLeave   Action = "leave"
	ActErase   Action = "erase"
)

// Event is one change to a holder.
type Event struct {
	Change int64 // 1, 2, 3 … within the holder
	Action Action
	Serial uint8 // the holder's card serial after the change
	By     string
	At     time.Time
}

// History returns all changes to a holder's cards, status and bindings, oldest
// first; none for an unknown holder.
func (d *Directory) History(ctx context.Context, school int, number Number) ([]Event, error) {
	rows, err := d.q.EventsOfHolder(ctx, identitydb.EventsOfHolderParams{School: int64(school), Holder: int64(number)})
	if err != nil {
		return nil, fmt.Errorf("history of holder %s: %w", number.Ref(), err)
	}
	events := make([]Event, 0, len(rows))
	for _, row := range rows {
		by, err := d.sealer.open(eventPlace(row.School, row.Holder, row.Change), row.Actor)
		if err != nil {
			return nil, fmt.Errorf("history of holder %s: %w", number.Ref(), err)
		}
		events = append(events, Event{
			Change: row.Change, Action: Action(row.Action), Serial: uint8(row.CardSerial), By: string(by), At: row.At.UTC(),
		})
	}
	return events, nil
}

// errNothingToDo ends a change whose effect is already there: the transaction
// rolls back, nothing is written down, and the caller sees success.
var errNothingToDo = errors.New("nothing to do")

// change is one act on one holder, done under the holder's lock.
type change struct {
	school int
	number Number
	action Action
	by     string
	// apply edits the row, which is written back after it.
	apply func(*identitydb.Queries, *identitydb.Holder) error
}

// perform locks the holder, applies the change and writes the event, and
// returns the row as it is afterwards.
func (d *Directory) perform(ctx context.Context, c change) (*identitydb.Holder, error) {
	var row identitydb.Holder
	err := d.inTx(ctx, func(q *identitydb.Queries) error {
		var err error
		row, err = d.performIn(ctx, q, c)
		return err
	})
	if err != nil && !errors.Is(err, errNothingToDo) {
		return nil, err
	}
	return &row, nil
}

func (d *Directory) performIn(ctx context.Context, q *identitydb.Queries, c change) (identitydb.Holder, error) {
	row, err := d.applyIn(ctx, q, c)
	if err != nil && !errors.Is(err, errNothingToDo) {
		return row, fmt.Errorf("%s, holder %s: %w", c.action, c.number.Ref(), err)
	}
	return row, err
}

func (d *Directory) applyIn(ctx context.Context, q *identitydb.Queries, c change) (identitydb.Holder, error) {
	if c.by == "" {
		return identitydb.Holder{}, &InvalidError{Field: "by", Rule: "must say who does it"}
	}
	row, err := q.HolderLock(ctx, identitydb.HolderLockParams{School: int64(c.school), Holder: int64(c.number)})
	if err != nil {
		return row, orUnknown(err)
	}
	if err := c.apply(q, &row); err != nil {
		return row, err
	}
	row.Changes++
	at := d.now()
	err = q.HolderChange(ctx, identitydb.HolderChangeParams{
		School: row.School, Holder: row.Holder, Status: row.Status,
		CardState: row.CardState, CardSerial: row.CardSerial, Guardians: row.Guardians,
		Changes: row.Changes, UpdatedAt: at,
	})
	if err != nil {
		return row, err
	}
	actor, err := d.sealer.seal(eventPlace(row.School, row.Holder, row.Changes), []byte(c.by))
	if err != nil {
		return row, err
	}
	return row, q.EventInsert(ctx, identitydb.EventInsertParams{
		School: row.School, Holder: row.Holder, Change: row.Changes, Action: string(c.action),
		CardSerial: row.CardSerial, Actor: actor, At: at,
	})
}
