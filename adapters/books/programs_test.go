package books_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// program is an accounting program of others, which reads an export.
type program struct {
	name  string
	needs []string // commands
	write func(ctx context.Context, w io.Writer, reader ledger.Reader, book ledger.BookID, options *books.Options) error
	// check lets the program judge a file.
	check func(ctx context.Context, file string) error
	// moved returns what the program says every account moved by on each date.
	moved func(tb testing.TB, file string) map[ledger.Date]holdings
	// held returns what the program says every account stands at in the end.
	held func(tb testing.TB, file string) holdings
}

// holding is what an account holds. Each has one currency; the program's word
// for it is compared too.
type holding struct {
	path     string
	currency money.Currency
}

// holdings are minor units, debit positive, without zeros.
type holdings map[holding]int64

func (h holdings) add(path string, amount money.Amount) {
	key := holding{path, amount.Currency()}
	if h[key] += amount.Minor(); h[key] == 0 {
		delete(h, key)
	}
}

func programs() []program {
	return []program{
		{
			name: "hledger", needs: []string{"hledger"}, write: books.WriteHledger,
			check: func(ctx context.Context, file string) error {
				_, err := run(ctx, "hledger", "-f", file, "check", "--strict")
				return err
			},
			moved: hledgerMoved, held: hledgerHeld,
		},
		{
			name: "ledger", needs: []string{"ledger"}, write: books.WriteLedger,
			check: func(ctx context.Context, file string) error {
				_, err := run(ctx, "ledger", "-f", file, "--pedantic", "balance")
				return err
			},
			moved: ledgerMoved, held: ledgerHeld,
		},
		{
			name: "beancount", needs: []string{"bean-check", "bean-query"}, write: books.WriteBeancount,
			check: func(ctx context.Context, file string) error {
				_, err := run(ctx, "bean-check", "--no-cache", file)
				return err
			},
			moved: beancountMoved, held: beancountHeld,
		},
	}
}

// requirePrograms skips without the programs, which are needed in CI only.
func requirePrograms(t *testing.T) {
	t.Helper()
	for _, p := range programs() {
		for _, command := range p.needs {
			if _, err := exec.LookPath(command); err != nil {
				if os.Getenv("CI") != "" {
					t.Fatalf("%s is needed in CI", command)
				}
				t.Skipf("no %s here", command)
			}
		}
	}
}

// run runs a command and returns what it prints. What it complains of is in the
// error, also if it ends well.
func run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if stderr.Len() > 0 {
		err = errors.Join(err, errors.New(stderr.String()))
	}
	return stdout.String(), err
}

// table runs a command that prints comma-separated values.
func table(tb testing.TB, name string, args ...string) [][]string {
	tb.Helper()
	out, err := run(context.WithoutCancel(tb.Context()), name, args...)
	require.NoError(tb, err)
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	require.NoError(tb, err, out)
	for _, row := range rows {
		for i := range row {
			row[i] = strings.TrimSpace(row[i])
		}
	}
	return rows
}

func amountOf(tb testing.TB, decimal, currency string) money.Amount {
	tb.Helper()
	c, err := money.ParseCurrency(currency)
	require.NoError(tb, err)
	amount, err := money.Parse(decimal, c)
	require.NoError(tb, err, "%q %s", decimal, currency)
	return amount
}

func dateOf(tb testing.TB, text string) ledger.Date {
	tb.Helper()
	date, err := ledger.ParseDate(text)
	require.NoError(tb, err)
	return date
}

// pathOf is the path in a name such as assets:1002:bank:2.
func pathOf(name string) string {
	return strings.ReplaceAll(strings.SplitN(name, ":", 3)[2], ":", "/")
}

func hledgerBalance(tb testing.TB, file string, args ...string) [][]string {
	tb.Helper()
	return table(tb, "hledger", append([]string{"-f", file, "balance", "-N", "--flat", "--layout=bare", "-O", "csv"}, args...)...)
}

