package ledger_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// clocked is a book with a clock, and 100 in wallet/a.
type clocked struct {
	*ledger.Book
	store *memory
	now   time.Time
}

func newClocked(t *testing.T) *clocked {
	t.Helper()
	c := &clocked{now: noon}
	store := newMemory()
	c.store = store
	book, err := ledger.Create(t.Context(), store, 1, ledger.Genesis{Name: "Test school", OpenDate: firstDay},
		&ledger.Options{Now: func() time.Time { return c.now }})
	require.NoError(t, err)
	c.Book = book
	_, err = book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: testSpecs()})
	require.NoError(t, err)
	_, err = book.Post(t.Context(), topUp("100"))
	require.NoError(t, err)
	return c
}

// authorize holds an amount of wallet/a for the merchant for an hour.
func (c *clocked) authorize(t *testing.T, amount string) uuid.UUID {
	t.Helper()
	held := transaction(ledger.Debit("wallet/a", cny(amount)), ledger.Credit("merchant/m", cny(amount)))
	_, err := c.Authorize(t.Context(), ledger.Authorization{Transaction: held, Expires: c.now.Add(time.Hour)})
	require.NoError(t, err)
	return held.ID
}

// holdIn returns a hold of 30 in one of the states of DESIGN.md's table, and a
// capture of 10 that was made of it.
func (c *clocked) holdIn(t *testing.T, state string) (uuid.UUID, ledger.Capture) {
	t.Helper()
	id := c.authorize(t, "30")
	part := ledger.Capture{ID: ledger.NewID(), Hold: id, Amounts: []money.Amount{cny("10"), cny("10")}}
	_, err := c.Capture(t.Context(), part)
	require.NoError(t, err)
	switch state {
	case "held, time over":
		c.now = c.now.Add(time.Hour)
	case "captured":
		_, err = c.Capture(t.Context(), ledger.Capture{ID: ledger.NewID(), Hold: id})
	case "released":
		_, err = c.Release(t.Context(), ledger.Release{Hold: id, By: "office:1"})
	case "expired":
		c.now = c.now.Add(time.Hour)
		_, err = c.ExpireHolds(t.Context())
	}
	require.NoError(t, err)
	return id, part
}

// step takes a step of DESIGN.md's table and returns what it says of it: a
// code, "replay", or the state that the hold is in afterwards.
func (c *clocked) step(t *testing.T, step string, id uuid.UUID, earlier ledger.Capture) string {
	t.Helper()
	var receipt ledger.Receipt
	var err error
	switch step {
	case "capture, up to what is left":
		receipt, err = c.Capture(t.Context(), ledger.Capture{ID: ledger.NewID(), Hold: id, Amounts: []money.Amount{cny("5"), cny("5")}})
	case "capture, more than is left":
		receipt, err = c.Capture(t.Context(), ledger.Capture{ID: ledger.NewID(), Hold: id, Amounts: []money.Amount{cny("21"), cny("21")}})
	case "release":
		receipt, err = c.Release(t.Context(), ledger.Release{Hold: id, By: "office:1"})
	case "expiry":
		receipt, err = ledger.Expire(t.Context(), c.Book, id)
	case "the same capture id again":
		receipt, err = c.Capture(t.Context(), earlier)
	default:
		require.Fail(t, "unknown step", step)
	}
	if err != nil {
		var typed *ledger.HoldError
		require.ErrorAs(t, err, &typed, "every illegal step has its typed error")
		require.Equal(t, id, typed.Hold)
		return ledger.CodeOf(err)
	}
	if receipt.Replayed {
		return "replay"
	}
	hold, err := c.Hold(t.Context(), id)
	require.NoError(t, err)
	return string(hold.State)
}

