package identity

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/campusledger/campusledger/sql/identitydb"
)

// IssueCards gives each holder its first card, serial 1, in one transaction,
// and returns the cards in order. A holder that has a card keeps it, so a
// print run may be repeated. A holder who has left gets none: [ErrHolderLeft].
func (d *Directory) IssueCards(ctx context.Context, school int, numbers []Number, by string) ([]Card, error) {
	cards := make([]Card, 0, len(numbers))
	err := d.inTx(ctx, func(q *identitydb.Queries) error {
		for _, number := range numbers {
			row, err := d.performIn(ctx, q, change{school: school, number: number, action: ActIssue, by: by, apply: issue})
			if err != nil && !errors.Is(err, errNothingToDo) {
				return err
			}
			cards = append(cards, card(&row))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return cards, nil
}

func issue(_ *identitydb.Queries, row *identitydb.Holder) error {
	switch {
	case Status(row.Status) == Left:
		return ErrHolderLeft
	case CardState(row.CardState) != CardNone:
		return errNothingToDo
	default:
		row.CardState, row.CardSerial = string(CardActive), 1
		return nil
	}
}

// ReportLost stops the holder's card at once. Reporting it again changes nothing.
func (d *Directory) ReportLost(ctx context.Context, school int, number Number, by string) (Card, error) {
	return d.turnCard(ctx, change{school: school, number: number, action: ActLost, by: by})
}

// UndoLoss makes a card that was reported lost valid again.
func (d *Directory) UndoLoss(ctx context.Context, school int, number Number, by string) (Card, error) {
	return d.turnCard(ctx, change{school: school, number: number, action: ActFound, by: by})
}

// Block stops the holder's card by the school's decision. Nothing but a
// reissue ends it, so a card blocked for abuse cannot be revived by a guardian.
func (d *Directory) Block(ctx context.Context, school int, number Number, by string) (Card, error) {
	return d.turnCard(ctx, change{school: school, number: number, action: ActBlock, by: by})
}

// Reissue voids the holder's card and issues the next serial. After serial 255
// it fails with [ErrSerialsUsedUp].
func (d *Directory) Reissue(ctx context.Context, school int, number Number, by string) (Card, error) {
	return d.turnCard(ctx, change{school: school, number: number, action: ActReissue, by: by})
}

func (d *Directory) turnCard(ctx context.Context, c change) (Card, error) {
	c.apply = func(_ *identitydb.Queries, row *identitydb.Holder) error { return turn(c.action, row) }
	row, err := d.perform(ctx, c)
	if err != nil {
		return Card{}, err
	}
	return card(row), nil
}

// turn is the card's state machine.
func turn(action Action, row *identitydb.Holder) error {
	if Status(row.Status) == Left {
		return ErrHolderLeft
	}
	to, ok := nextState(action, CardState(row.CardState))
	switch {
	case !ok:
		return &CardStateError{Action: action, State: CardState(row.CardState)}
	case action == ActReissue && row.CardSerial == math.MaxUint8:
		return ErrSerialsUsedUp
	case action == ActReissue:
		row.CardSerial++
	case string(to) == row.CardState:
		return errNothingToDo
	}
	row.CardState = string(to)
	return nil
}

// nextState is the state an action leads to, and whether it is allowed.
func nextState(action Action, from CardState) (CardState, bool) {
	switch {
	case from == CardNone:
		return from, false
	case action == ActReissue:
		return CardActive, true
	case action == ActBlock:
		return CardBlocked, true
	case action == ActLost && from != CardBlocked:
		return CardLost, true
	case action == ActFound && from == CardLost:
		return CardActive, true
	default:
		return from, false
	}
}

// CheckCard decides whether a scanned card may pay, in one read by primary key that
// it shares with others who ask at the same moment: what was changed before the
// call is seen. It returns the holder, masked, or the first that applies of:
// [ErrUnknownHolder], [ErrHolderLeft], [ErrNotOpen], [ErrNoCard] (never issued),
// [ErrCardVoid] (an older serial), [ErrCardLost], [ErrCardBlocked].
func (d *Directory) CheckCard(ctx context.Context, school int, number Number, serial uint8) (*Masked, error) {
	row, known, err := d.cards.Get(ctx, scanned{school, number})
	if err == nil && !known {
		err = ErrUnknownHolder
	}
	if err == nil {
		err = usable(&row, serial)
	}
	if err != nil {
		return nil, fmt.Errorf("check card of holder %s: %w", number.Ref(), err)
	}
	return d.masked(&row)
}

func usable(row *identitydb.Holder, serial uint8) error {
	switch {
	case Status(row.Status) == Left:
		return ErrHolderLeft
	case Status(row.Status) == Opening:
		return ErrNotOpen
	case serial == 0 || int64(serial) > row.CardSerial:
		return ErrNoCard
	case int64(serial) < row.CardSerial:
		return ErrCardVoid
	case CardState(row.CardState) == CardLost:
		return ErrCardLost
	case CardState(row.CardState) == CardBlocked:
		return ErrCardBlocked
	default:
		return nil
	}
}
