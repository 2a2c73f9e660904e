package httpapi

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// reach returns the holder of a path if the caller may see it: a guardian only
// if bound, and without learning whether the holder exists. The other roles see
// all holders of the school, and learn which there are.
func (a *api) reach(ctx context.Context, ref string) (identity.Number, error) {
	number, err := holderIn(ref)
	if err != nil {
		return 0, err
	}
	by := callerOf(ctx)
	if by.role == Guardian {
		return number, a.school.Directory.CheckBinding(ctx, by.subject, a.school.Number(), number)
	}
	_, err = a.school.Directory.Holder(ctx, a.school.Number(), number)
	return number, err
}

// LookUpHolder implements the operation lookUpHolder.
func (a *api) LookUpHolder(ctx context.Context, request wire.LookUpHolderRequestObject) (wire.LookUpHolderResponseObject, error) {
	claim := request.Body
	if claim.StudentNo == nil && claim.IdNo == nil {
		return nil, invalidField("student_no or id_no must be given beside the name")
	}
	found, err := a.school.Directory.Lookup(ctx, identity.Claim{
		Guardian: callerOf(ctx).subject, School: a.school.Number(), Name: claim.Name,
		StudentNo: textOr(claim.StudentNo, ""), IDNo: textOr(claim.IdNo, ""),
	})
	if err != nil {
		return nil, err
	}
	preview := wire.HolderPreview{Name: found.Holder.Name, Grade: found.Holder.Grade, Class: found.Holder.Class}
	return wire.LookUpHolder200JSONResponse{Holder: preview, Ticket: found.Ticket, ExpiresAt: found.Expires}, nil
}

// BindHolder implements the operation bindHolder.
func (a *api) BindHolder(ctx context.Context, request wire.BindHolderRequestObject) (wire.BindHolderResponseObject, error) {
	holder, err := a.school.Directory.Bind(ctx, callerOf(ctx).subject, request.Body.Ticket)
	if err != nil {
		return nil, err
	}
	return wire.BindHolder200JSONResponse(holderOut(holder)), nil
}

// ListBindings implements the operation listBindings.
func (a *api) ListBindings(ctx context.Context, _ wire.ListBindingsRequestObject) (wire.ListBindingsResponseObject, error) {
	bound, err := a.school.Directory.Bindings(ctx, callerOf(ctx).subject)
	if err != nil {
		return nil, err
	}
	list := wire.ListBindings200JSONResponse{Bindings: []wire.Binding{}}
	for _, b := range bound {
		if b.Holder.School == a.school.Number() {
			list.Bindings = append(list.Bindings, wire.Binding{Holder: holderOut(b.Holder), At: b.At})
		}
	}
	return list, nil
}

// UnbindHolder implements the operation unbindHolder.
func (a *api) UnbindHolder(ctx context.Context, request wire.UnbindHolderRequestObject) (wire.UnbindHolderResponseObject, error) {
	number, err := a.reach(ctx, request.Holder)
	if err != nil {
		return nil, err
	}
	err = a.school.Directory.Unbind(ctx, identity.Unbinding{
		Guardian: callerOf(ctx).subject, School: a.school.Number(), Number: number,
	})
	if err != nil {
		return nil, err
	}
	return wire.UnbindHolder204Response{}, nil
}

// GetBalance implements the operation getBalance.
func (a *api) GetBalance(ctx context.Context, request wire.GetBalanceRequestObject) (wire.GetBalanceResponseObject, error) {
	number, err := a.reach(ctx, request.Holder)
	if err != nil {
		return nil, err
	}
	wallet, err := a.school.Book.Balance(ctx, walletOf(number))
	if err != nil {
		return nil, notOpenYet(err)
	}
	arrears, err := a.school.Book.Balance(ctx, arrearsOf(number))
	if err != nil {
		return nil, err
	}
	subsidies, err := a.subsidies(ctx, number)
	if err != nil {
		return nil, err
	}
	return wire.GetBalance200JSONResponse{Wallet: amountOut(wallet), Arrears: amountOut(arrears), Subsidies: subsidies}, nil
}

// notOpenYet says of a holder without accounts what an import says.
func notOpenYet(err error) error {
	if errors.Is(err, ledger.ErrAccountUnknown) {
		return fmt.Errorf("%w: %w", identity.ErrNotOpen, err)
	}
	return err
}

func (a *api) subsidies(ctx context.Context, number identity.Number) ([]wire.Subsidy, error) {
	subsidies := []wire.Subsidy{}
	prefix := campus.Path(campus.FamilySubsidy, number.Ref()) + "/"
	for account, err := range a.school.Book.Accounts(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		subsidies = append(subsidies, wire.Subsidy{
			Programme: strings.TrimPrefix(account.Path, prefix), Balance: amountOut(account.Balance()),
		})
	}
	return subsidies, nil
}

// GetStatement implements the operation getStatement.
func (a *api) GetStatement(ctx context.Context, request wire.GetStatementRequestObject) (wire.GetStatementResponseObject, error) {
	number, err := a.reach(ctx, request.Holder)
	if err != nil {
		return nil, err
	}
	path, side := walletOf(number), ledger.CreditSide
	if account := request.Params.Account; account != nil && *account == wire.GetStatementParamsAccountArrears {
		path, side = arrearsOf(number), ledger.DebitSide
	}
	page, err := a.school.Book.Statement(ctx, path, ledger.StatementQuery{
		Cursor: textOr(request.Params.Cursor, ""), Limit: limitOr(request.Params.Limit),
	})
	if err != nil {
		return nil, cursorFault(notOpenYet(err))
	}
	answer := wire.GetStatement200JSONResponse{Entries: make([]wire.Entry, len(page.Entries)), Next: nextOut(page.Next)}
	for i := range page.Entries {
		answer.Entries[i] = entryOut(&page.Entries[i], side)
	}
	return answer, nil
}

// cursorFault says that a cursor is the parameter at fault.
func cursorFault(err error) error {
	var invalid *ledger.InvalidError
	if errors.As(err, &invalid) && invalid.Field == "cursor" || errors.Is(err, identity.ErrCursor) {
		return invalidParameter("cursor", "is not one that a page gave")
	}
	return err
}

// ReportCardLost implements the operation reportCardLost.
func (a *api) ReportCardLost(ctx context.Context, request wire.ReportCardLostRequestObject) (wire.ReportCardLostResponseObject, error) {
	number, err := a.reach(ctx, request.Holder)
	if err != nil {
		return nil, err
	}
	card, err := a.school.Directory.ReportLost(ctx, a.school.Number(), number, actor(ctx))
	if err != nil {
		return nil, err
	}
	return wire.ReportCardLost200JSONResponse{CardAnswerJSONResponse: wire.CardAnswerJSONResponse(cardOut(card))}, nil
}

// UndoCardLoss implements the operation undoCardLoss.
func (a *api) UndoCardLoss(ctx context.Context, request wire.UndoCardLossRequestObject) (wire.UndoCardLossResponseObject, error) {
	number, err := a.reach(ctx, request.Holder)
	if err != nil {
		return nil, err
	}
	card, err := a.school.Directory.UndoLoss(ctx, a.school.Number(), number, actor(ctx))
	if err != nil {
		return nil, err
	}
	return wire.UndoCardLoss200JSONResponse{CardAnswerJSONResponse: wire.CardAnswerJSONResponse(cardOut(card))}, nil
}

// actor is who acts, for the directory's history, which is sealed: there a
// guardian may be named.
func actor(ctx context.Context) string {
	by := callerOf(ctx)
	return string(by.role) + ":" + by.subject
}
