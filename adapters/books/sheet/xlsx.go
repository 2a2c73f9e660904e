package sheet

import (
	"archive/zip"
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// xlsxWriter writes a workbook of one sheet (ECMA-376) as it comes: nothing is
// kept, on disk neither. A library that takes numbers as float64 would not do:
// amounts are written digit by digit.
type xlsxWriter struct {
	archive *zip.Writer
	sheet   *bufio.Writer
	rows    int
}

// The parts of a workbook beside its sheet.
const (
	xlsxTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>` +
		`<Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>` +
		`<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>`
	xlsxRelations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	xlsxBook = `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><bookViews><workbookView/></bookViews><sheets><sheet name="%s" sheetId="1" r:id="rId1"/></sheets></workbook>`
	xlsxBookRelations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
		`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/>` +
		`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`
	// Style 0 is whatever a user enters, 1 to 3 are numbers by their decimals, 4
	// is text: edited, it does not become a formula either.
	xlsxStyles = `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">` +
		`<numFmts count="1"><numFmt numFmtId="164" formatCode="#,##0.000"/></numFmts>` +
		`<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>` +
		`<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>` +
		`<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>` +
		`<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>` +
		`<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
		`<xf numFmtId="1" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>` +
		`<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>`
)

const (
	// xlsxRowsMax is as many as a sheet has, and xlsxDigitsMax as many digits
	// as programs keep of a number: a longer one is a text.
	xlsxRowsMax   = 1 << 20
	xlsxDigitsMax = 15
)

func newXLSX(w io.Writer, name string, columns []column) (*xlsxWriter, error) {
	x := &xlsxWriter{archive: zip.NewWriter(w)}
	for _, part := range []struct{ name, content string }{
		{"[Content_Types].xml", xlsxTypes}, {"_rels/.rels", xlsxRelations}, {"xl/workbook.xml", fmt.Sprintf(xlsxBook, name)},
		{"xl/_rels/workbook.xml.rels", xlsxBookRelations}, {"xl/styles.xml", xlsxStyles},
	} {
		out, err := x.part(part.name)
		if err != nil {
			return nil, err
		}
		if _, err := io.WriteString(out, xml.Header+part.content); err != nil {
			return nil, err
		}
	}
	sheet, err := x.part("xl/worksheets/sheet1.xml")
	if err != nil {
		return nil, err
	}
	x.sheet = bufio.NewWriterSize(sheet, 64<<10)
	x.printf(`%s<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">`+
		`<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>`, xml.Header)
	for i, c := range columns {
		x.printf(`<col min="%d" max="%d" width="%d" customWidth="1"/>`, i+1, i+1, c.width)
	}
	x.printf(`</cols><sheetData>`)
	return x, nil
}

// part begins a part. Its time is always the same, and so the bytes are.
func (x *xlsxWriter) part(name string) (io.Writer, error) {
	return x.archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)})
}

func (x *xlsxWriter) row(cells ...cell) error {
	x.rows++
	if x.rows > xlsxRowsMax {
		return fmt.Errorf("more than %d rows: %w", xlsxRowsMax, ErrTooLong)
	}
	x.printf(`<row r="%d">`, x.rows)
	for i, c := range cells {
		switch at := columnName(i); {
		case c.decimal != "" && digits(c.decimal) <= xlsxDigitsMax:
			x.printf(`<c r="%s%d" s="%d"><v>%s</v></c>`, at, x.rows, xlsxStyle(c.decimal), c.decimal)
		case c.decimal != "":
			x.text(at, c.decimal)
		case c.text != "":
			x.text(at, c.text)
		}
	}
	_, err := x.sheet.WriteString(`</row>`)
	return err // the first of all
}

// xlsxStyle is the style of a number, by its decimals.
func xlsxStyle(decimal string) int {
	_, decimals, _ := strings.Cut(decimal, ".")
	return 1 + min(max(len(decimals)-1, 0), 2)
}

// text writes a text as what it is, whatever it begins with.
func (x *xlsxWriter) text(at, text string) {
	x.printf(`<c r="%s%d" s="4" t="inlineStr"><is><t xml:space="preserve">`, at, x.rows)
	_ = xml.EscapeText(x.sheet, []byte(text)) // the buffer keeps its error
	x.printf(`</t></is></c>`)
}

func (x *xlsxWriter) printf(format string, values ...any) {
	_, _ = fmt.Fprintf(x.sheet, format, values...)
}

func (x *xlsxWriter) end() error {
	x.printf(`</sheetData></worksheet>`)
	if err := x.sheet.Flush(); err != nil {
		return err
	}
	return x.archive.Close()
}

// columnName is A for the first; there are never more than 26.
func columnName(i int) string { return string(rune('A' + i)) }

func digits(decimal string) int {
	n := 0
	for _, r := range decimal {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}
