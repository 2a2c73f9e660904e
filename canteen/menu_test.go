package canteen_test

import (
	"bytes"
	"database/sql"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

func TestImportSaysWhatItDidAndMayBeRepeated(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		menu, err := canteen.OpenMenu(t.Context(), db, school, nil)
		require.NoError(t, err)
		file, err := canteen.ReadDishes(bytes.NewReader(sampleDishes(t)), money.CNY)
		require.NoError(t, err)
		require.Empty(t, file.Problems)

		report, err := menu.DryRun(t.Context(), file)
		require.NoError(t, err)
		require.Equal(t, canteen.ImportReport{Created: 30, DryRun: true}, report)
		require.Empty(t, menu.Dishes(), "a dry run writes nothing")
		require.NoError(t, menu.Refresh(t.Context()))
		require.Empty(t, menu.Dishes(), "a dry run writes nothing to the database")

		report, err = menu.Import(t.Context(), file)
		require.NoError(t, err)
		require.Equal(t, canteen.ImportReport{Created: 30}, report)
		report, err = menu.Import(t.Context(), file)
		require.NoError(t, err)
		require.Equal(t, canteen.ImportReport{Unchanged: 30}, report)

		again, err := canteen.OpenMenu(t.Context(), db, school, nil)
		require.NoError(t, err)
		require.Equal(t, menu.Dishes(), again.Dishes(), "what is stored is what is sold")
		dish, ok := again.Dish(eggs + "\r\n")
		require.True(t, ok)
		require.Equal(t, canteen.Dish{
			Barcode: eggs, Name: "番茄炒蛋", Category: "菜", Price: cny("5.50"), Active: true,
			Nutrition: canteen.Nutrition{
				Known: true, PortionMg: 180_000, EnergyCal: 198_000, ProteinMg: 10_500, FatMg: 14_000,
				CarbohydrateMg: 8_200, CalciumUg: 66_000, IronUg: 2_400, VitaminCUg: 24_000,
			},
		}, dish)

		other, err := canteen.OpenMenu(t.Context(), db, school+1, nil)
		require.NoError(t, err)
		require.Empty(t, other.Dishes(), "schools share nothing")
	})
}

func TestImportUpdatesWhatDiffersAndLeavesTheRest(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		s := newShop(t, db)
		sibling, err := canteen.OpenMenu(t.Context(), db, school, nil)
		require.NoError(t, err)

		report := s.importDishes(t, "name,price,barcode,active\n米饭,1.20,"+rice+",\n番茄炒蛋,5.50,"+eggs+",否\n咸蛋,2,ABC-1,是\n")
		require.Equal(t, canteen.ImportReport{Created: 1, Updated: 2}, report)
		require.Len(t, s.menu.Dishes(), 4)

		quote, err := s.menu.Price([]canteen.Line{{Barcode: rice, Quantity: 2}, {Barcode: "abc-1", Quantity: 1}, {Barcode: pork, Quantity: 1}})
		require.NoError(t, err)
		require.Equal(t, cny("13.40"), quote.Total)
		require.Equal(t, canteen.PricedLine{Barcode: rice, Name: "米饭", Quantity: 2, Price: cny("1.20"), Total: cny("2.40")}, quote.Lines[0])

		_, err = s.menu.Price([]canteen.Line{{Barcode: rice, Quantity: 1}, {Barcode: eggs, Quantity: 1}})
		require.ErrorIs(t, err, canteen.ErrDishInactive)

		quote, err = sibling.Price([]canteen.Line{{Barcode: rice, Quantity: 1}})
		require.NoError(t, err)
		require.Equal(t, cny("1.00"), quote.Total, "another process sells as it knows")
		require.NoError(t, sibling.Refresh(t.Context()))
		require.Equal(t, s.menu.Dishes(), sibling.Dishes())
	})
}

func TestImportWithAFaultyRowWritesNothing(t *testing.T) {
	t.Parallel()
	menu, err := canteen.OpenMenu(t.Context(), domaintest.SQLite(t), school, nil)
	require.NoError(t, err)
	file, err := canteen.ReadDishes(strings.NewReader("菜品,单价,条码\n米饭,1.00,"+rice+"\n蛋,x,"+eggs+"\n"), money.CNY)
	require.NoError(t, err)
	report, err := menu.Import(t.Context(), file)
	require.ErrorIs(t, err, canteen.ErrDishRows)
	require.Equal(t, []canteen.RowProblem{{Line: 3, Column: "单价", Code: canteen.ProblemPriceFormat}}, report.Problems)
	require.Empty(t, menu.Dishes())

	_, err = menu.DryRun(t.Context(), &canteen.DishFile{Dishes: []canteen.Dish{{Barcode: rice, Name: "x", Price: money.MustParse("1", money.USD)}}})
	require.ErrorIs(t, err, canteen.ErrInvalid, "a menu has one currency")
}