func TestLifeOfAHoldIsAsDrawn(t *testing.T) {
	t.Parallel()
	design, err := os.ReadFile("DESIGN.md")
	require.NoError(t, err)
	_, table, found := strings.Cut(string(design), "\n| step \\ state |")
	require.True(t, found)
	header, rows, _ := strings.Cut(table, "\n")
	states := strings.Split(strings.TrimSuffix(strings.TrimSpace(header), "|"), "|")
	require.Len(t, states, 5)
	checked := 0
	for row := range strings.Lines(rows) {
		if !strings.HasPrefix(row, "|") {
			break
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(row), "|"), "|")
		if strings.HasPrefix(cells[0], "---") {
			continue
		}
		step := strings.TrimSpace(cells[0])
		for i, cell := range cells[1:] {
			checked++
			state, want := strings.TrimSpace(states[i]), strings.ReplaceAll(strings.TrimSpace(cell), "`", "")
			t.Run(step+" when "+state, func(t *testing.T) {
				t.Parallel()
				book := newClocked(t)
				id, earlier := book.holdIn(t, state)
				got := book.step(t, step, id, earlier)
				require.Contains(t, strings.FieldsFunc(want, func(r rune) bool { return r == ' ' || r == ',' }), got, "the table says %q", want)
				requireHeldIsWhatOpenHoldsHold(t, book, id)
			})
		}
	}
	require.Equal(t, 25, checked)
}

// requireHeldIsWhatOpenHoldsHold checks the invariant that ties an account to
// the only hold on it.
func requireHeldIsWhatOpenHoldsHold(t *testing.T, book *clocked, id uuid.UUID) {
	t.Helper()
	hold, err := book.Hold(t.Context(), id)
	require.NoError(t, err)
	wallet, err := book.Account(t.Context(), "wallet/a")
	require.NoError(t, err)
	left := int64(0)
	if hold.State == ledger.HoldHeld {
		left = hold.Lines[0].Held.Minor() - hold.Lines[0].Captured.Minor()
	}
	require.Equal(t, left, wallet.HeldDebits)
	require.Equal(t, 100_00-hold.Lines[0].Captured.Minor(), wallet.Balance().Minor(), "only what was captured left the wallet")
}

// The ids of release and expiry are derived, but nobody keeps a caller from
// using them.
func TestDerivedIDUsedForSomethingElseIsNoReplay(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	id := book.authorize(t, "10")
	for _, step := range []string{"release", "expire"} {
		squatter := spending("sale", "1")
		squatter.ID = ledger.KeyID("ledger", step, id.String())
		_, err := book.Post(t.Context(), squatter)
		require.NoError(t, err)
	}
	_, err := book.Release(t.Context(), ledger.Release{Hold: id})
	require.ErrorIs(t, err, ledger.ErrIDReused)
	book.now = book.now.Add(time.Hour)
	_, err = ledger.Expire(t.Context(), book.Book, id)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	hold, err := book.Hold(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, ledger.HoldHeld, hold.State)
}

func TestReleaseByAnotherIsRefused(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	id, _ := book.holdIn(t, "released")
	_, err := book.Release(t.Context(), ledger.Release{Hold: id, By: "office:2"})
	require.ErrorIs(t, err, ledger.ErrHoldReleased)
}

func TestHoldsCountAgainstBothBounds(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	book.authorize(t, "60")
	_, err := book.Post(t.Context(), transaction(ledger.Debit("wallet/a", cny("40.01")), ledger.Credit("merchant/m", cny("40.01"))))
	var bound *ledger.BoundError
	require.ErrorAs(t, err, &bound)
	require.Equal(t, ledger.BoundError{
		Account: "wallet/a", Balance: cny("100"), Held: cny("60"), Bound: cny("0"), Wanted: cny("40.01"), Err: ledger.ErrInsufficient,
	}, *bound)
	require.Equal(t, cny("40"), bound.Available())

	// Money that a hold may bring in keeps its place under the ceiling of 100.
	incoming := transaction(ledger.Debit("clearing/g", cny("70")), ledger.Credit("wallet/b", cny("70")))
	_, err = book.Authorize(t.Context(), ledger.Authorization{Transaction: incoming})
	require.NoError(t, err)
	_, err = book.Post(t.Context(), transaction(ledger.Debit("clearing/g", cny("30.01")), ledger.Credit("wallet/b", cny("30.01"))))
	require.ErrorAs(t, err, &bound)
	require.ErrorIs(t, err, ledger.ErrAboveCeiling)
	require.Equal(t, cny("30"), bound.Available())
	_, err = book.Post(t.Context(), transaction(ledger.Debit("wallet/b", cny("1")), ledger.Credit("merchant/m", cny("1"))))
	require.ErrorIs(t, err, ledger.ErrInsufficient, "what is only promised cannot be spent")
}

