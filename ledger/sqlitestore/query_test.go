package sqlitestore

import (
	"math"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func TestAccountsAreFiltered(t *testing.T) {
	t.Parallel()
	store, _ := openStore(t)
	require.NoError(t, store.Create(t.Context(), 1))
	account := func(number int64, path string, side ledger.Side, currency money.Currency, debits, credits int64) ledger.Account {
		a := bareAccount(number, path)
		a.Side, a.Currency, a.Debits, a.Credits = side, currency, debits, credits
		return a
	}
	commit(t, store, func(c *ledger.Changes) {
		c.Opened = []ledger.Account{
			account(1, "bank", ledger.DebitSide, money.CNY, 500, 0),
			account(2, "fx", ledger.DebitSide, money.USD, 100, 0),
			account(3, "wallet/a", ledger.CreditSide, money.CNY, 0, 100),
			account(4, "wallet/b", ledger.CreditSide, money.CNY, 100, 0),
			account(5, "wallet/c", ledger.CreditSide, money.CNY, 7, 307),
			account(6, "wallet/d", ledger.CreditSide, money.CNY, 0, math.MaxInt64),
		}
		c.Opened[3].State = ledger.StateFrozen
		for i := range 4 {
			c.Opened[2+i].Control = "2307"
		}
	})
	minor := func(n int64) *int64 { return &n }
	for name, test := range map[string]struct {
		query ledger.AccountQuery
		want  []string
	}{
		"a control account":        {ledger.AccountQuery{Control: "1002"}, []string{"bank", "fx"}},
		"a state":                  {ledger.AccountQuery{State: ledger.StateFrozen}, []string{"wallet/b"}},
		"a state nobody is in":     {ledger.AccountQuery{State: ledger.StateClosed}, nil},
		"a currency":               {ledger.AccountQuery{Currency: money.USD}, []string{"fx"}},
		"bounds without currency":  {ledger.AccountQuery{Prefix: "wallet/", BalanceMin: minor(1), Limit: 2}, []string{"wallet/a", "wallet/b"}},
		"at least, from its side":  {ledger.AccountQuery{Currency: money.CNY, BalanceMin: minor(300)}, []string{"bank", "wallet/c", "wallet/d"}},
		"at most, from its side":   {ledger.AccountQuery{Currency: money.CNY, BalanceMax: minor(-100)}, []string{"wallet/b"}},
		"a range has its ends":     {ledger.AccountQuery{Currency: money.CNY, BalanceMin: minor(100), BalanceMax: minor(300)}, []string{"wallet/a", "wallet/c"}},
		"all at once":              {ledger.AccountQuery{Prefix: "wallet/", Control: "2307", State: ledger.StateOpen, Currency: money.CNY, BalanceMin: minor(0), After: "wallet/a", Limit: 1}, []string{"wallet/c"}},
		"the limit counts matches": {ledger.AccountQuery{State: ledger.StateOpen, After: "wallet/a", Limit: 2}, []string{"wallet/c", "wallet/d"}},
	} {
		t.Run(name, func(t *testing.T) {
			accounts, err := collect(store.Accounts(t.Context(), 1, test.query))
			require.NoError(t, err)
			var paths []string
			for _, a := range accounts {
				paths = append(paths, a.Path)
			}
			require.Equal(t, test.want, paths)
		})
	}
}

func TestHoldsAreSelected(t *testing.T) {
	t.Parallel()
	store, _ := openStore(t)
	require.NoError(t, store.Create(t.Context(), 1))
	commit(t, store, func(c *ledger.Changes) {
		c.Head.Seq, c.Head.OpenDate = 6, day
		for seq := int64(1); seq <= 6; seq++ {
			id := byte(100 - seq) // ids sort the other way round
			c.Records = append(c.Records, stored(seq, id))
			c.Holds = append(c.Holds, ledger.StoredHold{
				Seq: seq, ID: uuid.UUID{id}, State: ledger.HoldHeld, Expires: noon.Add(time.Duration(seq) * time.Microsecond), Captured: []int64{}, LastSeq: seq,
			})
		}
		c.Holds[0].State = ledger.HoldExpired
		c.Holds[1].Expires = time.Time{}
		c.Holds[4].Expires = time.Date(987, time.January, 1, 0, 0, 0, 0, time.UTC)
	})
	id := func(seq int64) uuid.UUID { return uuid.UUID{byte(100 - seq)} }
	for name, test := range map[string]struct {
		query ledger.HoldQuery
		want  []int64
	}{
		"all":                         {ledger.HoldQuery{}, []int64{1, 2, 3, 4, 5, 6}},
		"a page":                      {ledger.HoldQuery{After: 2, Limit: 3}, []int64{3, 4, 5}},
		"ids in the order of holds":   {ledger.HoldQuery{IDs: []uuid.UUID{id(6), {1}, id(1), id(6)}}, []int64{1, 6}},
		"expired, still held":         {ledger.HoldQuery{ExpiredAt: noon.Add(4 * time.Microsecond)}, []int64{3, 4, 5}},
		"expired to the microsecond":  {ledger.HoldQuery{ExpiredAt: noon.Add(4*time.Microsecond - 1)}, []int64{3, 5}},
		"expired in another zone":     {ledger.HoldQuery{ExpiredAt: noon.Add(3 * time.Microsecond).In(time.FixedZone("", 8*3600))}, []int64{3, 5}},
		"a page of those expired":     {ledger.HoldQuery{ExpiredAt: noon.Add(time.Hour), After: 3, Limit: 2}, []int64{4, 5}},
		"none expired before all did": {ledger.HoldQuery{ExpiredAt: time.Date(900, time.January, 1, 0, 0, 0, 0, time.UTC)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			holds, err := collect(store.Holds(t.Context(), 1, test.query))
			require.NoError(t, err)
			var seqs []int64
			for _, h := range holds {
				seqs = append(seqs, h.Seq)
			}
			require.Equal(t, test.want, seqs)
		})
	}
}

func TestClosingsOnADateAreTheLatestOfEachAccount(t *testing.T) {
	t.Parallel()
	store, _ := filled(t)
	bank := ledger.Closing{Account: "bank", Number: 1, Control: "1002", Currency: money.USD, Date: day.AddDays(-1)}
	before := ledger.Closing{Account: "wallet/h1", Number: 2, Control: "2307", Currency: money.CNY, Date: day.AddDays(-1), Credits: 5}
	after := ledger.Closing{Account: "wallet/h1", Number: 2, Control: "2307", Currency: money.CNY, Date: day, Debits: 7, Credits: 9000}
	for name, test := range map[string]struct {
		query ledger.ClosingQuery
		want  []ledger.Closing
	}{
		"all":                     {ledger.ClosingQuery{}, []ledger.Closing{bank, before, after}},
		"on a later date":         {ledger.ClosingQuery{On: day.AddDays(9)}, []ledger.Closing{bank, after}},
		"on the first date":       {ledger.ClosingQuery{On: day.AddDays(-1)}, []ledger.Closing{bank, before}},
		"on a date before":        {ledger.ClosingQuery{On: day.AddDays(-2)}, nil},
		"all of an account":       {ledger.ClosingQuery{Account: "wallet/h1"}, []ledger.Closing{before, after}},
		"an account's on a date":  {ledger.ClosingQuery{Account: "wallet/h1", On: day}, []ledger.Closing{after}},
		"an account's before any": {ledger.ClosingQuery{Account: "wallet/h1", On: day.AddDays(-2)}, nil},
		"from a number":           {ledger.ClosingQuery{First: 2}, []ledger.Closing{before, after}},
		"up to a number":          {ledger.ClosingQuery{Last: 1, On: day}, []ledger.Closing{bank}},
		"an account elsewhere":    {ledger.ClosingQuery{Account: "wallet/h1", Last: 1}, nil},
		"elsewhere on a date":     {ledger.ClosingQuery{Account: "bank", On: day, First: 2}, nil},
		"of an unknown account":   {ledger.ClosingQuery{Account: "wallet/h2", On: day}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			closings, err := collect(store.Closings(t.Context(), 1, test.query))
			require.NoError(t, err)
			require.Equal(t, test.want, closings)
		})
	}
}
