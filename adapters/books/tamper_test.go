package books_test

import (
	"bytes"
	"context"
	"iter"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// requireRefusal lets a program find a file wrong.
func requireRefusal(t *testing.T, p program, text string) {
	t.Helper()
	err := p.check(t.Context(), fileOf(t, t.TempDir(), p.name, text))
	var failed *exec.ExitError
	require.ErrorAs(t, err, &failed, p.name)
}

// tampering changes a text, and must find what it changes.
func tampering(t *testing.T, text string, changes ...string) string {
	t.Helper()
	for i := 0; i < len(changes); i += 2 {
		require.Contains(t, text, changes[i])
	}
	return strings.NewReplacer(changes...).Replace(text)
}

// A fen more or less does not get past any program: not in one posting, not in
// two so that the transaction still balances, and not in what is asserted.
func TestProgramsRefuseWhatDoesNotAgree(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	store := openSQLite(t)
	history(t, store)
	for _, p := range programs() {
		text := exported(t, p, store)
		changes := map[string][]string{
			"a posting changed by a fen":      {"assets:1002:bank:2  7.00 CNY", "assets:1002:bank:2  7.01 CNY"},
			"two postings changed by a fen":   {"assets:1002:bank:2  7.00 CNY", "assets:1002:bank:2  7.01 CNY", "assets:1002:bank  -7.00 CNY", "assets:1002:bank  -7.01 CNY"},
			"a balance changed by a fen":      {"assets:1002:bank:2  0.00 CNY = 7.00 CNY", "assets:1002:bank:2  0.00 CNY = 7.01 CNY"},
			"an account that is not declared": {"account assets:9999:unused\n", ""},
		}
		switch p.name {
		case "hledger":
			changes["a currency that is not declared"] = []string{"commodity 1000. JPY\n", ""}
		case "ledger":
			changes["a currency that is not declared"] = []string{"commodity JPY\n    format 1000 JPY\n", ""}
		case "beancount":
			changes = map[string][]string{
				"a posting changed by a fen":      {"Assets:1002:Bank-2  7.00 CNY", "Assets:1002:Bank-2  7.01 CNY"},
				"two postings changed by a fen":   {"Assets:1002:Bank-2  7.00 CNY", "Assets:1002:Bank-2  7.01 CNY", "Assets:1002:Bank  -7.00 CNY", "Assets:1002:Bank  -7.01 CNY"},
				"a balance changed by a fen":      {"balance Assets:1002:Bank-2  7.00 CNY", "balance Assets:1002:Bank-2  7.01 CNY"},
				"an account that is not declared": {"open Assets:9999:Unused EUR\n  path: \"unused\"\n", "event \"x\" \"y\"\n"},
				"a currency that is another":      {"Assets:1001:Cash-yen  1234567 JPY", "Assets:1001:Cash-yen  1234567 KWD"},
			}
		}
		for name, change := range changes {
			t.Run(p.name+": "+name, func(t *testing.T) {
				t.Parallel()
				requireRefusal(t, p, tampering(t, text, change...))
			})
		}
	}
}

var (
	// assertions are what a file says of balances.
	assertions = regexp.MustCompile(`(?m) = -?[\d.]+ [A-Z]{3}$|^\S+ balance .*$`)
	// bankPostings are the bank's in the transaction that moved 7.00.
	bankPostings = regexp.MustCompile(`(?i)(assets:1002:bank.*?  -?)7\.00 CNY`)
)

// What a program says is compared with the ledger, not with the file: where
// nothing is asserted, it is the comparison that finds the fen.
func TestTheComparisonFindsAFen(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	store := openSQLite(t)
	history(t, store)
	for _, p := range programs() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			bare := assertions.ReplaceAllString(exported(t, p, store), "")
			file := fileOf(t, t.TempDir(), p.name, bare)
			require.NoError(t, p.check(t.Context(), file))
			require.Empty(t, p.differences(t, file, store, book))

			changed := bankPostings.ReplaceAllString(bare, "${1}7.01 CNY")
			require.NotEqual(t, bare, changed)
			file = fileOf(t, t.TempDir(), p.name, changed)
			require.NoError(t, p.check(t.Context(), file), "the program has nothing to compare with")
			found := strings.Join(p.differences(t, file, store, book), "\n")
			require.Contains(t, found, p.name+" in the end: bank/2 has 701 CNY, want 700")
			require.Contains(t, found, p.name+" on 2026-09-02: bank/2 has 701 CNY, want 700")
		})
	}
}

func TestExportsAssertTheAccountTable(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	store := openSQLite(t)
	history(t, store)
	for _, p := range programs() {
		var text bytes.Buffer
		require.NoError(t, p.write(t.Context(), &text, richer{store}, book, nil))
		requireRefusal(t, p, text.String())
	}
}

// richer is a store whose account table has a cent too much.
type richer struct{ ledger.Reader }

func (r richer) Accounts(ctx context.Context, book ledger.BookID, query ledger.AccountQuery) iter.Seq2[ledger.Account, error] {
	return func(yield func(ledger.Account, error) bool) {
		for account, err := range r.Reader.Accounts(ctx, book, query) {
			if account.Path == "unused" {
				account.Debits++
			}
			if !yield(account, err) {
				return
			}
		}
	}
}
