//go:build !linux

package faultstest

import (
	"testing"

	"github.com/campusledger/campusledger/ledger/storetest/faults"
)

// Disk skips: a small file system is mounted on Linux only.
func Disk(t *testing.T, _ int) faults.Disk {
	t.Helper()
	t.Skip("a small file system is mounted on Linux only")
	return faults.Disk{}
}
