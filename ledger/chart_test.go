package ledger_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// families are a chart with a longer path below a shorter one, and a family of
// any currency.
func families() []ledger.Family {
	return []ledger.Family{
		{
			Path: "wallet", Control: "2307.01", Side: ledger.CreditSide, Currency: money.CNY,
			Floor: cny("0"), Ceiling: cny("500"), Limits: ledger.Limits{perDay("50")},
		},
		{Path: "wallet/staff", Control: "2307.09", Side: ledger.CreditSide, Currency: money.CNY},
		{Path: "position", Control: "3999", Side: ledger.CreditSide},
		{Path: "expense/gateway", Control: "5001", Side: ledger.DebitSide, Currency: money.CNY},
	}
}

func charted(t *testing.T) *ledger.Book {
	t.Helper()
	book := newBook(t, newMemory())
	_, err := book.SetChart(t.Context(), ledger.Chart{ID: ledger.NewID(), By: "finance:1", Why: "new year", Families: families()})
	require.NoError(t, err)
	return book
}

func open(t *testing.T, book *ledger.Book, spec ledger.AccountSpec) (ledger.AccountSpec, error) {
	t.Helper()
	receipt, err := book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{spec}})
	if err != nil {
		return ledger.AccountSpec{}, err
	}
	return receipt.Record.Accounts[0], nil
}

func TestAccountsAreOpenedUnderAFamily(t *testing.T) {
	t.Parallel()
	book := charted(t)
	wallet, err := open(t, book, ledger.AccountSpec{Path: "wallet/c"})
	require.NoError(t, err)
	require.Equal(t, ledger.AccountSpec{
		Path: "wallet/c", Control: "2307.01", Side: ledger.CreditSide, Currency: money.CNY,
		Floor: cny("0"), Ceiling: cny("500"), Limits: ledger.Limits{perDay("50")}, State: ledger.StateOpen,
	}, wallet)
	own, err := open(t, book, ledger.AccountSpec{Path: "wallet/d", Ceiling: cny("9"), Limits: ledger.Limits{perDay("1")}, State: ledger.StateFrozen})
	require.NoError(t, err)
	require.Equal(t, cny("9"), own.Ceiling)
	require.Equal(t, ledger.Limits{perDay("1")}, own.Limits)
	require.Equal(t, cny("0"), own.Floor, "what was not given is the family's")
	staff, err := open(t, book, ledger.AccountSpec{Path: "wallet/staff/x"})
	require.NoError(t, err)
	require.Equal(t, "2307.09", staff.Control, "the longer family is the account's")
	yen, err := money.ParseCurrency("JPY")
	require.NoError(t, err)
	position, err := open(t, book, ledger.AccountSpec{Path: "position/JPY", Currency: yen})
	require.NoError(t, err)
	require.Equal(t, yen, position.Currency)
	_, err = open(t, book, ledger.AccountSpec{Path: "expense/gateway"})
	require.NoError(t, err, "a family may be one account")

	for code, spec := range map[string]ledger.AccountSpec{
		"family_unknown":  {Path: "walletx/c"},
		"family_mismatch": {Path: "wallet/e", Side: ledger.DebitSide},
		"invalid":         {Path: "position/none"},
		"account_exists":  {Path: "wallet/c"},
	} {
		_, err := open(t, book, spec)
		require.Equal(t, code, ledger.CodeOf(err), "%v", err)
	}
	for _, spec := range []ledger.AccountSpec{{Path: "wallet/e", Currency: yen}, {Path: "wallet/e", Control: "1002"}} {
		_, err := open(t, book, spec)
		require.ErrorIs(t, err, ledger.ErrFamilyMismatch)
	}
}

