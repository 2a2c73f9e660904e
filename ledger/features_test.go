package ledger_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// featureLink is a link of README.md's table: [Book.Post (replay)](example_test.go).
var featureLink = regexp.MustCompile(`\[([^\]]+)\]\(([^)]+)\)`)

func TestEveryFeatureHasAnExample(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	rows, examples := 0, 0
	for line := range strings.Lines(string(readme)) {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| feature") {
			continue
		}
		rows++
		cells := strings.Split(line, "|")
		links := featureLink.FindAllStringSubmatch(cells[3], -1)
		require.NotEmpty(t, links, "%s shows nothing", cells[1])
		for _, link := range links {
			if !strings.HasPrefix(filepath.Base(link[2]), "example_") {
				require.FileExists(t, link[2], link[1])
				continue
			}
			examples++
			require.Contains(t, examplesWithOutput(t, link[2]), exampleName(link[1]), "%s of %s", link[1], link[2])
		}
	}
	require.Greater(t, rows, 25)
	require.Greater(t, examples, 25)
}

// exampleName turns "Book.Post (replay)" into "ExampleBook_Post_replay".
func exampleName(link string) string {
	name, suffix, found := strings.Cut(link, " (")
	if name == "Example" {
		return name
	}
	name = "Example" + strings.ReplaceAll(name, ".", "_")
	if found {
		name += "_" + strings.TrimSuffix(suffix, ")")
	}
	return name
}

// examplesWithOutput returns the Examples of a file that go test runs.
func examplesWithOutput(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	require.NoError(t, err)
	var names []string
	for _, declared := range file.Decls {
		function, ok := declared.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(function.Name.Name, "Example") {
			continue
		}
		for _, comment := range file.Comments {
			inside := comment.Pos() > function.Body.Pos() && comment.End() < function.Body.End()
			if inside && strings.HasPrefix(comment.Text(), "Output:") {
				names = append(names, function.Name.Name)
			}
		}
	}
	return names
}

// sentinelNames returns the names of the errors of errors.go, in their order.
func sentinelNames(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	require.NoError(t, err)
	var names []string
	ast.Inspect(file, func(node ast.Node) bool {
		if value, ok := node.(*ast.ValueSpec); ok && strings.HasPrefix(value.Names[0].Name, "Err") {
			names = append(names, value.Names[0].Name)
		}
		return true
	})
	return names
}

func TestCodesAreTheSameInCodeDocsAndErrors(t *testing.T) {
	t.Parallel()
	code, err := os.ReadFile("code.go")
	require.NoError(t, err)
	var inCode []string
	for _, match := range regexp.MustCompile(`\{(Err\w+), "`).FindAllStringSubmatch(string(code), -1) {
		if match[1] != "ErrConflict" { // seen by callers as ErrBusy
			inCode = append(inCode, match[1])
		}
	}
	inErrors := slices.DeleteFunc(sentinelNames(t), func(name string) bool { return name == "ErrConflict" })
	require.Equal(t, inErrors, inCode, "the order of errors.go is the order of code.go")

	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	var rows []string
	for _, match := range regexp.MustCompile(`(?m)^//\t([a-z_]+) +(\w+)(?: .*)?$`).FindAllStringSubmatch(string(doc), -1) {
		rows = append(rows, match[1]+" "+match[2])
	}
	var want []string
	for _, c := range ledger.Conditions() {
		if row := c.Code + " " + string(c.Kind); !slices.Contains(want, row) {
			want = append(want, row)
		}
	}
	require.Equal(t, append(want, "internal internal"), rows, "the table in doc.go is that of code.go")
}

func TestEachConditionHasItsCodeAndKind(t *testing.T) {
	t.Parallel()
	for _, c := range ledger.Conditions() {
		wrapped := fmt.Errorf("somewhere: %w", c.Err)
		require.Equal(t, c.Code, ledger.CodeOf(wrapped))
		require.Equal(t, c.Kind, ledger.KindOf(wrapped))
		require.Equal(t, c.Code, ledger.Explain(wrapped).Code)
	}
	require.Empty(t, ledger.CodeOf(nil))
	require.Empty(t, ledger.KindOf(nil))
	require.Equal(t, ledger.Refusal{}, ledger.Explain(nil))
	require.Equal(t, "internal", ledger.CodeOf(os.ErrClosed))
	require.Equal(t, ledger.KindInternal, ledger.KindOf(os.ErrClosed))
}

// Test code counts what go test runs and the contract of stores, which is
// nothing else.
func TestThereIsMoreTestThanCode(t *testing.T) {
	t.Parallel()
	code, tests := 0, 0
	for _, dir := range []string{".", "pgstore", "sqlitestore", "storetest"} {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		require.NoError(t, err)
		require.NotEmpty(t, paths, dir)
		for _, path := range paths {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			lines := strings.Count(string(text), "\n")
			if dir == "storetest" || strings.HasSuffix(path, "_test.go") {
				tests += lines
			} else {
				code += lines
			}
		}
	}
	t.Logf("%d lines of code, %d of tests", code, tests)
	require.GreaterOrEqual(t, float64(tests)/float64(code), 1.2)
}

func TestEveryExportedNameIsDocumented(t *testing.T) {
	t.Parallel()
	names := 0
	for _, dir := range []string{".", "money", "campus", "audit", "pgstore", "sqlitestore", "storetest"} {
		paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
		require.NoError(t, err)
		for _, path := range paths {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
			require.NoError(t, err)
			for _, declared := range file.Decls {
				names += requireDocumented(t, path, declared)
			}
		}
	}
	require.Greater(t, names, 400)
}

// requireDocumented checks the exported names of a declaration and counts them.
func requireDocumented(t *testing.T, path string, declared ast.Decl) (names int) {
	t.Helper()
	check := func(name *ast.Ident, docs ...*ast.CommentGroup) {
		if name.IsExported() {
			names++
			documented := slices.ContainsFunc(docs, func(doc *ast.CommentGroup) bool { return doc != nil })
			require.True(t, documented, "%s: %s", path, name)
		}
	}
	switch declared := declared.(type) {
	case *ast.FuncDecl:
		if declared.Recv == nil || receiverIsExported(declared.Recv.List[0].Type) {
			check(declared.Name, declared.Doc)
		}
	case *ast.GenDecl:
		for _, spec := range declared.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				check(spec.Name, declared.Doc, spec.Doc)
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					check(name, declared.Doc, spec.Doc, spec.Comment)
				}
			}
		}
	}
	return names
}

func receiverIsExported(receiver ast.Expr) bool {
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	name, ok := receiver.(*ast.Ident)
	return !ok || name.IsExported()
}