func hledgerHeld(tb testing.TB, file string) holdings {
	tb.Helper()
	held := holdings{}
	for _, row := range hledgerBalance(tb, file)[1:] {
		if row[1] != "" { // a balance of nothing has no commodity
			held.add(pathOf(row[0]), amountOf(tb, row[2], row[1]))
		}
	}
	return held
}

// hledgerMoved reads a table with a column for each date.
func hledgerMoved(tb testing.TB, file string) map[ledger.Date]holdings {
	tb.Helper()
	moved := map[ledger.Date]holdings{}
	rows := hledgerBalance(tb, file, "--daily")
	for column := 2; column < len(rows[0]); column++ {
		date := dateOf(tb, rows[0][column])
		moved[date] = holdings{}
		for _, row := range rows[1:] {
			if row[1] != "" {
				moved[date].add(pathOf(row[0]), amountOf(tb, row[column], row[1]))
			}
		}
	}
	return moved
}

// movedRows sums rows of a date, a path, a number and a currency.
func movedRows(tb testing.TB, rows [][]string) map[ledger.Date]holdings {
	tb.Helper()
	moved := map[ledger.Date]holdings{}
	for _, row := range rows {
		date := dateOf(tb, row[0])
		if moved[date] == nil {
			moved[date] = holdings{}
		}
		moved[date].add(row[1], amountOf(tb, row[2], row[3]))
	}
	return moved
}

// ledgerRows runs Ledger, which writes an amount of nothing without a currency.
func ledgerRows(tb testing.TB, file string, args ...string) [][]string {
	tb.Helper()
	var rows [][]string
	for _, row := range table(tb, "ledger", append([]string{"-f", file, "--pedantic"}, args...)...) {
		if row[3] != "" {
			row[1] = pathOf(row[1])
			rows = append(rows, row)
		}
	}
	return rows
}

func ledgerMoved(tb testing.TB, file string) map[ledger.Date]holdings {
	tb.Helper()
	return movedRows(tb, ledgerRows(tb, file, "register", "--daily",
		"--format", `%(format_date(date, "%Y-%m-%d")),%(account),%(quantity(amount)),%(commodity(amount))\n`))
}

func ledgerHeld(tb testing.TB, file string) holdings {
	tb.Helper()
	held := holdings{}
	for _, row := range ledgerRows(tb, file, "balance", "--flat", "--no-total",
		"--format", `,%(account),%(quantity(amount)),%(commodity(amount))\n`) {
		held.add(row[1], amountOf(tb, row[2], row[3]))
	}
	return held
}

// beancountRows asks for numbers as Python writes them: bean-query rounds those
// that it writes itself.
func beancountRows(tb testing.TB, file, columns string) [][]string {
	tb.Helper()
	rows := table(tb, "bean-query", "--format", "csv", "--no-errors", file,
		"select "+columns+`, getitem(open_meta(account), "path") as path, str(sum(number)), currency group by `+columns+", path, currency")[1:]
	for _, row := range rows {
		row[2] = strings.TrimSuffix(strings.TrimPrefix(row[2], "Decimal('"), "')")
	}
	return rows
}

func beancountMoved(tb testing.TB, file string) map[ledger.Date]holdings {
	tb.Helper()
	return movedRows(tb, beancountRows(tb, file, "date"))
}

func beancountHeld(tb testing.TB, file string) holdings {
	tb.Helper()
	held := holdings{}
	for _, row := range beancountRows(tb, file, "root(account, 1)") {
		held.add(row[1], amountOf(tb, row[2], row[3]))
	}
	return held
}

// write exports a book to a file of the directory.
func (p program) writeFile(tb testing.TB, dir string, reader ledger.Reader, book ledger.BookID) string {
	tb.Helper()
	var text bytes.Buffer
	require.NoError(tb, p.write(context.WithoutCancel(tb.Context()), &text, reader, book, nil))
	return fileOf(tb, dir, p.name, text.String())
}

func fileOf(tb testing.TB, dir, name, text string) string {
	tb.Helper()
	file := filepath.Join(dir, name)
	require.NoError(tb, os.WriteFile(file, []byte(text), 0o600))
	return file
}
