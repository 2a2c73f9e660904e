package faults_test

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
	"github.com/campusledger/campusledger/ledger/storetest/faults"
)

// The database here is memory and its fault a clock that jumps. A database of
// your own is opened in Open, and Strike does to it what you fear.
func Example() {
	store := storetest.NewMemory()
	subject := faults.Subject{Open: func(context.Context) (ledger.Store, func() error, error) {
		return store, func() error { return nil }, nil
	}}
	report, err := faults.Run(context.Background(), subject, faults.ClockJumps(), &faults.Options{Rounds: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, finding := range report.Findings {
		fmt.Println(finding)
	}
	fmt.Println(report.Fault, report.Rounds, "rounds", report.Acknowledged > 0, len(report.Findings), "findings")
	// Output:
	// clock jumps 2 rounds true 0 findings
}
