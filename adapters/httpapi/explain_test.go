package httpapi

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

func yuan(minor int64) money.Amount { return money.Of(minor, money.CNY) }

// emptyWallet is what the ledger says of a wallet with 5.00 that should pay 12.50.
func emptyWallet() error {
	return &ledger.BoundError{
		Account: "wallet/h1", Balance: yuan(500), Held: yuan(0), Bound: yuan(0), Wanted: yuan(1250), Err: ledger.ErrInsufficient,
	}
}

func TestARefusalIsExplained(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err                              error
		code, rule, account, want, allow string
	}{
		"by a floor": {emptyWallet(), "insufficient", "floor", "wallet/h1", "12.50", "5.00"},
		"by a ceiling": {&ledger.BoundError{
			Account: "arrears/h1", Balance: yuan(4000), Held: yuan(500), Bound: yuan(5000), Wanted: yuan(1250), Err: ledger.ErrAboveCeiling,
		}, "above_ceiling", "ceiling", "arrears/h1", "12.50", "5.00"},
		"by a limit, with its name": {&ledger.LimitError{
			Account: "wallet/h1", Limit: "guardian", Per: ledger.PerDay, Max: yuan(2000), Used: yuan(1500), Wanted: yuan(1250),
		}, "limit_exceeded", "guardian", "wallet/h1", "12.50", "5.00"},
		"by what is left of a hold": {&ledger.HoldError{
			Hold: uuid.New(), Account: "wallet/h1", Wanted: yuan(1250), Available: yuan(500), Err: ledger.ErrHoldExceeded,
		}, "hold_exceeded", "hold_exceeded", "wallet/h1", "12.50", "5.00"},
		"by what is left to refund": {&ledger.RefundError{
			Of: uuid.New(), Account: "merchant/m1", Posted: yuan(1500), Refunded: yuan(1000), Wanted: yuan(1250),
		}, "refund_exceeded", "refund_exceeded", "merchant/m1", "12.50", "5.00"},
		"by the state of an account": {&ledger.AccountError{Account: "wallet/h1", Err: ledger.ErrAccountFrozen}, "account_frozen", "account_frozen", "wallet/h1", "", ""},
		"by the chart":               {&ledger.AccountError{Account: "pocket/h1", Err: ledger.ErrFamilyUnknown}, "family_unknown", "family_unknown", "pocket/h1", "", ""},
		"by a closed date":           {&ledger.DateError{Err: ledger.ErrDateClosed}, "date_closed", "date_closed", "", "", ""},
		"as it was remembered": {&ledger.RememberedError{Seq: 9, Refusal: ledger.Refusal{
			Code: "insufficient", Rule: "floor", Account: "wallet/h1", Wanted: yuan(1250), Available: yuan(500),
		}}, "insufficient", "floor", "wallet/h1", "12.50", "5.00"},
		"within linked requests": {&ledger.LinkedError{Index: 2, Err: emptyWallet()}, "insufficient", "floor", "wallet/h1", "12.50", "5.00"},
		"behind the canteen's words": {
			&canteen.Refusal{Reason: canteen.ReasonInsufficient, Cause: emptyWallet()}, "insufficient", "floor", "wallet/h1", "12.50", "5.00",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problem := problemFor(t, Auditor, fmt.Errorf("post: %w", test.err))
			require.Equal(t, test.code, problem.Code)
			require.Equal(t, test.rule, *problem.Rule)
			require.Equal(t, test.account, textOr(problem.Account, ""))
			if test.want == "" {
				require.Nil(t, problem.Wanted)
				require.Nil(t, problem.Available)
				return
			}
			require.Equal(t, []wire.Amount{{Amount: test.want, Currency: "CNY"}, {Amount: test.allow, Currency: "CNY"}},
				[]wire.Amount{*problem.Wanted, *problem.Available})
		})
	}
}

func TestWhatIsNoRefusalHasNoRule(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"a malformed request":    &ledger.InvalidError{Field: "postings", Problem: "are missing"},
		"an unknown record":      ledger.ErrRecordUnknown,
		"a reused id":            &ledger.IDReusedError{Field: "by"},
		"a full queue":           &ledger.BusyError{},
		"another room's refusal": errForbidden,
		"a broken server":        errors.New("disk on fire"),
		"a damaged book":         ledger.ErrCorrupt,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problem := problemFor(t, Auditor, err)
			require.Nil(t, problem.Rule, "%+v", problem)
			require.Nil(t, problem.Account)
		})
	}
}

// An account and what it has are told to those who could read them anyway.
func TestARoleIsToldOfAccountsItMayRead(t *testing.T) {
	t.Parallel()
	holders := []string{"wallet/h1", "subsidy/h1/meal", "arrears/h1", "fee/b1"}
	others := []string{"merchant/m1", "bank/main", "clearing/wx", "suspense/wx", "wallets/h1"}
	for role, told := range map[Role]struct{ holders, others bool }{
		Guardian: {true, false}, Office: {true, false}, Finance: {true, true}, Auditor: {true, true}, Cashier: {}, "": {},
	} {
		t.Run("as "+string(role), func(t *testing.T) {
			t.Parallel()
			for _, path := range holders {
				requireTold(t, role, path, told.holders)
			}
			for _, path := range others {
				requireTold(t, role, path, told.others)
			}
		})
	}
}

func requireTold(t *testing.T, role Role, path string, told bool) {
	t.Helper()
	problem := problemFor(t, role, &ledger.BoundError{
		Account: path, Balance: yuan(500), Held: yuan(0), Bound: yuan(0), Wanted: yuan(1250), Err: ledger.ErrInsufficient,
	})
	require.Equal(t, "floor", *problem.Rule)
	require.Equal(t, told, problem.Account != nil, path)
	require.Equal(t, told, problem.Wanted != nil, path)
	require.Equal(t, told, problem.Available != nil, path)
}

// problemFor is what a caller of the role is answered for the error.
func problemFor(t *testing.T, role Role, err error) wire.Problem {
	t.Helper()
	a := bareAPI(&bytes.Buffer{})
	_, problem := answerOf(a, func(w http.ResponseWriter, r *http.Request) {
		callOf(r.Context()).caller.role = role
		a.fail(w, r, err)
	})
	return problem
}
