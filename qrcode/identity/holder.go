package identity

import (
	"time"

	"github.com/campusledger/campusledger/sql/identitydb"
)

// Status is where a holder is in its life.
type Status string

// The statuses. A new holder is opening until its ledger accounts exist.
const (
	Opening Status = "opening"
	Active  Status = "active"
	Left    Status = "left"
)

// CardState is what a holder's newest card is good for.
type CardState string

// The states of a card.
const (
	CardNone    CardState = "none"
	CardActive  CardState = "active"
	CardLost    CardState = "lost"
	CardBlocked CardState = "blocked"
)

// Card is a holder's newest card. Older serials are void.
type Card struct {
	Serial uint8 // 1 for the first card, 0 where none was issued
	State  CardState
}

// Holder is a student or member of staff with all that is known, for those
// entitled to it. Everybody else gets [Holder.Masked].
type Holder struct {
	School   int
	Number   Number
	Kind     Kind
	Status   Status
	Person   Person
	Grade    string
	Class    string
	Boarding bool
	Card     Card
	Created  time.Time
	Updated  time.Time
}

// Ref is the holder in ledger account paths, such as "h102938".
func (h *Holder) Ref() string { return h.Number.Ref() }

// Masked returns the view for guardians, cashiers and lists.
func (h *Holder) Masked() *Masked {
	person := h.Person.Masked()
	return &Masked{
		School: h.School, Number: h.Number, Kind: h.Kind, Status: h.Status,
		Name: person.Name, StudentNo: person.StudentNo, Guardians: person.Guardians,
		Grade: h.Grade, Class: h.Class, Boarding: h.Boarding, Card: h.Card,
	}
}

// Masked is a holder as somebody may see it who is not entitled to the whole:
// enough to recognise a child one knows, not enough to learn of another.
type Masked struct {
	School    int
	Number    Number
	Kind      Kind
	Status    Status
	Name      string // 张*三
	StudentNo string // the last four characters
	Guardians []Contact
	Grade     string
	Class     string
	Boarding  bool
	Card      Card
}

// Ref is the holder in ledger account paths, such as "h102938".
func (m *Masked) Ref() string { return m.Number.Ref() }

func (d *Directory) holder(row *identitydb.Holder) (*Holder, error) {
	person, err := d.sealer.openPerson(row.School, row.Holder, row.Sealed)
	if err != nil {
		return nil, err
	}
	return &Holder{
		School: int(row.School), Number: Number(row.Holder),
		Kind: Kind(row.Kind), Status: Status(row.Status),
		Person: person, Grade: row.Grade, Class: row.Class, Boarding: row.Boarding,
		Card: card(row), Created: row.CreatedAt.UTC(), Updated: row.UpdatedAt.UTC(),
	}, nil
}

func (d *Directory) masked(row *identitydb.Holder) (*Masked, error) {
	holder, err := d.holder(row)
	if err != nil {
		return nil, err
	}
	return holder.Masked(), nil
}

func card(row *identitydb.Holder) Card {
	return Card{Serial: uint8(row.CardSerial), State: CardState(row.CardState)}
}
