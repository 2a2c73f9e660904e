package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger"
)

// Quote implements the operation quote.
func (a *api) Quote(_ context.Context, request wire.QuoteRequestObject) (wire.QuoteResponseObject, error) {
	quote, err := a.school.Menu.Price(linesIn(request.Body.Lines))
	if err != nil {
		return nil, err
	}
	return wire.Quote200JSONResponse{Lines: linesOut(quote.Lines), Total: amountOut(quote.Total)}, nil
}

// LookAtCard implements the operation lookAtCard.
func (a *api) LookAtCard(ctx context.Context, request wire.LookAtCardRequestObject) (wire.LookAtCardResponseObject, error) {
	view, err := a.school.Counter.Look(ctx, request.Body.Code)
	if err != nil {
		return nil, err
	}
	return wire.LookAtCard200JSONResponse{
		Holder: view.Holder, Name: view.Name, Grade: view.Grade, Class: view.Class, Level: wire.CardViewLevel(view.Level),
		Spendable: amountOut(view.Spendable), Owed: amountOut(view.Owed),
	}, nil
}

// Sell implements the operation sell.
func (a *api) Sell(ctx context.Context, request wire.SellRequestObject) (wire.SellResponseObject, error) {
	by, sale := callerOf(ctx), request.Body
	sold, err := a.school.Counter.Sell(ctx, canteen.Sale{
		ID: transactionID("sell", by, request.Params.IdempotencyKey), Code: sale.Code, Lines: linesIn(sale.Lines),
		Merchant: sale.Merchant, Terminal: sale.Terminal, Cashier: by.by(),
		AllowCredit: sale.AllowCredit != nil && *sale.AllowCredit,
	})
	if err != nil {
		return nil, merchantFault(err, sale.Merchant)
	}
	return wire.Sell201JSONResponse{
		Body: wire.Sale{
			Id: sold.ID, Seq: sold.Seq, Date: sold.Date.String(), At: sold.At, Holder: sold.Holder,
			Merchant: sold.Merchant, Terminal: sold.Terminal, Lines: linesOut(sold.Lines), Total: amountOut(sold.Total),
			FromSubsidy: amountOut(sold.FromSubsidy), FromWallet: amountOut(sold.FromWallet), FromArrears: amountOut(sold.FromArrears),
		},
		Headers: wire.Sell201ResponseHeaders{IdempotencyReplayed: replayedOut(sold.Replayed)},
	}, nil
}

// merchantFault says of a merchant without accounts that there is none.
func merchantFault(err error, merchant string) error {
	var account *ledger.AccountError
	if errors.As(err, &account) && account.Account == merchantAccount(merchant) && errors.Is(err, ledger.ErrAccountUnknown) {
		return fmt.Errorf("%w: %w", canteen.ErrUnknownMerchant, err)
	}
	return err
}

// ReverseSale implements the operation reverseSale. Only sales can be undone
// here, whatever else the journal holds.
func (a *api) ReverseSale(ctx context.Context, request wire.ReverseSaleRequestObject) (wire.ReverseSaleResponseObject, error) {
	record, err := a.school.Book.Record(ctx, request.Sale)
	if err == nil {
		_, err = canteen.ReadSale(&record)
	}
	if errors.Is(err, ledger.ErrRecordUnknown) {
		err = fmt.Errorf("%w: %w", errSaleUnknown, err)
	}
	if err != nil {
		return nil, err
	}
	document, err := json.Marshal(map[string]string{"reason": request.Body.Reason})
	if err != nil {
		return nil, err
	}
	receipt, err := a.school.Book.Reverse(ctx, ledger.Reversal{Of: request.Sale, By: callerOf(ctx).by(), Document: document})
	if err != nil {
		return nil, err
	}
	return wire.ReverseSale200JSONResponse{
		Body:    receiptOut(&receipt.Record),
		Headers: wire.ReverseSale200ResponseHeaders{IdempotencyReplayed: replayedOut(receipt.Replayed)},
	}, nil
}
