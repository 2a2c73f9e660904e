package canteen_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/qrcode"
	"github.com/campusledger/campusledger/qrcode/identity"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

func TestASaleTakesSubsidyThenWalletThenCredit(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		s := newShop(t, db)
		s.grant(t, ann, "3.00")
		s.topUp(t, ann, "5.00")
		sale := s.sale(t, ann, pork)
		sale.AllowCredit = true
		sold, err := s.counter.Sell(t.Context(), sale)
		require.NoError(t, err)
		require.NotZero(t, sold.At)
		require.Equal(t, canteen.Sold{
			ID: sale.ID, Seq: sold.Seq, At: sold.At, Date: firstDay(),
			Holder: "h102938", Merchant: merchant, Terminal: "T0001", Cashier: "cashier:12",
			Lines: []canteen.PricedLine{{Barcode: pork, Name: "红烧肉", Quantity: 1, Price: cny("9.00"), Total: cny("9.00")}},
			Total: cny("9.00"), FromSubsidy: cny("3.00"), FromWallet: cny("5.00"), FromArrears: cny("1.00"), Balance: cny("0.00"),
		}, sold)
		require.Equal(t, "9.00", s.balance(t, "merchant/"+merchant))
		require.Equal(t, "1.00", s.balance(t, "arrears/h102938"))

		record, err := s.book.Record(t.Context(), sale.ID)
		require.NoError(t, err)
		require.JSONEq(t, `{"lines":[{"barcode":"2000000100067","name":"红烧肉","price":"9.00","qty":1}],"terminal":"T0001"}`, string(record.Document))
		require.NotContains(t, string(record.Document), sale.Code)
	})
}

func TestTheSameSaleAgainIsTheSameSale(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	s.grant(t, ann, "4.00")
	s.topUp(t, ann, "20.00")
	sale := s.sale(t, ann, rice, pork)
	first, err := s.counter.Sell(t.Context(), sale)
	require.NoError(t, err)
	require.False(t, first.Replayed)
	first.Replayed = true

	for name, change := range map[string]func(){
		"at once":                       func() {},
		"after the price changed":       func() { s.importDishes(t, "菜品,单价,条码\n米饭,1.50,"+rice+"\n") },
		"after the dish was taken off":  func() { s.importDishes(t, "菜品,单价,条码,在售\n米饭,1.50,"+rice+",否\n") },
		"after a subsidy was granted":   func() { s.grant(t, ann, "8.00") },
		"after the card was lost":       func() { s.cards.set(ann, identity.ErrCardLost) },
		"on credit":                     func() { sale.AllowCredit = true },
		"with the barcode read rawly":   func() { sale.Lines[0].Barcode = " " + rice + "\r\n" },
		"from a card that is reissued":  func() { sale.Code = s.codeOf(t, ann, school, 2028) },
		"after the business day closed": sync.OnceFunc(func() { s.closeDay(t, firstDay()) }),
	} { // in any order, one upon the other
		change()
		again, err := s.counter.Sell(t.Context(), sale)
		require.NoError(t, err, name)
		require.Equal(t, first, again, name)
	}
	require.Equal(t, "10.00", s.balance(t, "merchant/"+merchant))
}

func TestAnIDIsGoodForOneSale(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	s.topUp(t, ann, "20.00")
	s.topUp(t, bob, "20.00")
	sale := s.sale(t, ann, rice)
	_, err := s.counter.Sell(t.Context(), sale)
	require.NoError(t, err)
	for field, change := range map[string]func(*canteen.Sale){
		"holder":   func(x *canteen.Sale) { x.Code = s.code(t, bob) },
		"merchant": func(x *canteen.Sale) { x.Merchant = "canteen2" },
		"terminal": func(x *canteen.Sale) { x.Terminal = "T0002" },
		"by":       func(x *canteen.Sale) { x.Cashier = "cashier:13" },
		"lines":    func(x *canteen.Sale) { x.Lines = append(x.Lines, x.Lines[0]) },
		"lines[0]": func(x *canteen.Sale) { x.Lines = []canteen.Line{{Barcode: rice, Quantity: 2}} },
		"kind":     func(x *canteen.Sale) { x.ID = topUpID(t, s) },
	} {
		other := sale
		change(&other)
		_, err := s.counter.Sell(t.Context(), other)
		var reused *ledger.IDReusedError
		require.ErrorAs(t, err, &reused, field)
		require.Equal(t, field, reused.Field)
	}
	require.Equal(t, "19.00", s.balance(t, "wallet/h102938"))
	require.Equal(t, "20.00", s.balance(t, "wallet/h555"))
}

