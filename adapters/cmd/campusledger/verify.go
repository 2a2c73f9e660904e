package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/campusledger/campusledger/ledger/seal"
)

// trusted are the public keys that a verifier goes by.
type trusted struct {
	Key  []string `help:"A public key of the school that you trust, as 'key list' prints it; may be repeated." sep:"none"`
	Keys []string `help:"File of such keys, one a line; lines that begin with # are comments. May be repeated." type:"existingfile" sep:"none"`
}

func (t *trusted) verifier(options *seal.VerifierOptions) (*seal.Verifier, error) {
	for _, file := range t.Keys {
		text, err := readFile(file)
		if err != nil {
			return nil, err
		}
		t.Key = append(t.Key, keyLines(string(text))...)
	}
	t.Keys = nil // read once: standard input does not come again
	if len(t.Key) == 0 {
		return nil, errors.New("give a public key with --key or --keys: the school's 'key list' prints them")
	}
	return seal.NewVerifier(t.Key, options)
}

// keyLines reads a file of keys, as any editor saves it.
func keyLines(text string) (keys []string) {
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			keys = append(keys, line)
		}
	}
	return keys
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
	Kind      string          `json:"kind"` // receipt, balance, consistency, checkpoint, or file if it is none of them
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
	SignedBy  []string        `json:"signed_by,omitempty"` // the school's keys among those trusted: name+hash
	Witnesses int             `json:"witnesses,omitempty"` // at least so many have cosigned
	words     []string
	note      string // the text of the checkpoint that it leads to
}

// errFlags is a mistake of the caller's, not of the file.
var errFlags = errors.New("cannot verify")

// Validate is called by kong.
func (c *verifyCmd) Validate() error {
	named := len(slices.Compact(slices.Sorted(slices.Values(c.Witness))))
	if c.Witnesses < 0 || c.Witnesses > named {
		return fmt.Errorf("--witnesses %d: --witness names %d", c.Witnesses, named)
	}
	fromInput := 0
	for _, file := range append([]string{c.File, c.Old}, c.Keys...) {
		if file == "-" {
			fromInput++
		}
	}
	if fromInput > 1 {
		return errors.New("only one file can come from standard input (-)")
	}
	return nil
}

// Run checks a file offline: it needs no school, no data and no network.
func (c *verifyCmd) Run(_ context.Context, s streams) error {
	verifier, err := c.witnessed(c.witnessesMin())
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
	v.Proven, v.Witnesses = err == nil, c.witnessesMin()
	if err != nil {
		v = verdict{Kind: v.Kind, Reason: c.reason(v.note, err)}
	} else {
		v.SignedBy = c.trustedSigners(v.note, v.Origin)
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

// witnessed returns a verifier that wants the cosignatures of so many witnesses.
func (c *verifyCmd) witnessed(count int) (*seal.Verifier, error) {
	return c.verifier(&seal.VerifierOptions{Witnesses: c.Witness, WitnessesMin: count})
}

func (c *verifyCmd) witnessesMin() int {
	return cmp.Or(c.Witnesses, len(slices.Compact(slices.Sorted(slices.Values(c.Witness)))))
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
	if what := otherFile(file); what != "" {
		return verdict{Kind: "file"}, errors.New(what)
	}
	return verifyCheckpoint(verifier, file)
}

func verifyCheckpoint(verifier *seal.Verifier, file []byte) (verdict, error) {
	v := verdict{Kind: "checkpoint", note: string(file)}
	checkpoint, err := verifier.Checkpoint(v.note)
	if errors.Is(err, seal.ErrFormat) { // whose words may repeat the file
		return v, fmt.Errorf("not a checkpoint, a receipt, another proof, or the text of a QR code: %w", seal.ErrFormat)
	}
	if err == nil {
		v.cover(&checkpoint)
		v.say("The journal %s had %s, and their root was %x.", checkpoint.Origin, counted(checkpoint.Size, "record"), checkpoint.Root)
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
	v.note = proof.Checkpoint
	later, err := verifier.Consistency(earlier, &proof)
	if err != nil {
		return v, err
	}
	v.From = &proof.From
	v.cover(&later)
	if proof.From == 0 {
		v.say("The journal %s had %s. The proof compares them with nothing earlier.", later.Origin, counted(later.Size, "record"))
		return v, nil
	}
	v.say("The journal %s of %s begins with the %d of your earlier checkpoint.", later.Origin, counted(later.Size, "record"), earlier.Size)
	v.say("Nothing in those was changed, removed or put in between.")
	return v, nil
}

// earlier reads the checkpoint that a proof starts from: one that the school has
// signed, whoever cosigned it. A proof from nothing needs none.
func (c *verifyCmd) earlier(proof *seal.Consistency) (seal.Checkpoint, error) {
	if c.Old == "" {
		if proof.From > 0 {
			return seal.Checkpoint{}, fmt.Errorf("%w: give the checkpoint of %s that the proof starts from with --old", errFlags, counted(proof.From, "record"))
		}
		later, err := seal.ParseCheckpoint(proof.Checkpoint)
		return seal.Checkpoint{Origin: later.Origin}, err
	}
	text, err := readFile(c.Old)
	if err != nil {
		return seal.Checkpoint{}, fmt.Errorf("%w: %w", errFlags, err)
	}
	school, err := c.verifier(nil)
	if err != nil {
		return seal.Checkpoint{}, err
	}
	earlier, err := school.Checkpoint(string(text))
	switch {
	case errors.Is(err, seal.ErrFormat):
		return seal.Checkpoint{}, fmt.Errorf("%w: --old %s is not a checkpoint", errFlags, c.Old)
	case err != nil:
		return seal.Checkpoint{}, fmt.Errorf("--old %s: %s", c.Old, c.reason(string(text), err))
	}
	return earlier, nil
}
