package billing

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/sql/billingdb"
)

// Options tune an [Office]. The zero value of each field is its default.
type Options struct {
	// Now is the clock of created_at and the like. Default: time.Now.
	Now func() time.Time
	// PostersMax is how many bills are posted at once: the ledger commits
	// those that come together in one go. Default: 256.
	PostersMax int
}

// Office is the fee office of one school. It may be used by any number of
// goroutines and processes at once; it keeps no state of its own.
type Office struct {
	db      *sql.DB
	queries *billingdb.Queries
	book    *ledger.Book
	chart   *campus.Chart
	school  int64
	options Options
}

// New returns the fee office of the school that keeps the book. The database
// has the domain schema (package sql/domaindb) and stays the caller's to close.
// Nil options are the defaults. It fails with ledger.ErrInvalid.
func New(db *sql.DB, book *ledger.Book, chart *campus.Chart, options *Options) (*Office, error) {
	var resolved Options
	if options != nil {
		resolved = *options
	}
	if resolved.PostersMax < 0 {
		return nil, &ledger.InvalidError{Field: "options.PostersMax", Problem: "is negative"}
	}
	if resolved.PostersMax == 0 {
		resolved.PostersMax = 256
	}
	if resolved.Now == nil {
		resolved.Now = time.Now
	}
	return &Office{
		db: db, queries: billingdb.New(db), book: book, chart: chart, school: int64(book.ID()), options: resolved,
	}, nil
}

// now is the time as both engines store it.
func (o *Office) now() time.Time { return o.options.Now().UTC().Truncate(time.Microsecond) }

func (o *Office) inTx(ctx context.Context, work func(*billingdb.Queries) error) error {
	tx, err := o.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := work(o.queries.WithTx(tx)); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}
