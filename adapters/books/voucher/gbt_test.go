package voucher_test

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func gbt(t *testing.T, s *school, format voucher.Format, p voucher.Period) []byte {
	t.Helper()
	var file bytes.Buffer
	require.NoError(t, s.exporter(nil).WriteGBT(t.Context(), &file, format, p))
	return file.Bytes()
}

// element is an element as a general XML reader sees it.
type element struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []element `xml:",any"`
}

// gbtTables are the rows of each table, each by column.
type gbtTables map[string][]map[string]string

func readXML(t *testing.T, file []byte) gbtTables {
	t.Helper()
	var root element
	require.NoError(t, xml.Unmarshal(file, &root))
	tables := gbtTables{}
	for _, row := range root.Children {
		cells := map[string]string{}
		for _, cell := range row.Children {
			cells[cell.XMLName.Local] = cell.Text
		}
		tables[row.XMLName.Local] = append(tables[row.XMLName.Local], cells)
	}
	return tables
}

func readArchive(t *testing.T, file []byte) gbtTables {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	tables := gbtTables{}
	for _, part := range archive.File {
		content, err := part.Open()
		require.NoError(t, err)
		rows, err := csv.NewReader(content).ReadAll()
		require.NoError(t, err)
		name := strings.TrimSuffix(part.Name, ".csv")
		for _, row := range rows[1:] {
			cells := map[string]string{}
			for i, column := range rows[0] {
				cells[column] = row[i]
			}
			tables[name] = append(tables[name], cells)
		}
	}
	return tables
}

func TestGBTIsGolden(t *testing.T) {
	t.Parallel()
	s := played(t)
	file := gbt(t, s, voucher.GBTXML, september)
	requireGolden(t, "september.gbt.xml", file)
	archive := gbt(t, s, voucher.GBTCSV, september)
	requireGolden(t, "september.gbt.zip", archive)
	require.Equal(t, readXML(t, file), readArchive(t, archive), "both say the same")
	require.Contains(t, string(file), "未经认证", "nobody takes it for certified")
}

func TestGBTHasTheBaseFiles(t *testing.T) {
	t.Parallel()
	tables := readXML(t, gbt(t, played(t), voucher.GBTXML, september))
	require.Equal(t, []map[string]string{{
		"电子账簿编号": "7", "电子账簿名称": `第一中学, "No. 1"`, "会计核算单位": `第一中学, "No. 1"`, "组织机构代码": "", "单位性质": "", "行业": "",
		"开发单位": "campusledger", "版本号": "1", "本位币": "CNY", "会计年度": "2026", "标准版本号": "GB/T 24589（仅元素名称对应，未经认证）",
	}}, tables["电子账簿"])
	require.Equal(t, []map[string]string{{"会计年度": "2026", "会计期间号": "09", "会计期间起始日期": "20260901", "会计期间结束日期": "20260930"}}, tables["会计期间"])
	require.Equal(t, []map[string]string{{"记账凭证类型编号": "记", "记账凭证类型名称": "记账凭证", "记账凭证类型简称": "记"}}, tables["记账凭证类型"])
	require.Equal(t, []map[string]string{{"币种编码": "CNY", "币种名称": "人民币"}}, tables["币种"])
	subjects := map[string]map[string]string{}
	for _, row := range tables["会计科目"] {
		subjects[row["科目编号"]] = row
	}
	require.Len(t, subjects, 103+8)
	require.Equal(t, map[string]string{"科目编号": "230701", "科目名称": "学生预存款", "科目级次": "2", "科目类型": "负债", "余额方向": "贷", "会计体系": "01"}, subjects["230701"])
	require.Equal(t, map[string]string{"科目编号": "8001", "科目名称": "资金结存", "科目级次": "1", "科目类型": "预算结余", "余额方向": "借", "会计体系": "02"}, subjects["8001"])
	for _, row := range append(tables["记账凭证"], tables["科目余额及发生额"]...) {
		require.Contains(t, subjects, row["科目编号"], "every subject used is listed")
	}
}

func minor(t *testing.T, decimal string) int64 {
	t.Helper()
	amount, err := money.Parse(decimal, money.CNY)
	require.NoError(t, err)
	return amount.Minor()
}

// signed is a balance of the file, debit positive.
func signed(t *testing.T, row map[string]string, which string) int64 {
	t.Helper()
	amount := minor(t, row[which+"本币余额"])
	switch row[which+"余额方向"] {
	case "贷":
		return -amount
	case "平":
		require.Zero(t, amount)
	default:
		require.Equal(t, "借", row[which+"余额方向"])
	}
	return amount
}

// In each month the balances carry on from the month before, move by the
// vouchers of the month, and sum to nothing in each system.
func TestGBTBalancesFollowFromTheVouchers(t *testing.T) {
	t.Parallel()
	s := played(t)
	for n := 5; n <= 61; n++ { // to the end of October
		switch n {
		case 12, 33, 40:
			s.topUp("h1", "10")
		case 34:
			s.pay("bus-h1", campusDesk(), "50")
		}
		s.closeDay(n)
	}
	end := ledger.DateOf(2026, time.October, 31)
	requireChained(t, readXML(t, gbt(t, s, voucher.GBTXML, voucher.Period{From: day(1), To: end})), 2)
	october := readXML(t, gbt(t, s, voucher.GBTXML, voucher.Period{From: ledger.DateOf(2026, time.October, 1), To: end}))
	requireChained(t, october, 1)
	whole := readXML(t, gbt(t, s, voucher.GBTXML, voucher.Period{From: day(1), To: end}))
	var want []map[string]string
	for _, row := range whole["科目余额及发生额"] {
		if row["会计期间号"] == "10" {
			want = append(want, row)
		}
	}
	require.Equal(t, want, october["科目余额及发生额"], "a later export begins with what the earlier ended with, the budget too")
}

