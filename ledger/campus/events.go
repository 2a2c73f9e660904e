package campus

import (
	"encoding/json"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// The kinds of transaction this package makes.
const (
	KindTopUp           = "topup"
	KindUnapplied       = "topup.unapplied"
	KindSale            = "sale"
	KindArrearsRepaid   = "arrears.repaid"
	KindSubsidyFunded   = "subsidy.funded"
	KindSubsidyGranted  = "subsidy.granted"
	KindFeeAssessed     = "fee.assessed"
	KindFeePaid         = "fee.paid"
	KindGatewaySettled  = "gateway.settled"
	KindMerchantSettled = "merchant.settled"
	KindPaidOut         = "merchant.paid"
)

// Event is what every event has: the transaction's id, who did it, and the
// document that proves it.
type Event struct {
	ID       uuid.UUID
	By       string
	Document json.RawMessage
}

func (e Event) transaction(kind string, postings ...ledger.Posting) ledger.Transaction {
	return ledger.Transaction{ID: e.ID, Kind: kind, By: e.By, Document: e.Document, Postings: postings}
}

// TopUp is money a guardian paid through a gateway for a holder.
type TopUp struct {
	Event
	Gateway, Holder string
	Amount          money.Amount
}

// TopUp books a top-up. Arrears are repaid first if the school does so; what
// would lift the wallet above its cap waits in suspense, because the money has
// arrived whatever the cap says.
func (c *Chart) TopUp(e TopUp) ledger.Transaction {
	postings := []ledger.Posting{ledger.Debit(Path(FamilyClearing, e.Gateway), e.Amount)}
	if c.repayFirst {
		postings = append(postings, ledger.CreditUpTo(Path(FamilyArrears, e.Holder), e.Amount))
	}
	postings = append(postings,
		ledger.CreditUpTo(Path(FamilyWallet, e.Holder), e.Amount),
		ledger.CreditRest(Path(FamilySuspense, e.Gateway)))
	return e.transaction(KindTopUp, postings...)
}

// Unapplied books money that arrived but that its holder's accounts do not
// take, such as a frozen wallet's: it waits in suspense.
func (c *Chart) Unapplied(e TopUp) ledger.Transaction {
	return e.transaction(KindUnapplied,
		ledger.Debit(Path(FamilyClearing, e.Gateway), e.Amount),
		ledger.Credit(Path(FamilySuspense, e.Gateway), e.Amount))
}

// Sale is a meal sold to a holder.
type Sale struct {
	Event
	Holder, Merchant string
	Price            money.Amount
	// Programmes are the subsidies to use, in order, before the wallet.
	Programmes []string
	// Credit lets what subsidies and wallet lack become arrears.
	Credit bool
}

// Sale books a sale: subsidies first, then the wallet, then, if allowed,
// arrears. Without credit a wallet that lacks money refuses with
// [ledger.ErrInsufficient]; with credit, arrears above their limit refuse with
// [ledger.ErrAboveCeiling].
func (c *Chart) Sale(e Sale) ledger.Transaction {
	postings := make([]ledger.Posting, 0, len(e.Programmes)+3)
	for _, programme := range e.Programmes {
		postings = append(postings, ledger.DebitUpTo(Path(FamilySubsidy, e.Holder, programme), e.Price))
	}
	wallet := Path(FamilyWallet, e.Holder)
	if e.Credit {
		postings = append(postings, ledger.DebitUpTo(wallet, e.Price), ledger.DebitRest(Path(FamilyArrears, e.Holder)))
	} else {
		postings = append(postings, ledger.DebitRest(wallet))
	}
	postings = append(postings, ledger.Credit(Path(FamilyMerchant, e.Merchant), e.Price))
	return e.transaction(KindSale, postings...)
}

// Source is where money for a fee or for arrears comes from.
type Source struct{ path string }

// FromGateway is money paid through a gateway.
func FromGateway(gateway string) Source { return Source{Path(FamilyClearing, gateway)} }

// FromWallet is money out of a holder's wallet.
func FromWallet(holder string) Source { return Source{Path(FamilyWallet, holder)} }

// FromCash is money over a cash desk.
func FromCash(desk string) Source { return Source{Path(FamilyCash, desk)} }

// Repayment is money for a holder's arrears.
type Repayment struct {
	Event
	Holder string
	From   Source
	Amount money.Amount
}

// ArrearsRepaid books a repayment. More than is owed is refused with
// [ledger.ErrInsufficient].
func (c *Chart) ArrearsRepaid(e Repayment) ledger.Transaction {
	return e.transaction(KindArrearsRepaid,
		ledger.Debit(e.From.path, e.Amount),
		ledger.Credit(Path(FamilyArrears, e.Holder), e.Amount))
}

// SubsidyMoney is money of a subsidy programme.
type SubsidyMoney struct {
	Event
	Programme string
	Bank      string // for SubsidyFunded
	Holder    string // for SubsidyGranted
	Amount    money.Amount
}

// SubsidyFunded books a programme's money arriving at the bank.
func (c *Chart) SubsidyFunded(e SubsidyMoney) ledger.Transaction {
	return e.transaction(KindSubsidyFunded,
		ledger.Debit(Path(FamilyBank, e.Bank), e.Amount),
		ledger.Credit(Path(FamilyFund, e.Programme), e.Amount))
}

// SubsidyGranted books a grant to a holder; the fund cannot be overdrawn.
func (c *Chart) SubsidyGranted(e SubsidyMoney) ledger.Transaction {
	return e.transaction(KindSubsidyGranted,
		ledger.Debit(Path(FamilyFund, e.Programme), e.Amount),
		ledger.Credit(Path(FamilySubsidy, e.Holder, e.Programme), e.Amount))
}

// Fee is a bill's money.
type Fee struct {
	Event
	Bill   string
	Nature Nature // for FeeAssessed
	Item   string // for FeeAssessed
	From   Source // for FeePaid
	Amount money.Amount
}

// FeeAssessed books a bill: it is owed from now on.
func (c *Chart) FeeAssessed(e Fee) ledger.Transaction {
	return e.transaction(KindFeeAssessed,
		ledger.Debit(Path(FamilyFee, e.Bill), e.Amount),
		ledger.Credit(Path(e.Nature.family(), e.Item), e.Amount))
}

// FeePaid books a payment of a bill, whole or in part. More than is outstanding
// is refused with [ledger.ErrInsufficient].
func (c *Chart) FeePaid(e Fee) ledger.Transaction {
	return e.transaction(KindFeePaid,
		ledger.Debit(e.From.path, e.Amount),
		ledger.Credit(Path(FamilyFee, e.Bill), e.Amount))
}

// GatewaySettlement is a lump sum a gateway paid to the bank.
type GatewaySettlement struct {
	Event
	Gateway, Bank string
	Gross, Charge money.Amount // Charge is what the gateway kept
}

// GatewaySettled books a settlement: the bank gets gross less charge.
func (c *Chart) GatewaySettled(e GatewaySettlement) ledger.Transaction {
	postings := []ledger.Posting{ledger.Credit(Path(FamilyClearing, e.Gateway), e.Gross)}
	if !e.Charge.IsZero() {
		postings = append(postings, ledger.Debit(expenseGateway, e.Charge))
	}
	return e.transaction(KindGatewaySettled, append(postings, ledger.DebitRest(Path(FamilyBank, e.Bank)))...)
}

// Payout is money a merchant is owed.
type Payout struct {
	Event
	Merchant   string
	Bank       string       // for PaidOut
	Amount     money.Amount // gross for MerchantSettled, what was transferred for PaidOut
	Commission money.Amount // for MerchantSettled; the zero Amount is none
}

// MerchantSettled books the closing of what a merchant is owed: the amount less
// commission is on its way to the merchant.
func (c *Chart) MerchantSettled(e Payout) ledger.Transaction {
	postings := []ledger.Posting{ledger.Debit(Path(FamilyMerchant, e.Merchant), e.Amount)}
	if !e.Commission.IsZero() {
		postings = append(postings, ledger.Credit(incomeCommission, e.Commission))
	}
	return e.transaction(KindMerchantSettled, append(postings, ledger.CreditRest(Path(FamilyTransit, "payout", e.Merchant)))...)
}

// PaidOut books the transfer to the merchant's bank account.
func (c *Chart) PaidOut(e Payout) ledger.Transaction {
	return e.transaction(KindPaidOut,
		ledger.Debit(Path(FamilyTransit, "payout", e.Merchant), e.Amount),
		ledger.Credit(Path(FamilyBank, e.Bank), e.Amount))
}
