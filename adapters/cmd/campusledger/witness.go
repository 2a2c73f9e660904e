package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger/seal"
)

type witnessCmd struct {
	New    witnessNewCmd    `cmd:"" help:"Become a witness: make a key, and a file for what was seen."`
	Cosign witnessCosignCmd `cmd:"" help:"Cosign a checkpoint that follows from the last one seen."`
}

type witnessNewCmd struct {
	Name  string `arg:"" help:"Name of the witness, such as parents.example: without spaces and plus signs."`
	State string `help:"File to make: it holds the private key, and what was cosigned." required:"" type:"path"`
}

// Run makes a witness. It needs no school.
func (c *witnessNewCmd) Run(s streams) error {
	witness, err := seal.GenerateWitness(c.Name)
	if err != nil {
		return err
	}
	if err := saveWitness(c.State, witness, os.Link); err != nil {
		return fmt.Errorf("--state: %w", err)
	}
	_, err = fmt.Fprintf(s.out, "Made witness %s. Keep %s to yourself and hand out this public key:\n%s\n", c.Name, c.State, witness.Verifier)
	return err
}

type witnessCosignCmd struct {
	trusted
	Proof string `arg:"" help:"File of a proof of consistency, from the last checkpoint seen; - for standard input."`
	State string `help:"File of the witness." required:"" type:"existingfile"`
	Out   string `help:"File for the cosigned checkpoint. Default: standard output." type:"path"`
}

// Run cosigns a checkpoint: the state is written before the signature is given
// away. It needs no school.
func (c *witnessCosignCmd) Run(_ context.Context, s streams) error {
	verifier, err := c.verifier(nil)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(c.State)
	if err != nil {
		return err
	}
	var witness seal.Witness
	if err := json.Unmarshal(text, &witness); err != nil {
		return fmt.Errorf("--state %s: %w", c.State, err)
	}
	file, err := readFile(c.Proof)
	if err != nil {
		return err
	}
	proof, err := seal.ParseConsistency(file)
	if err != nil {
		return notProven(s, err)
	}
	line, err := witness.Cosign(verifier, &proof)
	if errors.Is(err, seal.ErrProof) || errors.Is(err, seal.ErrSignature) || errors.Is(err, seal.ErrFormat) {
		return notProven(s, err)
	}
	if err != nil {
		return err
	}
	if err := saveWitness(c.State, &witness, os.Rename); err != nil {
		return fmt.Errorf("--state: %w", err)
	}
	return c.give(s, proof.Checkpoint+line)
}

func (c *witnessCosignCmd) give(s streams, cosigned string) error {
	checkpoint, err := seal.ParseCheckpoint(cosigned)
	if err != nil {
		return err
	}
	words := fmt.Sprintf("Cosigned the first %d records of %s, for the school to keep ('campusledger cosign')", checkpoint.Size, checkpoint.Origin)
	out := proofOut{Out: c.Out}
	return out.write(s, []byte(cosigned), words)
}

// saveWitness writes the file as a whole or not at all, for its owner alone. Put
// is os.Link to make it, os.Rename to replace it.
func saveWitness(path string, witness *seal.Witness, put func(from, to string) error) error {
	text, err := json.MarshalIndent(witness, "", " ")
	if err != nil {
		return err
	}
	return school.WriteDurably(path, append(text, '\n'), put)
}
