package audit_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// small is a journal of a chart, three accounts and a record to be forged.
func small(last ledger.Record) []ledger.Record {
	accounts := []ledger.AccountSpec{smallAccount("bank", ledger.DebitSide), smallAccount("wallet/a", ledger.CreditSide), smallAccount("wallet/b", ledger.CreditSide)}
	records := []ledger.Record{
		{Kind: ledger.KindGenesis, ID: ledger.KeyID("ledger", "genesis"), Name: "School"},
		{Kind: ledger.KindOpening, Accounts: accounts},
		last,
	}
	for i := range records {
		r := &records[i]
		r.Book, r.Seq, r.Date, r.At = historyBook, int64(i)+1, monday, time.Date(2026, 9, 7, 0, 0, i, 0, time.UTC)
		if r.ID == uuid.Nil {
			r.ID = ledger.KeyID("small", fmt.Sprint(i))
		}
	}
	return records
}

func smallAccount(path string, side ledger.Side) ledger.AccountSpec {
	return ledger.AccountSpec{Path: path, Control: "1002", Side: side, Currency: money.CNY, State: ledger.StateOpen}
}

func smallLines(n int) []ledger.Line {
	lines := make([]ledger.Line, n)
	for i := range lines {
		lines[i] = ledger.Line{Account: "bank", Side: ledger.DebitSide, Amount: cny(1), Balance: cny(1)}
		if i%2 == 1 {
			lines[i] = ledger.Line{Account: "bank", Side: ledger.CreditSide, Amount: cny(-1), Balance: cny(0)}
		}
	}
	return lines
}

func many[T any](n int, one func(i int) T) []T {
	list := make([]T, n)
	for i := range list {
		list[i] = one(i)
	}
	return list
}

// sound are records that a ledger can write, at the bounds of FORMAT.md.
func sound() map[string]ledger.Record {
	opening := func(change func(s *ledger.AccountSpec)) ledger.Record {
		spec := smallAccount("wallet/c", ledger.CreditSide)
		change(&spec)
		return ledger.Record{Kind: ledger.KindOpening, Accounts: []ledger.AccountSpec{spec}}
	}
	return map[string]ledger.Record{
		"an account": opening(func(s *ledger.AccountSpec) {
			s.Path, s.Control = strings.Repeat("Aa0._-/", 18)+"b", strings.Repeat("x", 32)
			s.Floor, s.Ceiling, s.Metadata = cny(0), cny(0), json.RawMessage(`{"k":"`+strings.Repeat("x", 4088)+`"}`)
			s.Limits = many(16, func(i int) ledger.Limit {
				return ledger.Limit{
					Name: strings.Repeat("x", 62) + fmt.Sprint(10+i), Side: ledger.DebitSide, Per: ledger.PerDay, Max: cny(0),
					Kinds: many(16, func(i int) string { return strings.Repeat("x", 62) + fmt.Sprint(10+i) }),
				}
			})
		}),
		"a thousand accounts": {Kind: ledger.KindOpening, By: strings.Repeat("x", 128), Accounts: many(1000, func(i int) ledger.AccountSpec {
			return smallAccount(fmt.Sprint("wallet/n", i), ledger.CreditSide)
		})},
		"a thousand families": {Kind: ledger.KindChart, By: "clerk", Why: strings.Repeat("x", 512), Families: many(1000, func(i int) ledger.Family {
			return ledger.Family{Path: fmt.Sprint("wallet/n", i), Control: "1002", Side: ledger.CreditSide}
		})},
		"a chart with bounds": {Kind: ledger.KindChart, By: "clerk", Why: "new", Families: []ledger.Family{{
			Path: "wallet", Control: "1002", Side: ledger.CreditSide, Currency: money.CNY, Floor: cny(-1), Ceiling: cny(1),
			Limits: ledger.Limits{{Name: "day", Side: ledger.DebitSide, Per: ledger.PerDay, Max: cny(1), Kinds: []string{"sale"}, Except: true}},
		}}},
		"a thousand lines": {Kind: strings.Repeat("x", 64), Lines: smallLines(1000)},
		"a change": {Kind: ledger.KindChange, By: "clerk", Why: "asked", Prev: 2, Accounts: []ledger.AccountSpec{
			smallAccount("wallet/a", ledger.CreditSide),
		}},
		"a hold": {Kind: ledger.KindHold, For: "sale", Held: []ledger.Line{
			{Account: "bank", Side: ledger.DebitSide, Amount: cny(1)}, {Account: "wallet/a", Side: ledger.CreditSide, Amount: cny(-1)},
		}},
		"a refusal": {Kind: ledger.KindRefusal, For: "sale", Asked: []ledger.Posting{
			ledger.Debit("bank", cny(1)), ledger.Credit("nobody", cny(1)),
		}, Refused: &ledger.Refusal{Code: "account_unknown", Rule: "account_unknown", Account: "nobody"}},
	}
}

