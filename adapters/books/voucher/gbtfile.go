package voucher

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"time"
)

// gbt returns the tables of a period as a file.
func (r *reading) gbt(format Format, p Period, vouchers []Voucher, opening standing) ([]byte, error) {
	tables, err := r.tables(p, vouchers, opening)
	if err != nil {
		return nil, err
	}
	if format == GBTXML {
		return writeXML(tables), nil
	}
	return writeArchive(tables)
}

// writeXML writes the tables one after another: an element for each row, with
// one for each column in it.
func writeXML(tables []table) []byte {
	var file bytes.Buffer
	file.WriteString(xml.Header)
	file.WriteString("<会计核算数据 说明=\"按 GB/T 24589 的元素名称编排，未经认证\">\n")
	for _, t := range tables {
		for _, row := range t.rows {
			fmt.Fprintf(&file, "  <%s>", t.name)
			for i, column := range t.columns {
				if row[i] == "" {
					fmt.Fprintf(&file, "<%s/>", column)
					continue
				}
				fmt.Fprintf(&file, "<%s>", column)
				_ = xml.EscapeText(&file, []byte(row[i])) // into memory
				fmt.Fprintf(&file, "</%s>", column)
			}
			fmt.Fprintf(&file, "</%s>\n", t.name)
		}
	}
	file.WriteString("</会计核算数据>\n")
	return file.Bytes()
}

// writeArchive writes a CSV file for each table into an archive. They are stored
// as they are, and at the earliest time that the format knows: a compressor may
// write other bytes some day.
func writeArchive(tables []table) ([]byte, error) {
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	for _, t := range tables {
		part, err := archive.CreateHeader(&zip.FileHeader{
			Name: t.name + ".csv", Method: zip.Store, Modified: time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC),
		})
		if err != nil {
			return nil, err
		}
		rows := csv.NewWriter(part)
		rows.UseCRLF = true
		if err := rows.WriteAll(append([][]string{t.columns}, t.rows...)); err != nil {
			return nil, err
		}
	}
	if err := archive.Close(); err != nil {
		return nil, err
	}
	return file.Bytes(), nil
}
