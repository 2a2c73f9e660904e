//go:build !linux

package pgstore_test

import (
	"testing"

	"github.com/campusledger/campusledger/ledger/storetest/faults"
)

func chaosOfPostgres(t *testing.T, _ string) []faults.Report {
	t.Log("kill -9 of PostgreSQL: its processes are found on Linux only")
	return nil
}

func chaosFullDisk(t *testing.T, _ string) []faults.Report {
	t.Log("full disk: a small file system is mounted on Linux only")
	return nil
}
