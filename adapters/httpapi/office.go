package httpapi

import (
	"context"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// ListHolders implements the operation listHolders.
func (a *api) ListHolders(ctx context.Context, request wire.ListHoldersRequestObject) (wire.ListHoldersResponseObject, error) {
	params := request.Params
	filter := identity.Filter{
		School: a.school.Number(), Grade: textOr(params.Grade, ""), Class: textOr(params.Class, ""),
		Cursor: textOr(params.Cursor, ""), Limit: limitOr(params.Limit),
	}
	if params.Status != nil {
		filter.Status = identity.Status(*params.Status)
	}
	page, err := a.school.Directory.Page(ctx, filter)
	if err != nil {
		return nil, cursorFault(err)
	}
	answer := wire.ListHolders200JSONResponse{Holders: make([]wire.Holder, len(page.Holders)), Next: nextOut(page.Next)}
	for i, holder := range page.Holders {
		answer.Holders[i] = holderOut(holder)
	}
	return answer, nil
}

// IssueCard implements the operation issueCard.
func (a *api) IssueCard(ctx context.Context, request wire.IssueCardRequestObject) (wire.IssueCardResponseObject, error) {
	number, err := a.reach(ctx, request.Holder)
	if err != nil {
		return nil, err
	}
	code, err := a.printCard(ctx, number)
	if err != nil {
		return nil, err
	}
	return wire.IssueCard200JSONResponse{CardCodeAnswerJSONResponse: code}, nil
}

// ReissueCard implements the operation reissueCard. The serial to replace makes
// a retry harmless: the card made by the first attempt has the next one.
func (a *api) ReissueCard(ctx context.Context, request wire.ReissueCardRequestObject) (wire.ReissueCardResponseObject, error) {
	number, err := a.reach(ctx, request.Holder)
	if err != nil {
		return nil, err
	}
	holder, err := a.school.Directory.Holder(ctx, a.school.Number(), number)
	if err != nil {
		return nil, err
	}
	var code wire.CardCodeAnswerJSONResponse
	switch int(holder.Card.Serial) {
	case request.Body.Replaces:
		code, err = a.nextCard(ctx, number)
	case request.Body.Replaces + 1:
		code, err = a.printCard(ctx, number)
	default:
		err = errCardChanged
	}
	if err != nil {
		return nil, err
	}
	return wire.ReissueCard200JSONResponse{CardCodeAnswerJSONResponse: code}, nil
}

func (a *api) nextCard(ctx context.Context, number identity.Number) (wire.CardCodeAnswerJSONResponse, error) {
	code, err := a.school.ReissueCard(ctx, number, actor(ctx))
	if err != nil {
		return wire.CardCodeAnswerJSONResponse{}, err
	}
	return a.withState(ctx, number, code)
}

// printCard answers the card that the holder has, or the first.
func (a *api) printCard(ctx context.Context, number identity.Number) (wire.CardCodeAnswerJSONResponse, error) {
	codes, err := a.school.IssueCards(ctx, []identity.Number{number}, actor(ctx))
	if err != nil {
		return wire.CardCodeAnswerJSONResponse{}, err
	}
	return a.withState(ctx, number, codes[0])
}

func (a *api) withState(ctx context.Context, number identity.Number, code string) (wire.CardCodeAnswerJSONResponse, error) {
	holder, err := a.school.Directory.Holder(ctx, a.school.Number(), number)
	if err != nil {
		return wire.CardCodeAnswerJSONResponse{}, err
	}
	return wire.CardCodeAnswerJSONResponse{Card: cardOut(holder.Card), Code: code}, nil
}