// topUpID is the id of a record that is no sale.
func topUpID(t *testing.T, s *shop) uuid.UUID {
	t.Helper()
	for record, err := range s.book.Records(t.Context(), 0) {
		require.NoError(t, err)
		if record.Kind == "topup" {
			_, err := canteen.ReadSale(&record)
			require.ErrorIs(t, err, canteen.ErrNotSale)
			return record.ID
		}
	}
	require.Fail(t, "there is no top-up")
	return uuid.Nil
}

func TestRefusalsSayWhyAndLeaveNoTrace(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	s.topUp(t, ann, "5.00")
	s.topUp(t, bob, "100.00")
	_, err := s.book.ChangeAccount(t.Context(), ledger.Change{
		By: "test", ID: ledger.NewID(), Account: "wallet/h555", Why: "under inquiry", State: ledger.StateFrozen,
		Floor: cny("0.00"), Ceiling: cny("2000.00"),
	})
	require.NoError(t, err)
	forged := []byte(s.code(t, ann))
	forged[20] = 'A' + (forged[20]-'A'+1)%26

	shortfall := func(text string) func(*canteen.Refusal) {
		return func(r *canteen.Refusal) { r.Shortfall = cny(text) }
	}
	tests := []struct {
		name   string
		change func(*canteen.Sale)
		wrong  error // with ann's card
		reason canteen.Reason
		cause  error // wrong if nil
		expect func(*canteen.Refusal)
	}{
		{name: "a WeChat payment code", change: code("134567890123456789"), reason: canteen.ReasonPaymentCode},
		{name: "an Alipay payment code", change: code("2812345678901234"), reason: canteen.ReasonPaymentCode},
		{name: "a dish's barcode", change: code(rice), reason: canteen.ReasonDishCode},
		{name: "nothing", change: code(""), reason: canteen.ReasonUnreadable},
		{name: "half a code", change: code(s.code(t, ann)[:30]), reason: canteen.ReasonUnreadable, cause: qrcode.ErrTruncated},
		{name: "a forged code", change: code(string(forged)), reason: canteen.ReasonNotGenuine, cause: qrcode.ErrForged},
		{name: "another school's code", change: code(s.codeOf(t, ann, 103, 2027)), reason: canteen.ReasonOtherSchool, cause: qrcode.ErrOtherSchool},
		{name: "an expired code", change: code(s.codeOf(t, ann, school, 2026)), reason: canteen.ReasonExpired, cause: qrcode.ErrExpired},
		{name: "an unknown holder", wrong: identity.ErrUnknownHolder, reason: canteen.ReasonHolderUnknown},
		{name: "a holder who left", wrong: identity.ErrHolderLeft, reason: canteen.ReasonHolderLeft},
		{name: "a holder not open yet", wrong: identity.ErrNotOpen, reason: canteen.ReasonNotOpen},
		{name: "a card never issued", wrong: identity.ErrNoCard, reason: canteen.ReasonCardUnknown},
		{name: "a replaced card", wrong: identity.ErrCardVoid, reason: canteen.ReasonCardVoid},
		{name: "a lost card", wrong: identity.ErrCardLost, reason: canteen.ReasonCardLost},
		{name: "a blocked card", wrong: identity.ErrCardBlocked, reason: canteen.ReasonCardBlocked},
		{name: "a holder without accounts", change: code(s.code(t, 777)), reason: canteen.ReasonNotOpen, cause: ledger.ErrAccountUnknown},
		{name: "a frozen wallet", change: code(s.code(t, bob)), reason: canteen.ReasonFrozen, cause: ledger.ErrAccountFrozen},
		{name: "too little money", change: func(*canteen.Sale) {}, reason: canteen.ReasonInsufficient, cause: ledger.ErrInsufficient, expect: shortfall("4.00")},
		{name: "too much credit", change: func(x *canteen.Sale) {
			x.AllowCredit, x.Lines[0].Quantity = true, 7 // 63.00 of 5.00 and a limit of 50.00
		}, reason: canteen.ReasonArrearsLimit, cause: ledger.ErrAboveCeiling, expect: shortfall("8.00")},
	}
	before := s.head(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { // one after the other: they share ann's card
			sale := s.sale(t, ann, pork)
			if test.change != nil {
				test.change(&sale)
			}
			s.cards.set(ann, test.wrong)
			_, err := s.counter.Sell(t.Context(), sale)
			s.cards.set(ann, nil)

			require.ErrorIs(t, err, canteen.ErrRefused)
			var refusal *canteen.Refusal
			require.ErrorAs(t, err, &refusal)
			want := &canteen.Refusal{Reason: test.reason, Cause: refusal.Cause}
			if test.expect != nil {
				test.expect(want)
			}
			require.Equal(t, want, refusal)
			if cause := cmp.Or(test.cause, test.wrong); cause != nil {
				require.ErrorIs(t, err, cause)
			}
			for _, text := range []string{err.Error(), refusal.Chinese(), refusal.English()} {
				require.NotEmpty(t, text)
				require.NotRegexp(t, `102938|张|\d\.\d\d`, text, "a queue hears no holder and no amount")
			}
			require.Equal(t, before, s.head(t), "nothing was journaled")
		})
	}
}

