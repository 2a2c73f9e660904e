package simulator

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"
)

// Fault is something that goes wrong with the notification of an order.
type Fault string

// The faults. They combine, except that a lost notification is lost.
const (
	// FaultDelay holds the first delivery back, up to Options.DelayMax.
	FaultDelay Fault = "delay"
	// FaultDuplicate delivers again what was acknowledged.
	FaultDuplicate Fault = "duplicate"
	// FaultReorder delivers an older notification, that the payer is about to
	// pay, after the newer one.
	FaultReorder Fault = "reorder"
	// FaultLose delivers nothing, ever.
	FaultLose Fault = "lose"
	// FaultWrongAmount says one minor unit too much, well signed, in every
	// delivery.
	FaultWrongAmount Fault = "wrong_amount"
	// FaultBadSignature signs the first delivery with a wrong key; later ones
	// are good.
	FaultBadSignature Fault = "bad_signature"
)

// allFaults is also the order in which the seeded choice asks about each.
var allFaults = []Fault{FaultDelay, FaultDuplicate, FaultReorder, FaultLose, FaultWrongAmount, FaultBadSignature}

// Odds are how many in a hundred orders suffer each fault, independently.
type Odds map[Fault]int

func (o Odds) validate() error {
	for fault, percent := range o {
		if !slices.Contains(allFaults, fault) {
			return fmt.Errorf("fault %q is unknown", fault)
		}
		if percent < 0 || percent > 100 {
			return fmt.Errorf("odds of %s are %d, want 0 to 100", fault, percent)
		}
	}
	return nil
}

// Plan sets the faults of an order's notifications instead of the odds; none
// means a faultless order. Call it before the order is paid. It fails with
// [ErrNoOrder].
func (s *Server) Plan(number string, faults ...Fault) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.orders[number]
	if !ok {
		return ErrNoOrder
	}
	o.faults, o.planned = slices.Clone(faults), true
	return nil
}

// misfortune is what the seed has in store for one order.
type misfortune struct {
	faults []Fault
	delay  time.Duration
}

func (m misfortune) has(fault Fault) bool { return slices.Contains(m.faults, fault) }

// choose is a function of seed and order number alone, so that a run is the
// same whatever the order in which requests arrive.
func (s *Server) choose(o *order) misfortune {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(o.content.Number)) // never fails, see hash.Hash
	random := rand.New(rand.NewPCG(s.seed, hash.Sum64()))
	var chosen []Fault
	for _, fault := range allFaults {
		if random.IntN(100) < s.odds[fault] {
			chosen = append(chosen, fault)
		}
	}
	m := misfortune{faults: chosen, delay: time.Duration(random.Int64N(int64(s.delayMax)) + 1)}
	if o.planned {
		m.faults = o.faults
	}
	return m
}
