package identity

import (
	"context"
	"crypto/subtle"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/campusledger/campusledger/sql/identitydb"
)

// Claim is what a guardian says about a child: the name and at least one of
// the numbers. Every field given must match; spaces, full-width forms and
// letter case make no difference.
type Claim struct {
	Guardian  string // the subject of the guardian's login, any string
	School    int
	Name      string
	StudentNo string
	IDNo      string
}

func (c *Claim) check() error {
	switch {
	case c.Guardian == "":
		return &InvalidError{Field: "Guardian", Rule: "must not be empty"}
	case matchForm(c.Name) == "":
		return &InvalidError{Field: "Name", Rule: "must not be empty"}
	case matchForm(c.StudentNo) == "" && matchForm(c.IDNo) == "":
		return &InvalidError{Field: "StudentNo", Rule: "or IDNo must be given beside the name"}
	default:
		return checkSchool(c.School)
	}
}

// Found is a successful look-up: the masked holder for the guardian to
// confirm, and the ticket that [Directory.Bind] takes.
type Found struct {
	Holder  *Masked
	Ticket  string // opaque; good for this guardian and holder only
	Expires time.Time
}

// Lookup finds the holder a claim describes. Every call counts against the
// guardian's limit, hit or miss, and the count survives a restart. It fails
// with [ErrInvalid], [ErrLookupLimit], [ErrNoMatch] (whichever field was wrong),
// [ErrNotOpen] or [ErrHolderLeft], in this order.
func (d *Directory) Lookup(ctx context.Context, claim Claim) (*Found, error) {
	if err := claim.check(); err != nil {
		return nil, err
	}
	now := d.now()
	if err := d.countLookup(ctx, claim.Guardian, now); err != nil {
		return nil, fmt.Errorf("look up: %w", err)
	}
	holder, err := d.match(ctx, &claim)
	if err != nil {
		return nil, fmt.Errorf("look up: %w", err)
	}
	switch holder.Status {
	case Opening:
		return nil, fmt.Errorf("look up: %w", ErrNotOpen)
	case Left:
		return nil, fmt.Errorf("look up: %w", ErrHolderLeft)
	}
	expires := now.Add(d.opts.TicketLife)
	ticket, err := d.sealTicket(claim.Guardian, ticket{School: claim.School, Number: holder.Number, Expires: expires})
	if err != nil {
		return nil, err
	}
	return &Found{Holder: holder.Masked(), Ticket: ticket, Expires: expires}, nil
}

func (d *Directory) countLookup(ctx context.Context, guardian string, now time.Time) error {
	window := now.Truncate(d.opts.LookupWindow)
	count, err := d.q.LookupCount(ctx, identitydb.LookupCountParams{
		GuardianIndex: d.sealer.guardianIndex(guardian), WindowStart: window,
	})
	if err != nil {
		return fmt.Errorf("count: %w", err)
	}
	if count > int64(d.opts.LookupsMax) {
		return &LookupLimitError{RetryAt: window.Add(d.opts.LookupWindow)}
	}
	return nil
}

// match returns the holder that fits every field of the claim, rather one
// still at the school than one who left.
func (d *Directory) match(ctx context.Context, claim *Claim) (*Holder, error) {
	rows, err := d.candidates(ctx, claim)
	if err != nil {
		return nil, err
	}
	var match *Holder
	for i := range rows {
		holder, err := d.holder(&rows[i])
		if err != nil {
			return nil, err
		}
		if claim.fits(&holder.Person) && (match == nil || match.Status == Left) {
			match = holder
		}
	}
	if match == nil {
		return nil, ErrNoMatch
	}
	return match, nil
}

func (d *Directory) candidates(ctx context.Context, claim *Claim) ([]identitydb.Holder, error) {
	school := int64(claim.School)
	if matchForm(claim.StudentNo) == "" {
		return d.q.HoldersByID(ctx, d.sealer.idIndex(school, claim.IDNo))
	}
	row, err := d.q.HolderByStudent(ctx, identitydb.HolderByStudentParams{
		School: school, StudentIndex: d.sealer.studentIndex(school, claim.StudentNo),
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return []identitydb.Holder{row}, err
}

func (c *Claim) fits(p *Person) bool {
	return same(c.Name, p.Name) &&
		(matchForm(c.StudentNo) == "" || same(c.StudentNo, p.StudentNo)) &&
		(matchForm(c.IDNo) == "" || same(c.IDNo, p.IDNo))
}

// same compares without telling by its duration how much was right.
func same(a, b string) bool {
	return subtle.ConstantTimeCompare([]byte(matchForm(a)), []byte(matchForm(b))) == 1
}

// ticket is what a look-up proved. The guardian is authenticated with it, not
// written into it.
type ticket struct {
	School  int       `json:"s"`
	Number  Number    `json:"n"`
	Expires time.Time `json:"e"`
}

func ticketPlace(guardian string) string { return "ticket " + guardian }

func (d *Directory) sealTicket(guardian string, t ticket) (string, error) {
	plain, err := json.Marshal(t)
	if err != nil {
		return "", fmt.Errorf("encode ticket: %w", err)
	}
	sealed, err := d.sealer.keys.aead.Encrypt(plain, []byte(ticketPlace(guardian)))
	if err != nil {
		return "", fmt.Errorf("seal ticket: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

func (d *Directory) openTicket(guardian, text string) (ticket, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return ticket{}, ErrTicket
	}
	plain, err := d.sealer.keys.aead.Decrypt(sealed, []byte(ticketPlace(guardian)))
	if err != nil {
		return ticket{}, ErrTicket
	}
	var t ticket
	if err := json.Unmarshal(plain, &t); err != nil || !d.now().Before(t.Expires) {
		return ticket{}, ErrTicket
	}
	return t, nil
}
