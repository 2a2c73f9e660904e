package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

type proveCmd struct {
	Record      proveRecordCmd      `cmd:"" help:"A receipt: that a record is in the sealed journal."`
	Balance     proveBalanceCmd     `cmd:"" help:"What an account stood at when a date was closed."`
	Consistency proveConsistencyCmd `cmd:"" help:"That nothing was rewritten between two checkpoints."`
}

// proofOut is where a proof goes.
type proofOut struct {
	Out string `help:"File for the proof. Default: standard output." type:"path"`
	QR  string `name:"qr" help:"File for a PNG with the proof as a QR code, for a receipt printer of 203 dpi and 80 mm paper; fails if the proof is too long for one." type:"path"`
}

type proveRecordCmd struct {
	place
	proofOut
	Record string `arg:"" help:"Id or position of the record."`
}

// Run proves a record. It writes nothing to the database and needs no lock, so
// it runs beside a server.
func (c *proveRecordCmd) Run(ctx context.Context, s streams) error {
	return withLedger(ctx, s, c.place, func(store school.Ledger, prover *seal.Prover) error {
		id, err := recordID(ctx, store, ledger.BookID(c.School), c.Record)
		if err != nil {
			return err
		}
		receipt, err := prover.Receipt(ctx, id)
		if err != nil {
			return err
		}
		checkpoint, err := seal.ParseCheckpoint(receipt.Checkpoint)
		if err != nil {
			return err
		}
		words := fmt.Sprintf("Proof that record %d is among the %d sealed ones", receipt.Index+1, checkpoint.Size)
		return c.write(s, receipt.Marshal(), words)
	})
}

// recordID reads an id, or the position of a record.
func recordID(ctx context.Context, reader seal.Reader, book ledger.BookID, text string) (uuid.UUID, error) {
	seq, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		id, err := uuid.Parse(text)
		if err != nil {
			return id, fmt.Errorf("%q is neither the id nor the position of a record", text)
		}
		return id, nil
	}
	if seq > 0 {
		for record, err := range reader.Records(ctx, book, ledger.RecordQuery{After: seq - 1, Limit: 1}) {
			if err != nil || record.Seq == seq { // an archive begins later
				return record.ID, err
			}
			break
		}
	}
	return uuid.UUID{}, fmt.Errorf("record %d: %w", seq, ledger.ErrRecordUnknown)
}

type proveBalanceCmd struct {
	place
	proofOut
	Account string `arg:"" help:"Path of the account, such as wallet/h102938."`
	Date    string `arg:"" help:"A closed business date."`
}

// Run proves a balance. It runs beside a server.
func (c *proveBalanceCmd) Run(ctx context.Context, s streams) error {
	date, err := optionalDate("DATE", c.Date)
	if err != nil {
		return err
	}
	return withLedger(ctx, s, c.place, func(_ school.Ledger, prover *seal.Prover) error {
		balance, err := prover.Balance(ctx, c.Account, date)
		if err != nil {
			return err
		}
		return c.write(s, balance.Marshal(), fmt.Sprintf("Proof of the balance of %s at the end of %s", c.Account, date))
	})
}

type proveConsistencyCmd struct {
	place
	From string `help:"The earlier checkpoint: its file, or its size; 0 for a witness that has seen none." required:""`
	To   int64  `help:"Size of the later checkpoint. Default: the latest kept."`
	Out  string `help:"File for the proof. Default: standard output." type:"path"`
}

// Run proves that a journal goes on from an earlier one. It runs beside a server.
func (c *proveConsistencyCmd) Run(ctx context.Context, s streams) error {
	from, err := checkpointOf(c.From)
	if err != nil {
		return fmt.Errorf("--from: %w", err)
	}
	return withLedger(ctx, s, c.place, func(store school.Ledger, prover *seal.Prover) error {
		later, err := keptCheckpoint(ctx, store, ledger.BookID(c.School), c.To)
		if err != nil {
			return err
		}
		proof, err := prover.Consistency(ctx, from.Size, later.Note)
		if err == nil && from.Note != "" {
			err = continues(ctx, prover, from, later)
		}
		if err != nil {
			return err
		}
		out := proofOut{Out: c.Out}
		return out.write(s, proof.Marshal(), fmt.Sprintf("Proof that the %d sealed records begin with the first %d", later.Size, from.Size))
	})
}

// continues checks that the journal goes on from a checkpoint that the caller has.
func continues(ctx context.Context, prover *seal.Prover, from, later seal.Checkpoint) error {
	if from.Origin != later.Origin {
		return fmt.Errorf("%w: your checkpoint is of %s, the journal is %s", seal.ErrProof, from.Origin, later.Origin)
	}
	return prover.Continues(ctx, from, later)
}

// checkpointOf reads a checkpoint's file, or a size alone: then it has no Note.
func checkpointOf(text string) (seal.Checkpoint, error) {
	if size, err := strconv.ParseInt(text, 10, 64); err == nil {
		return seal.Checkpoint{Size: size}, nil
	}
	note, err := readFile(text)
	if err != nil {
		return seal.Checkpoint{}, err
	}
	checkpoint, err := seal.ParseCheckpoint(string(note))
	if err != nil {
		return seal.Checkpoint{}, fmt.Errorf("%s: %w", text, err)
	}
	return checkpoint, nil
}

// withLedger calls prove with the book as it is read beside a server. What is
// not sealed or not closed yet is not proven; other errors are the caller's.
func withLedger(ctx context.Context, s streams, at place, prove func(school.Ledger, *seal.Prover) error) error {
	store, closer, err := school.OpenLedger(ctx, at.location())
	if err != nil {
		return err
	}
	defer func() { _ = closer.Close() }()
	err = prove(store, seal.NewProver(store, ledger.BookID(at.School)))
	for _, why := range unprovable {
		if errors.Is(err, why) {
			return notProven(s, err)
		}
	}
	return err
}

// unprovable is why there is no proof although the books could be read.
var unprovable = []error{
	seal.ErrNotSealed, seal.ErrNotClosed, seal.ErrProof, ledger.ErrRecordUnknown, ledger.ErrAccountUnknown, ledger.ErrCorrupt,
}

// write writes the proof where it is wanted. The words then follow on standard
// output, or on standard error if the proof itself is there.
func (o *proofOut) write(s streams, proof []byte, words string) error {
	if o.QR != "" {
		if err := writeQR(o.QR, proof); err != nil {
			return err
		}
	}
	if o.Out == "" {
		_, _ = fmt.Fprintf(s.err, "%s:\n", words)
		_, err := s.out.Write(proof)
		return err
	}
	if err := os.WriteFile(o.Out, proof, 0o666); err != nil {
		return err
	}
	_, err := fmt.Fprintf(s.out, "%s: %s, %d bytes.\n", words, o.Out, len(proof))
	return err
}
