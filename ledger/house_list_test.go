package ledger_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// listedPackage is what the test reads of `go list -json`.
type listedPackage struct {
	ImportPath string
	Dir        string
	Doc        string
	Standard   bool
	GoFiles    []string
	Imports    []string
	Deps       []string
}

// listPackages asks the go command once for all packages of the module and
// all that they link.
func listPackages(t *testing.T) map[string]listedPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps",
		"-json=ImportPath,Dir,Doc,Standard,GoFiles,Imports,Deps", "./...")
	cmd.Dir = houseRoot
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "go list: %s", &stderr)
	packages := map[string]listedPackage{}
	decoder := json.NewDecoder(bytes.NewReader(out))
	for {
		var p listedPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		require.NoError(t, err)
		packages[p.ImportPath] = p
	}
}

// roomOf returns the row with the longest name that matches the package.
func roomOf(name string) (houseRoom, bool) {
	var found houseRoom
	for _, room := range house {
		if matches(room.name, name) && len(room.name) > len(found.name) {
			found = room
		}
	}
	return found, found.name != ""
}

// ourName returns the package's directory in the module, "." for its root.
func ourName(importPath string) (string, bool) {
	if importPath == houseModule {
		return ".", true
	}
	return strings.CutPrefix(importPath, houseModule+"/")
}

// matches reads "sql/..." as the go command does: sql and all below it.
func matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "/..."); ok {
		return below(prefix, name)
	}
	return pattern == name
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matches(pattern, name) })
}

func below(path, name string) bool { return name == path || strings.HasPrefix(name, path+"/") }

func belowAny(paths []string, name string) bool {
	return slices.ContainsFunc(paths, func(path string) bool { return below(path, name) })
}

var generatedLine = regexp.MustCompile(`^// Code generated .* DO NOT EDIT\.$`)

// isGenerated looks for the mark that the go command specifies, which stands
// before the package clause.
func isGenerated(t *testing.T, path string) bool {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if generatedLine.MatchString(lines.Text()) {
			return true
		}
		if strings.HasPrefix(lines.Text(), "package ") {
			return false
		}
	}
	return false
}
