package faults

import (
	"bytes"
	"math"

	"github.com/anishathalye/porcupine"
)

// checkShown compares what a consumer was shown with the journal as it is.
func (r *round) checkShown(j *journal) {
	for _, c := range r.calls {
		if c.Do != doCatchUp || c.Outcome != acknowledged {
			continue
		}
		for i, body := range c.Records {
			at := c.Seq + int64(i)
			switch {
			case at >= int64(len(j.records)):
				r.find("a consumer was shown record %d, and the journal ends at %d: %s", at+1, len(j.records), body)
			case !bytes.Equal(body, j.records[at].Body):
				r.find("a consumer was shown as record %d %s, and it is %s", at+1, body, j.records[at].Body)
			}
		}
	}
}

// step is what was done to the cursor: it was read, or moved, or perhaps moved.
type step struct {
	read     bool
	perhaps  bool
	from, to int64 // where it was read, both
}

// cursorModel is a position that is moved by compare-and-set.
var cursorModel = (&porcupine.NondeterministicModel{
	Init: func() []any { return []any{int64(0)} },
	Step: func(state, input, _ any) []any {
		at, s := state.(int64), input.(step)
		switch {
		case s.read && at == s.from:
			return []any{at}
		case s.perhaps && at == s.from:
			return []any{at, s.to}
		case s.perhaps:
			return []any{at}
		case !s.read && at == s.from:
			return []any{s.to}
		}
		return nil
	},
}).ToModel()

// checkCursor asks porcupine whether the cursor could have been one register. A
// move that got no answer may happen at any time, or never; one that was told of
// a conflict did not.
func (r *round) checkCursor() {
	var history []porcupine.Operation
	for _, c := range r.calls {
		o := porcupine.Operation{ClientId: c.client, Call: int64(c.began), Return: int64(c.ended)}
		switch {
		case c.Do == doCatchUp && c.Outcome == acknowledged:
			o.Input = step{read: true, from: c.Seq, to: c.Seq}
		case c.Do == doMove && c.Outcome == acknowledged:
			o.Input = step{from: c.From, to: c.To}
		case c.Do == doMove && c.Outcome != refused:
			o.Input, o.Return = step{perhaps: true, from: c.From, to: c.To}, math.MaxInt64
		default:
			continue
		}
		history = append(history, o)
	}
	switch porcupine.CheckOperationsTimeout(cursorModel, history, historyMax) {
	case porcupine.Illegal:
		r.find("the history of the cursor is not linearizable (%d calls)", len(history))
	case porcupine.Unknown:
		r.find("the history of the cursor could not be judged within %s", historyMax)
	}
}