func code(text string) func(*canteen.Sale) { return func(s *canteen.Sale) { s.Code = text } }

func TestARefusedSaleMayBeServedOnCredit(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	sale := s.sale(t, ann, pork)
	_, err := s.counter.Sell(t.Context(), sale)
	require.ErrorIs(t, err, ledger.ErrInsufficient)
	sale.AllowCredit = true
	sold, err := s.counter.Sell(t.Context(), sale)
	require.NoError(t, err)
	require.Equal(t, cny("9.00"), sold.FromArrears)
	require.False(t, sold.Replayed)
}

func TestFaultsAreNoRefusals(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	s.topUp(t, ann, "50.00")
	down := errors.New("directory is down")
	tests := map[string]struct {
		change func(*canteen.Sale)
		want   error
	}{
		"no id":               {func(x *canteen.Sale) { x.ID = uuid.Nil }, canteen.ErrInvalid},
		"no merchant":         {func(x *canteen.Sale) { x.Merchant = "" }, canteen.ErrInvalid},
		"no terminal":         {func(x *canteen.Sale) { x.Terminal = "" }, canteen.ErrInvalid},
		"no cashier":          {func(x *canteen.Sale) { x.Cashier = "" }, canteen.ErrInvalid},
		"no lines":            {func(x *canteen.Sale) { x.Lines = nil }, canteen.ErrInvalid},
		"an unknown dish":     {func(x *canteen.Sale) { x.Lines[0].Barcode = "2000000100173" }, canteen.ErrUnknownDish},
		"an unknown merchant": {func(x *canteen.Sale) { x.Merchant = "canteen9" }, ledger.ErrAccountUnknown},
		"a directory's fault": {func(*canteen.Sale) { s.cards.set(ann, down) }, down},
	}
	before := s.head(t)
	for name, test := range tests {
		sale := s.sale(t, ann, pork)
		test.change(&sale)
		_, err := s.counter.Sell(t.Context(), sale)
		s.cards.set(ann, nil)
		require.ErrorIs(t, err, test.want, name)
		require.NotErrorIs(t, err, canteen.ErrRefused, name)
	}
	require.Equal(t, before, s.head(t))
}

func TestConcurrentSalesNeverOverdrawAHolder(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		s := newShop(t, db)
		s.grant(t, ann, "30.00")
		s.topUp(t, ann, "60.50") // with the subsidy ten dishes and 0.50 left
		sales := make([]canteen.Sale, 64)
		for i := range sales {
			sales[i] = s.sale(t, ann, pork)
		}
		var sold, refused atomic.Int64
		var all sync.WaitGroup
		for i := range sales {
			all.Go(func() {
				_, err := s.counter.Sell(context.Background(), sales[i])
				switch {
				case err == nil:
					sold.Add(1)
				case errors.Is(err, ledger.ErrInsufficient) && errors.Is(err, canteen.ErrRefused):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		all.Wait()
		require.EqualValues(t, 10, sold.Load())
		require.EqualValues(t, 54, refused.Load())
		require.Equal(t, "90.00", s.balance(t, "merchant/"+merchant))
		require.Equal(t, "0.50", s.balance(t, "wallet/h102938"))
		require.Equal(t, "0.00", s.balance(t, "subsidy/h102938/meal"))
		require.Equal(t, "0.00", s.balance(t, "arrears/h102938"))
	})
}

func TestOneSaleSentManyTimesAtOnceIsMadeOnce(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	s.grant(t, ann, "4.00")
	s.topUp(t, ann, "100.00")
	sale := s.sale(t, ann, pork)
	var first atomic.Int64
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			if i%8 == 0 { // the price changes under their feet
				file := &canteen.DishFile{Dishes: []canteen.Dish{{Barcode: pork, Name: "红烧肉", Active: true, Price: cny(fmt.Sprintf("9.%02d", i))}}}
				_, err := s.menu.Import(context.Background(), file)
				if err != nil {
					t.Error(err)
				}
			}
			sold, err := s.counter.Sell(context.Background(), sale)
			if err != nil {
				t.Error(err)
			}
			if !sold.Replayed {
				first.Add(1)
			}
		})
	}
	all.Wait()
	require.EqualValues(t, 1, first.Load())
}

