package httpapi

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// unanswered are the sentinels without a row, and why they need none.
var unanswered = map[string]string{
	"money.ErrOverflow":         "is ledger.ErrOverflow",
	"money.ErrCurrencyMismatch": "is ledger.ErrCurrencyMismatch",
	"money.ErrRounding":         "is a program's mistake",
	"money.ErrRatios":           "is a program's mistake",
	"qrcode.ErrRange":           "is a program's mistake",
	"qrcode.ErrKey":             "is found at the start",
	"qrcode.ErrCodec":           "is found at the start",
	"qrcode.ErrBarcode":         "belongs to imports",
	"qrcode.ErrCheckDigit":      "belongs to imports",
	"qrcode.ErrSymbol":          "belongs to printing",
	"qrcode.ErrSize":            "belongs to printing",
	"identity.ErrKeys":          "is found at the start",
	"identity.ErrSchoolFull":    "belongs to imports",
	"canteen.ErrRefused":        "is answered by the reason of its Refusal",
	"canteen.ErrDishFile":       "belongs to imports",
	"canteen.ErrDishRows":       "belongs to imports",
	"canteen.ErrNotSettled":     "belongs to settlement",
	"billing.ErrImport":         "belongs to imports",
	"gateways.ErrBadSignature":  "is answered by gateways.NotificationHandler",
	"gateways.ErrStale":         "is answered by gateways.NotificationHandler",
	"gateways.ErrMalformed":     "is answered by gateways.NotificationHandler",
	"gateways.ErrTooLarge":      "is answered by gateways.NotificationHandler",
	"seal.ErrFormat":            "is answered where a note is read, else it belongs to verification",
	"seal.ErrSignature":         "belongs to verification",
	"seal.ErrProof":             "belongs to verification",
	"seal.ErrNotClosed":         "belongs to the command that proves balances",
	"seal.ErrNoSigner":          "is the server's fault",
	"school.ErrInUse":           "is found at the start",
	"school.ErrLocation":        "is found at the start",
	"school.ErrKeyFile":         "is found at the start",
	"school.ErrSealKeys":        "is found at the start",
	"school.ErrSealed":          "belongs to the command that makes keys",
}

func TestEverySentinelHasAConditionOrAReason(t *testing.T) {
	t.Parallel()
	named := selectorsOf(t, "conditions.go")
	for name := range identifiersOf(t, "../../ledger/code.go") { // the table that is shared
		named["ledger."+name] = true
	}
	declared := map[string]bool{}
	for _, dir := range []string{
		"../../ledger", "../../ledger/money", "../../qrcode", "../../qrcode/identity", "../../canteen", "../../billing", "../../gateways", "../../ledger/seal", "../school", "../slip",
	} {
		for _, name := range sentinelsOf(t, dir) {
			full := filepath.Base(dir) + "." + name
			declared[full] = true
			why, exempt := unanswered[full]
			switch {
			case named[full] && exempt:
				t.Errorf("%s has a row and a reason to have none: %s", full, why)
			case !named[full] && !exempt:
				t.Errorf("%s has no row in conditions.go", full)
			}
		}
	}
	require.Greater(t, len(declared), 60)
	for name := range unanswered {
		require.True(t, declared[name], "%s does not exist any more", name)
	}
	own := sentinelsOf(t, ".")
	require.NotEmpty(t, own)
	text := identifiersOf(t, "conditions.go")
	for _, name := range own {
		require.True(t, text[name], "%s has no row in conditions.go", name)
	}
}

func TestConditionsFitTheDocument(t *testing.T) {
	t.Parallel()
	status := map[string]int{}
	all := append([]condition(nil), conditions...)
	for _, c := range ledger.Conditions() {
		if c.Kind != ledger.KindInternal {
			all = append(all, conditionOf(fmt.Errorf("wrapped: %w", c.Err)))
		}
	}
	for _, c := range all {
		require.Regexp(t, `^[a-z_]+$`, c.code)
		require.NotEmpty(t, c.title())
		require.GreaterOrEqual(t, c.status, 400)
		require.NotEqual(t, internal, c.status, "%s: what has a code is not the server's fault", c.code)
		if earlier, ok := status[c.code]; ok {
			require.Equal(t, earlier, c.status, "%s has two statuses", c.code)
		}
		status[c.code] = c.status
	}
}

func TestCodesAreThoseOfGo(t *testing.T) {
	t.Parallel()
	for _, c := range ledger.Conditions() {
		answered := conditionOf(fmt.Errorf("wrapped: %w", c.Err))
		require.Equal(t, c.Code, answered.code)
		require.Equal(t, c.Kind == ledger.KindInternal, answered.status == internal, c.Code)
	}
	require.Equal(t, "overflow", conditionOf(money.ErrOverflow).code)
	require.Equal(t, internal, conditionOf(errors.New("anything else")).status)
	require.Equal(t, internal, conditionOf(ledger.ErrCorrupt).status)
}

// sentinelsOf are the error values that a package's errors.go declares.
func sentinelsOf(t *testing.T, dir string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, "errors.go"), nil, 0)
	require.NoError(t, err)
	var names []string
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.VAR {
			continue
		}
		for _, spec := range group.Specs {
			for _, name := range spec.(*ast.ValueSpec).Names {
				if strings.HasPrefix(strings.ToLower(name.Name), "err") {
					names = append(names, name.Name)
				}
			}
		}
	}
	return names
}

func selectorsOf(t *testing.T, path string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	inspect(t, path, func(node ast.Node) {
		if selector, ok := node.(*ast.SelectorExpr); ok {
			if pkg, ok := selector.X.(*ast.Ident); ok {
				found[pkg.Name+"."+selector.Sel.Name] = true
			}
		}
	})
	return found
}

func identifiersOf(t *testing.T, path string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	inspect(t, path, func(node ast.Node) {
		if identifier, ok := node.(*ast.Ident); ok {
			found[identifier.Name] = true
		}
	})
	return found
}

func inspect(t *testing.T, path string, visit func(ast.Node)) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	require.NoError(t, err)
	ast.Inspect(file, func(node ast.Node) bool {
		visit(node)
		return true
	})
}
