package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/campusledger/campusledger/ledger/seal"
)

// trusted are the public keys that a verifier goes by.
type trusted struct {
	Key  []string `help:"A public key of the school that you trust, as 'key list' prints it; may be repeated." sep:"none"`
	Keys string   `help:"File of such keys, one a line." type:"existingfile"`
}

func (t *trusted) verifier(options *seal.VerifierOptions) (*seal.Verifier, error) {
	keys := t.Key
	if t.Keys != "" {
		text, err := os.ReadFile(t.Keys)
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(text)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
				keys = append(keys, line)
			}
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("give a public key with --key or --keys: the school's 'key list' prints them")
	}
	return seal.NewVerifier(keys, options)
}

type verifyCmd struct {
	trusted
	File      string   `arg:"" help:"A receipt, a proof of a balance or of consistency, a checkpoint, or the text of a QR code; - for standard input."`
	Old       string   `help:"The earlier checkpoint that a proof of consistency starts from." type:"existingfile"`
	Witness   []string `help:"A public key of a witness that you trust; may be repeated." sep:"none"`
	Witnesses int      `help:"How many of these witnesses must have cosigned. Default: all."`
	JSON      bool     `name:"json" help:"Print what was proven as one JSON object."`
}

// verdict is what a file proves.
type verdict struct {
	Proven    bool            `json:"proven"`
	Kind      string          `json:"kind"` // receipt, balance, consistency, checkpoint
	Reason    string          `json:"reason,omitempty"`
	Origin    string          `json:"origin,omitempty"`
	Size      int64           `json:"size,omitempty"`
	Root      string          `json:"root,omitempty"`
	From      *int64          `json:"from,omitempty"`
	Record    json.RawMessage `json:"record,omitempty"`
	Account   string          `json:"account,omitempty"`
	Date      string          `json:"date,omitempty"`
	Currency  string          `json:"currency,omitempty"`
	Debits    string          `json:"debits,omitempty"`
	Credits   string          `json:"credits,omitempty"`
	Balance   string          `json:"balance,omitempty"`   // debit positive
	Witnesses int             `json:"witnesses,omitempty"` // at least so many have cosigned
	words     []string
}

// errFlags is a mistake of the caller's, not of the file.
var errFlags = errors.New("cannot verify")

// Run checks a file offline: it needs no school, no data and no network.
func (c *verifyCmd) Run(_ context.Context, s streams) error {
	witnesses := cmp.Or(c.Witnesses, len(c.Witness))
	verifier, err := c.verifier(&seal.VerifierOptions{Witnesses: c.Witness, WitnessesMin: witnesses})
	if err != nil {
		return err
	}
	file, err := readFile(c.File)
	if err != nil {
		return err
	}
	v, err := c.verify(verifier, file)
	if errors.Is(err, errFlags) {
		return err
	}
	v.Proven, v.Witnesses = err == nil, witnesses
	if err != nil {
		v = verdict{Kind: v.Kind, Reason: err.Error()}
	}
	if c.JSON {
		err = json.NewEncoder(s.out).Encode(v)
	} else {
		err = v.print(s)
	}
	if err == nil && !v.Proven {
		err = errFindings
	}
	return err
}

// verify tells the kinds of file apart by how they begin.
func (c *verifyCmd) verify(verifier *seal.Verifier, file []byte) (verdict, error) {
	consistency := bytes.HasPrefix(file, []byte("old "))
	if c.Old != "" && !consistency {
		return verdict{}, fmt.Errorf("%w: --old goes with a proof of consistency, and %s is none", errFlags, c.File)
	}
	switch {
	case consistency:
		return c.consistency(verifier, file)
	case seal.IsBalance(file):
		return verifyBalance(verifier, file)
	case bytes.HasPrefix(file, []byte("c2sp.org/tlog-proof@")), bytes.HasPrefix(file, []byte("CLR1:")):
		return verifyReceipt(verifier, file)
	}
	checkpoint, err := verifier.Checkpoint(string(file))
	v := verdict{Kind: "checkpoint"}
	if err == nil {
		v.cover(&checkpoint)
		v.say("The journal %s had %d records, and their root was %x.", checkpoint.Origin, checkpoint.Size, checkpoint.Root)
		v.say("Keep this file: with it you will see if anything in them is ever rewritten.")
	}
	return v, err
}

func (c *verifyCmd) consistency(verifier *seal.Verifier, file []byte) (verdict, error) {
	v := verdict{Kind: "consistency"}
	proof, err := seal.ParseConsistency(file)
	if err != nil {
		return v, err
	}
	earlier, err := c.earlier(&proof)
	if err != nil {
		return v, err
	}
	later, err := verifier.Consistency(earlier, &proof)
	if err != nil {
		return v, err
	}
	v.From = &proof.From
	v.cover(&later)
	if proof.From == 0 {
		v.say("The journal %s had %d records. The proof compares them with nothing earlier.", later.Origin, later.Size)
		return v, nil
	}
	v.say("The %d records of the journal %s begin with the %d of your earlier checkpoint.", later.Size, later.Origin, earlier.Size)
	v.say("Nothing in those was changed, removed or put in between.")
	return v, nil
}

// earlier reads the checkpoint that a proof starts from: one that the school has
// signed, whoever cosigned it. A proof from nothing needs none.
func (c *verifyCmd) earlier(proof *seal.Consistency) (seal.Checkpoint, error) {
	if c.Old == "" {
		if proof.From > 0 {
			return seal.Checkpoint{}, fmt.Errorf("%w: give the checkpoint of %d records that the proof starts from with --old", errFlags, proof.From)
		}
		later, err := seal.ParseCheckpoint(proof.Checkpoint)
		return seal.Checkpoint{Origin: later.Origin}, err
	}
	text, err := os.ReadFile(c.Old)
	if err != nil {
		return seal.Checkpoint{}, fmt.Errorf("%w: %w", errFlags, err)
	}
	school, err := c.verifier(nil)
	if err != nil {
		return seal.Checkpoint{}, err
	}
	earlier, err := school.Checkpoint(string(text))
	if err != nil {
		return seal.Checkpoint{}, fmt.Errorf("--old %s: %w", c.Old, err)
	}
	return earlier, nil
}
