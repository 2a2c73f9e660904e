package faultstest

import (
	"context"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest/faults"
)

// serverVariable makes a test binary a server on a database.
const serverVariable = "CAMPUSLEDGER_TEST_SERVER"

// Process returns the command of a server on a database, for the field Server of
// a fault: this test binary, whose test TestServerProcess calls [Serve]. The
// environment is added to the binary's own.
func Process(database string, environment ...string) func(ctx context.Context) *exec.Cmd {
	return func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestServerProcess$", "-test.timeout=10m")
		cmd.Env = append(append(os.Environ(), serverVariable+"="+database), environment...)
		return cmd
	}
}

// Serve answers requests until the process that started it has no more. It skips
// in a test binary that is no server.
func Serve(t *testing.T, open func(ctx context.Context, database string) (store ledger.Store, end func() error, err error)) {
	t.Helper()
	database := os.Getenv(serverVariable)
	if database == "" {
		t.Skip("runs as the process of another test")
	}
	store, end, err := open(t.Context(), database)
	require.NoError(t, err)
	require.NoError(t, faults.Serve(t.Context(), store, os.Stdin, os.Stdout))
	require.NoError(t, end())
}
