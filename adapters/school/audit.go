package school

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/pgstore"
)

// Projections are the tables around the ledger that repeat facts of the journal,
// to be audited with it: payment orders, bills and their fee items, merchants,
// holders, and the voucher files that were given away. [Tamperings] says which
// columns are held against what; all others repeat nothing of the journal.
//
// An audit may run while the school works: a row is always read before the
// record that it is held against, and what is written in two steps, a payment
// that is booked and not yet marked say, may stay so for a day by the journal's
// clock before it is a finding.
//
// Limits: a run from an [audit.State] compares every row with the journal, but a
// row that was deleted is noticed only if its record is one of those read.
type Projections struct {
	// List is for [audit.Options]. It serves one run, as records are counted.
	List []audit.Projection
	// Unread are tables that were not there to be compared, for
	// [audit.Report]: the auditor was given the ledger's database alone, or
	// may not read them, they are older than the table, or the book was restored
	// from its journal and no school was opened with it since.
	Unread []string

	closer io.Closer
}

// ProjectionTables are the tables that [Projections] compare, in order.
func ProjectionTables() []string {
	return []string{"payment_order", "bill", "fee_item", "merchant", "holder", "book_export"}
}

// OpenProjections opens the tables of a location, for reading: nothing is
// created, migrated or locked, so an audit may run beside a server. The journal
// is the same location's: see [OpenLedger]. Close closes them.
func OpenProjections(ctx context.Context, where Location, number int, journal Ledger) (*Projections, error) {
	domain, closer, err := where.readDomain(ctx)
	if where.Database == "" && errors.Is(err, fs.ErrNotExist) {
		return &Projections{Unread: ProjectionTables(), closer: closeFunc(func() {})}, nil
	}
	if err != nil {
		return nil, err
	}
	p, err := newAuditing(domain, journal, number).projections(ctx)
	if err != nil {
		return nil, errors.Join(err, closer.Close())
	}
	p.closer = closer
	return p, nil
}

// Projections are those of an open school. Closing them does nothing.
func (s *School) Projections(ctx context.Context) (*Projections, error) {
	return newAuditing(s.data.domain, s.store, s.number).projections(ctx)
}

// Close closes the database.
func (p *Projections) Close() error {
	if p.closer == nil {
		return nil
	}
	return p.closer.Close()
}

// auditing is what the tables are compared with, and through.
type auditing struct {
	domain   *sql.DB
	journal  Ledger
	book     ledger.BookID
	postgres bool
}

func newAuditing(domain *sql.DB, journal Ledger, number int) *auditing {
	_, postgres := journal.(*pgstore.Store)
	return &auditing{domain: domain, journal: journal, book: ledger.BookID(number), postgres: postgres}
}

func (a *auditing) projections(ctx context.Context) (*Projections, error) {
	if unused, err := a.unused(ctx); err != nil || unused {
		return &Projections{Unread: ProjectionTables()}, err
	}
	p := &Projections{}
	all := []struct {
		tables     []string
		projection audit.Projection
	}{
		{[]string{"payment_order"}, newOrderAudit(a)},
		{[]string{"bill", "fee_item"}, newBillAudit(a)},
		{[]string{"merchant"}, &accountAudit{auditing: a, owner: merchantAccounts()}},
		{[]string{"holder"}, &accountAudit{auditing: a, owner: holderAccounts()}},
		{[]string{"book_export"}, &exportAudit{auditing: a}},
	}
	for _, one := range all {
		readable, err := a.readable(ctx, one.tables)
		switch {
		case err != nil:
			return nil, err
		case readable:
			p.List = append(p.List, one.projection)
		default:
			p.Unread = append(p.Unread, one.tables...)
		}
	}
	return p, nil
}

// unused reports whether no school was ever opened with the database: then it has
// no keys. So it is where a book was restored from its journal alone.
func (a *auditing) unused(ctx context.Context) (bool, error) {
	readable, err := a.readable(ctx, []string{"keyring"})
	if err != nil || !readable {
		return false, err
	}
	var unused bool
	err = a.domain.QueryRowContext(ctx, "select count(*) = 0 from keyring").Scan(&unused)
	return unused, wrapTable("keyring", err)
}

// readable reports whether all the tables are there and may be read.
func (a *auditing) readable(ctx context.Context, tables []string) (bool, error) {
	query := "select count(*) > 0 from sqlite_schema where type = 'table' and name = $1"
	if a.postgres {
		query = "select case when to_regclass($1) is null then false else has_table_privilege(to_regclass($1), 'select') end"
	}
	for _, table := range tables {
		var readable bool
		if err := a.domain.QueryRowContext(ctx, query, table).Scan(&readable); err != nil || !readable {
			return false, wrapTable(table, err)
		}
	}
	return true, nil
}

// wrapTable says which table an error concerns.
func wrapTable(table string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("audit %s: %w", table, err)
}

// readDomain opens only the database around the ledger, and never writes to it.
// On the embedded engine one that is not there is [fs.ErrNotExist].
func (l Location) readDomain(ctx context.Context) (*sql.DB, io.Closer, error) {
	if l.Database != "" {
		pool, err := connect(ctx, l.Database)
		if err != nil {
			return nil, nil, err
		}
		domain := stdlib.OpenDBFromPool(pool)
		return domain, closeFunc(func() { _ = domain.Close(); pool.Close() }), nil
	}
	path := filepath.Join(l.Dir, "campus.db")
	if _, err := os.Stat(path); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrLocation, err)
	}
	query := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(5000)", "query_only(ON)"}}
	// Without a write-ahead log nobody has the file open; immutable then keeps
	// SQLite from making the files that a live database has beside it.
	if _, err := os.Stat(path + "-wal"); errors.Is(err, fs.ErrNotExist) {
		query.Set("immutable", "1")
	}
	domain, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrLocation, err)
	}
	return domain, domain, nil
}

// patience is how long, by the journal's clock, a second step may be missing: a
// crash leaves it to the next start or [School.Tend].
const patience = 24 * time.Hour

// overdue returns the time before which every second step should be done. Of a
// head that cannot be read the ledger's own audit tells.
func (a *auditing) overdue(ctx context.Context) (time.Time, error) {
	head, err := a.journal.Head(ctx, a.book)
	if errors.Is(err, ledger.ErrCorrupt) || errors.Is(err, ledger.ErrBookUnknown) {
		return time.Time{}, nil
	}
	return head.At.Add(-patience), err
}
