package ledger_test

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

func TestReadmeCodeIsTestedExamples(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	for _, problem := range readmeProblems(string(readme), os.DirFS("..")) {
		t.Error("README.md: " + problem)
	}
}

var (
	// exampleComment names the Example whose body the next block is.
	exampleComment = regexp.MustCompile(`^<!-- example: (\S+_test\.go) (Example\w*) -->$`)
	fence          = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})\\s*([^\\s`]*)")
)

// readmeBlock is one fenced block with the line it starts on and the last line
// before it that is not blank.
type readmeBlock struct {
	line     int
	above    string
	language string
	code     string
}

// readmeProblems says where Go code in the text is not, line for line, the body
// of an Example that go test runs, and where a comment names an Example that no
// block follows.
func readmeProblems(text string, root fs.FS) []string {
	blocks, problems := readmeBlocks(text)
	used := 0
	for _, block := range blocks {
		named := exampleComment.FindStringSubmatch(block.above)
		if named != nil {
			used++
		}
		isGo := strings.EqualFold(block.language, "go") || strings.EqualFold(block.language, "golang")
		switch {
		case !isGo && named == nil:
		case !isGo:
			problems = append(problems, fmt.Sprintf("line %d: the block of %s is not marked as go", block.line, named[2]))
		case named == nil:
			problems = append(problems, fmt.Sprintf(
				"line %d: a go block without <!-- example: path/to/file_test.go ExampleName --> above it", block.line))
		default:
			want, err := exampleBody(root, named[1], named[2])
			if err != nil {
				problems = append(problems, fmt.Sprintf("line %d: %v", block.line, err))
			} else if want != block.code {
				problems = append(problems, fmt.Sprintf(
					"line %d: the block is not %s of %s, which reads:\n%s", block.line, named[2], named[1], want))
			}
		}
	}
	if comments := strings.Count(text, "<!-- example:"); comments != used {
		problems = append(problems, fmt.Sprintf("%d example comments, but %d stand above a block", comments, used))
	}
	return problems
}

func readmeBlocks(text string) (blocks []readmeBlock, problems []string) {
	var above, closing string
	var body []string
	for i, line := range strings.Split(text, "\n") {
		mark := fence.FindStringSubmatch(line)
		switch {
		case closing != "" && strings.TrimSpace(line) == closing:
			blocks[len(blocks)-1].code = strings.Join(body, "\n")
			above, closing, body = "", "", nil
		case closing != "":
			body = append(body, line)
		case mark != nil:
			blocks = append(blocks, readmeBlock{line: i + 1, above: above, language: mark[2]})
			closing = mark[1]
		case strings.TrimSpace(line) != "":
			above = strings.TrimSpace(line)
		}
	}
	if closing != "" {
		problems = append(problems, fmt.Sprintf("line %d: the block does not end", blocks[len(blocks)-1].line))
	}
	return blocks, problems
}

// exampleBody returns what stands between the braces of the Example, without
// its indent. An Example without output is refused: go test does not run it.
func exampleBody(root fs.FS, path, name string) (string, error) {
	source, err := fs.ReadFile(root, path)
	if err != nil {
		return "", err
	}
	positions := token.NewFileSet()
	file, err := parser.ParseFile(positions, path, source, parser.ParseComments)
	if err != nil {
		return "", err
	}
	for _, example := range doc.Examples(file) {
		if "Example"+example.Name != name {
			continue
		}
		if example.Output == "" && !example.EmptyOutput {
			return "", fmt.Errorf("%s of %s has no output, so no test runs it", name, path)
		}
		from, to := bodyOffsets(positions, file, name)
		return dedent(string(source[from:to])), nil
	}
	return "", fmt.Errorf("%s has no %s", path, name)
}

// bodyOffsets finds the source between a function's braces. What doc.Examples
// keeps of it is the syntax tree without the output comment.
func bodyOffsets(positions *token.FileSet, file *ast.File, name string) (from, to int) {
	for _, declaration := range file.Decls {
		if function, ok := declaration.(*ast.FuncDecl); ok && function.Name.Name == name {
			return positions.Position(function.Body.Lbrace).Offset + 1, positions.Position(function.Body.Rbrace).Offset
		}
	}
	return 0, 0
}

// dedent takes one tab, a function body's, off every line.
func dedent(body string) string {
	lines := strings.Split(strings.Trim(body, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "\t")
	}
	return strings.Join(lines, "\n")
}

func TestReadmeProblems(t *testing.T) {
	t.Parallel()
	root := fstest.MapFS{"shop/example_test.go": {Data: []byte(`package shop_test

import "fmt"

func ExampleOpen() {
	if true {
		fmt.Println("open") // at eight
	}
	// Output: open
}

func ExampleSilent() {
	fmt.Println("not run")
}
`)}}
	const (
		comment = "<!-- example: shop/example_test.go ExampleOpen -->\n"
		body    = "if true {\n\tfmt.Println(\"open\") // at eight\n}\n// Output: open\n"
		block   = "```go\n" + body + "```\n"
	)
	for name, c := range map[string]struct {
		text string
		want string // in the only problem; empty: none
	}{
		"the body as it is":             {"# Shop\n\n" + comment + block + "\nText.\n", ""},
		"a blank line in between":       {comment + "\n" + block, ""},
		"tildes and another name of go": {comment + "~~~golang\n" + body + "~~~\n", ""},
		"a block of another language":   {"```sh\nmake test\n```\n", ""},
		"no go at all":                  {"# Shop\n", ""},
		"a go block without a comment":  {"# Shop\n\n" + block, "line 3: a go block without"},
		"a comment spent on the block before": {
			comment + block + "\n" + block, "line 9: a go block without",
		},
		"text between comment and block":  {comment + "So:\n" + block, "line 3: a go block without"},
		"a changed word":                  {comment + strings.Replace(block, "eight", "nine", 1), "line 2: the block is not ExampleOpen"},
		"a missing line":                  {comment + strings.Replace(block, "// Output: open\n", "", 1), "line 2: the block is not"},
		"an Example that is gone":         {strings.Replace(comment, "ExampleOpen", "ExampleClose", 1) + block, "has no ExampleClose"},
		"a file that is gone":             {strings.Replace(comment, "shop/", "store/", 1) + block, "store/example_test.go"},
		"an Example that no test runs":    {strings.Replace(comment, "ExampleOpen", "ExampleSilent", 1) + block, "no test runs it"},
		"a comment above another block":   {comment + "```sh\nmake\n```\n", "is not marked as go"},
		"a comment above nothing":         {comment, "1 example comments, but 0"},
		"a comment that is misspelt":      {"<!-- example: ExampleOpen -->\n" + "text\n", "1 example comments, but 0"},
		"a block that does not end":       {comment + "```go\n" + body, "does not end"},
		"an indented fence, as in a list": {"- so:\n\n  " + "```go\n  x()\n  ```\n", "line 3: a go block without"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems := strings.Join(readmeProblems(c.text, root), "\n")
			if c.want == "" {
				require.Empty(t, problems)
				return
			}
			require.Contains(t, problems, c.want)
		})
	}
}