func TestReadDishesTakesEveryUsualEncoding(t *testing.T) {
	t.Parallel()
	text := sampleDishes(t)
	gb, err := simplifiedchinese.GB18030.NewEncoder().Bytes(text)
	require.NoError(t, err)
	want, err := canteen.ReadDishes(bytes.NewReader(text), money.CNY)
	require.NoError(t, err)
	require.Len(t, want.Dishes, 30)
	for name, content := range map[string][]byte{
		"with a mark":            append([]byte("\xEF\xBB\xBF"), text...),
		"GB18030":                gb,
		"with CRLF":              bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")),
		"with units in brackets": bytes.Replace(text, []byte("份量g,能量kcal"), []byte("份量（g）, 热量 (kcal)"), 1),
		"with blank rows":        append(bytes.Clone(text), ",,,\n\n , \n"...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, err := canteen.ReadDishes(bytes.NewReader(content), money.CNY)
			require.NoError(t, err)
			require.Equal(t, want, file)
		})
	}
}

func TestReadDishesNamesEveryFaultyRow(t *testing.T) {
	t.Parallel()
	const header = "菜品,单价,条码,分类,在售,份量g,能量kcal,蛋白质g,脂肪g,碳水g,钙mg,铁mg,维生素Cmg,备注\n"
	const good = "米饭,1.00," + rice + "\n"
	for row, want := range map[string]canteen.RowProblem{
		",2," + eggs:                              {Column: "菜品", Code: canteen.ProblemNameMissing},
		strings.Repeat("蛋", 65) + ",2," + eggs:    {Column: "菜品", Code: canteen.ProblemNameLength},
		"蛋,," + eggs:                              {Column: "单价", Code: canteen.ProblemPriceMissing},
		"蛋,2元," + eggs:                            {Column: "单价", Code: canteen.ProblemPriceFormat},
		"蛋,1e2," + eggs:                           {Column: "单价", Code: canteen.ProblemPriceFormat},
		"蛋,2.001," + eggs:                         {Column: "单价", Code: canteen.ProblemPriceDecimals},
		"蛋,0," + eggs:                             {Column: "单价", Code: canteen.ProblemPriceRange},
		"蛋,-1," + eggs:                            {Column: "单价", Code: canteen.ProblemPriceRange},
		"蛋,99999999999999999999," + eggs:          {Column: "单价", Code: canteen.ProblemPriceRange},
		"蛋,2":                                     {Column: "条码", Code: canteen.ProblemBarcodeMissing},
		"蛋,2,2000000100051":                       {Column: "条码", Code: canteen.ProblemBarcodeCheck},
		"蛋,2,2E+12":                               {Column: "条码", Code: canteen.ProblemBarcodeFormat},
		"蛋,2,134567890123456789":                  {Column: "条码", Code: canteen.ProblemBarcodeFormat},
		"蛋,2," + rice:                             {Column: "条码", Code: canteen.ProblemBarcodeDuplicate},
		"蛋,2," + eggs + ",菜,也许":                   {Column: "在售", Code: canteen.ProblemActive},
		"蛋,2," + eggs + ",,,100":                  {Column: "能量kcal", Code: canteen.ProblemNutritionGap},
		"蛋,2," + eggs + ",,,1,2,3.0001,4,5,6,7,8": {Column: "蛋白质g", Code: canteen.ProblemNutrition},
		"蛋,2," + eggs + ",,,1,2,-3,4,5,6,7,8":     {Column: "蛋白质g", Code: canteen.ProblemNutrition},
	} {
		t.Run(string(want.Code)+" for "+row, func(t *testing.T) {
			t.Parallel()
			file, err := canteen.ReadDishes(strings.NewReader(header+good+row+"\n"), money.CNY)
			require.NoError(t, err)
			require.Len(t, file.Dishes, 1)
			require.Equal(t, []string{"备注"}, file.Ignored)
			want.Line = 3
			require.Equal(t, want, file.Problems[0])
		})
	}
}

