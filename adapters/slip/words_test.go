package slip

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

// kindsIn returns the kinds that a package declares: its string constants whose
// names begin with Kind.
func kindsIn(t *testing.T, file string) (kinds []string) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	require.NoError(t, err)
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Kind") {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			kind, err := strconv.Unquote(literal.Value)
			require.NoError(t, err)
			kinds = append(kinds, kind)
		}
		return true
	})
	return kinds
}

func TestEveryKindHasPlainWords(t *testing.T) {
	t.Parallel()
	kinds := append(kindsIn(t, "../../ledger/record.go"), kindsIn(t, "../../ledger/campus/events.go")...)
	require.Greater(t, len(kinds), 20)
	for _, kind := range kinds {
		require.NotEqual(t, kind, kindWord(kind))
	}
	require.Equal(t, "gift", kindWord("gift"), "a caller's own kind is its own word")
}

func TestEveryFamilyHasPlainWordsAndItsSide(t *testing.T) {
	t.Parallel()
	chart, err := campus.New(nil)
	require.NoError(t, err)
	for _, f := range chart.Families() {
		root, _, _ := strings.Cut(f.Path, "/")
		named, known := families[campus.Family(root)]
		require.True(t, known, f.Path)
		require.Equal(t, f.Side, named.side, f.Path)
	}
}

func TestSignsAreThoseOfTheAccount(t *testing.T) {
	t.Parallel()
	debit := money.MustParse("12.50", money.CNY)
	credit, err := debit.Neg()
	require.NoError(t, err)
	for _, test := range []struct {
		path   string
		amount money.Amount
		words  string
		change string
	}{
		{"wallet/h1", debit, "钱包 h1", "-12.50"},
		{"wallet/h1", credit, "钱包 h1", "+12.50"},
		{"arrears/h1", debit, "欠款 h1", "+12.50"},
		{"arrears/h1", credit, "欠款 h1", "-12.50"},
		{"subsidy/h1/meal", debit, "补助 h1/meal", "-12.50"},
		{"petty/box", debit, "petty/box", "借 12.50"},
		{"petty/box", credit, "petty/box", "贷 12.50"},
	} {
		words, change := accountWords(test.path, test.amount)
		require.Equal(t, test.words, words)
		require.Equal(t, test.change, change)
	}
}

func TestARefusalSaysWhatWasRefused(t *testing.T) {
	t.Parallel()
	require.Equal(t, "已拒绝（消费）", wordsOf(&ledger.Record{Kind: ledger.KindRefusal, For: campus.KindSale}))
}
