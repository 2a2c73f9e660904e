package faults

import (
	"context"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/seal"
)

// checkSeals looks for the checkpoints that were acknowledged.
func (r *round) checkSeals(ctx context.Context, store ledger.Store) error {
	keeper, ok := store.(ledger.Seals)
	if !ok {
		return nil
	}
	kept := make(map[int64]string)
	for s, err := range keeper.Seals(ctx, r.book, 0) {
		if err != nil {
			return err
		}
		kept[s.Seq] = s.Note
	}
	for _, c := range r.calls {
		if c.Do != doSeal || c.Outcome != acknowledged {
			continue
		}
		switch note, there := kept[c.Seq]; {
		case !there:
			r.find("the seal of %d records was acknowledged and is lost: %s", c.Seq, c.Note)
		case note != c.Note:
			r.find("the seal of %d records was acknowledged as %s and is %s", c.Seq, c.Note, note)
		}
	}
	return nil
}

// audit gives the acknowledged checkpoints to the audit as what was kept outside,
// once for each size.
func (r *round) audit(ctx context.Context, store ledger.Store) error {
	verifier, err := seal.NewVerifier(r.keys.Verifiers(), nil)
	if err != nil {
		return err
	}
	options := &audit.Options{Verifier: verifier}
	known := make(map[string]bool)
	for _, c := range r.calls {
		if c.Do != doSeal || c.Outcome != acknowledged || known[c.Note] {
			continue
		}
		known[c.Note] = true
		checkpoint, err := seal.ParseCheckpoint(c.Note)
		if err != nil {
			r.find("a seal was acknowledged as %q: %v", c.Note, err)
			continue
		}
		options.Checkpoints = append(options.Checkpoints, checkpoint)
	}
	report, err := audit.Run(ctx, store, r.book, options)
	if err != nil {
		return err
	}
	for _, finding := range report.Findings {
		r.find("audit: %s", finding.Sentence)
	}
	return nil
}
