package demo

import (
	"maps"
	"slices"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

// Summary says what a day came to. Money and records are the ledger's word, not
// counters of the demo.
type Summary struct {
	Date     ledger.Date    // the business date played
	Pupils   int            // imported
	Bills    int            // for fees
	TopUps   int            // payments into wallets that were asked for
	Swept    int            // payments whose notification was lost or wrong, found by asking
	Sales    int            // meals sold, on credit too
	Credits  int            // meals sold on credit
	Refused  map[string]int // refusals by reason
	Records  int64          // in the journal
	Controls []ledger.Total // money by control account
	Took     time.Duration
	Stages   []StageTime
}

// StageTime is how long a stage took.
type StageTime struct {
	Name string
	Took time.Duration
}

// SalesPerSecond is the rate of the sales stage, refusals left out.
func (s *Summary) SalesPerSecond() float64 {
	for _, stage := range s.Stages {
		if stage.Name == stageSales && stage.Took > 0 {
			return float64(s.Sales) / stage.Took.Seconds()
		}
	}
	return 0
}

// Reasons returns the reasons of refusals in order.
func (s *Summary) Reasons() []string { return slices.Sorted(maps.Keys(s.Refused)) }
