package books_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// opened is the name and the path of an account in a Beancount file.
var opened = regexp.MustCompile(`(?m)^\S+ open (\S+) CNY\n  path: "(.*)"$`)

// namesOf exports a book of these accounts, lets Beancount check it, and returns
// the names by paths.
func namesOf(t *testing.T, accounts []ledger.AccountSpec) map[string]string {
	t.Helper()
	store := storetest.NewMemory()
	b, err := ledger.Create(t.Context(), store, book, ledger.Genesis{Name: "Names", OpenDate: firstDay}, nil)
	require.NoError(t, err)
	for len(accounts) > 0 {
		n := min(len(accounts), 1000)
		_, err = b.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: accounts[:n]})
		require.NoError(t, err)
		accounts = accounts[n:]
	}
	var text bytes.Buffer
	require.NoError(t, books.WriteBeancount(t.Context(), &text, store, book, nil))
	p := programs()[2]
	require.NoError(t, p.check(t.Context(), fileOf(t, t.TempDir(), p.name, text.String())))
	names := map[string]string{}
	for _, found := range opened.FindAllStringSubmatch(text.String(), -1) {
		names[found[2]] = found[1]
	}
	return names
}

func spec(path, control string) ledger.AccountSpec {
	return ledger.AccountSpec{Path: path, Control: control, Side: ledger.DebitSide, Currency: money.CNY}
}

func TestBeancountNamesAreReadable(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	specs := []ledger.AccountSpec{
		spec("bank", "1002"), spec("wallet/h1", "2307.01"), spec("fee/2026-autumn", "12-x"), spec("9/a.b", "a"), spec("a_b", "a"),
		spec("H1", "a"), spec("-/-", "a"), spec("a", "A.."),
	}
	require.Equal(t, map[string]string{
		"bank":            "Assets:1002:Bank",
		"wallet/h1":       "Liabilities:2307-01:Wallet-h1",
		"fee/2026-autumn": "Assets:12--x:Fee-2026--autumn",
		"9/a.b":           "Assets:A:9-a---2Eb",
		"a_b":             "Assets:A:A---5Fb",
		"H1":              "Assets:A:X----H1",
		"-/-":             "Assets:A:X-------2D---2F---2D",
		"a":               "Assets:X----A---2E---2E:A",
	}, namesOf(t, specs))
}

// Every text of up to four characters, of those that could be confused, has a
// name of its own, as a path and as a control account. Beancount takes all of
// them: it would refuse one that is opened twice.
func TestBeancountNamesAreLegalAndDifferent(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	texts, last := []string{}, []string{""}
	for range 4 {
		var longer []string
		for _, text := range last {
			for _, c := range "xX2D./-" {
				longer = append(longer, text+string(c))
			}
		}
		texts, last = append(texts, longer...), longer
	}
	texts = append(texts, "x-2D", "x--2D", "x---2D", "x-x-2D", "X----X", "x----X", "x/X", "x/-/X", "x.2E", "x.-2E", "x---X")
	var accounts []ledger.AccountSpec
	controls := map[string]bool{}
	for _, text := range texts {
		if !strings.Contains("/"+text+"/", "//") && text != "x" {
			accounts = append(accounts, spec(text, "x"))
		}
		if !strings.Contains(text, "/") && !controls[text] {
			controls[text] = true
			accounts = append(accounts, spec("x/c/"+text, text))
		}
	}
	names := namesOf(t, uniqueSpecs(accounts))
	require.Greater(t, len(names), 2000)
	paths, ofControl := map[string]string{}, map[string]string{}
	for path, name := range names {
		parts := strings.Split(name, ":")
		require.Len(t, parts, 3)
		require.NotContains(t, paths, parts[2], "%s and %s", path, paths[parts[2]])
		paths[parts[2]] = path
		if control, ok := strings.CutPrefix(path, "x/c/"); ok {
			require.NotContains(t, ofControl, parts[1], "%s and %s", control, ofControl[parts[1]])
			ofControl[parts[1]] = control
		}
	}
	require.Len(t, ofControl, len(controls))
}

func uniqueSpecs(accounts []ledger.AccountSpec) []ledger.AccountSpec {
	seen := map[string]bool{}
	var unique []ledger.AccountSpec
	for _, a := range accounts {
		if !seen[a.Path] {
			seen[a.Path] = true
			unique = append(unique, a)
		}
	}
	return unique
}