// unsound are changes of those after which no ledger can have written them.
var unsound = map[string]map[string]func(r *ledger.Record){
	"an account": {
		"no path":                      func(r *ledger.Record) { r.Accounts[0].Path = "" },
		"a path with a space":          func(r *ledger.Record) { r.Accounts[0].Path = "a b" },
		"a path with an empty segment": func(r *ledger.Record) { r.Accounts[0].Path = "a//b" },
		"a path that ends in a slash":  func(r *ledger.Record) { r.Accounts[0].Path = "a/" },
		"a path in Chinese":            func(r *ledger.Record) { r.Accounts[0].Path = "钱包" },
		"a path too long":              func(r *ledger.Record) { r.Accounts[0].Path = strings.Repeat("x", 129) },
		"no control":                   func(r *ledger.Record) { r.Accounts[0].Control = "" },
		"a control of two":             func(r *ledger.Record) { r.Accounts[0].Control = "1/2" },
		"a control too long":           func(r *ledger.Record) { r.Accounts[0].Control = strings.Repeat("x", 33) },
		"no currency":                  func(r *ledger.Record) { *r = bare(*r) },
		"a floor above the ceiling":    func(r *ledger.Record) { r.Accounts[0].Floor, r.Accounts[0].Ceiling = cny(1), cny(-1) },
		"metadata too long": func(r *ledger.Record) {
			r.Accounts[0].Metadata = json.RawMessage(`{"k":"` + strings.Repeat("x", 4089) + `"}`)
		},
		"a limit without a name":        func(r *ledger.Record) { r.Accounts[0].Limits[3].Name = " " },
		"a limit's name too long":       func(r *ledger.Record) { r.Accounts[0].Limits[3].Name = strings.Repeat("y", 65) },
		"a limit of opening":            func(r *ledger.Record) { r.Accounts[0].Limits[3].Kinds[1] = "ledger.open" },
		"a limit of no kind":            func(r *ledger.Record) { r.Accounts[0].Limits[3].Kinds[1] = "" },
		"a limit of a kind that is one": func(r *ledger.Record) { r.Accounts[0].Limits[3].Kinds[1] = "0x" },
		"a limit of too many kinds": func(r *ledger.Record) {
			r.Accounts[0].Limits[3].Kinds = append(r.Accounts[0].Limits[3].Kinds, "sale")
		},
		"too many limits": func(r *ledger.Record) {
			r.Accounts[0].Limits = append(r.Accounts[0].Limits, ledger.Limit{Name: "one-more", Side: ledger.DebitSide, Per: ledger.PerDay, Max: cny(0)})
		},
	},
	"a thousand accounts": {
		"one more":    func(r *ledger.Record) { r.Accounts = append(r.Accounts, smallAccount("one/more", ledger.DebitSide)) },
		"by too long": func(r *ledger.Record) { r.By += "x" },
		"by with NUL": func(r *ledger.Record) { r.By = "a\x00" },
	},
	"a thousand families": {
		"one more": func(r *ledger.Record) {
			r.Families = append(r.Families, ledger.Family{Path: "one", Control: "1", Side: 1})
		},
		"why too long":      func(r *ledger.Record) { r.Why += "x" },
		"a path that is no": func(r *ledger.Record) { r.Families[5].Path = "" },
		"a control none":    func(r *ledger.Record) { r.Families[5].Control = "" },
	},
	"a chart with bounds": {
		"a floor above the ceiling":  func(r *ledger.Record) { r.Families[0].Floor = cny(2) },
		"a floor above zero":         func(r *ledger.Record) { r.Families[0].Floor = cny(1) },
		"a ceiling below zero":       func(r *ledger.Record) { r.Families[0].Ceiling = cny(-1) },
		"a limit of the ledger's":    func(r *ledger.Record) { r.Families[0].Limits[0].Kinds[0] = "ledger.refund" },
		"an exception from no kinds": func(r *ledger.Record) { r.Families[0].Limits[0].Kinds = nil },
	},
	"a thousand lines": {
		"two more":              func(r *ledger.Record) { r.Lines = smallLines(1002) },
		"a kind too long":       func(r *ledger.Record) { r.Kind += "x" },
		"a kind with a space":   func(r *ledger.Record) { r.Kind = "a b" },
		"a kind in capitals":    func(r *ledger.Record) { r.Kind = "Sale" },
		"a kind with a number":  func(r *ledger.Record) { r.Kind = "1sale" },
		"an amount beyond all":  func(r *ledger.Record) { beyond(r.Lines) },
		"without an id":         func(r *ledger.Record) { r.ID = uuid.Nil },
		"another line of wrong": func(r *ledger.Record) { r.Lines[4].Account = "a b" },
	},
	"a change": {
		"no reason":                 func(r *ledger.Record) { r.Why = "" },
		"a floor above the ceiling": func(r *ledger.Record) { r.Accounts[0].Floor, r.Accounts[0].Ceiling = cny(1), cny(-1) },
	},
	"a hold": {
		"for what is none":      func(r *ledger.Record) { r.For = "a b" },
		"for the ledger's kind": func(r *ledger.Record) { r.For = "ledger.open" },
		"an amount beyond all":  func(r *ledger.Record) { beyond(r.Held) },
	},
	"a refusal": {
		"for what is none":      func(r *ledger.Record) { r.For = "A" },
		"an account of no path": func(r *ledger.Record) { r.Asked[1].Account, r.Refused.Account = "a b", "a b" },
		"an unknown code":       func(r *ledger.Record) { r.Refused.Code = "dislike" },
		"a rule that is none":   func(r *ledger.Record) { r.Refused.Rule = "a b" },
	},
}

