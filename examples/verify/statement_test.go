package verify_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

// statement writes the receipts of the records that moved an account into files,
// and returns their names, the oldest first.
func (s *school) statement(t *testing.T, account string) (files []string) {
	t.Helper()
	dir := t.TempDir()
	for stored, err := range s.Moves(t.Context(), 7, ledger.MoveQuery{Account: account}) {
		require.NoError(t, err)
		r, err := s.prover.Receipt(t.Context(), stored.ID)
		require.NoError(t, err)
		name := filepath.Join(dir, fmt.Sprintf("receipt-%d.txt", stored.Seq))
		require.NoError(t, os.WriteFile(name, r.Marshal(), 0o600))
		files = append(files, name)
	}
	slices.Reverse(files)
	return files
}

func TestAStatementIsComplete(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	const account = "meals/7" // pays on each of six days
	files := s.statement(t, account)
	require.Len(t, files, 6)
	check := func(files ...string) (string, int) {
		return call(t, append([]string{"verify.py", "--key=" + s.keys.Verifiers()[0], "--account=" + account}, files...)...)
	}
	seqOf := func(file string) (seq int) {
		_, err := fmt.Sscanf(filepath.Base(file), "receipt-%d.txt", &seq)
		require.NoError(t, err)
		return seq
	}
	t.Run("from its beginning", func(t *testing.T) {
		t.Parallel()
		output, code := check(files...)
		require.Contains(t, output, fmt.Sprintf("proven\n%s from its beginning: 6 records and none missing up to record %d, then debit 0.042 KWD\n", account, seqOf(files[5])))
		require.Equal(t, proven, code)
	})
	t.Run("from a later record, in any order", func(t *testing.T) {
		t.Parallel()
		output, code := check(files[3], files[2])
		require.Contains(t, output, fmt.Sprintf("proven\n%s after record %d: 2 records and none missing", account, seqOf(files[1])))
		require.Equal(t, proven, code)
	})
	t.Run("or a receipt is missing", func(t *testing.T) {
		t.Parallel()
		output, code := check(files[1], files[2], files[4])
		require.Equal(t, fmt.Sprintf("NOT PROVEN: before record %d comes record %d, and here it is record %d\n",
			seqOf(files[4]), seqOf(files[3]), seqOf(files[2])), output)
		require.Equal(t, notProven, code)
	})
	t.Run("or of another account", func(t *testing.T) {
		t.Parallel()
		output, code := check(s.statement(t, "meals/8")...)
		require.Equal(t, "NOT PROVEN: no record here moved meals/7\n", output)
		require.Equal(t, notProven, code)
	})
	t.Run("or of several journals", func(t *testing.T) {
		t.Parallel()
		other := golden(t, receipt, "receipt.txt")
		name := filepath.Join(t.TempDir(), "other.txt")
		require.NoError(t, os.WriteFile(name, other.Data, 0o600))
		output, code := check("--key="+other.Keys[0], files[0], name)
		require.Equal(t, "NOT PROVEN: the receipts are of several journals\n", output)
		require.Equal(t, notProven, code)
	})
	t.Run("and made of receipts", func(t *testing.T) {
		t.Parallel()
		name := filepath.Join(t.TempDir(), "checkpoint.txt")
		require.NoError(t, os.WriteFile(name, []byte(s.checkpoints(t)[0]), 0o600))
		output, code := check(files[0], name)
		require.Equal(t, "could not be read: a statement is made of receipts\n", output)
		require.Equal(t, unreadable, code)
	})
}
