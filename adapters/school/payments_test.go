package school_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/demo"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// paying is a school with a gateway and one holder whose accounts are open.
func paying(t *testing.T) (*school.School, *demo.Gateway, identity.Number) {
	t.Helper()
	gateway, err := demo.StartGateway(3)
	require.NoError(t, err)
	t.Cleanup(func() { _ = gateway.Close(t.Context()) })
	s, err := school.Open(t.Context(), school.Location{Dir: t.TempDir()}, &school.Options{Gateway: gateway.Client})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	const holder = identity.Number(7)
	require.NoError(t, s.OpenHolders(t.Context(), []string{holder.Ref()}))
	return s, gateway, holder
}

func topUp(t *testing.T, s *school.School, gateway *demo.Gateway, request school.TopUp) gateways.Order {
	t.Helper()
	order, err := s.StartTopUp(t.Context(), request)
	require.NoError(t, err)
	require.NoError(t, gateway.Client.Pay(t.Context(), order.Checkout))
	desk, err := s.Desk()
	require.NoError(t, err)
	order, err = desk.Confirm(t.Context(), order.ID)
	require.NoError(t, err)
	return order
}

func cny(text string) money.Amount { return money.MustParse(text, money.CNY) }

func requireBalance(t *testing.T, s *school.School, path, want string) {
	t.Helper()
	balance, err := s.Book.Balance(t.Context(), path)
	require.NoError(t, err)
	require.Equal(t, cny(want), balance, path)
}

func TestTopUpLimitsAreCheckedInTheirOrder(t *testing.T) {
	t.Parallel()
	s, gateway, holder := paying(t)
	_, err := s.StartTopUp(t.Context(), school.TopUp{Key: "a", Holder: holder, Amount: cny("1000.01")})
	require.ErrorIs(t, err, gateways.ErrSingleLimit)
	topUp(t, s, gateway, school.TopUp{Key: "b", Holder: holder, Amount: cny("1000")})
	topUp(t, s, gateway, school.TopUp{Key: "c", Holder: holder, Amount: cny("999.99")})
	_, err = s.StartTopUp(t.Context(), school.TopUp{Key: "d", Holder: holder, Amount: cny("0.02")})
	require.ErrorIs(t, err, gateways.ErrBalanceLimit)
	requireBalance(t, s, campus.Path(campus.FamilyWallet, holder.Ref()), "1999.99")

	again, err := s.StartTopUp(t.Context(), school.TopUp{Key: "c", Holder: holder, Amount: cny("999.99")})
	require.NoError(t, err, "a retry is not refused for the money it brought")
	require.Equal(t, gateways.OrderPaid, again.State)
}

func TestMoneyThatArrivedIsNeverRefused(t *testing.T) {
	t.Parallel()
	t.Run("above the cap it waits in suspense", func(t *testing.T) {
		t.Parallel()
		s, gateway, holder := paying(t)
		requests := []school.TopUp{
			{Key: "a", Holder: holder, Amount: cny("1000")}, {Key: "b", Holder: holder, Amount: cny("1000")}, {Key: "c", Holder: holder, Amount: cny("1000")},
		}
		for _, request := range requests { // all let through before any is paid
			_, err := s.StartTopUp(t.Context(), request)
			require.NoError(t, err)
		}
		for _, request := range requests {
			topUp(t, s, gateway, request)
		}
		requireBalance(t, s, campus.Path(campus.FamilyWallet, holder.Ref()), "2000")
		requireBalance(t, s, campus.Path(campus.FamilySuspense, gateway.Client.Name()), "1000")
	})
	t.Run("for a frozen wallet it waits in suspense", func(t *testing.T) {
		t.Parallel()
		s, gateway, holder := paying(t)
		wallet := campus.Path(campus.FamilyWallet, holder.Ref())
		_, err := s.Book.ChangeAccount(t.Context(), ledger.Change{
			By: "test", ID: ledger.NewID(), Account: wallet, Why: "test", State: ledger.StateFrozen, Floor: cny("0"), Ceiling: cny("2000"),
		})
		require.NoError(t, err)
		order := topUp(t, s, gateway, school.TopUp{Key: "a", Holder: holder, Amount: cny("10")})
		require.Equal(t, gateways.OrderPaid, order.State)
		requireBalance(t, s, wallet, "0")
		requireBalance(t, s, campus.Path(campus.FamilySuspense, gateway.Client.Name()), "10")
	})
}
