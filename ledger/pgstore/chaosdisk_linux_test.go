package pgstore_test

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

// chaosFullDisk keeps a server's data on a file system of its own, and fills
// that. PostgreSQL ends itself if it cannot write its log.
func chaosFullDisk(t *testing.T, _ string) []faults.Report {
	if os.Geteuid() != 0 {
		t.Log("full disk: only root may mount a small file system")
		return nil
	}
	dir, err := os.MkdirTemp("", "chaos")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	err = syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=192m")
	if err != nil && os.Getenv("CI") == "" {
		t.Logf("full disk: no small file system here: %v", err)
		return nil
	}
	require.NoError(t, err, "CI needs a small file system")
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	s := newPostgres(t, dir)
	ballast := filepath.Join(dir, "ballast")
	report := chaos(t, chaosDatabase(s.address(), nil, nil), faults.Fault{Name: "full disk",
		Strike: func(ctx context.Context, load *faults.Load) error {
			if err := load.Acknowledged(ctx, load.Between(5, 50)); err != nil {
				return err
			}
			err := errors.Join(fill(ballast), load.Unanswered(ctx, 10), os.Remove(ballast))
			if err != nil {
				return err
			}
			return s.revive(ctx)
		},
	})
	require.Positive(t, report.Unwritten+report.Unknown, "the disk was full")
	return []faults.Report{report}
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
