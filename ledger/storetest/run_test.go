package storetest_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/storetest"
)

func TestClausesQuoteTheContract(t *testing.T) {
	t.Parallel()
	contract := wordsOf(t, "..")
	quoted := 0
	for _, quote := range storetest.Quotes() {
		quoted++
		if !strings.Contains(contract, strings.Join(strings.Fields(quote), " ")) { // the whole contract is no message
			t.Errorf("package ledger does not say any more: %s", quote)
		}
	}
	require.Greater(t, quoted, 50)
}

// wordsOf returns the comments of a package's files, without line breaks.
func wordsOf(t *testing.T, dir string) string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.go"))
	require.NoError(t, err)
	var words []string
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, group := range file.Comments {
			words = append(words, textOf(group)...)
		}
	}
	return strings.Join(words, " ")
}

func textOf(group *ast.CommentGroup) []string { return strings.Fields(group.Text()) }

// A store author needs less than thirty lines, and finds them in the package
// comment as they are compiled and run here.
func TestTheContractTestOfAStoreIsShort(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("author_test.go")
	require.NoError(t, err)
	_, body, found := strings.Cut(string(file), "\n)\n\n")
	require.True(t, found)
	require.Less(t, strings.Count(body, "\n"), 30)
	comment, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	var quoted strings.Builder
	for line := range strings.Lines(body) {
		quoted.WriteString(strings.Replace("//\t"+line, "//\t\n", "//\n", 1))
	}
	require.Contains(t, string(comment), quoted.String())
}
