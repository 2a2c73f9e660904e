package faults

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// The accounts of a round's book. Holds are made on the last wallets only, so
// that a refusal tells the balance of the others.
const (
	bank     = "bank"
	canteen  = "merchant/canteen"
	wallets  = 6
	heldFrom = 4 // the first wallet with holds
)

func wallet(number int) string { return fmt.Sprintf("wallet/%d", number) }

// verb is what a client may ask for.
type verb string

const (
	doTopUp   verb = "top up"
	doPay     verb = "pay"
	doHold    verb = "hold"
	doCapture verb = "capture"
	doRelease verb = "release"
	doRefund  verb = "refund"
	doReverse verb = "reverse"
	doLinked  verb = "linked"
	doRead    verb = "read" // the balance of Wallet
	doExpire  verb = "expire"
	doSeal    verb = "seal"
	doCatchUp verb = "catch up" // reads the cursor and records after it
	doMove    verb = "move"     // the cursor
)

// posts reports whether what is asked for are records with ids of the client's.
func (v verb) posts() bool {
	switch v {
	case doRead, doExpire, doSeal, doCatchUp, doMove:
		return false
	}
	return true
}

// request is what a client asks for, in plain values: it travels to other
// processes, and sent again it is the same.
type request struct {
	Do     verb
	ID     uuid.UUID // of the record; of a release or reversal the ledger chooses it
	Wallet string    // whose money it is
	Minor  int64
	// Of is the hold or the payment it is about; of a linked post the id of
	// the second payment, from Beside.
	Of      uuid.UUID
	Beside  string
	Expires time.Time // of a hold
	// From and To are where a cursor is moved.
	From, To int64
}

// keys name the records that the request leads to.
func (q *request) keys() []string {
	switch q.Do {
	case doRelease, doReverse:
		return []string{string(q.Do) + " " + q.Of.String()}
	case doLinked:
		return []string{q.ID.String(), q.Of.String()}
	}
	return []string{q.ID.String()}
}

// keyOf names a record as keys does.
func keyOf(r *ledger.Record) string {
	switch r.Kind {
	case ledger.KindRelease:
		return string(doRelease) + " " + r.Of.String()
	case ledger.KindReversal:
		return string(doReverse) + " " + r.Of.String()
	case ledger.KindExpiry:
		return expiryKey(r.Of)
	}
	return r.ID.String()
}

// expiryKey names the record of a hold's expiry, which the ledger makes.
func expiryKey(hold uuid.UUID) string { return string(doExpire) + " " + hold.String() }

// post asks a book.
func (q *request) post(ctx context.Context, book *ledger.Book) answer {
	one := func(receipt ledger.Receipt, err error) answer { return newAnswer(err, receipt) }
	switch q.Do {
	case doHold:
		return one(book.Authorize(ctx, ledger.Authorization{Transaction: q.payment(q.ID, q.Wallet), Expires: q.Expires}))
	case doCapture:
		return one(book.Capture(ctx, ledger.Capture{ID: q.ID, Hold: q.Of, Amounts: []money.Amount{q.amount(), q.amount()}}))
	case doRelease:
		return one(book.Release(ctx, ledger.Release{Hold: q.Of}))
	case doRefund:
		return one(book.Refund(ctx, ledger.Refund{ID: q.ID, Of: q.Of, Lines: []ledger.RefundLine{
			{Line: 0, Amount: q.amount()}, {Line: 1, Amount: q.amount()},
		}}))
	case doReverse:
		return one(book.Reverse(ctx, ledger.Reversal{Of: q.Of}))
	case doLinked:
		receipts, err := book.PostLinked(ctx, q.payment(q.ID, q.Wallet), q.payment(q.Of, q.Beside))
		return newAnswer(err, receipts...)
	case doTopUp:
		return one(book.Post(ctx, ledger.Transaction{ID: q.ID, Kind: "topup", Postings: []ledger.Posting{
			ledger.Debit(bank, q.amount()), ledger.Credit(q.Wallet, q.amount()),
		}}))
	case doPay:
		return one(book.Post(ctx, q.payment(q.ID, q.Wallet)))
	}
	return newAnswer(fmt.Errorf("%w: nothing is called %q", ledger.ErrInvalid, q.Do))
}

func (q *request) amount() money.Amount { return money.Of(q.Minor, money.CNY) }

func (q *request) payment(id uuid.UUID, from string) ledger.Transaction {
	return ledger.Transaction{ID: id, Kind: "sale", Postings: []ledger.Posting{
		ledger.Debit(from, q.amount()), ledger.Credit(canteen, q.amount()),
	}}
}

// openBook creates a round's book with its accounts, and returns the records.
func openBook(ctx context.Context, store ledger.Store, id ledger.BookID, options *ledger.Options) ([]ledger.Record, error) {
	book, err := ledger.Create(ctx, store, id, ledger.Genesis{Name: "Fault kit", OpenDate: ledger.DateOf(2026, time.September, 1)}, options)
	if err != nil {
		return nil, err
	}
	specs := []ledger.AccountSpec{
		{Path: bank, Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		{Path: canteen, Control: "2202", Side: ledger.CreditSide, Currency: money.CNY},
	}
	for number := range wallets {
		specs = append(specs, ledger.AccountSpec{
			Path: wallet(number + 1), Control: "2307", Side: ledger.CreditSide, Currency: money.CNY, Floor: money.Zero(money.CNY),
		})
	}
	if _, err := book.OpenAccounts(ctx, ledger.Opening{ID: ledger.NewID(), Accounts: specs}); err != nil {
		return nil, err
	}
	var records []ledger.Record
	for record, err := range book.Records(ctx, 0) {
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, nil
}