func TestHoldTakesUpToWhatIsAvailable(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	book.authorize(t, "95")
	held := transaction(ledger.DebitUpTo("wallet/a", cny("8")), ledger.DebitRest("arrears/a"), ledger.Credit("merchant/m", cny("8")))
	receipt, err := book.Authorize(t.Context(), ledger.Authorization{Transaction: held})
	require.NoError(t, err)
	require.Equal(t, cny("5"), receipt.Record.Held[0].Amount)
	require.Equal(t, cny("3"), receipt.Record.Held[1].Amount)
	require.Empty(t, receipt.Record.Lines, "a hold posts nothing")
	receipt, err = book.Capture(t.Context(), ledger.Capture{ID: ledger.NewID(), Hold: held.ID})
	require.NoError(t, err)
	require.True(t, receipt.Record.Final)
	require.Equal(t, "test", receipt.Record.For)
	requireBalance(t, book.Book, "arrears/a", "3")
}

func TestCaptureIsCheckedFromTheTop(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	id := book.authorize(t, "30")
	used, err := book.Post(t.Context(), topUpB("1"))
	require.NoError(t, err)
	amounts := func(values ...money.Amount) []money.Amount { return values }
	capture := func(code string, c ledger.Capture) {
		t.Helper()
		if c.ID == uuid.Nil {
			c.ID = ledger.NewID()
		}
		_, err := book.Capture(t.Context(), c)
		require.Equal(t, code, ledger.CodeOf(err), "%v", err)
	}
	capture("invalid", ledger.Capture{ID: used.Record.ID, Amounts: amounts(cny("-1"), cny("5"))})
	capture("invalid", ledger.Capture{Hold: id, Amounts: amounts(cny("1"))})
	capture("invalid", ledger.Capture{Hold: id, Amounts: amounts(cny("-1"), cny("5"))})
	capture("id_reused", ledger.Capture{ID: used.Record.ID, Hold: ledger.NewID()})
	capture("hold_unknown", ledger.Capture{Hold: ledger.NewID(), Amounts: amounts(money.Of(1, money.USD))})
	capture("hold_unknown", ledger.Capture{Hold: used.Record.ID})
	capture("currency_mismatch", ledger.Capture{Hold: id, Amounts: amounts(money.Of(99_00, money.USD), cny("99"))})
	_, err = book.ChangeAccount(t.Context(), ledger.Change{
		By: "test", ID: ledger.NewID(), Why: "lost", Account: "wallet/a", Floor: cny("0"), Ceiling: cny("100"), State: ledger.StateFrozen,
	})
	require.NoError(t, err)
	capture("account_frozen", ledger.Capture{Hold: id, Amounts: amounts(cny("99"), cny("98"))})
	_, err = book.ChangeAccount(t.Context(), ledger.Change{
		By: "test", ID: ledger.NewID(), Why: "found", Account: "wallet/a", Floor: cny("0"), Ceiling: cny("100"), State: ledger.StateOpen,
	})
	require.NoError(t, err)
	capture("hold_exceeded", ledger.Capture{Hold: id, Amounts: amounts(cny("30.01"), cny("1"))})
	capture("unbalanced", ledger.Capture{Hold: id, Amounts: amounts(cny("30"), cny("1"))})
	_, err = book.Capture(t.Context(), ledger.Capture{ID: ledger.NewID(), Hold: id, Amounts: amounts(cny("30"), cny("30"))})
	require.NoError(t, err)
}

func topUpB(amount string) ledger.Transaction {
	return transaction(ledger.Debit("clearing/g", cny(amount)), ledger.Credit("wallet/b", cny(amount)))
}

