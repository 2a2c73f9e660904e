package billing_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

func TestReadItems(t *testing.T) {
	t.Parallel()
	uniform := billing.SheetRow{Row: 4, Item: billing.Item{
		Name: "校服费", Nature: campus.Agency, Grades: []string{"初一", "高一"},
		Amount: yuan("286.50"), Due: ledger.DateOf(2026, time.September, 30), Voluntary: true,
	}}

	t.Run("reads the sample sheet", func(t *testing.T) {
		t.Parallel()
		rows, err := billing.ReadItems(strings.NewReader(readFees(t)), money.CNY)
		require.NoError(t, err)
		require.Len(t, rows, 5)
		require.Equal(t, uniform, rows[2])
		require.Equal(t, campus.Administrative, rows[0].Item.Nature)
		require.Equal(t, campus.Service, rows[3].Item.Nature)
	})
	t.Run("reads GBK as spreadsheets write it", func(t *testing.T) {
		t.Parallel()
		text, err := simplifiedchinese.GBK.NewEncoder().String(readFees(t))
		require.NoError(t, err)
		rows, err := billing.ReadItems(strings.NewReader(text), money.CNY)
		require.NoError(t, err)
		require.Equal(t, uniform, rows[2])
	})
	t.Run("takes a byte order mark, columns in any order, other columns and blank rows", func(t *testing.T) {
		t.Parallel()
		sheet := "\ufeff自愿,备注,金额,年级,性质,截止日期,缴费项目\r\n,,,,,,\r\n是,x,286.50, 初一；高一;初一 ,代收费,2026/9/30, 校服费 \r\n"
		rows, err := billing.ReadItems(strings.NewReader(sheet), money.CNY)
		require.NoError(t, err)
		want := uniform
		want.Row = 3
		require.Equal(t, []billing.SheetRow{want}, rows)
	})
	t.Run("lists every fault with row, column and code", func(t *testing.T) {
		t.Parallel()
		sheet := heading +
			",代收,;；,12.345,2026-02-30,也许\n" +
			"好,代收费,高一,-1,2026-09-20,是\n" +
			"好,代收费,高一,99999999999999999999,2026-09-20,是\n" +
			"短,代收费\n" +
			strings.Repeat("长", 43) + ",代收费," + strings.Repeat("级", 22) + ",1000000.01,20260920,否\n"
		_, err := billing.ReadItems(strings.NewReader(sheet), money.CNY)
		var failed *billing.ImportError
		require.ErrorAs(t, err, &failed)
		require.ErrorIs(t, err, billing.ErrImport)
		require.Equal(t, []billing.RowError{
			{Row: 2, Column: "缴费项目", Code: billing.NameMissing},
			{Row: 2, Column: "性质", Code: billing.NatureUnknown},
			{Row: 2, Column: "年级", Code: billing.GradesMissing},
			{Row: 2, Column: "金额", Code: billing.AmountInvalid},
			{Row: 2, Column: "截止日期", Code: billing.DueDateInvalid},
			{Row: 2, Column: "自愿", Code: billing.VoluntaryUnknown},
			{Row: 3, Column: "金额", Code: billing.AmountRange},
			{Row: 4, Column: "金额", Code: billing.AmountRange},
			{Row: 4, Column: "缴费项目", Code: billing.NameTwice},
			{Row: 5, Column: "年级", Code: billing.GradesMissing},
			{Row: 5, Column: "金额", Code: billing.AmountInvalid},
			{Row: 5, Column: "截止日期", Code: billing.DueDateInvalid},
			{Row: 5, Column: "自愿", Code: billing.VoluntaryUnknown},
			{Row: 6, Column: "缴费项目", Code: billing.NameInvalid},
			{Row: 6, Column: "年级", Code: billing.GradesInvalid},
			{Row: 6, Column: "金额", Code: billing.AmountRange},
			{Row: 6, Column: "截止日期", Code: billing.DueDateInvalid},
		}, failed.Rows)
		for _, row := range failed.Rows {
			require.NotEmpty(t, row.Code.Chinese(), row.Code)
		}
		require.EqualError(t, err, "fee items were not imported: row 2, 缴费项目: name_missing; "+
			"row 2, 性质: nature_unknown; row 2, 年级: grades_missing; 14 more")
	})

	for name, test := range map[string]struct {
		sheet string
		want  billing.RowError
	}{
		"refuses an empty file":              {"", billing.RowError{Row: 1, Column: "缴费项目", Code: billing.ColumnMissing}},
		"refuses a heading without a column": {"缴费项目,性质,年级,金额,截止日期\n", billing.RowError{Row: 1, Column: "自愿", Code: billing.ColumnMissing}},
		"refuses a heading with a column twice": {
			"缴费项目,性质,年级,金额,截止日期,自愿,金额\n", billing.RowError{Row: 1, Column: "金额", Code: billing.ColumnTwice},
		},
		"refuses quotes that do not match": {heading + "\"学费,代收费\n", billing.RowError{Row: 2, Code: billing.SheetMalformed}},
		"refuses bytes that are no text":   {"\xff\xff\x00", billing.RowError{Row: 1, Code: billing.SheetMalformed}},
		"refuses a file that is too large": {strings.Repeat(" ", 1<<20+1), billing.RowError{Row: 1, Code: billing.SheetTooLarge}},
		"refuses too many rows": {
			heading + strings.Repeat("a\n", 5001), billing.RowError{Row: 5002, Code: billing.SheetTooLarge},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := billing.ReadItems(strings.NewReader(test.sheet), money.CNY)
			var failed *billing.ImportError
			require.ErrorAs(t, err, &failed)
			require.Contains(t, failed.Rows, test.want)
		})
	}
}

