package main

import (
	"context"
	"syscall"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// ground is where a bench makes its throwaway databases.
type ground interface {
	name() string
	// about says which database it is, and where.
	about() string
	// lossy says why what is acknowledged may be lost; "" if it may not.
	lossy() string
	// build makes an empty database.
	build(ctx context.Context) (*plot, error)
	// settle makes an empty place for a school.
	settle(ctx context.Context) (*site, error)
	close() error
}

// plot is one throwaway database.
type plot struct {
	store ledger.Store
	// floor writes bare SQL to the same database.
	floor func(ctx context.Context) (load.Floor, error)
	meter func(ctx context.Context) (meters, error)
	close func() error
}

// meters are counters that only grow; -1 where there is none.
type meters struct {
	log, disk   int64 // bytes
	own, server time.Duration
}

func (m *meters) since(before *meters) meters {
	d := meters{log: -1, disk: m.disk - before.disk, own: m.own - before.own, server: -1}
	if m.log >= 0 && before.log >= 0 {
		d.log = m.log - before.log
	}
	if m.server >= 0 && before.server >= 0 {
		d.server = m.server - before.server
	}
	return d
}

// ownCPU is the processor time of this process.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
