package sqlitestore_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/storetest/faults"
)

// chaosFullDisk keeps the file on a file system of its own, and fills that.
func chaosFullDisk(t *testing.T) (faults.Report, bool) {
	dir := t.TempDir()
	if os.Geteuid() != 0 {
		t.Log("full disk: only root may mount a small file system")
		return faults.Report{}, false
	}
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64m")
	if err != nil && os.Getenv("CI") == "" {
		t.Logf("full disk: no small file system here: %v", err)
		return faults.Report{}, false
	}
	require.NoError(t, err, "CI needs a small file system")
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	fault := fullDisk(filepath.Join(dir, "ballast"))
	report := chaos(t, chaosFile(filepath.Join(dir, "books.db")), fault)
	require.Positive(t, report.Unwritten, "the disk was full")
	return report, true
}

// fullDisk fills the file system until calls fail, and makes room again.
func fullDisk(ballast string) faults.Fault {
	return faults.Fault{Name: "full disk", Strike: func(ctx context.Context, load *faults.Load) error {
		for range 2 {
			if err := load.Acknowledged(ctx, load.Between(5, 50)); err != nil {
				return err
			}
			err := errors.Join(fill(ballast), load.Unanswered(ctx, 10), os.Remove(ballast))
			if err != nil {
				return err
			}
		}
		return nil
	}}
}

// fill writes a file until there is no room.
func fill(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	for block := make([]byte, 1<<20); len(block) > 0 && err == nil; {
		if _, err = file.Write(block); errors.Is(err, syscall.ENOSPC) {
			block, err = block[:len(block)/2], nil
		}
	}
	return errors.Join(err, file.Close())
}
