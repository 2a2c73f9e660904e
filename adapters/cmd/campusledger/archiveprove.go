package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/archive"
	"github.com/campusledger/campusledger/ledger/seal"
)

type archiveProveCmd struct {
	Record  archiveProveRecordCmd  `cmd:"" help:"A receipt: that a record is in the sealed journal."`
	Balance archiveProveBalanceCmd `cmd:"" help:"What an account stood at when a date was closed."`
}

// archived is a proof from an archive.
type archived struct {
	proofOut
	File string `arg:"" help:"The archive." type:"existingfile"`
}

func (p *archived) prove(ctx context.Context, s streams, prove func(*archive.Archive, *seal.Prover) error) error {
	a, err := archive.Open(ctx, p.File)
	if err != nil {
		return refusedArchive(s, err)
	}
	defer func() { _ = a.Close() }()
	err = prove(a, seal.NewProver(a, a.Book()))
	if errors.Is(err, ledger.ErrRecordUnknown) || errors.Is(err, ledger.ErrAccountUnknown) {
		return notProven(s, err)
	}
	return refusedArchive(s, err)
}

type archiveProveRecordCmd struct {
	archived
	Record string `arg:"" help:"Id or position of the record."`
}

// Run proves a record. It needs no school.
func (c *archiveProveRecordCmd) Run(ctx context.Context, s streams) error {
	return c.prove(ctx, s, func(a *archive.Archive, prover *seal.Prover) error {
		id, err := recordID(ctx, a, a.Book(), c.Record)
		if err != nil {
			return err
		}
		receipt, err := prover.Receipt(ctx, id)
		if err != nil {
			return err
		}
		return c.write(s, receipt.Marshal(), fmt.Sprintf("Proof that record %d is in the sealed journal of %s", receipt.Index+1, c.File))
	})
}

type archiveProveBalanceCmd struct {
	archived
	Account string `arg:"" help:"Path of the account, such as wallet/h102938."`
	Date    string `arg:"" help:"A business date that was closed in the archive."`
}

// Run proves a balance. It needs no school.
func (c *archiveProveBalanceCmd) Run(ctx context.Context, s streams) error {
	date, err := optionalDate("DATE", c.Date)
	if err != nil {
		return err
	}
	return c.prove(ctx, s, func(_ *archive.Archive, prover *seal.Prover) error {
		balance, err := prover.Balance(ctx, c.Account, date)
		if err != nil {
			return err
		}
		return c.write(s, balance.Marshal(), fmt.Sprintf("Proof of the balance of %s at the end of %s", c.Account, date))
	})
}
