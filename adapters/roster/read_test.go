package roster_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/campusledger/campusledger/adapters/roster"
)

const table = "花名册\n\n姓名,学号,身份证号,家长手机\n欧阳小三,2026000001,11010519491231002X,13800138000\n张三,2026000002,,\n"

func TestCSVIsReadInTheEncodingsSpreadsheetProgramsWrite(t *testing.T) {
	t.Parallel()
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(table))
	require.NoError(t, err)
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(strings.ReplaceAll(table, ",", "\t")))
	require.NoError(t, err)
	for name, content := range map[string][]byte{
		"UTF-8": []byte(table), "UTF-8 with mark": []byte("\xEF\xBB\xBF" + table), "GB18030": gb, "UTF-16 with tabs": wide,
		"semicolons and CRLF": []byte(strings.NewReplacer(",", ";", "\n", "\r\n").Replace(table)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sheet, err := roster.Read(bytes.NewReader(content), "pupils.csv")
			require.NoError(t, err)
			report := sheet.Check()
			require.Equal(t, 2, report.OK)
			require.Zero(t, report.Failed)
		})
	}
}

func TestRowsAreNumberedAsASpreadsheetProgramDoes(t *testing.T) {
	t.Parallel()
	content := "姓名,学号,备注\n张三,1,\"two\nlines\"\n\n,2,\n"
	sheet, err := roster.Read(strings.NewReader(content), "pupils.csv")
	require.NoError(t, err)
	require.Equal(t, []roster.Finding{{Row: 4, Code: roster.NameMissing, Column: "姓名"}}, sheet.Check().Errors)
}

func TestAWrongFileIsRefusedWithWhatAndWhere(t *testing.T) {
	t.Parallel()
	noNumber := workbook(t, func(book *excelize.File) { fill(t, book, "A3", "姓名", "班级", "年级") })
	for name, c := range map[string]struct {
		content []byte
		want    error
		text    string
	}{
		"empty":                       {nil, roster.ErrEmpty, "f: the file has no rows"},
		"only separators":             {[]byte(",,\n,,\n"), roster.ErrEmpty, "f: the file has no rows"},
		"an old workbook":             {[]byte("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 etc"), roster.ErrOldExcel, "f: an old .xls"},
		"a zip that is no workbook":   {[]byte("PK\x03\x04 etc"), roster.ErrFormat, "f: not an .xlsx"},
		"a picture":                   {[]byte("\x89PNG\r\n\x1a\n\x00\x00\x00"), roster.ErrFormat, "f: not an .xlsx"},
		"a web page":                  {[]byte("<html><table>"), roster.ErrFormat, "a web page"},
		"bytes of no encoding":        {[]byte("姓名,学号\n\xFF\xFF\xFF\xFF,1\n"), roster.ErrEncoding, "f: unknown text encoding"},
		"no headings":                 {[]byte("张三,2026000001\n"), roster.ErrNoHeader, "f: no heading row"},
		"a missing column":            {[]byte("note\n姓名,班级\n张三,1\n"), roster.ErrHeader, "f, row 2: heading row is not usable: missing column 学号"},
		"a column twice":              {[]byte("姓名,学号,学生姓名\n"), roster.ErrHeader, "two columns for 姓名"},
		"a stray quote":               {[]byte("姓名,学号\n张\"三,1\n"), roster.ErrFormat, "f, row 2"},
		"a workbook without a column": {noNumber, roster.ErrHeader, "f, sheet Sheet1, row 3: heading row is not usable: missing column 学号"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := roster.Read(bytes.NewReader(c.content), "f")
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.text)
			require.NotContains(t, err.Error(), "张", "errors quote no content")
			var where *roster.FileError
			require.ErrorAs(t, err, &where)
			require.Equal(t, "f", where.File)
		})
	}
}

func TestAFileTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	_, err := roster.Read(strings.NewReader(strings.Repeat("x", 33<<20)), "f")
	require.ErrorIs(t, err, roster.ErrTooLarge)
	_, err = roster.Read(strings.NewReader("姓名,学号\n"+strings.Repeat("a,1\n", 100_001)), "f")
	require.ErrorIs(t, err, roster.ErrTooLarge)
	require.ErrorContains(t, err, "row 100001")
}

