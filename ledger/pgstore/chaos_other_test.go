//go:build !linux

package pgstore_test

import "github.com/campusledger/campusledger/ledger/storetest/faultstest"

// chaosOfPostgres is for Linux only: there a server's processes are found, and small
// file systems mounted.
func chaosOfPostgres() []faultstest.Case { return nil }
