package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
)

type exportListCmd struct {
	place
	JSON bool `name:"json" help:"Print the exports as one JSON array."`
}

// Run lists what was exported. It runs beside a server.
func (c *exportListCmd) Run(ctx context.Context, s streams) error {
	exports, err := keptExports(ctx, c.place)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(s.out).Encode(slices.Concat([]voucher.Export{}, exports))
	}
	t := newTable(s.out, "format", "from", "to", "close", "bytes", "SHA-256", "mapping", "by", "at")
	for i := range exports {
		e := &exports[i]
		t.AppendRow(table.Row{e.Format, e.From, e.To, e.CloseSeq, e.Size, e.SHA256, fmt.Sprintf("%.12s", e.Mapping), e.By, inChina(e.At)})
	}
	t.Render()
	return nil
}

// keptExports returns all that was exported of a school.
func keptExports(ctx context.Context, at place) ([]voucher.Export, error) {
	exports, err := school.OpenExports(ctx, at.location(), at.School)
	if err != nil {
		return nil, err
	}
	defer func() { _ = exports.Close() }()
	return exports.All(ctx)
}

type exportVerifyCmd struct {
	place
	Mapping []string `help:"Mapping file that vouchers were exported with, beside the default; may be repeated." type:"existingfile" sep:"none"`
}

// Run writes all vouchers again and compares them with what was exported. It runs
// beside a server.
func (c *exportVerifyCmd) Run(ctx context.Context, s streams) error {
	store, closer, err := school.OpenLedger(ctx, c.location())
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()
	byMapping, err := c.exporters(store)
	if err != nil {
		return refused(s, err, misfits...)
	}
	exports, err := keptExports(ctx, c.place)
	if err != nil {
		return err
	}
	differ := 0
	for i := range exports {
		e := &exports[i]
		verdict, err := verifyExport(ctx, byMapping, e)
		if err != nil {
			return err
		}
		if verdict != "ok" {
			differ++
		}
		if _, err := fmt.Fprintf(s.out, "%s from %s to %s: %s\n", e.Format, e.From, e.To, verdict); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(s.out, "%d exports, %d differ\n", len(exports), differ); err != nil {
		return err
	}
	if differ > 0 {
		return errFindings
	}
	return nil
}

// exporters returns an exporter for each mapping, by its sum.
func (c *exportVerifyCmd) exporters(store school.Ledger) (map[string]*voucher.Exporter, error) {
	all := map[string]*voucher.Exporter{}
	for _, file := range append([]string{""}, c.Mapping...) {
		mapping, err := (&mapped{Mapping: file}).mapping()
		if err != nil {
			return nil, err
		}
		if all[mapping.Sum()], err = voucher.New(store, ledger.BookID(c.School), &voucher.Options{Mapping: mapping}); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// verifyExport says "ok" or what is wrong with an export.
func verifyExport(ctx context.Context, byMapping map[string]*voucher.Exporter, e *voucher.Export) (string, error) {
	exporter, ok := byMapping[e.Mapping]
	if !ok {
		return fmt.Sprintf("its mapping is not there: give the file with SHA-256 %s as --mapping", e.Mapping), nil
	}
	err := exporter.Verify(ctx, *e)
	if err == nil {
		return "ok", nil
	}
	if difference, ok := errors.AsType[*voucher.DifferenceError](err); ok {
		return "DIFFERS: " + difference.What, nil
	}
	impossible := slices.Concat(misfits, []error{ledger.ErrInvalid, ledger.ErrDateNotOpen, ledger.ErrCorrupt})
	if slices.ContainsFunc(impossible, func(condition error) bool { return errors.Is(err, condition) }) {
		return "DIFFERS: it cannot be written again: " + err.Error(), nil
	}
	return "", err
}

type exportCheckCmd struct {
	place
	mapped
}

// Run checks a mapping against the accounts of the book. It runs beside a server.
func (c *exportCheckCmd) Run(ctx context.Context, s streams) error {
	mapping, err := c.mapping()
	if err != nil {
		return refused(s, err, misfits...)
	}
	store, closer, err := school.OpenLedger(ctx, c.location())
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()
	exporter, err := voucher.New(store, ledger.BookID(c.School), &voucher.Options{Mapping: mapping})
	if err == nil {
		err = exporter.Check(ctx)
	}
	if err != nil {
		return refused(s, err, misfits...)
	}
	_, err = fmt.Fprintln(s.out, "Every account has a subject.")
	return err
}

type exportMappingCmd struct{ output }

// Run prints the default mapping. It needs no school.
func (c *exportMappingCmd) Run(s streams) error {
	return c.write(s, func(w io.Writer) error {
		_, err := w.Write(voucher.DefaultMappingFile())
		return err
	})
}
