package httpapi

import (
	"context"
	"strings"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

// GetHealth implements the operation getHealth.
func (a *api) GetHealth(ctx context.Context, _ wire.GetHealthRequestObject) (wire.GetHealthResponseObject, error) {
	if _, err := a.school.Book.Head(ctx); err != nil {
		return nil, err
	}
	return wire.GetHealth200JSONResponse{Status: wire.Ok}, nil
}

// GetDay implements the operation getDay.
func (a *api) GetDay(ctx context.Context, _ wire.GetDayRequestObject) (wire.GetDayResponseObject, error) {
	head, err := a.school.Book.Head(ctx)
	if err != nil {
		return nil, err
	}
	return wire.GetDay200JSONResponse{School: a.school.Number(), OpenDate: head.OpenDate.String(), Seq: head.Seq}, nil
}

// CloseDay implements the operation closeDay.
func (a *api) CloseDay(ctx context.Context, request wire.CloseDayRequestObject) (wire.CloseDayResponseObject, error) {
	date, err := dateIn(request.Body.Date, "date")
	if err != nil {
		return nil, err
	}
	var next ledger.Date
	if request.Body.Next != nil {
		if next, err = dateIn(*request.Body.Next, "next"); err != nil {
			return nil, err
		}
		if !date.Before(next) {
			return nil, invalidField("must be after date", "next")
		}
	}
	closed, err := a.school.CloseDay(ctx, ledger.DayClose{Date: date, Next: next, By: callerOf(ctx).by()})
	if err != nil {
		return nil, err
	}
	if closed.Unsealed != nil { // the close stands, and is sealed later
		a.log.ErrorContext(ctx, "day close is not sealed", "seq", closed.Record.Seq, "error", closed.Unsealed)
	}
	record := closed.Record
	return wire.CloseDay200JSONResponse{
		Body:    wire.DayClose{Date: date.String(), Next: record.Next.String(), Seq: record.Seq, At: record.At},
		Headers: wire.CloseDay200ResponseHeaders{IdempotencyReplayed: replayedOut(closed.Replayed)},
	}, nil
}

// GetTrialBalance implements the operation getTrialBalance.
func (a *api) GetTrialBalance(ctx context.Context, _ wire.GetTrialBalanceRequestObject) (wire.GetTrialBalanceResponseObject, error) {
	totals, err := a.school.Book.TrialBalance(ctx)
	if err != nil {
		return nil, err
	}
	answer := wire.GetTrialBalance200JSONResponse{Totals: make([]wire.Total, len(totals))}
	for i, total := range totals {
		answer.Totals[i] = wire.Total{
			Control: total.Control, Accounts: total.Accounts, Balance: amountOut(total.Balance()),
			Debits:  amountOut(money.Of(total.Debits, total.Currency)),
			Credits: amountOut(money.Of(total.Credits, total.Currency)),
		}
	}
	return answer, nil
}

// ListArrears implements the operation listArrears.
func (a *api) ListArrears(ctx context.Context, request wire.ListArrearsRequestObject) (wire.ListArrearsResponseObject, error) {
	const prefix = string(campus.FamilyArrears) + "/"
	owing := ledger.AccountFilter{Prefix: prefix, Min: money.Of(1, a.school.Chart.Currency())}
	page, err := a.school.Book.AccountPage(ctx, owing, textOr(request.Params.Cursor, ""), limitOr(request.Params.Limit))
	if err != nil {
		return nil, cursorFault(err)
	}
	answer := wire.ListArrears200JSONResponse{Arrears: make([]wire.Arrears, len(page.Accounts)), Next: nextOut(page.Next)}
	for i := range page.Accounts {
		account := &page.Accounts[i]
		answer.Arrears[i] = wire.Arrears{Holder: strings.TrimPrefix(account.Path, prefix), Owed: amountOut(account.Balance())}
	}
	return answer, nil
}

// GetRecord implements the operation getRecord.
func (a *api) GetRecord(ctx context.Context, request wire.GetRecordRequestObject) (wire.GetRecordResponseObject, error) {
	record, err := a.school.Book.Record(ctx, request.Record)
	if err != nil {
		return nil, err
	}
	answer := wire.GetRecord200JSONResponse{
		Id: record.ID, Seq: record.Seq, Kind: record.Kind, Date: record.Date.String(), At: record.At, By: record.By,
		Lines: make([]wire.RecordLine, len(record.Lines)), Canonical: string(record.Canonical()),
	}
	if record.Kind == ledger.KindReversal {
		answer.Reverses = &record.Of
	}
	for i, line := range record.Lines {
		answer.Lines[i] = wire.RecordLine{Account: line.Account, Amount: amountOut(line.Amount), Balance: amountOut(line.Balance)}
	}
	return answer, nil
}
