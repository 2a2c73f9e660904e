package httpapi

import (
	"context"
	"errors"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// GetCheckpoint implements the operation getCheckpoint.
func (a *api) GetCheckpoint(ctx context.Context, _ wire.GetCheckpointRequestObject) (wire.GetCheckpointResponseObject, error) {
	checkpoint, err := a.school.Checkpoint(ctx)
	if err != nil {
		return nil, err
	}
	return wire.GetCheckpoint200TextResponse(checkpoint.Note), nil
}

// SealNow implements the operation sealNow.
func (a *api) SealNow(ctx context.Context, _ wire.SealNowRequestObject) (wire.SealNowResponseObject, error) {
	checkpoint, err := a.school.Seal(ctx)
	if err != nil {
		return nil, err
	}
	return wire.SealNow200TextResponse(checkpoint.Note), nil
}

// Cosign implements the operation cosign.
func (a *api) Cosign(ctx context.Context, request wire.CosignRequestObject) (wire.CosignResponseObject, error) {
	checkpoint, err := a.school.Cosign(ctx, request.Size, request.Body.Note)
	ours := errors.Is(err, school.ErrKeyFile) || errors.Is(err, ledger.ErrCorrupt) // what is kept cannot be read
	if errors.Is(err, seal.ErrFormat) && !ours {
		err = invalidField("neither this checkpoint with signatures nor signature lines, or too many of them", "note")
	}
	if err != nil {
		return nil, err
	}
	return wire.Cosign200TextResponse(checkpoint.Note), nil
}
