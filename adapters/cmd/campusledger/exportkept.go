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
		return json.NewEncoder(s.out).Encode(exports)
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
	if err := at.exists(); err != nil {
		return nil, err
	}
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
	JSON    bool     `name:"json" help:"Print the exports, each with its verdict, as one JSON array."`
}

// checkedExport is an export as 'export verify --json' prints it.
type checkedExport struct {
	voucher.Export

	Verdict string `json:"verdict"` // ok, differs, or unchecked
	Reason  string `json:"reason,omitempty"`
}

// The verdicts.
const (
	exportSame      = "ok"
	exportDiffers   = "differs"
	exportUnchecked = "unchecked"
)

// Run writes all vouchers again and compares them with what was exported. It runs
// beside a server.
func (c *exportVerifyCmd) Run(ctx context.Context, s streams) error {
	store, closer, err := openLedger(ctx, c.place)
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
	checked := make([]checkedExport, len(exports))
	of := map[string]int{}
	for i := range exports {
		if checked[i], err = verifyExport(ctx, byMapping, &exports[i]); err != nil {
			return err
		}
		of[checked[i].Verdict]++
	}
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(checked)
	} else {
		err = printChecked(s.out, checked, of)
	}
	if err == nil && of[exportSame] < len(checked) {
		err = errFindings
	}
	return err
}

func printChecked(w io.Writer, checked []checkedExport, of map[string]int) error {
	for i := range checked {
		e := &checked[i]
		words := map[string]string{exportSame: "ok", exportDiffers: "DIFFERS: ", exportUnchecked: "not checked: "}[e.Verdict]
		if _, err := fmt.Fprintf(w, "%s from %s to %s: %s\n", e.Format, e.From, e.To, words+e.Reason); err != nil {
			return err
		}
	}
	sum := fmt.Sprintf("%s, %d differ", counted(len(checked), "export"), of[exportDiffers])
	if of[exportDiffers] == 1 {
		sum += "s"
	}
	if of[exportUnchecked] > 0 {
		sum += fmt.Sprintf(", %d not checked", of[exportUnchecked])
	}
	_, err := fmt.Fprintln(w, sum)
	return err
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

// verifyExport compares an export with what the book says now.
func verifyExport(ctx context.Context, byMapping map[string]*voucher.Exporter, e *voucher.Export) (checkedExport, error) {
	checked := checkedExport{Export: *e, Verdict: exportDiffers}
	exporter, ok := byMapping[e.Mapping]
	if !ok {
		checked.Verdict = exportUnchecked
		checked.Reason = fmt.Sprintf("its mapping is not there: give the file whose sum is %s as --mapping", e.Mapping)
		return checked, nil
	}
	err := exporter.Verify(ctx, *e)
	if err == nil {
		checked.Verdict = exportSame
		return checked, nil
	}
	if difference, ok := errors.AsType[*voucher.DifferenceError](err); ok {
		checked.Reason = difference.What
		return checked, nil
	}
	impossible := slices.Concat(misfits, []error{ledger.ErrInvalid, ledger.ErrDateNotOpen, ledger.ErrCorrupt})
	if slices.ContainsFunc(impossible, func(condition error) bool { return errors.Is(err, condition) }) {
		checked.Reason = "it cannot be written again: " + err.Error()
		return checked, nil
	}
	return checked, err
}

type exportCheckCmd struct {
	place
	mapped
	JSON bool `name:"json" help:"Print the result as one JSON object."`
}

// Run checks a mapping against the accounts of the book. It runs beside a server.
func (c *exportCheckCmd) Run(ctx context.Context, s streams) error {
	err := c.check(ctx)
	if !c.JSON {
		if err == nil {
			_, err = fmt.Fprintln(s.out, "Every account has a subject.")
		}
		return refused(s, err, misfits...)
	}
	result := struct {
		Mapped bool   `json:"mapped"`
		Reason string `json:"reason,omitempty"`
	}{Mapped: err == nil}
	if err != nil {
		if err = refused(streams{err: io.Discard}, err, misfits...); !errors.Is(err, errFindings) {
			return err
		}
	}
	return errors.Join(json.NewEncoder(s.out).Encode(result), err)
}

// check fails if an account has no subject.
func (c *exportCheckCmd) check(ctx context.Context) error {
	mapping, err := c.mapping()
	if err != nil {
		return err
	}
	store, closer, err := openLedger(ctx, c.place)
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()
	exporter, err := voucher.New(store, ledger.BookID(c.School), &voucher.Options{Mapping: mapping})
	if err != nil {
		return err
	}
	return exporter.Check(ctx)
}

type exportMappingCmd struct{ output }

// Run prints the default mapping. It needs no school.
func (c *exportMappingCmd) Run(s streams) error {
	return c.write(s, func(w io.Writer) error {
		_, err := w.Write(voucher.DefaultMappingFile())
		return err
	})
}
