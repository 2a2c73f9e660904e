package httpapi

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// GetCheckpoint implements the operation getCheckpoint.
func (a *api) GetCheckpoint(ctx context.Context, _ wire.GetCheckpointRequestObject) (wire.GetCheckpointResponseObject, error) {
	checkpoint, err := a.school.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	return wire.GetCheckpoint200TextResponse(checkpoint.Note), nil
}

// GetReceipt implements the operation getReceipt.
func (a *api) GetReceipt(ctx context.Context, request wire.GetReceiptRequestObject) (wire.GetReceiptResponseObject, error) {
	record, err := a.school.Book.Record(ctx, request.Record)
	if err == nil && callerOf(ctx).role == Guardian {
		err = a.reachRecord(ctx, &record)
	}
	if err != nil {
		return nil, err
	}
	receipt, err := a.school.Prover().Receipt(ctx, record.ID)
	if err != nil {
		return nil, err
	}
	return wire.GetReceipt200TextResponse(receipt.Marshal()), nil
}

// reachRecord checks that all accounts of holders that a record moved are of
// holders the guardian is bound to, and that there is one. Any other record is as
// unknown to the guardian as one that does not exist.
func (a *api) reachRecord(ctx context.Context, record *ledger.Record) error {
	theirs := 0
	for i := range record.Lines {
		holder, err := a.holderOf(ctx, record.Lines[i].Account)
		if err == nil && holder != "" {
			_, err = a.reach(ctx, holder)
			theirs++
		}
		if errors.Is(err, identity.ErrNotBound) {
			theirs = 0
			break
		}
		if err != nil {
			return err
		}
	}
	if theirs == 0 {
		return fmt.Errorf("record %s concerns no bound holder alone: %w", record.ID, ledger.ErrRecordUnknown)
	}
	return nil
}

// holderOf returns whose account it is, "" for one of the school's or a merchant's.
// An account of a family that it does not know is nobody's to see.
func (a *api) holderOf(ctx context.Context, path string) (string, error) {
	family, name, _ := strings.Cut(path, "/")
	switch campus.Family(family) {
	case campus.FamilyWallet, campus.FamilyArrears, campus.FamilySubsidy:
		holder, _, _ := strings.Cut(name, "/")
		return holder, nil
	case campus.FamilyFee:
		bill, err := a.school.Billing.Bill(ctx, billing.BillID(name))
		return string(bill.Holder), err
	case campus.FamilyMerchant, campus.FamilyClearing, campus.FamilyBank, campus.FamilyCash, campus.FamilyFund,
		campus.FamilyTreasury, campus.FamilyAgency, campus.FamilyIncome, campus.FamilyExpense, campus.FamilySuspense:
		return "", nil
	default: // transit among them: where money goes that is paid out
		return "", identity.ErrNotBound
	}
}
