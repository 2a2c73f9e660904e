package gateways

// Verdict is what became of a notification.
type Verdict string

// The verdicts. Those of refused notifications come with a typed error.
const (
	// Undecided means that nothing has dealt with the notification to the end:
	// it is stored and will be tried again.
	Undecided Verdict = ""
	// VerdictAccepted means that it was verified, matched and acted on.
	VerdictAccepted Verdict = "accepted"
	// VerdictDuplicate means that it says what was known already.
	VerdictDuplicate Verdict = "duplicate"
	// VerdictSuperseded means that it came after something newer and changes
	// nothing, such as "pending" for a paid order.
	VerdictSuperseded Verdict = "superseded"

	// VerdictBadSignature comes with [ErrBadSignature].
	VerdictBadSignature Verdict = "bad_signature"
	// VerdictStale comes with [ErrStale].
	VerdictStale Verdict = "stale"
	// VerdictMalformed comes with [ErrMalformed].
	VerdictMalformed Verdict = "malformed"
	// VerdictUnknownOrder comes with [ErrUnknownOrder].
	VerdictUnknownOrder Verdict = "unknown_order"

	// VerdictMerchantMismatch and the next three come with a [*MismatchError].
	VerdictMerchantMismatch Verdict = "merchant_mismatch"
	// VerdictCurrencyMismatch means that another currency was paid.
	VerdictCurrencyMismatch Verdict = "currency_mismatch"
	// VerdictAmountMismatch means that more or less was paid than ordered.
	VerdictAmountMismatch Verdict = "amount_mismatch"
	// VerdictTransactionMismatch means that the order was paid by another
	// transaction, that the transaction paid another order, or that it has no
	// number.
	VerdictTransactionMismatch Verdict = "transaction_mismatch"
)
