package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger/seal"
)

type keyCmd struct {
	Generate keyGenerateCmd `cmd:"" help:"Make the key that signs checkpoints, as long as nothing is sealed."`
	List     keyListCmd     `cmd:"" help:"Print the public keys, in the form that verify takes as --keys."`
	Rotate   keyRotateCmd   `cmd:"" help:"Make a new key, hand over to it, and erase the private half of the earlier one."`
}

type keyGenerateCmd struct {
	place
	Origin string   `help:"Name of the book in its checkpoints, such as school.example/books/1; no other book may have it. Default: a name with random letters."`
	Lost   bool     `help:"Give up the key the book was sealed with: its file is lost for good. The name stays."`
	OldKey []string `help:"With --lost: a public key that the book was sealed with, as 'key list' printed it; may be repeated. What it signed is verified still." sep:"none"`
}

// Run makes the key.
func (c *keyGenerateCmd) Run(ctx context.Context, s streams) error {
	keys, err := school.GenerateSealKeys(ctx, c.location(), c.School, &school.SealKeyOptions{Origin: c.Origin, Lost: c.Lost, Old: c.OldKey})
	if err != nil {
		return inUse(err, insteadOfRotate)
	}
	if _, err := fmt.Fprintf(s.out, "# Made a key in %s: back that file up, and show it to nobody.\n", school.SealKeyPath(c.Data, c.School)); err != nil {
		return err
	}
	return printKeys(s.out, keys)
}

type keyListCmd struct {
	place
	JSON bool `name:"json" help:"Print the keys as one JSON array."`
}

// keyRow is a public key as --json prints it.
type keyRow struct {
	Key     string    `json:"key"`
	Made    time.Time `json:"made"`
	Retired time.Time `json:"retired,omitzero"`
	Signs   bool      `json:"signs"`
}

// Run prints the public keys. It reads only their file.
func (c *keyListCmd) Run(_ context.Context, s streams) error {
	keys, err := school.ReadSealKeys(c.Data, c.School)
	if err != nil {
		return err
	}
	if !c.JSON {
		return printKeys(s.out, keys)
	}
	rows := make([]keyRow, len(keys.Keys))
	for i := range keys.Keys {
		k := &keys.Keys[i]
		rows[i] = keyRow{Key: k.Verifier, Made: k.Made, Retired: k.Retired, Signs: k.Signer != ""}
	}
	return json.NewEncoder(s.out).Encode(rows)
}

type keyRotateCmd struct{ place }

// Run makes a new key and hands over to it. Cut off anywhere and run again it
// goes on where it was.
func (c *keyRotateCmd) Run(ctx context.Context, s streams) error {
	if err := c.exists(); err != nil {
		return err
	}
	opened, err := school.Open(ctx, c.location(), &school.Options{Number: c.School})
	if err != nil {
		return inUse(err, insteadOfRotate)
	}
	defer func() { _ = opened.Close() }()
	handover, err := opened.RotateSealKeys(ctx)
	if err != nil {
		return err
	}
	keys, err := school.ReadSealKeys(c.Data, c.School)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "# A new key signs from now on. Both keys have signed the checkpoint of %d records: whoever\n"+
		"# trusts the earlier key learns the new one from it (campusledger checkpoint --at %d).\n"+
		"# The earlier private half is erased from %s; destroy its copies.\n",
		handover.Size, handover.Size, school.SealKeyPath(c.Data, c.School))
	if err != nil {
		return err
	}
	return printKeys(s.out, keys)
}

// printKeys prints public keys, one a line, so that verify reads them with
// --keys: what begins with # is for people.
func printKeys(w io.Writer, keys *seal.Keys) error {
	if _, err := fmt.Fprintf(w, "# Public keys of %s: hand them out, on paper if you can.\n", keys.Origin()); err != nil {
		return err
	}
	for i := range keys.Keys {
		k := &keys.Keys[i]
		state := "signs"
		if k.Signer == "" {
			state = "retired " + inChina(k.Retired)
		}
		if _, err := fmt.Fprintf(w, "# made %s, %s\n%s\n", inChina(k.Made), state, k.Verifier); err != nil {
			return err
		}
	}
	return nil
}

// inChina is a time as people there read it.
func inChina(t time.Time) string { return t.In(school.China).Format("2006-01-02 15:04:05 (UTC+8)") }
