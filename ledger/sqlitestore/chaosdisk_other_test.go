//go:build !linux

package sqlitestore_test

import (
	"testing"

	"github.com/campusledger/campusledger/ledger/storetest/faults"
)

func chaosFullDisk(t *testing.T) (faults.Report, bool) {
	t.Log("full disk: a small file system is mounted on Linux only")
	return faults.Report{}, false
}
