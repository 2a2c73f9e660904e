package voucher

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// Format is what a file is written as. Its number changes with its bytes.
type Format string

// The formats.
const (
	// U8 is the text for 用友 U8 and T3: see [Exporter.WriteU8].
	U8 Format = "u8/1"
	// GBTXML is XML in UTF-8 with the element names of GB/T 24589: see
	// [Exporter.WriteGBT].
	GBTXML Format = "gbt-xml/1"
	// GBTCSV is an archive (ZIP) with a CSV file in UTF-8 for each table, with
	// the same names.
	GBTCSV Format = "gbt-csv/1"
)

// Request is a file to be written.
type Request struct {
	Format Format
	Period Period
}

// Export says what was written: it is kept so that the file can be compared with
// what the book says later, and so that the period stays closed.
type Export struct {
	Book   ledger.BookID `json:"book"`
	Format Format        `json:"format"`
	Period
	// CloseSeq is the journal position of the day close that ended the last
	// date of the period that was closed.
	CloseSeq int64 `json:"close_seq"`
	// Root is the root of the journal's tree up to that position, in
	// hexadecimal; "" if the reader was none that knows it, see
	// [seal.Reader].
	Root string `json:"root,omitempty"`
	// Mapping is [Mapping.Sum]; Word, Maker and Currency are the exporter's.
	Mapping  string `json:"mapping"`
	Word     string `json:"word"`
	Maker    string `json:"maker"`
	Currency string `json:"currency"`
	// SHA256 is the file's, in hexadecimal, Size its length in bytes.
	SHA256 string `json:"sha256"`
	Size   int64  `json:"size"`
	// At and By say when it was written and who did it; they are the caller's.
	At time.Time `json:"at"`
	By string    `json:"by"`
}

// WriteGBT writes the base files (电子账簿, 会计期间, 记账凭证类型, 会计科目, 币种),
// vouchers (记账凭证) and monthly balances (科目余额及发生额) of a period with the
// element names of GB/T 24589, as [GBTXML] or [GBTCSV]. The period begins with a
// month and lies within a year. The files follow the names only and are not
// certified; 会计体系 is added, as audit offices collect it.
func (e *Exporter) WriteGBT(ctx context.Context, w io.Writer, format Format, p Period) error {
	if format != GBTXML && format != GBTCSV {
		return &ledger.InvalidError{Field: "format", Problem: fmt.Sprintf("%.40q is not of GB/T 24589", format)}
	}
	_, err := e.Export(ctx, w, Request{Format: format, Period: p})
	return err
}

// Export writes a file and says what it wrote. The same request gives the same
// bytes at any time, while others post and close further dates, unless a date of
// the period or before is reopened: keep what it returns (see [Exports.Add])
// before the file is given away.
func (e *Exporter) Export(ctx context.Context, w io.Writer, request Request) (Export, error) {
	export := Export{
		Book: e.book, Format: request.Format, Period: request.Period,
		Mapping: e.mapping.sum, Word: e.word, Maker: e.maker, Currency: e.currency.Code(),
	}
	var file []byte
	err := e.atOneMoment(ctx, func(r *reading) (err error) {
		if file, export.CloseSeq, err = r.file(ctx, request); err == nil {
			export.Root, err = r.root(ctx, export.CloseSeq)
		}
		return err
	})
	if err == nil {
		_, err = w.Write(file)
	}
	if err != nil {
		return Export{}, fmt.Errorf("export book %d as %s: %w", e.book, request.Format, err)
	}
	digest := sha256.Sum256(file)
	export.SHA256, export.Size = hex.EncodeToString(digest[:]), int64(len(file))
	return export, nil
}

// file returns a file and the position of the close that ended its period. It
// is small: a few lines for each date.
func (r *reading) file(ctx context.Context, request Request) ([]byte, int64, error) {
	vouchers, closed, err := r.vouchers(ctx, request.Period)
	if err != nil {
		return nil, 0, err
	}
	var file []byte
	switch request.Format {
	case U8:
		file, err = r.u8(vouchers)
	case GBTXML, GBTCSV:
		var opening standing
		if opening, err = r.standing(ctx, request.Period.From.AddDays(-1)); err == nil {
			file, err = r.gbt(request.Format, request.Period, vouchers, opening)
		}
	default:
		err = &ledger.InvalidError{Field: "format", Problem: fmt.Sprintf("%.40q is none of %s, %s, %s", request.Format, U8, GBTXML, GBTCSV)}
	}
	return file, closed, err
}

// root returns the root of the journal's tree at a size, "" if the reader does
// not know it.
func (r *reading) root(ctx context.Context, size int64) (string, error) {
	reader, ok := r.reader.(seal.Reader)
	if !ok {
		return "", nil
	}
	root, err := seal.NewProver(reader, r.book).Root(ctx, size)
	return hex.EncodeToString(root[:]), err
}

// Verify writes an export again, for nobody, and compares it with what was
// written. It fails with a [DifferenceError] if the exporter has another mapping,
// the book another close, or the file other bytes, or the journal another root up to the close, so that
// something in it was rewritten. Word and Maker are those of
// the export, whatever the exporter has.
func (e *Exporter) Verify(ctx context.Context, export Export) error {
	if e.mapping.sum != export.Mapping {
		return &DifferenceError{Export: export, What: "it was mapped by another mapping"}
	}
	if e.book != export.Book || e.currency.Code() != export.Currency {
		return &DifferenceError{Export: export, What: "it was of another book or currency"}
	}
	again := *e
	again.word, again.maker = export.Word, export.Maker
	now, err := again.Export(ctx, io.Discard, Request{Format: export.Format, Period: export.Period})
	switch {
	case err != nil:
		return err
	case now.CloseSeq != export.CloseSeq:
		return &DifferenceError{Export: export, What: fmt.Sprintf("its last date was closed by record %d then, and by %d now", export.CloseSeq, now.CloseSeq)}
	case now.Root != export.Root && now.Root != "" && export.Root != "":
		return &DifferenceError{Export: export, What: fmt.Sprintf("the journal's root at %d was %s then, and is %s now", export.CloseSeq, export.Root, now.Root)}
	case now.SHA256 != export.SHA256 || now.Size != export.Size:
		return &DifferenceError{Export: export, What: fmt.Sprintf("%d bytes with SHA-256 %s then, %d with %s now", export.Size, export.SHA256, now.Size, now.SHA256)}
	}
	return nil
}

// MayReopen reports whether a date may be reopened after these exports: not if
// one of them has it, or a later one, of which numbers or openings depend on it.
// It fails with a [LockedError] that unwraps to [ErrPeriodLocked].
func MayReopen(date ledger.Date, exports []Export) error {
	for _, export := range exports {
		if !export.To.Before(date) {
			return &LockedError{Date: date, Export: export, Err: ErrPeriodLocked}
		}
	}
	return nil
}
