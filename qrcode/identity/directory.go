package identity

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/campusledger/campusledger/sql/identitydb"
	"github.com/campusledger/campusledger/sql/together"
)

// SchoolMax is the largest school number.
const SchoolMax = 99_999

// Options adjust a [Directory]; the zero value of a field means its default.
type Options struct {
	// GuardiansMax is how many guardians may be bound to one holder. Default 4.
	GuardiansMax int
	// LookupsMax is how many look-ups, hits and misses alike, a guardian may
	// make in a window. Default 10.
	LookupsMax int
	// LookupWindow is the length of a window, counted from fixed times.
	// Default one hour.
	LookupWindow time.Duration
	// TicketLife is how long a look-up may be followed by a binding. Default
	// ten minutes.
	TicketLife time.Duration
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

func (o *Options) withDefaults() Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.GuardiansMax <= 0 {
		opts.GuardiansMax = 4
	}
	if opts.LookupsMax <= 0 {
		opts.LookupsMax = 10
	}
	if opts.LookupWindow <= 0 {
		opts.LookupWindow = time.Hour
	}
	if opts.TicketLife <= 0 {
		opts.TicketLife = 10 * time.Minute
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return opts
}

// Directory knows a school's people: holders, guardians, bindings and cards.
// It is safe for concurrent use, also by several processes on one PostgreSQL.
type Directory struct {
	db     *sql.DB
	q      *identitydb.Queries
	sealer *sealer
	opts   Options
	cards  *together.Reader[scanned, identitydb.Holder]
}

// New returns a directory on a database that has the domain schema (package
// sql/domaindb). It writes nothing and fails with a [KeysError] if the database
// was written with a key that is not among keys; on a new database it records
// the keys' fingerprints. The database stays the caller's to close.
func New(ctx context.Context, db *sql.DB, keys *Keys, opts *Options) (*Directory, error) {
	sealer, err := newSealer(keys)
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	d := &Directory{db: db, q: identitydb.New(db), sealer: sealer, opts: opts.withDefaults()}
	d.cards = together.New(scannedMax, d.readScanned)
	err = d.inTx(ctx, func(q *identitydb.Queries) error { return claimKeyring(ctx, q, keys) })
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	return d, nil
}

// now is the time as both engines store it.
func (d *Directory) now() time.Time { return d.opts.Now().UTC().Truncate(time.Microsecond) }

func (d *Directory) inTx(ctx context.Context, work func(*identitydb.Queries) error) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := work(d.q.WithTx(tx)); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

func checkSchool(school int) error {
	if school < 0 || school > SchoolMax {
		return &InvalidError{Field: "School", Rule: "must be 0 to 99999"}
	}
	return nil
}

// orUnknown turns the absence of a row into ErrUnknownHolder.
func orUnknown(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return ErrUnknownHolder
	}
	return err
}
