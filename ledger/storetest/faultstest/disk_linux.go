package faultstest

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/storetest/faults"
)

// Disk mounts a small file system, of so many megabytes, that ends with the test.
// Only root may do so, on Linux: others skip. Its path is short enough for a
// socket in it.
func Disk(t *testing.T, megabytes int) faults.Disk {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root may mount a small file system")
	}
	dir, err := os.MkdirTemp("", "disk")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	err = syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", megabytes))
	if err != nil && os.Getenv("CI") == "" {
		t.Skipf("no small file system here: %v", err)
	}
	require.NoError(t, err, "CI needs a small file system")
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return faults.Disk{Dir: dir}
}
