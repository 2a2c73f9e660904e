package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/adapters/slip"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

type receiptCmd struct {
	Print receiptPrintCmd `cmd:"" help:"Draw the slip of a record with the QR code of its proof."`
}

type receiptPrintCmd struct {
	place
	Record string `arg:"" help:"Id or position of the record."`
	Out    string `help:"A .png for a printer's driver (203 dpi, paper of 80 mm), or an .escpos with the bytes that a receipt printer takes." required:"" type:"path"`
	Font   string `help:"TrueType font with Chinese, for a .png. Default: that of Debian's fonts-wqy-microhei." env:"CAMPUSLEDGER_FONT" type:"path"`
}

// Validate is called by kong.
func (c *receiptPrintCmd) Validate() error {
	if !c.isPicture() && !c.isBytes() {
		return fmt.Errorf("--out %s: want a .png or an .escpos", c.Out)
	}
	return c.place.Validate()
}

func (c *receiptPrintCmd) isPicture() bool { return strings.EqualFold(filepath.Ext(c.Out), ".png") }
func (c *receiptPrintCmd) isBytes() bool   { return strings.EqualFold(filepath.Ext(c.Out), ".escpos") }

// Run draws the slip. A record that no checkpoint covers yet is sealed first,
// which nobody else may be at: see [inUse].
func (c *receiptPrintCmd) Run(ctx context.Context, s streams) error {
	err := c.print(ctx, s)
	if !errors.Is(err, seal.ErrNotSealed) {
		return err
	}
	if sealed := c.seal(ctx); sealed != nil {
		return fmt.Errorf("%w, and cannot be now: %w", err, inUse(sealed, insteadOfSeal))
	}
	return c.print(ctx, s)
}

func (c *receiptPrintCmd) seal(ctx context.Context) error {
	opened, err := school.Open(ctx, c.location(), &school.Options{Number: c.School})
	if err != nil {
		return err
	}
	_, err = opened.Seal(ctx)
	return errors.Join(err, opened.Close())
}

// print draws the slip of a sealed record. It runs beside a server.
func (c *receiptPrintCmd) print(ctx context.Context, s streams) error {
	store, closer, err := school.OpenLedger(ctx, c.location())
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()
	book := ledger.BookID(c.School)
	id, err := recordID(ctx, store, book, c.Record)
	if err != nil {
		return err
	}
	printed, err := newSlip(ctx, store, book, id)
	if err != nil {
		return handOut(err)
	}
	var file bytes.Buffer
	if c.isBytes() {
		err = printed.WriteESCPOS(&file)
	} else {
		err = c.draw(&file, printed)
	}
	if err == nil {
		err = os.WriteFile(c.Out, file.Bytes(), 0o666)
	}
	if err == nil {
		_, err = fmt.Fprintf(s.out, "%sReceipt of record %s: %s, %d bytes.\n", printed.Text(), id, c.Out, file.Len())
	}
	return err
}

func (c *receiptPrintCmd) draw(file *bytes.Buffer, printed *slip.Slip) error {
	font, err := slip.OpenFont(cmp.Or(c.Font, slip.FontPath))
	if err != nil {
		return fmt.Errorf("--font: %w: install Debian's fonts-wqy-microhei, or print an .escpos, which needs none", err)
	}
	return printed.WritePNG(file, font)
}

// newSlip makes the slip of a record under the book's name.
func newSlip(ctx context.Context, store school.Ledger, book ledger.BookID, id uuid.UUID) (*slip.Slip, error) {
	receipt, err := seal.NewProver(store, book).Receipt(ctx, id)
	if err != nil {
		return nil, err
	}
	head, err := store.Head(ctx, book)
	if err != nil {
		return nil, err
	}
	return slip.New(head.Name, &receipt)
}
