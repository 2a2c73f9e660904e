package voucher

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/sql/booksdb"
)

// Exports keeps what was exported of a book, beside the school's other tables.
// Give a file away in this order: [Exporter.Export] it, [Exports.Add] what that
// returned, [Exporter.Verify] it, and only then give the file its name. So a date
// that is reopened meanwhile is noticed.
type Exports struct {
	queries *booksdb.Queries
	book    ledger.BookID
	now     func() time.Time
}

// ExportsOptions tune [Exports]. The zero value of each field is its default.
type ExportsOptions struct {
	// Now gives the time of an export. Default: time.Now.
	Now func() time.Time
}

// NewExports returns the exports of a book; nil options are the defaults. The
// database is one of package sql/domaindb.
func NewExports(db *sql.DB, book ledger.BookID, options *ExportsOptions) (*Exports, error) {
	if db == nil {
		return nil, &ledger.InvalidError{Field: "db", Problem: "is missing"}
	}
	e := &Exports{queries: booksdb.New(db), book: book, now: time.Now}
	if options != nil && options.Now != nil {
		e.now = options.Now
	}
	return e, nil
}

// Add keeps an export, with the present time as its At; By is required. From
// then on its dates and those before are locked. The same again changes nothing.
// It fails with a [DifferenceError] if the period was exported in the format
// before and was not the same, and, for [U8], with a [LockedError] that unwraps
// to [ErrOverlap] if a date of it was exported with another period: its vouchers
// would be entered twice.
func (e *Exports) Add(ctx context.Context, export Export) error {
	if err := e.add(ctx, export); err != nil {
		return fmt.Errorf("keep an export of book %d: %w", e.book, err)
	}
	return nil
}

func (e *Exports) add(ctx context.Context, export Export) error {
	const byBytesMax = 128
	switch {
	case export.By == "" || len(export.By) > byBytesMax || !utf8.ValidString(export.By):
		return &ledger.InvalidError{Field: "by", Problem: fmt.Sprintf("want UTF-8 text of 1 to %d bytes", byBytesMax)}
	case export.Book != e.book:
		return &ledger.InvalidError{Field: "book", Problem: fmt.Sprintf("%d is not %d", export.Book, e.book)}
	}
	if err := e.fits(ctx, export); err != nil {
		return err
	}
	inserted, err := e.queries.InsertBookExport(ctx, booksdb.InsertBookExportParams{
		School: int64(e.book), Format: string(export.Format), FromDate: export.From.String(), ToDate: export.To.String(),
		CloseSeq: export.CloseSeq, Root: export.Root, Mapping: export.Mapping, Word: export.Word, Maker: export.Maker,
		Currency: export.Currency, Sha256: export.SHA256, SizeBytes: export.Size,
		CreatedBy: export.By, CreatedAt: e.now().UTC().Truncate(time.Microsecond),
	})
	if err != nil || inserted > 0 {
		return err
	}
	return e.fits(ctx, export) // it was there, perhaps since a moment ago
}

// fits compares an export with those that are there.
func (e *Exports) fits(ctx context.Context, export Export) error {
	earlier, err := e.All(ctx)
	if err != nil {
		return err
	}
	for _, other := range earlier {
		if err := export.beside(other); err != nil {
			return err
		}
	}
	return nil
}

// beside reports what stands against an export that comes after another.
func (e *Export) beside(other Export) error {
	switch {
	case e.Format == other.Format && e.Period == other.Period:
		if e.SHA256 != other.SHA256 || e.Size != other.Size {
			return &DifferenceError{Export: other, What: fmt.Sprintf("SHA-256 %s then, %s now", other.SHA256, e.SHA256)}
		}
	case e.Format.once() && other.Format.once() && !other.To.Before(e.From) && !e.To.Before(other.From):
		return &LockedError{Date: e.From, Export: other, Err: ErrOverlap}
	}
	return nil
}

// once reports whether a date may be in one file of the format only.
func (f Format) once() bool { return strings.HasPrefix(string(f), "u8/") }

// All returns all exports, by period.
func (e *Exports) All(ctx context.Context) ([]Export, error) {
	rows, err := e.queries.ListBookExports(ctx, int64(e.book))
	if err != nil {
		return nil, fmt.Errorf("exports of book %d: %w", e.book, err)
	}
	exports := make([]Export, len(rows))
	for i, row := range rows {
		export := Export{
			Book: e.book, Format: Format(row.Format), CloseSeq: row.CloseSeq, Root: row.Root, Mapping: row.Mapping, Word: row.Word,
			Maker: row.Maker, Currency: row.Currency, SHA256: row.Sha256, Size: row.SizeBytes, At: row.CreatedAt.UTC(), By: row.CreatedBy,
		}
		if export.From, err = ledger.ParseDate(row.FromDate); err == nil {
			export.To, err = ledger.ParseDate(row.ToDate)
		}
		if err != nil {
			return nil, fmt.Errorf("exports of book %d: %w", e.book, err)
		}
		exports[i] = export
	}
	return exports, nil
}

// MayReopen reports whether a date may be reopened: see the function.
func (e *Exports) MayReopen(ctx context.Context, date ledger.Date) error {
	exports, err := e.All(ctx)
	if err != nil {
		return err
	}
	return MayReopen(date, exports)
}