// bare is the opening of an account without a currency and what needs one.
func bare(r ledger.Record) ledger.Record {
	r.Accounts = []ledger.AccountSpec{{Path: "wallet/c", Control: "1002", Side: ledger.CreditSide, State: ledger.StateOpen}}
	return r
}

// beyond makes lines balance with the int64 that has no opposite.
func beyond(lines []ledger.Line) {
	lines[0].Amount, lines[1].Amount = cny(-1<<63), cny(-1<<63)
	lines[0].Side, lines[1].Side = ledger.CreditSide, ledger.CreditSide
}

// TestRecordsThatNoLedgerCouldWrite has the ledger itself as its oracle: what
// Restore does not take, the audit finds.
func TestRecordsThatNoLedgerCouldWrite(t *testing.T) {
	t.Parallel()
	judge := func(t *testing.T, last ledger.Record) ([]audit.Finding, error) {
		t.Helper()
		records := small(last)
		_, restored := ledger.Restore(t.Context(), storetest.NewMemory(), historyBook, linesOf(records), nil)
		report, err := audit.Run(t.Context(), audit.NewLines(linesOf(records)), historyBook, nil)
		require.NoError(t, err)
		return report.Findings, restored
	}
	for name, changes := range unsound {
		t.Run(name+" at the bounds is clean", func(t *testing.T) {
			t.Parallel()
			findings, restored := judge(t, sound()[name])
			require.NoError(t, restored)
			require.Empty(t, findings)
		})
		for problem, change := range changes {
			t.Run(name+" with "+problem+" is found", func(t *testing.T) {
				t.Parallel()
				last := sound()[name]
				change(&last)
				nameless := last.ID == uuid.Nil && problem == "without an id"
				records := small(last)
				if nameless {
					records[2].ID = uuid.Nil
				}
				_, restored := ledger.Restore(t.Context(), storetest.NewMemory(), historyBook, linesOf(records), nil)
				require.Error(t, restored, "the change must be one")
				report, err := audit.Run(t.Context(), audit.NewLines(linesOf(records)), historyBook, nil)
				require.NoError(t, err)
				require.True(t, slices.ContainsFunc(report.Findings, func(f audit.Finding) bool { return f.Key == "seq=3" }), "%+v", report.Findings)
				for _, f := range report.Findings {
					require.Less(t, len(f.Sentence), 400)
				}
			})
		}
	}
}
