package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/adapters/slip"
	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/seal"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// GetReceipt implements the operation getReceipt.
func (a *api) GetReceipt(ctx context.Context, request wire.GetReceiptRequestObject) (wire.GetReceiptResponseObject, error) {
	receipt, err := a.receipt(ctx, request.Record)
	if err != nil {
		return nil, err
	}
	return wire.GetReceipt200TextResponse(receipt.Marshal()), nil
}

// GetReceiptPicture implements the operation getReceiptPicture.
func (a *api) GetReceiptPicture(ctx context.Context, request wire.GetReceiptPictureRequestObject) (wire.GetReceiptPictureResponseObject, error) {
	printed, err := a.slip(ctx, request.Record)
	if err != nil {
		return nil, err
	}
	font, err := a.receiptFont()
	if err != nil {
		return nil, err
	}
	var picture bytes.Buffer
	if err := printed.WritePNG(&picture, font); err != nil {
		return nil, err
	}
	return wire.GetReceiptPicture200ImagepngResponse{Body: &picture, ContentLength: int64(picture.Len())}, nil
}

// GetReceiptPrint implements the operation getReceiptPrint.
func (a *api) GetReceiptPrint(ctx context.Context, request wire.GetReceiptPrintRequestObject) (wire.GetReceiptPrintResponseObject, error) {
	printed, err := a.slip(ctx, request.Record)
	if err != nil {
		return nil, err
	}
	var commands bytes.Buffer
	if err := printed.WriteESCPOS(&commands); err != nil {
		return nil, err
	}
	return wire.GetReceiptPrint200ApplicationoctetStreamResponse{Body: &commands, ContentLength: int64(commands.Len())}, nil
}

func (a *api) slip(ctx context.Context, id uuid.UUID) (*slip.Slip, error) {
	receipt, err := a.receipt(ctx, id)
	if err != nil {
		return nil, err
	}
	head, err := a.school.Book.Head(ctx)
	if err != nil {
		return nil, err
	}
	return slip.New(head.Name, &receipt)
}

// receipt proves a record to who may see it. Those who may seal need not wait
// until it is.
func (a *api) receipt(ctx context.Context, id uuid.UUID) (seal.Receipt, error) {
	role := callerOf(ctx).role
	record, err := a.school.Book.Record(ctx, id)
	if err == nil && role == Guardian {
		err = a.reachRecord(ctx, &record)
	}
	if err != nil {
		return seal.Receipt{}, err
	}
	receipt, err := a.school.Prover().Receipt(ctx, id)
	if errors.Is(err, seal.ErrNotSealed) && role != Guardian {
		if _, err = a.school.Seal(ctx); err == nil {
			receipt, err = a.school.Prover().Receipt(ctx, id)
		}
	}
	return receipt, err
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