// FuzzReadItems looks for sheets that make an item no table or ledger takes.
func FuzzReadItems(f *testing.F) {
	f.Add([]byte(readFees(f)))
	f.Add([]byte(heading + "a,代收费,高一；高二,1,2026/9/1,是\n\n\"b\nc\",代收费,高一,1,2026-09-01,否"))
	f.Fuzz(func(t *testing.T, sheet []byte) {
		rows, err := billing.ReadItems(strings.NewReader(string(sheet)), money.CNY)
		if err != nil {
			var failed *billing.ImportError
			require.ErrorAs(t, err, &failed)
			require.NotEmpty(t, failed.Rows)
			return
		}
		names := make(map[string]bool)
		for _, row := range rows {
			item := row.Item
			require.False(t, names[item.Name])
			names[item.Name] = true
			require.NotEmpty(t, item.Name)
			require.True(t, item.Nature.Valid())
			require.Positive(t, item.Amount.Sign())
			require.NotEmpty(t, item.Grades)
			require.NotContains(t, strings.Join(item.Grades, ""), ";")
			require.Len(t, item.Due.String(), 10)
			require.NotContains(t, item.Name+strings.Join(item.Grades, ""), "\x00")
		}
	})
}

func TestImportItems(t *testing.T) {
	t.Parallel()
	t.Run("creates items and may be repeated", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			report, err := s.ImportItems(t.Context(), billing.ItemImport{Sheet: strings.NewReader(readFees(t))})
			require.NoError(t, err)
			require.Equal(t, 5, report.Created)
			again, err := s.ImportItems(t.Context(), billing.ItemImport{Sheet: strings.NewReader(readFees(t))})
			require.NoError(t, err)
			require.Equal(t, 5, again.Unchanged)
			require.Zero(t, again.Created+again.Changed)
			items, err := s.Items(t.Context())
			require.NoError(t, err)
			require.ElementsMatch(t, report.Items, items)
			require.Equal(t, "作业本费", items[0].Name, "by due date")
		})
	})
	t.Run("a dry run tells the same and writes nothing", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			report, err := s.ImportItems(t.Context(), billing.ItemImport{Sheet: strings.NewReader(readFees(t)), DryRun: true})
			require.NoError(t, err)
			require.True(t, report.DryRun)
			require.Equal(t, 5, report.Created)
			items, err := s.Items(t.Context())
			require.NoError(t, err)
			require.Empty(t, items)
		})
	})
	t.Run("writes none if one row is wrong", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			sheet := heading + "学费,行政事业性收费,高一,1000.00,2026-09-20,否\n书费,代收费,高一,0,2026-09-20,否\n"
			_, err := s.ImportItems(t.Context(), billing.ItemImport{Sheet: strings.NewReader(sheet)})
			require.ErrorIs(t, err, billing.ErrImport)
			items, err := s.Items(t.Context())
			require.NoError(t, err)
			require.Empty(t, items)
		})
	})
	t.Run("changes an item of the same name, also what it charges, before it is billed", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			before := s.put(t, "学费,行政事业性收费,高一,1000.00,2026-09-20,否")[0]
			after := s.put(t, "学费,服务性收费,高一;高二,900.00,2026-09-21,是")[0]
			require.Equal(t, before.ID, after.ID)
			stored, err := s.Item(t.Context(), before.ID)
			require.NoError(t, err)
			require.Equal(t, after, stored)
			require.Equal(t, yuan("900.00"), stored.Amount)
		})
	})
	t.Run("keeps what a billed item charges", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			item := s.tuition(t)
			for _, row := range []string{
				"学费,行政事业性收费,高一,1000.01,2026-09-20,否",
				"学费,服务性收费,高一,1000.00,2026-09-20,否",
				"学费,行政事业性收费,高一,1000.00,2026-09-20,是",
			} {
				_, err := s.ImportItems(t.Context(), billing.ItemImport{Sheet: strings.NewReader(heading + row), DryRun: true})
				var failed *billing.ImportError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, []billing.RowError{{Row: 2, Code: billing.ItemBilled}}, failed.Rows)
			}
			stored, err := s.Item(t.Context(), item.ID)
			require.NoError(t, err)
			require.True(t, stored.Billed)
			require.Equal(t, item.Amount, stored.Amount)
		})
	})
	t.Run("moves the due date of an item and of its bills", func(t *testing.T) {
		t.Parallel()
		each(t, func(t *testing.T, s *school) {
			s.tuition(t)
			item := s.put(t, "学费,行政事业性收费,高一,1000.00,2026-10-08,否")[0]
			require.Equal(t, item.Due, s.bill(t, billing.BillIDOf(item.ID, "h2")).Due)
		})
	})
}

func TestItemIDOf(t *testing.T) {
	t.Parallel()
	// Fixed for ever: ledger accounts are named by it.
	require.Equal(t, billing.ItemID("5qnloq99210n1ddi"), billing.ItemIDOf(1, "学费"))
	require.NotEqual(t, billing.ItemIDOf(1, "学费"), billing.ItemIDOf(2, "学费"))
	require.NotEqual(t, billing.ItemIDOf(1, "1/学费"), billing.ItemIDOf(11, "学费"))
}