func TestHeadingsAreFoundOnALaterSheetAndDecorated(t *testing.T) {
	t.Parallel()
	content := workbook(t, func(book *excelize.File) {
		fill(t, book, "A1", "填表说明")
		_, err := book.NewSheet("学生")
		require.NoError(t, err)
		require.NoError(t, book.SetSheetRow("学生", "B4", &[]string{"* 姓 名（必填）", "学号:", "父亲姓名", "父亲电话"}))
		require.NoError(t, book.SetSheetRow("学生", "B5", &[]string{"张 三", "A-01", "张大", "+86 138-0013-8000"}))
	})
	sheet, err := roster.Read(bytes.NewReader(content), "f")
	require.NoError(t, err)
	require.Equal(t, "学生", sheet.Name())
	report := sheet.Check()
	require.Equal(t, 1, report.OK)
	require.Equal(t, []roster.Finding{{Row: 5, Code: roster.Normalised}}, report.Normalised)
}

func TestWhatExcelDoesToNumbersIsFound(t *testing.T) {
	t.Parallel()
	content := workbook(t, func(book *excelize.File) {
		fill(t, book, "A1", "姓名", "学号", "身份证号", "班级", "家长手机", "证件类型")
		fill(t, book, "A2", "甲", "0012345678", "11010519491231002x", "1", "13800138000")
		fill(t, book, "A3", "乙", "", "", "", "")
		set := func(cell string, value any) { require.NoError(t, book.SetCellValue("Sheet1", cell, value)) }
		set("B3", 12345679)
		fill(t, book, "A4", "丙", "0012345680")
		set("C4", 110105194912310020)
		fill(t, book, "A5", "丁", "0012345681", "1.10105E+17")
		fill(t, book, "A6", "戊", "0012345682", "", "")
		set("D6", 46082)
		date, err := book.NewStyle(&excelize.Style{NumFmt: 16})
		require.NoError(t, err)
		require.NoError(t, book.SetCellStyle("Sheet1", "D6", "D6", date))
		set("E6", 13800138000)
		fill(t, book, "A7", "己")
		set("B7", 12345683)
		padded := "0000000000"
		zeros, err := book.NewStyle(&excelize.Style{CustomNumFmt: &padded})
		require.NoError(t, err)
		require.NoError(t, book.SetCellStyle("Sheet1", "B7", "B7", zeros))
		fill(t, book, "A8", "庚", "0012345684", "C12345678", "2", "", "护照")
		fill(t, book, "A9", "辛", "0012345683")
		require.NoError(t, book.SetRowVisible("Sheet1", 9, false))
	})
	sheet, err := roster.Read(bytes.NewReader(content), "f")
	require.NoError(t, err)
	report := sheet.Check()
	require.Equal(t, []roster.Finding{
		{Row: 3, Code: roster.StudentNoZerosLost, Column: "学号"},
		{Row: 4, Code: roster.IDPrecisionLost, Column: "身份证号"},
		{Row: 5, Code: roster.IDPrecisionLost, Column: "身份证号"},
		{Row: 6, Code: roster.ClassIsDate, Column: "班级"},
		{Row: 9, Code: roster.DuplicateStudentNo, Column: "学号"},
	}, report.Errors, "rows 7 (zeros by format) and 8 (passport) are fine, hidden row 9 is read")
	require.Equal(t, 3, report.OK)
}

func TestARowListsAllThatIsWrongAndCountsOnce(t *testing.T) {
	t.Parallel()
	content := "姓名,学号,身份证号,学籍号,手机,是否住宿\n,学号一,123,X1,12,也许\n张三,,,,,\n"
	sheet, err := roster.Read(strings.NewReader(content), "f")
	require.NoError(t, err)
	report := sheet.Check()
	var codes []roster.Code
	for _, finding := range report.Errors {
		codes = append(codes, finding.Code)
		require.NotEqual(t, string(finding.Code), finding.Code.Chinese())
		require.NotEqual(t, string(finding.Code), finding.Code.English())
	}
	require.Equal(t, []roster.Code{
		roster.NameMissing, roster.StudentNoInvalid, roster.IDInvalid, roster.RegistryNoInvalid,
		roster.PhoneInvalid, roster.BoardingUnknown, roster.StudentNoMissing,
	}, codes)
	require.Equal(t, 2, report.Failed)
	require.Equal(t, 2, report.Total())
}

func workbook(tb testing.TB, build func(*excelize.File)) []byte {
	tb.Helper()
	book := excelize.NewFile()
	defer func() { _ = book.Close() }()
	build(book)
	var content bytes.Buffer
	require.NoError(tb, book.Write(&content))
	return content.Bytes()
}

// fill writes texts to the right of a cell.
func fill(tb testing.TB, book *excelize.File, at string, texts ...string) {
	tb.Helper()
	require.NoError(tb, book.SetSheetRow("Sheet1", at, &texts))
}
