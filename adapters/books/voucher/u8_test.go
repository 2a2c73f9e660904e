package voucher_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/campusledger/campusledger/adapters/books/voucher"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// requireGolden compares a file with that in testdata. With
// CAMPUSLEDGER_TEST_GOLDEN=write it is written anew: look at what git says.
func requireGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if os.Getenv("CAMPUSLEDGER_TEST_GOLDEN") == "write" {
		require.NoError(t, os.WriteFile(file, got, 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, bytes.Equal(want, got), "%s differs", file)
}

func u8(t *testing.T, s *school, options *voucher.Options, p voucher.Period) []byte {
	t.Helper()
	var file bytes.Buffer
	require.NoError(t, s.exporter(options).WriteU8(t.Context(), &file, p))
	return file.Bytes()
}

// u8Row is a line of a U8 file as another program would read it.
type u8Row struct {
	date, number, code, items string
	debit, credit             money.Amount
}

// readU8 reads a file strictly, by what is known of the format.
func readU8(t *testing.T, file []byte) []u8Row {
	t.Helper()
	text, err := simplifiedchinese.GBK.NewDecoder().String(string(file))
	require.NoError(t, err)
	body, found := strings.CutPrefix(text, "填制凭证,V800\r\n")
	require.True(t, found)
	require.NotContains(t, strings.ReplaceAll(body, "\r\n", ""), "\n")
	body, found = strings.CutSuffix(body, "\r\n")
	require.True(t, found)
	var rows []u8Row
	done := map[string]bool{}
	for line := range strings.SplitSeq(body, "\r\n") {
		cells := strings.Split(line, ",")
		require.Len(t, cells, 21, "no text has a comma")
		require.Equal(t, []string{"记", "0"}, []string{cells[1], cells[3]})
		abstract, err := simplifiedchinese.GBK.NewEncoder().String(cells[4])
		require.NoError(t, err)
		require.LessOrEqual(t, len(abstract), 60)
		require.LessOrEqual(t, len(cells[5]), 15)
		debit, err := money.Parse(cells[6], money.CNY)
		require.NoError(t, err)
		credit, err := money.Parse(cells[7], money.CNY)
		require.NoError(t, err)
		require.NotEqual(t, debit.IsZero(), credit.IsZero(), "exactly one side")
		voucher := cells[0] + cells[2]
		if len(rows) > 0 && rows[len(rows)-1].date+rows[len(rows)-1].number != voucher {
			require.False(t, done[voucher], "the lines of a voucher are adjacent")
		}
		done[voucher] = true
		rows = append(rows, u8Row{cells[0], cells[2], cells[5], cells[17] + cells[18] + cells[20] + cells[15], debit, credit})
	}
	return rows
}

func TestU8IsGolden(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*testing.T) ledger.Store{
		"sqlite": openSQLite, "postgres": openPostgres, "memory": func(*testing.T) ledger.Store { return storetest.NewMemory() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSchool(t, open(t))
			s.play()
			requireGolden(t, "september.u8.txt", u8(t, s, nil, september))
		})
	}
}

// What the U8 file sums to, read by its own reader, is what the ledger's own
// trial balance says, control account by control account.
func TestU8SumsToTheTrialBalance(t *testing.T) {
	t.Parallel()
	s := played(t)
	totals, err := s.book.TrialBalanceAt(t.Context(), day(4))
	require.NoError(t, err)
	type turnover struct{ debits, credits int64 }
	want := map[string]turnover{}
	for _, total := range totals {
		code := strings.ReplaceAll(total.Control, ".", "")
		if total.Debits != 0 || total.Credits != 0 {
			want[code] = turnover{total.Debits, total.Credits}
		}
	}
	got := map[string]turnover{}
	budget := int64(0)
	for _, row := range readU8(t, u8(t, s, nil, september)) {
		code := row.code
		if code > "6" {
			budget += row.debit.Minor() - row.credit.Minor()
			continue
		}
		if code == "121802" { // the receivables of fees for others are in the control account 1212
			code = "1212"
		}
		sum := got[code]
		sum.debits += row.debit.Minor()
		sum.credits += row.credit.Minor()
		got[code] = sum
	}
	require.NotEmpty(t, want)
	require.Equal(t, want, got)
	require.Zero(t, budget)
}