func TestReadDishesRefusesWhatIsNoListOfDishes(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"an empty file":              "",
		"no barcode column":          "菜品,单价\n米饭,1\n",
		"two price columns":          "菜品,单价,价格,条码\n",
		"nutrients in other units":   "菜品,单价,条码,份量g,能量kJ\n",
		"a picture":                  "\x89PNG\r\n\x1a\n\x00\xff\xff\xff",
		"more than ten thousand":     "菜品,单价,条码\n" + strings.Repeat("a,1,A1\n", 10_001),
		"more than four mebibytes":   "菜品,单价,条码\n" + strings.Repeat(" ", 4<<20),
		"only the byte order mark":   "\uFEFF",
		"a quotation that never end": "菜品,单价,条码\n\"米饭,1,2",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := canteen.ReadDishes(strings.NewReader(content), money.CNY)
			require.ErrorIs(t, err, canteen.ErrDishFile)
		})
	}
}

func TestPriceSaysWhichLineIsWrong(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	s.importDishes(t, "菜品,单价,条码\n金,"+money.Of(math.MaxInt64/50, money.CNY).Decimal()+",GOLD\n")
	tests := map[string]struct {
		line canteen.Line
		kind qrcode.Kind
		err  error
	}{
		"a barcode on no dish":      {canteen.Line{Barcode: "2000000100173", Quantity: 1}, qrcode.KindEAN13, canteen.ErrUnknownDish},
		"a payment code by mistake": {canteen.Line{Barcode: "134567890123456789", Quantity: 1}, qrcode.KindWeChat, canteen.ErrUnknownDish},
		"a card by mistake":         {canteen.Line{Barcode: s.code(t, ann), Quantity: 1}, qrcode.KindStudent, canteen.ErrUnknownDish},
		"a line that is too much":   {canteen.Line{Barcode: "GOLD", Quantity: 51}, qrcode.KindShortDish, money.ErrOverflow},
		"a total that is too much":  {canteen.Line{Barcode: "GOLD", Quantity: 50}, qrcode.KindShortDish, money.ErrOverflow},
		"an empty text":             {canteen.Line{Barcode: "", Quantity: 1}, qrcode.KindUnknown, canteen.ErrUnknownDish},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := s.menu.Price([]canteen.Line{{Barcode: pork, Quantity: 99}, test.line})
			require.ErrorIs(t, err, test.err)
			var at *canteen.LineError
			require.ErrorAs(t, err, &at)
			require.Equal(t, 2, at.Line)
			require.Equal(t, test.kind, at.Kind)
			if test.line.Barcode != "" {
				require.NotContains(t, err.Error(), test.line.Barcode, "what was scanned stays out of errors")
			}
		})
	}
	for name, lines := range map[string][]canteen.Line{
		"no line":            nil,
		"too many lines":     make([]canteen.Line, 101),
		"no portion":         {{Barcode: rice}},
		"a hundred portions": {{Barcode: rice, Quantity: 100}},
		"negative portions":  {{Barcode: rice, Quantity: -1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := s.menu.Price(lines)
			require.ErrorIs(t, err, canteen.ErrInvalid)
		})
	}
}

func FuzzReadDishes(f *testing.F) {
	f.Add("菜品,单价,条码\n米饭,1.00," + rice + "\n")
	f.Add("name,price,barcode,份量g,能量kcal,蛋白质g,脂肪g,碳水g,钙mg,铁mg,维生素Cmg\na,1,AB,1,2,3,4,5,6,7,8\n")
	f.Add("菜品,单价,条码\n\"a\nb\",1,AB\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := canteen.ReadDishes(strings.NewReader(text), money.CNY)
		if err != nil {
			require.ErrorIs(t, err, canteen.ErrDishFile)
			return
		}
		seen := make(map[string]bool)
		for _, dish := range file.Dishes {
			require.NotEmpty(t, dish.Name)
			require.Positive(t, dish.Price.Sign())
			kind := qrcode.Classify(dish.Barcode).Kind
			require.Contains(t, []qrcode.Kind{qrcode.KindEAN13, qrcode.KindShortDish}, kind)
			require.False(t, seen[dish.Barcode])
			seen[dish.Barcode] = true
			require.GreaterOrEqual(t, dish.Nutrition.ProteinMg, int64(0))
		}
	})
}
