package storetest_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// brokenVariable makes a child of TestBrokenStoresAreCaught run the contract.
const brokenVariable = "CAMPUSLEDGER_TEST_BROKEN_STORE"

// A contract that no store can fail is worth nothing. Each broken store runs
// in a process of its own, where its tests fail.
func TestBrokenStoresAreCaught(t *testing.T) {
	if name := os.Getenv(brokenVariable); name != "" {
		storetest.Run(t, func(tb testing.TB) ledger.Store { return brokenStores[name].wrap(openSQLite(tb)) })
		return
	}
	t.Parallel()
	for name, broken := range brokenStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			theme := strings.ReplaceAll(broken.theme, " ", "_")
			child := exec.CommandContext(t.Context(), os.Args[0],
				"-test.run=^TestBrokenStoresAreCaught$/^"+theme+"$", "-test.timeout=60s")
			child.Env = append(os.Environ(), brokenVariable+"="+name)
			output, err := child.CombinedOutput()
			var failure *exec.ExitError
			require.ErrorAs(t, err, &failure, "the contract takes it for a store:\n%s", output)
			clause := "/" + theme + "/" + strings.ReplaceAll(broken.clause, " ", "_")
			require.Contains(t, string(output), "--- FAIL: TestBrokenStoresAreCaught"+clause, "another clause failed")
		})
	}
}

func openSQLite(tb testing.TB) ledger.Store {
	store, err := sqlitestore.Open(context.Background(), filepath.Join(tb.TempDir(), "books.db"), nil)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, store.Close()) })
	return store
}

func TestClausesQuoteTheContract(t *testing.T) {
	t.Parallel()
	contract := wordsOf(t, "..")
	quoted := 0
	for _, quote := range storetest.Quotes() {
		quoted++
		require.Contains(t, contract, strings.Join(strings.Fields(quote), " "), "package ledger does not say so any more")
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