func TestCaptureAgainIsComparedWithTheFirst(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	id, first := book.holdIn(t, "held")
	receipt, err := book.Capture(t.Context(), first)
	require.NoError(t, err)
	require.True(t, receipt.Replayed)
	for field, change := range map[string]func(*ledger.Capture){
		"amounts[0]": func(c *ledger.Capture) { c.Amounts = []money.Amount{cny("11"), cny("11")} },
		"final":      func(c *ledger.Capture) { c.Final = true },
		"by":         func(c *ledger.Capture) { c.By = "office:2" },
		"hold":       func(c *ledger.Capture) { c.Hold = book.authorize(t, "1") },
	} {
		other := first
		change(&other)
		_, err := book.Capture(t.Context(), other)
		var reused *ledger.IDReusedError
		require.ErrorAs(t, err, &reused, field)
		require.Equal(t, field, reused.Field)
	}
	rest := ledger.Capture{ID: ledger.NewID(), Hold: book.authorize(t, "1"), Amounts: []money.Amount{cny("1"), cny("1")}}
	receipt, err = book.Capture(t.Context(), rest)
	require.NoError(t, err)
	require.False(t, receipt.Record.Final, "it was not asked to be, though nothing is left")
	rest.Final = true
	_, err = book.Capture(t.Context(), rest)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	all := ledger.Capture{ID: ledger.NewID(), Hold: id}
	_, err = book.Capture(t.Context(), all)
	require.NoError(t, err)
	receipt, err = book.Capture(t.Context(), all)
	require.NoError(t, err)
	require.True(t, receipt.Replayed)
	all.Amounts = []money.Amount{cny("20"), cny("20")}
	_, err = book.Capture(t.Context(), all)
	require.ErrorIs(t, err, ledger.ErrIDReused, "all that is left is another request than so much")
}

func TestAuthorizationIsNotAPost(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	held := transaction(ledger.Debit("wallet/a", cny("1")), ledger.Credit("merchant/m", cny("1")))
	authorization := ledger.Authorization{Transaction: held, Expires: noon.Add(time.Hour)}
	_, err := book.Authorize(t.Context(), authorization)
	require.NoError(t, err)
	again, err := book.Authorize(t.Context(), authorization)
	require.NoError(t, err)
	require.True(t, again.Replayed)
	_, err = book.Post(t.Context(), held)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	authorization.Expires = authorization.Expires.Add(time.Microsecond)
	_, err = book.Authorize(t.Context(), authorization)
	require.ErrorIs(t, err, ledger.ErrIDReused)
	authorization.Expires = authorization.Expires.Add(time.Nanosecond)
	_, err = book.Authorize(t.Context(), authorization)
	require.ErrorIs(t, err, ledger.ErrInvalid)
	authorization.ID, authorization.Expires = ledger.NewID(), noon
	_, err = book.Authorize(t.Context(), authorization)
	require.ErrorIs(t, err, ledger.ErrHoldExpired, "it would have ended when it began")
	_, err = book.Reverse(t.Context(), ledger.Reversal{Of: held.ID})
	require.ErrorIs(t, err, ledger.ErrNotReversible, "a hold is released")
}

func TestHeldMoneyKeepsAnAccountOpen(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	held := transaction(ledger.Debit("clearing/g", cny("1")), ledger.Credit("wallet/b", cny("1")))
	_, err := book.Authorize(t.Context(), ledger.Authorization{Transaction: held})
	require.NoError(t, err)
	closing := ledger.Change{By: "test", ID: ledger.NewID(), Why: "left", Account: "wallet/b", State: ledger.StateClosed}
	_, err = book.ChangeAccount(t.Context(), closing)
	require.ErrorIs(t, err, ledger.ErrNotEmpty)
	_, err = book.Release(t.Context(), ledger.Release{Hold: held.ID})
	require.NoError(t, err)
	_, err = book.ChangeAccount(t.Context(), closing)
	require.NoError(t, err)
}

func TestExpireHoldsExpiresThoseOverAndNoOthers(t *testing.T) {
	t.Parallel()
	book := newClocked(t)
	for range 3 {
		book.authorize(t, "1")
	}
	book.now = book.now.Add(30 * time.Minute)
	later := book.authorize(t, "1")
	count, err := book.ExpireHolds(t.Context())
	require.NoError(t, err)
	require.Zero(t, count)
	book.now = noon.Add(time.Hour)
	count, err = book.ExpireHolds(t.Context())
	require.NoError(t, err)
	require.Equal(t, 3, count)
	count, err = book.ExpireHolds(t.Context())
	require.NoError(t, err)
	require.Zero(t, count)
	hold, err := book.Hold(t.Context(), later)
	require.NoError(t, err)
	require.Equal(t, ledger.HoldHeld, hold.State)
	_, err = book.Hold(t.Context(), ledger.NewID())
	require.ErrorIs(t, err, ledger.ErrHoldUnknown)
}
