package load

import (
	"context"
	"fmt"
	"math/rand/v2"
)

// The names of the workloads.
const (
	LunchPeak  = "lunch-peak"
	Spread     = "spread"
	Refused    = "refused"
	Linked     = "linked"
	Holds      = "holds"
	Opening    = "opening"
	Balances   = "balances"
	Statements = "statements"
)

// Workload describes what callers do.
type Workload struct {
	Name string
	// About says it in a line.
	About string
	// Unit is what is counted: "payments", "accounts" or "reads".
	Unit string
	// Reads is set if nothing is written: then one Load may be run often.
	Reads bool
}

// Workloads lists all workloads.
func Workloads() []Workload {
	list := make([]Workload, len(workloads))
	for i := range workloads {
		list[i] = workloads[i].Workload
	}
	return list
}

// workload is a Workload that can be run.
type workload struct {
	Workload
	// weight is how many units an act is.
	weight int64
	// prepare adds what the workload needs to the accounts that all have.
	prepare func(ctx context.Context, l *Load) error
	// act is what one caller does again and again.
	act func(ctx context.Context, c *caller) error
	// bare is the same read without the rules; nil for what writes.
	bare func(ctx context.Context, c *caller, floor Floor) error
}

var workloads = []workload{
	{
		Workload{LunchPeak, "payments from random wallets, four of five to one merchant", "payments", false},
		1, nothing, payAtLunch, nil,
	},
	{Workload{Spread, "payments from random wallets to 1,000 merchants", "payments", false}, 1, nothing, paySpread, nil},
	{
		Workload{Refused, "the lunch peak; 10 % have no money, 5 % are frozen, 5 % over a limit, 10 % sent again", "payments", false},
		1, spoilWallets, payRefused, nil,
	},
	{Workload{Linked, "two payments of a wallet, both or none", "payments", false}, 2, nothing, payLinked, nil},
	{Workload{Holds, "a payment authorized, then captured", "payments", false}, 1, nothing, holdAndCapture, nil},
	{Workload{Opening, "accounts opened, 100 at a time", "accounts", false}, openingSize, nothing, openAccounts, nil},
	{Workload{Balances, "the balance of a random wallet", "reads", true}, 1, nothing, readBalance, bareBalance},
	{
		Workload{Statements, "a page of 50 entries of a long account, the newest or from anywhere", "reads", true},
		1, lengthenAccount, readPage, barePage,
	},
}

func find(name string) (*workload, error) {
	for i := range workloads {
		if workloads[i].Name == name {
			return &workloads[i], nil
		}
	}
	return nil, fmt.Errorf("unknown workload %q", name)
}

func nothing(context.Context, *Load) error { return nil }

// caller is one of those who act at once.
type caller struct {
	load *Load
	dice *rand.Rand
	// turn counts the acts of all callers, from 1: no two have the same.
	turn int64
	last lastPaid
}

func newCaller(l *Load, number int) *caller {
	return &caller{load: l, dice: rand.New(rand.NewPCG(uint64(number), 1))} //nolint:gosec // not a secret
}