func TestAFrozenSubsidyIsLeftAloneAndTheWalletPays(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	s.grant(t, ann, "30.00")
	s.topUp(t, ann, "10.00")
	_, err := s.book.ChangeAccount(t.Context(), ledger.Change{
		By: "test", ID: ledger.NewID(), Account: "subsidy/h102938/meal", Why: "programme is over", State: ledger.StateFrozenDebits, Floor: cny("0.00"),
	})
	require.NoError(t, err)
	sold, err := s.counter.Sell(t.Context(), s.sale(t, ann, pork))
	require.NoError(t, err)
	require.Equal(t, cny("9.00"), sold.FromWallet)
}

func TestAGuardiansCapIsAReasonOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	s.topUp(t, ann, "100.00")
	_, err := s.book.ChangeAccount(t.Context(), ledger.Change{
		ID: ledger.NewID(), Account: "wallet/h102938", By: "guardian:1", Why: "asked for", State: ledger.StateOpen,
		Floor: cny("0.00"), Ceiling: cny("2000.00"),
		Limits: ledger.Limits{{Name: "guardian", Side: ledger.DebitSide, Per: ledger.PerDay, Max: cny("15.00")}},
	})
	require.NoError(t, err)
	_, err = s.counter.Sell(t.Context(), s.sale(t, ann, pork))
	require.NoError(t, err)
	_, err = s.counter.Sell(t.Context(), s.sale(t, ann, pork))
	var refusal *canteen.Refusal
	require.ErrorAs(t, err, &refusal)
	require.ErrorIs(t, err, ledger.ErrLimitExceeded)
	require.Equal(t, canteen.ReasonLimit, refusal.Reason)
	require.Equal(t, cny("3.00"), refusal.Shortfall, "9.00 of the 6.00 that are left")
}

func TestLookShowsAColourAndAMaskedName(t *testing.T) {
	t.Parallel()
	s := newShop(t, domaintest.SQLite(t))
	look := func() canteen.View {
		view, err := s.counter.Look(t.Context(), s.code(t, ann))
		require.NoError(t, err)
		return view
	}
	want := canteen.View{Holder: "h102938", Name: "张*三", Grade: "高一", Class: "1班", Level: canteen.LevelEmpty, Spendable: cny("0.00"), Owed: cny("0.00")}
	require.Equal(t, want, look())
	s.topUp(t, ann, "12.00")
	s.grant(t, ann, "7.99")
	want.Level, want.Spendable = canteen.LevelLow, cny("19.99")
	require.Equal(t, want, look())
	s.topUp(t, ann, "0.01")
	want.Level, want.Spendable = canteen.LevelGood, cny("20.00")
	require.Equal(t, want, look())

	sale := s.sale(t, ann, pork, pork, pork)
	sale.AllowCredit = true
	_, err := s.counter.Sell(t.Context(), sale)
	require.NoError(t, err)
	want.Level, want.Spendable, want.Owed = canteen.LevelOwing, cny("0.00"), cny("7.00")
	require.Equal(t, want, look())

	s.cards.set(ann, identity.ErrCardLost)
	_, err = s.counter.Look(t.Context(), s.code(t, ann))
	require.ErrorIs(t, err, identity.ErrCardLost)
	_, err = s.counter.Look(t.Context(), s.code(t, 777))
	require.ErrorIs(t, err, canteen.ErrRefused)
}

func TestACounterNeedsAllItsParts(t *testing.T) {
	t.Parallel()
	_, err := canteen.NewCounter(canteen.CounterParts{}, nil)
	require.ErrorIs(t, err, canteen.ErrInvalid)
	_, err = canteen.NewMerchants(canteen.MerchantParts{}, nil)
	require.ErrorIs(t, err, canteen.ErrInvalid)
	_, err = canteen.OpenMenu(t.Context(), domaintest.SQLite(t), 100_000, nil)
	require.ErrorIs(t, err, canteen.ErrInvalid)
}

func TestEveryReasonHasItsOwnSentences(t *testing.T) {
	t.Parallel()
	seen := make(map[string]canteen.Reason)
	for _, reason := range []canteen.Reason{
		canteen.ReasonPaymentCode, canteen.ReasonDishCode, canteen.ReasonUnreadable, canteen.ReasonNotGenuine,
		canteen.ReasonOtherSchool, canteen.ReasonExpired, canteen.ReasonHolderUnknown, canteen.ReasonHolderLeft,
		canteen.ReasonNotOpen, canteen.ReasonCardVoid, canteen.ReasonCardLost, canteen.ReasonCardBlocked,
		canteen.ReasonFrozen, canteen.ReasonInsufficient, canteen.ReasonArrearsLimit, canteen.ReasonLimit, "of a later release",
	} {
		for _, text := range []string{reason.Chinese(), reason.English()} {
			require.NotEmpty(t, text)
			require.NotContains(t, seen, text)
			seen[text] = reason
		}
	}
	require.Equal(t, canteen.ReasonHolderUnknown.Chinese(), canteen.ReasonCardUnknown.Chinese(), "a finder of cards learns nothing")
}