func requireChained(t *testing.T, tables gbtTables, months int) {
	t.Helper()
	key := func(row map[string]string) string {
		return row["科目编号"] + "/" + row["辅助项1编号"] + "/" + row["辅助项2编号"] + "/" + row["辅助项3编号"]
	}
	type turnover struct{ debits, credits int64 }
	posted := map[string]turnover{}
	for _, row := range tables["记账凭证"] {
		sum := posted[row["会计期间号"]+key(row)]
		sum.debits += minor(t, row["借方本币金额"])
		sum.credits += minor(t, row["贷方本币金额"])
		posted[row["会计期间号"]+key(row)] = sum
	}
	closings := map[string]int64{}
	systems := map[string]int64{}
	seen := map[string]bool{}
	for i, row := range tables["科目余额及发生额"] {
		seen[row["会计期间号"]] = true
		opening, closing := signed(t, row, "期初"), signed(t, row, "期末")
		if before, found := closings[key(row)]; found {
			require.Equal(t, before, opening, "row %d: %v", i, row)
		}
		moved := posted[row["会计期间号"]+key(row)]
		delete(posted, row["会计期间号"]+key(row))
		got := turnover{minor(t, row["借方本币金额"]), minor(t, row["贷方本币金额"])}
		require.Equal(t, moved, got, "row %d: %v", i, row)
		require.Equal(t, closing, opening+moved.debits-moved.credits)
		closings[key(row)] = closing
		systems[row["会计期间号"]+row["会计体系"]] += closing
	}
	require.Empty(t, posted, "every line is in a balance")
	require.Len(t, seen, months)
	require.Len(t, systems, 2*months)
	for system, sum := range systems {
		require.Zero(t, sum, system)
	}
}

func TestGBTWantsWholeMonthsOfAYear(t *testing.T) {
	t.Parallel()
	s := newSchool(t, storetest.NewMemory())
	for n := 1; n <= 130; n++ {
		s.closeDay(n)
	}
	for _, p := range []voucher.Period{
		{From: day(2), To: day(4)},
		{From: ledger.DateOf(2026, time.December, 1), To: ledger.DateOf(2027, time.January, 1)},
	} {
		require.ErrorIs(t, s.exporter(nil).WriteGBT(t.Context(), io.Discard, voucher.GBTXML, p), ledger.ErrInvalid)
	}
	january := voucher.Period{From: ledger.DateOf(2027, time.January, 1), To: ledger.DateOf(2027, time.January, 5)}
	require.NoError(t, s.exporter(nil).WriteGBT(t.Context(), io.Discard, voucher.GBTXML, january))
}

func TestBalancesAgreeWithTheLedger(t *testing.T) {
	t.Parallel()
	s := played(t)
	balances, err := s.exporter(nil).Balances(t.Context(), voucher.Period{From: day(2)})
	require.NoError(t, err)
	systems := map[voucher.System][3]int64{}
	for _, b := range balances {
		require.Equal(t, b.Closing.Minor(), b.Opening.Minor()+b.Debits.Minor()-b.Credits.Minor(), b.Subject.Code)
		sum := systems[b.Subject.System()]
		sum[0] += b.Opening.Minor()
		sum[1] += b.Debits.Minor() - b.Credits.Minor()
		sum[2] += b.Closing.Minor()
		systems[b.Subject.System()] = sum
		if b.Subject.Code == "230701" {
			require.Equal(t, []money.Amount{cny("-83.50"), cny("95.50"), cny("52.00"), cny("-40.00")}, []money.Amount{b.Opening, b.Debits, b.Credits, b.Closing})
		}
	}
	require.Equal(t, map[voucher.System][3]int64{voucher.Financial: {}, voucher.Budget: {}}, systems)

	_, err = s.exporter(nil).Balances(t.Context(), voucher.Period{From: day(6)})
	require.ErrorIs(t, err, ledger.ErrDateNotOpen, "the fifth is open")
	_, err = s.exporter(nil).Balances(t.Context(), voucher.Period{From: day(1), To: day(5)})
	require.ErrorIs(t, err, ledger.ErrInvalid)
	empty, err := s.exporter(nil).Balances(t.Context(), voucher.Period{From: day(1).AddDays(-9), To: day(1).AddDays(-1)})
	require.NoError(t, err)
	require.Empty(t, empty, "before the book began")
}

func TestBalancesFindATableThatContradictsTheJournal(t *testing.T) {
	t.Parallel()
	s := played(t)
	for account, want := range map[string]string{
		"bank/main":       "subject 1002: 1598.55 CNY by the journal, 1598.56 CNY by the ledger's balances",
		"suspense/wechat": "subject 1902: nothing by the journal",
	} {
		exporter, err := voucher.New(richer{s.store, account}, bookID, nil)
		require.NoError(t, err)
		_, err = exporter.Balances(t.Context(), voucher.Period{})
		require.ErrorIs(t, err, ledger.ErrCorrupt)
		require.ErrorContains(t, err, want)
	}
}

func TestWriteGBTEscapesTexts(t *testing.T) {
	t.Parallel()
	file := strings.Replace(string(voucher.DefaultMappingFile()), "学生预存款", "<学生>&预存款", 1)
	mapping, err := parse(t, file)
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, played(t).exporter(&voucher.Options{Mapping: mapping, Maker: "a&b"}).WriteGBT(t.Context(), &out, voucher.GBTXML, september))
	tables := readXML(t, out.Bytes())
	require.Equal(t, "a&b", tables["记账凭证"][0]["制单人"])
	require.Contains(t, out.String(), "<科目名称>&lt;学生&gt;&amp;预存款</科目名称>")
}
