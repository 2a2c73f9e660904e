package ledger_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/storetest"
)

// FuzzRules takes any bytes for the dice of a program: commands and queries of
// every kind, each answered as a naive model answers it.
func FuzzRules(f *testing.F) {
	f.Fuzz(func(t *testing.T, program []byte) { runProgram(t, program) })
}

const (
	// commandBytes is about how many bytes a command takes.
	commandBytes = 32
	commandsMax  = 250
)

func runProgram(tb testing.TB, program []byte) storetest.Tally {
	tb.Helper()
	dice := bytesDice(program)
	return storetest.Program(tb, storetest.NewMemory(), &dice, min(len(program)/commandBytes+1, commandsMax))
}

// bytesDice are dice that show what the bytes say, and zeros after the last.
type bytesDice []byte

func (d *bytesDice) IntN(n int) int {
	number := 0
	for range 2 {
		if len(*d) == 0 {
			break
		}
		number, *d = number<<8|int((*d)[0]), (*d)[1:]
		if n <= 1<<8 {
			break
		}
	}
	return number % n
}

// The corpus is what the fuzzer begins with, and what every test run repeats.
func TestCorpusReachesEveryCommand(t *testing.T) {
	t.Parallel()
	tally := make(storetest.Tally)
	for _, program := range corpus(t, "FuzzRules") {
		tally.Add(runProgram(t, program))
	}
	for _, name := range []string{
		"Transaction", "Authorization", "Capture", "Release", "ExpireHolds", "Reversal", "Refund", "Opening", "Change", "Chart",
		"CloseDay", "Reopen", "PostAll", "PostLinked", "Preview", "Statement", "BalanceAtAsOf", "TrialBalanceAsOf", "Ageing",
	} {
		require.Positive(t, tally.Done(name), "%s: %v", name, tally[name])
	}
}

// corpus returns the committed inputs of a target.
func corpus(t *testing.T, target string) [][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", "fuzz", target, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var inputs [][]byte
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		quoted, isBytes := strings.CutPrefix(string(text), "go test fuzz v1\n[]byte(")
		require.True(t, isBytes, file)
		input, err := strconv.Unquote(strings.TrimSuffix(strings.TrimSpace(quoted), ")"))
		require.NoError(t, err, file)
		inputs = append(inputs, []byte(input))
	}
	return inputs
}