func TestU8PutsItemsWhereU8LooksForThem(t *testing.T) {
	t.Parallel()
	s := played(t)
	file := strings.NewReplacer(
		"clearing,,1021,1021,其他货币资金,资金,,,", "clearing,,1021,1021,其他货币资金,资金,{2},,财务处",
	).Replace(string(voucher.DefaultMappingFile()))
	mapping, err := parse(t, file)
	require.NoError(t, err)
	text, err := simplifiedchinese.GBK.NewDecoder().Bytes(u8(t, s, &voucher.Options{Mapping: mapping, Word: "校", Maker: "王会计"}, september))
	require.NoError(t, err)
	require.Contains(t, string(text), "\r\n2026-09-04,校,3,0,支付结算 记录30,1021,0.00,1150.00,,,,王会计,,,,财务处,,wechat,,,\r\n", "a partner of assets is a customer")
	require.Contains(t, string(text), "\r\n2026-09-04,校,3,0,商户清算 记录31,230703,45.00,0.00,,,,王会计,,,,,,,canteen1,,\r\n", "one of liabilities a supplier")
	require.Contains(t, string(text), "\r\n2026-09-01,校,1,0,发补助 记录5,230705,4.00,0.00,,,,王会计,,,,,,,,,meal\r\n")
}

func TestU8RefusesWhatItCannotHold(t *testing.T) {
	t.Parallel()
	s := played(t)
	for name, c := range map[string]struct {
		options voucher.Options
		want    string
	}{
		"a character that GBK lacks": {voucher.Options{Maker: "王𠮷"}, "U8 line 2: has a character that GBK lacks: '𠮷'"},
		"an item that is too long":   {voucher.Options{Mapping: withProject(t, "一二三四五六七八九十x")}, `voucher of 2026-09-01, subject 230705: "一二三四五六七八九十x" has more than 20 bytes`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := s.exporter(&c.options).WriteU8(t.Context(), &bytes.Buffer{}, september)
			require.ErrorIs(t, err, voucher.ErrText)
			require.ErrorContains(t, err, c.want)
		})
	}
	t.Run("an amount that is too long", func(t *testing.T) {
		t.Parallel()
		s := newSchool(t, storetest.NewMemory())
		pay := func(amount string) error {
			s.post(ledger.Transaction{ID: s.event().ID, Kind: "gift", Postings: []ledger.Posting{
				ledger.Debit("bank/main", cny(amount)), ledger.Credit("fund/meal", cny(amount)),
			}})
			s.closeDay(s.n)
			return s.exporter(nil).WriteU8(t.Context(), &bytes.Buffer{}, voucher.Period{From: day(s.n), To: day(s.n)})
		}
		require.NoError(t, pay("9999999999999.99"))
		require.ErrorIs(t, pay("10000000000000.00"), voucher.ErrText)
	})
}

func withProject(t *testing.T, project string) *voucher.Mapping {
	t.Helper()
	mapping, err := parse(t, strings.Replace(string(voucher.DefaultMappingFile()), "补助资金,代管,,{2}", "补助资金,代管,,"+project, 1))
	require.NoError(t, err)
	return mapping
}

func TestAbstractSaysWhatHappenedAndWhere(t *testing.T) {
	t.Parallel()
	line := voucher.Line{Records: 13, First: 12, Last: 890, Kinds: []string{"sale", "fee.paid", "topup.unapplied", "ledger.reverse"}}
	for bytesMax, want := range map[int]string{
		60: "消费、缴费、待查充值、冲销 记录12-890共13笔",
		43: "消费、缴费、待查充值、冲销 记录12-890共13笔",
		42: "消费、缴费、待查充值等 记录12-890共13笔",
		39: "消费、缴费、待查充值等 记录12-890共13笔",
		38: "消费、缴费等 记录12-890共13笔",
		28: "消费等 记录12-890共13笔",
		22: "消等 记录12-890共13笔",
		19: "等 记录12-890共13笔",
	} {
		require.Equal(t, want, line.Abstract(bytesMax), "%d bytes", bytesMax)
	}
	require.Equal(t, "消费 记录12", voucher.Line{Records: 1, First: 12, Last: 12, Kinds: []string{"sale"}}.Abstract(60))
	long := voucher.Line{Records: 1, First: 12, Last: 12, Kinds: []string{strings.Repeat("kind.", 12)}}
	require.Equal(t, strings.Repeat("kind.", 10)+"k等 记录12", long.Abstract(60), "a kind of the school's own")
}
