package verify_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/seal"
)

// What verify.py exits with.
const (
	proven     = 0
	notProven  = 1
	unreadable = 2
)

// kind says how the file of an attempt is read.
type kind int

const (
	receipt kind = iota
	balance
	checkpoint
	consistency
)

// attempt is one call of a verifier.
type attempt struct {
	kind      kind
	Data      []byte   `json:"data"`
	Old       []byte   `json:"old"` // the earlier checkpoint of a proof of consistency
	Keys      []string `json:"keys"`
	Witnesses []string `json:"witnesses"` // all must have signed
}

// inGo returns the verdict of seal.Verifier.
func inGo(t testing.TB, a *attempt) int {
	t.Helper()
	err := checkInGo(a)
	switch {
	case err == nil:
		return proven
	case errors.Is(err, seal.ErrFormat):
		return unreadable
	case errors.Is(err, seal.ErrSignature), errors.Is(err, seal.ErrProof):
		return notProven
	}
	require.NoError(t, err, "neither of the three")
	return -1
}

func checkInGo(a *attempt) error {
	verifier, err := seal.NewVerifier(a.Keys, &seal.VerifierOptions{Witnesses: a.Witnesses, WitnessesMin: len(a.Witnesses)})
	if err != nil {
		return err
	}
	switch a.kind {
	case receipt:
		r, err := seal.ParseReceipt(a.Data)
		if err == nil {
			_, _, err = verifier.Receipt(&r)
		}
		return err
	case balance:
		b, err := seal.ParseBalance(a.Data)
		if err == nil {
			_, _, err = verifier.Balance(&b)
		}
		return err
	case checkpoint:
		_, err := verifier.Checkpoint(string(a.Data))
		return err
	}
	return consistencyInGo(verifier, a)
}

// consistencyInGo goes as the command verify does.
func consistencyInGo(verifier *seal.Verifier, a *attempt) error {
	c, err := seal.ParseConsistency(a.Data)
	if err != nil {
		return err
	}
	var earlier seal.Checkpoint
	switch {
	case a.Old != nil:
		earlier, err = verifier.Checkpoint(string(a.Old))
	case c.From > 0:
		err = seal.ErrFormat
	default:
		later, unread := seal.ParseCheckpoint(c.Checkpoint)
		earlier, err = seal.Checkpoint{Origin: later.Origin}, unread
	}
	if err == nil {
		_, err = verifier.Consistency(earlier, &c)
	}
	return err
}

// run runs verify.py as its users do, and returns what it prints and exits with.
func run(t testing.TB, a *attempt) (output string, code int) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, data, 0o600))
		return path
	}
	args := []string{"verify.py"}
	for _, key := range a.Keys {
		args = append(args, "--key="+key)
	}
	for _, key := range a.Witnesses {
		args = append(args, "--witness="+key)
	}
	if a.Old != nil {
		args = append(args, "--old="+write("old", a.Old))
	}
	return call(t, append(args, write("file", a.Data))...)
}

// call runs verify.py with these arguments.
func call(t testing.TB, args ...string) (output string, code int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), python(t), args...)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "PYTHONIOENCODING=utf-8")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	require.Empty(t, stderr.String())
	return stdout.String(), cmd.ProcessState.ExitCode()
}

// batch answers one attempt a line with its verdict, in one process.
const batch = `
import base64, json, sys, verify
for line in sys.stdin:
    a = json.loads(line)
    data, old = base64.b64decode(a["data"]), a["old"] and base64.b64decode(a["old"])
    print(verify.verdict(data, old, a["keys"], a["witnesses"] or [])[0])
`

// inPython returns verify.py's verdict of each attempt.
func inPython(t testing.TB, attempts []attempt) []int {
	t.Helper()
	var input bytes.Buffer
	encoder := json.NewEncoder(&input)
	for i := range attempts {
		require.NoError(t, encoder.Encode(&attempts[i]))
	}
	var codes []int
	for _, line := range strings.Fields(script(t, batch, &input)) {
		var code int
		require.NoError(t, json.Unmarshal([]byte(line), &code))
		codes = append(codes, code)
	}
	require.Len(t, codes, len(attempts))
	return codes
}

// script runs a script that must succeed.
func script(t testing.TB, code string, input *bytes.Buffer) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), python(t), "-c", code)
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	cmd.Stdin = input
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	require.NoError(t, err, "%s", &stderr)
	return string(output)
}

// python returns the interpreter, which is needed in CI only.
func python(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3 is needed in CI")
		}
		t.Skip("no python3 here")
	}
	return path
}

// requireSame compares the verdicts on many attempts, and returns how many there
// were of each.
func requireSame(t testing.TB, attempts []attempt) (counts [3]int) {
	t.Helper()
	codes := inPython(t, attempts)
	for i := range attempts {
		want := inGo(t, &attempts[i])
		require.Equal(t, want, codes[i], "Go says %d and Python %d of %q", want, codes[i], attempts[i].Data)
		counts[want]++
	}
	return counts
}