func TestMalformedAccountsAreRefusedWhateverTheBookHolds(t *testing.T) {
	t.Parallel()
	book := charted(t)
	bad := perDay("1")
	bad.Name = ""
	for name, spec := range map[string]ledger.AccountSpec{
		"a control account": {Path: "walletx/c", Control: "a b"},
		"a side":            {Path: "walletx/c", Side: 7},
		"bounds":            {Path: "walletx/c", Currency: money.CNY, Floor: cny("2"), Ceiling: cny("1")},
		"a limit":           {Path: "walletx/c", Limits: ledger.Limits{bad}},
		"a state":           {Path: "walletx/c", State: "odd"},
	} {
		_, err := open(t, book, spec)
		require.ErrorIs(t, err, ledger.ErrInvalid, name)
	}
	_, err := book.ChangeAccount(t.Context(), ledger.Change{
		By: "test", ID: ledger.NewID(), Why: "test", Account: "nobody", Limits: ledger.Limits{bad}, State: ledger.StateOpen,
	})
	require.ErrorIs(t, err, ledger.ErrInvalid)
}

func TestOpeningUnderAChartIsReplayed(t *testing.T) {
	t.Parallel()
	book := charted(t)
	opening := ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{{Path: "wallet/c"}}}
	for i := range 2 {
		receipt, err := book.OpenAccounts(t.Context(), opening)
		require.NoError(t, err)
		require.Equal(t, i == 1, receipt.Replayed)
	}
	opening.Accounts[0].Ceiling = cny("499")
	_, err := book.OpenAccounts(t.Context(), opening)
	require.ErrorIs(t, err, ledger.ErrIDReused)
}

func TestLaterChartTakesThePlaceOfTheEarlier(t *testing.T) {
	t.Parallel()
	book := charted(t)
	later := ledger.Chart{By: "test", ID: ledger.NewID(), Why: "smaller", Families: families()[1:]}
	receipt, err := book.SetChart(t.Context(), later)
	require.NoError(t, err)
	require.NotZero(t, receipt.Record.Prev, "a chart names the one before")
	again, err := book.SetChart(t.Context(), later)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	later.Families = families()
	_, err = book.SetChart(t.Context(), later)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	_, err = open(t, book, ledger.AccountSpec{Path: "wallet/c"})
	require.ErrorIs(t, err, ledger.ErrFamilyUnknown)
	chart, err := book.Chart(t.Context())
	require.NoError(t, err)
	require.Equal(t, families()[1:], chart)
	_, err = book.Post(t.Context(), topUp("1"))
	require.NoError(t, err, "open accounts stay as they are")
}

