package canteen

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/sql/canteendb"
)

// Merchant is who is paid for what is sold: a canteen, a shop, a stall.
type Merchant struct {
	// ID is the merchant in account paths: 1 to 32 lower-case letters,
	// digits and hyphens, the first no hyphen. It never changes.
	ID   string
	Name string // for people: 1 to 64 characters
	// Payee says where payouts go, for the one who makes the transfer, such
	// as 工商银行 尾号1234: at most 128 characters, no full account number.
	Payee string
}

// MerchantParts are what [Merchants] work with. All but School, which may be 0,
// are required.
type MerchantParts struct {
	DB     *sql.DB
	School int
	Book   *ledger.Book
	Chart  *campus.Chart
}

// MerchantOptions tune [Merchants]. The zero value of each field is its
// default.
type MerchantOptions struct {
	// Now gives the time of changes. Default: time.Now.
	Now func() time.Time
}

// Merchants keeps the merchants of a school and settles what they are owed.
type Merchants struct {
	parts   MerchantParts
	queries *canteendb.Queries
	now     func() time.Time
}

// NewMerchants returns the merchants of a school. Nil options are the defaults.
// It fails with [ErrInvalid] if a part is missing.
func NewMerchants(parts MerchantParts, options *MerchantOptions) (*Merchants, error) {
	if parts.DB == nil || parts.Book == nil || parts.Chart == nil {
		return nil, &InvalidError{Field: "MerchantParts", Rule: "must all be given"}
	}
	if err := checkSchool(parts.School); err != nil {
		return nil, err
	}
	m := &Merchants{parts: parts, queries: canteendb.New(parts.DB), now: time.Now}
	if options != nil && options.Now != nil {
		m.now = options.Now
	}
	return m, nil
}

// Put creates the merchant with its ledger accounts, or changes its name and
// payee. It may be repeated, also after a crash in the middle.
func (m *Merchants) Put(ctx context.Context, merchant Merchant, by string) error {
	if err := merchant.check(); err != nil {
		return err
	}
	err := m.queries.MerchantPut(ctx, canteendb.MerchantPutParams{
		School: int64(m.parts.School), Merchant: merchant.ID, Name: merchant.Name, Payee: merchant.Payee,
		UpdatedAt: m.now().UTC().Truncate(time.Microsecond),
	})
	if err == nil {
		err = campus.Ensure(ctx, m.parts.Book, by, m.parts.Chart.Merchant(merchant.ID)...)
	}
	if err != nil {
		return fmt.Errorf("put merchant %s: %w", merchant.ID, err)
	}
	return nil
}

func (m *Merchant) check() error {
	if !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`).MatchString(m.ID) {
		return &InvalidError{Field: "ID", Rule: "must be 1 to 32 lower-case letters, digits and hyphens"}
	}
	if n := utf8.RuneCountInString(m.Name); n < 1 || n > 64 || !utf8.ValidString(m.Name) {
		return &InvalidError{Field: "Name", Rule: "must have 1 to 64 characters"}
	}
	if utf8.RuneCountInString(m.Payee) > 128 || !utf8.ValidString(m.Payee) {
		return &InvalidError{Field: "Payee", Rule: "must have at most 128 characters"}
	}
	return nil
}

// Get returns a merchant. It fails with [ErrUnknownMerchant].
func (m *Merchants) Get(ctx context.Context, id string) (Merchant, error) {
	row, err := m.queries.MerchantGet(ctx, canteendb.MerchantGetParams{School: int64(m.parts.School), Merchant: id})
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknownMerchant
	}
	if err != nil {
		return Merchant{}, fmt.Errorf("get merchant: %w", err)
	}
	return Merchant{ID: row.Merchant, Name: row.Name, Payee: row.Payee}, nil
}

// List returns all merchants in the order of their ids.
func (m *Merchants) List(ctx context.Context) ([]Merchant, error) {
	rows, err := m.queries.MerchantList(ctx, int64(m.parts.School))
	if err != nil {
		return nil, fmt.Errorf("list merchants: %w", err)
	}
	merchants := make([]Merchant, len(rows))
	for i := range rows {
		merchants[i] = Merchant{ID: rows[i].Merchant, Name: rows[i].Name, Payee: rows[i].Payee}
	}
	return merchants, nil
}
