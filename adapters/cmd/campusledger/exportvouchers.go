package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
)

// misfits are the ways in which a book, its mapping and what was exported do not
// fit together: the command ran and says what is to be put right.
var misfits = []error{
	voucher.ErrMapping, voucher.ErrUnmapped, voucher.ErrSide, voucher.ErrOrigin, voucher.ErrCurrency, voucher.ErrAuxiliary,
	voucher.ErrBudget, voucher.ErrText, voucher.ErrPeriodLocked, voucher.ErrOverlap, voucher.ErrDiffers, errNothing,
}

// errNothing is a period with nothing to export: its dates are not locked for that.
var errNothing = errors.New("there is nothing to export")

// voucherFormats are the formats by the names that --format has for them.
var voucherFormats = map[string]voucher.Format{"u8": voucher.U8, "gbt-xml": voucher.GBTXML, "gbt-csv": voucher.GBTCSV}

type exportVouchersCmd struct {
	place
	mapped
	Format string `help:"u8 for 用友 U8 and T3; gbt-xml, or gbt-csv, which is a ZIP of CSV files, for auditors, with the element names of GB/T 24589." enum:"u8,gbt-xml,gbt-csv" required:""`
	From   string `help:"First date; for gbt-xml and gbt-csv the first of a month." required:""`
	To     string `help:"Last date; it must be closed." required:""`
	Word   string `help:"Kind of voucher (凭证类别字): one of its own if people enter vouchers beside." default:"记"`
	Maker  string `help:"Who is named as having made the vouchers (制单人)." default:"校园账"`
	By     string `help:"Who exports; it is kept." required:""`
	Out    string `help:"File to write, as a whole or not at all." required:"" type:"path"`
}

func (c *exportVouchersCmd) request() (voucher.Request, error) {
	from, to, err := (&dates{From: c.From, To: c.To}).period()
	return voucher.Request{Format: voucherFormats[c.Format], Period: voucher.Period{From: from, To: to}}, err
}

// Run exports vouchers and keeps what was exported, so that the dates stay
// closed. It runs beside a server. The same command again writes the same file.
func (c *exportVouchersCmd) Run(ctx context.Context, s streams) error {
	request, err := c.request()
	if err != nil {
		return err
	}
	mapping, err := c.mapping()
	if err != nil {
		return refused(s, err, misfits...)
	}
	if err := c.exists(); err != nil {
		return err
	}
	exports, err := school.OpenExports(ctx, c.location(), c.School)
	if err != nil {
		return err
	}
	defer func() { _ = exports.Close() }()
	exporter, err := voucher.New(exports.Ledger, ledger.BookID(c.School), &voucher.Options{Mapping: mapping, Word: c.Word, Maker: c.Maker})
	if err != nil {
		return err
	}
	var export voucher.Export
	vouchers := 0
	err = exports.Alone(ctx, func() error {
		export, vouchers, err = c.export(ctx, exports, exporter, request)
		return err
	})
	if err != nil {
		return refused(s, err, misfits...)
	}
	of := counted(vouchers, "voucher")
	if export.Format == voucher.GBTCSV {
		of = "a ZIP of CSV files with " + of
	}
	_, err = fmt.Fprintf(s.out, "%s: %s from %s to %s, %s, SHA-256 %s.\nDates up to %s may not be reopened any more.\n",
		c.Out, of, export.From, export.To, counted(export.Size, "byte"), export.SHA256, export.To)
	return err
}

// export gives the file its name only after it is kept what it is, and the book
// still says the same: see [voucher.Exports]. It also returns how many vouchers
// are in the file.
func (c *exportVouchersCmd) export(
	ctx context.Context, exports *school.Exports, exporter *voucher.Exporter, request voucher.Request,
) (export voucher.Export, vouchers int, err error) {
	d, err := newDraft(c.Out)
	if err != nil {
		return export, 0, err
	}
	defer d.discard()
	err = d.fill(func(w io.Writer) error {
		export, err = exporter.Export(ctx, w, request)
		return err
	})
	if err != nil {
		return export, 0, err
	}
	vouchers, err = c.countVouchers(ctx, exports.Ledger, exporter, request)
	if err != nil {
		return export, 0, err
	}
	export.By = c.By
	if err := exports.Add(ctx, export); err != nil {
		return export, 0, err
	}
	if err := exporter.Verify(ctx, export); err != nil {
		return export, 0, err
	}
	_, err = d.keep()
	return export, vouchers, err
}

// countVouchers fails with errNothing if a file would have no vouchers. One for
// auditors may, as it has the balances too, but not of a time before the book.
func (c *exportVouchersCmd) countVouchers(
	ctx context.Context, reader ledger.Reader, exporter *voucher.Exporter, request voucher.Request,
) (int, error) {
	vouchers, err := exporter.Vouchers(ctx, request.Period)
	if err != nil || len(vouchers) > 0 {
		return len(vouchers), err
	}
	first, err := recordAt(ctx, reader, ledger.BookID(c.School), 1)
	switch {
	case err != nil:
		return 0, err
	case request.Period.To.Before(first.Date):
		return 0, fmt.Errorf("%s to %s: %w: the book begins on %s", c.From, c.To, errNothing, first.Date)
	case request.Format == voucher.U8:
		return 0, fmt.Errorf("%s to %s: %w: no money moved", c.From, c.To, errNothing)
	}
	return 0, nil
}