func TestChartsThatNoBookCanHave(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	for name, change := range map[string]func(*ledger.Chart){
		"no id":                    func(c *ledger.Chart) { c.ID = [16]byte{} },
		"no reason":                func(c *ledger.Chart) { c.Why = "" },
		"no families":              func(c *ledger.Chart) { c.Families = nil },
		"one twice":                func(c *ledger.Chart) { c.Families = append(c.Families, c.Families[0]) },
		"no control account":       func(c *ledger.Chart) { c.Families[0].Control = "" },
		"no side":                  func(c *ledger.Chart) { c.Families[0].Side = 0 },
		"a path that is none":      func(c *ledger.Chart) { c.Families[0].Path = "wallet/" },
		"bounds without currency":  func(c *ledger.Chart) { c.Families[2].Floor = cny("0") },
		"a limit of another money": func(c *ledger.Chart) { c.Families[0].Limits[0].Max = money.Of(1, money.USD) },
	} {
		chart := ledger.Chart{By: "test", ID: ledger.NewID(), Why: "test", Families: families()}
		change(&chart)
		_, err := book.SetChart(t.Context(), chart)
		require.ErrorIs(t, err, ledger.ErrInvalid, name)
	}
	none, err := book.Chart(t.Context())
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestMetadataIsCanonicalAndSmall(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	spec := testSpecs()[0]
	spec.Path, spec.Metadata = "wallet/c", json.RawMessage(` {"b": 1, "a": "x"} `)
	opened, err := open(t, book, spec)
	require.NoError(t, err)
	require.Equal(t, `{"a":"x","b":1}`, string(opened.Metadata))
	_, err = book.ChangeAccount(t.Context(), ledger.Change{
		By: "test", ID: ledger.NewID(), Why: "moved", Account: "wallet/c", Metadata: json.RawMessage(`{"a":2}`), State: ledger.StateOpen,
	})
	require.NoError(t, err)
	account, err := book.Account(t.Context(), "wallet/c")
	require.NoError(t, err)
	require.Equal(t, `{"a":2}`, string(account.Metadata))
	for _, bad := range []string{`[1]`, `{"a":1,"a":2}`, `{`, `{"a":"` + strings.Repeat("x", 4<<10) + `"}`} {
		spec.Path, spec.Metadata = "wallet/d", json.RawMessage(bad)
		_, err := open(t, book, spec)
		require.ErrorIs(t, err, ledger.ErrInvalid, "%.20s", bad)
	}
}

func TestAccountPages(t *testing.T) {
	t.Parallel()
	book := charted(t)
	for _, path := range []string{"wallet/c", "wallet/d", "wallet/staff/x"} {
		_, err := open(t, book, ledger.AccountSpec{Path: path})
		require.NoError(t, err)
	}
	for path, amount := range map[string]string{"wallet/a": "10", "wallet/b": "20", "wallet/c": "30"} {
		_, err := book.Post(t.Context(), transaction(ledger.Debit("clearing/g", cny(amount)), ledger.Credit(path, cny(amount))))
		require.NoError(t, err)
	}
	_, err := book.ChangeAccount(t.Context(), ledger.Change{By: "test", ID: ledger.NewID(), Why: "lost", Account: "wallet/d", State: ledger.StateFrozen})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		filter ledger.AccountFilter
		want   string
	}{
		"all of a prefix":     {ledger.AccountFilter{Prefix: "wallet/"}, "wallet/a wallet/b wallet/c wallet/d wallet/staff/x"},
		"a control account":   {ledger.AccountFilter{Control: "2307.01"}, "wallet/c wallet/d"},
		"a state":             {ledger.AccountFilter{State: ledger.StateFrozen}, "wallet/d"},
		"a range":             {ledger.AccountFilter{Prefix: "wallet", Min: cny("20"), Max: cny("30")}, "wallet/b wallet/c"},
		"at most":             {ledger.AccountFilter{Prefix: "wallet", Max: cny("10")}, "wallet/a wallet/d wallet/staff/x"},
		"both at once":        {ledger.AccountFilter{Control: "2307", Min: cny("11")}, "wallet/b"},
		"money of elsewhere":  {ledger.AccountFilter{Min: money.Of(0, money.USD)}, "clearing/usd"},
		"nothing of the kind": {ledger.AccountFilter{Prefix: "zoo"}, ""},
	} {
		for _, limit := range []int{1, 2, 1000} {
			var paths []string
			for cursor, more := "", true; more; {
				page, err := book.AccountPage(t.Context(), c.filter, cursor, limit)
				require.NoError(t, err)
				require.LessOrEqual(t, len(page.Accounts), limit)
				for _, account := range page.Accounts {
					paths = append(paths, account.Path)
				}
				cursor, more = page.Next, page.Next != ""
			}
			require.Equal(t, c.want, strings.Join(paths, " "), name)
		}
	}
	for _, bad := range []func() error{
		func() error { _, err := book.AccountPage(t.Context(), ledger.AccountFilter{}, "", 0); return err },
		func() error { _, err := book.AccountPage(t.Context(), ledger.AccountFilter{}, "?", 1); return err },
		func() error {
			_, err := book.AccountPage(t.Context(), ledger.AccountFilter{State: "odd"}, "", 1)
			return err
		},
		func() error {
			_, err := book.AccountPage(t.Context(), ledger.AccountFilter{Min: cny("0"), Max: money.Of(1, money.USD)}, "", 1)
			return err
		},
	} {
		require.ErrorIs(t, bad(), ledger.ErrInvalid)
	}
}
