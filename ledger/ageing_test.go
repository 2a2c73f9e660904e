package ledger_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// owe books arrears of wallet a that are due on a date.
func owe(t *testing.T, book *ledger.Book, amount string, due ledger.Date) {
	t.Helper()
	debt := transaction(ledger.Debit("arrears/a", cny(amount)), ledger.Credit("merchant/m", cny(amount)))
	debt.Due = due
	_, err := book.Post(t.Context(), debt)
	require.NoError(t, err)
}

func ages(t *testing.T, book *ledger.Book, prefix string, on ledger.Date, steps ...int) []string {
	t.Helper()
	var lines []string
	for age, err := range book.Ageing(t.Context(), prefix, on, steps...) {
		require.NoError(t, err)
		line := fmt.Sprintf("%s %s: %s", age.Account, age.Open.Decimal(), age.NotDue.Decimal())
		for _, part := range age.Overdue {
			line += " " + part.Decimal()
		}
		lines = append(lines, line)
	}
	return lines
}

func TestAgeingSettlesTheOldestFirstOfAccountsInOrder(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	owe(t, book, "5", firstDay.AddDays(-100))
	owe(t, book, "4", firstDay.AddDays(-31))
	owe(t, book, "3", firstDay.AddDays(-30))
	owe(t, book, "2", firstDay)
	owe(t, book, "1", ledger.Date{}) // due on its business date
	require.Equal(t, []string{"arrears/a 15.00: 3.00 3.00 4.00 5.00"}, ages(t, book, "arrears/", firstDay, 30, 60))
	_, err := book.Post(t.Context(), transaction(ledger.Debit("clearing/g", cny("7")), ledger.Credit("arrears/a", cny("7"))))
	require.NoError(t, err)
	require.Equal(t, []string{"arrears/a 8.00: 3.00 3.00 2.00 0.00"}, ages(t, book, "arrears/", firstDay, 30, 60))
	require.Equal(t, []string{"arrears/a 8.00: 0.00 8.00"}, ages(t, book, "arrears/", firstDay.AddDays(1)))
	require.Empty(t, ages(t, book, "wallet/", firstDay))
	require.Equal(t, []string{"arrears/a 8.00: 0.00 8.00", "clearing/g 7.00: 0.00 7.00", "merchant/m 15.00: 0.00 15.00"},
		ages(t, book, "", firstDay.AddDays(1)), "every account with something open, on its own side")
}

// Who pays exactly what is overdue owes nothing that is.
func TestAgeingSettlesWhatIsDueFirst(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	owe(t, book, "7", firstDay.AddDays(30))
	owe(t, book, "5", firstDay.AddDays(5))
	on := firstDay.AddDays(10)
	require.Equal(t, []string{"arrears/a 12.00: 7.00 5.00 0.00"}, ages(t, book, "arrears/", on, 30))
	_, err := book.Post(t.Context(), transaction(ledger.Debit("clearing/g", cny("5")), ledger.Credit("arrears/a", cny("5"))))
	require.NoError(t, err)
	require.Equal(t, []string{"arrears/a 7.00: 7.00 0.00 0.00"}, ages(t, book, "arrears/", on, 30))
}

func TestAgeingStepsRise(t *testing.T) {
	t.Parallel()
	book := newBook(t, newMemory())
	for name, c := range map[string]struct {
		on    ledger.Date
		steps []int
	}{
		"no date": {ledger.Date{}, nil},
		"zero":    {firstDay, []int{0}},
		"falling": {firstDay, []int{30, 30}},
	} {
		for _, err := range book.Ageing(t.Context(), "", c.on, c.steps...) {
			require.ErrorIs(t, err, ledger.ErrInvalid, name)
		}
	}
}
