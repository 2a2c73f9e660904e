package pgstore_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// statementsOfSource returns every text of the package that is a statement, as
// the compiler puts it together, but for those that are only parts of others.
func statementsOfSource(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	constants, parts, texts := map[string]ast.Expr{}, map[string]bool{}, []ast.Expr{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		require.NoError(t, err)
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.ValueSpec:
				for i, value := range node.Values {
					constants[node.Names[i].Name] = value
				}
			case *ast.BinaryExpr:
				texts = append(texts, node)
				ast.Inspect(node, func(below ast.Node) bool {
					if id, is := below.(*ast.Ident); is {
						parts[id.Name] = true
					}
					return true
				})
				return false
			case *ast.BasicLit:
				texts = append(texts, node)
			}
			return true
		})
	}
	for name := range parts { // listed as parts of others
		texts = slices.DeleteFunc(texts, func(text ast.Expr) bool { return constants[name] == text })
	}
	var statements []string
	for _, text := range texts {
		s := evaluate(constants, text)
		if statementBegins.MatchString(s) && !strings.Contains(s, "%") { // no message of an error
			statements = append(statements, s)
		}
	}
	require.Greater(t, len(statements), 40)
	return statements
}

var statementBegins = regexp.MustCompile(
	`^\s*(begin|commit|rollback|savepoint|release|select|insert|update|delete|with|merge|copy|lock|listen|unlisten|discard|set) ?`)

// evaluate returns the text of an expression of constants, "" of any other.
func evaluate(constants map[string]ast.Expr, expr ast.Expr) string {
	switch expr := expr.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(expr.Value)
		return text
	case *ast.Ident:
		return evaluate(constants, constants[expr.Name])
	case *ast.BinaryExpr:
		return evaluate(constants, expr.X) + evaluate(constants, expr.Y)
	}
	return ""
}
