package audit

// Code is the stable name of a kind of finding. Programs may branch on it.
type Code string

// The codes. [Codes] says what each means.
const (
	CodeHeadMissing       Code = "head_missing"
	CodeHeadUnreadable    Code = "head_unreadable"
	CodeHeadDiffers       Code = "head_differs"
	CodeJournalMissing    Code = "journal_missing"
	CodeJournalExtra      Code = "journal_extra"
	CodeJournalUnreadable Code = "journal_unreadable"
	CodeJournalColumn     Code = "journal_column"
	CodeJournalMark       Code = "journal_mark"
	CodeJournalTime       Code = "journal_time"
	CodeJournalDate       Code = "journal_date"
	CodeJournalID         Code = "journal_id"
	CodeRecordShape       Code = "record_shape"
	CodeRecordUnbalanced  Code = "record_unbalanced"
	CodeRecordAccount     Code = "record_account"
	CodeRecordTake        Code = "record_take"
	CodeRecordBalance     Code = "record_balance"
	CodeRecordChain       Code = "record_chain"
	CodeRecordBound       Code = "record_bound"
	CodeRecordState       Code = "record_state"
	CodeRecordLimit       Code = "record_limit"
	CodeRecordFamily      Code = "record_family"
	CodeRecordPrev        Code = "record_prev"
	CodeRecordHold        Code = "record_hold"
	CodeRecordReversal    Code = "record_reversal"
	CodeRecordRefund      Code = "record_refund"
	CodeRecordReopening   Code = "record_reopening"
	CodeRecordOverflow    Code = "record_overflow"
	CodeRecordBalances    Code = "record_balances"
	CodeBookUnbalanced    Code = "book_unbalanced"
	CodeAccountMissing    Code = "account_missing"
	CodeAccountExtra      Code = "account_extra"
	CodeAccountUnreadable Code = "account_unreadable"
	CodeAccountDiffers    Code = "account_differs"

	CodeMilestoneMissing    Code = "milestone_missing"
	CodeMilestoneExtra      Code = "milestone_extra"
	CodeMilestoneUnreadable Code = "milestone_unreadable"

	CodeClosingMissing    Code = "closing_missing"
	CodeClosingExtra      Code = "closing_extra"
	CodeClosingUnreadable Code = "closing_unreadable"
	CodeClosingDiffers    Code = "closing_differs"
	CodeHoldMissing       Code = "hold_missing"
	CodeHoldExtra         Code = "hold_extra"
	CodeHoldUnreadable    Code = "hold_unreadable"
	CodeHoldDiffers       Code = "hold_differs"
	CodeRefundMissing     Code = "refund_missing"
	CodeRefundExtra       Code = "refund_extra"
	CodeRefundUnreadable  Code = "refund_unreadable"
	CodeRefundDiffers     Code = "refund_differs"
	CodeNodeMissing       Code = "node_missing"
	CodeNodeExtra         Code = "node_extra"
	CodeNodeUnreadable    Code = "node_unreadable"
	CodeNodeDiffers       Code = "node_differs"
	CodeSealMissing       Code = "seal_missing"
	CodeSealUnreadable    Code = "seal_unreadable"
	CodeSealSignature     Code = "seal_signature"
	CodeSealDiffers       Code = "seal_differs"
	CodeSealBeyond        Code = "seal_beyond"
	CodeCursorInvalid     Code = "cursor_invalid"
	CodeCursorBeyond      Code = "cursor_beyond"

	CodeCheckpointSignature Code = "checkpoint_signature"
	CodeCheckpointDiffers   Code = "checkpoint_differs"
	CodeCheckpointBeyond    Code = "checkpoint_beyond"
)

// Meaning explains a code.
type Meaning struct {
	Code    Code   `json:"code"`
	Meaning string `json:"meaning"`
}

// Codes returns every code with its meaning, in the order in which a book is
// checked.
func Codes() []Meaning {
	return []Meaning{
		{CodeHeadMissing, "The journal has records, but the book has no head."},
		{CodeHeadUnreadable, "The book's head cannot be read."},
		{CodeHeadDiffers, "The head says something else than the journal: its name, positions, number of accounts, date, time or Merkle tree."},
		{CodeJournalMissing, "A position of the journal has no record."},
		{CodeJournalExtra, "A record stands beyond the head, or at a position that another one has."},
		{CodeJournalUnreadable, "A journal row cannot be read, or its body is not the canonical form of any record."},
		{CodeJournalColumn, "A column of a journal row says something else than the record's body."},
		{CodeJournalMark, "A record's mark is not that of its body: one of the two was changed."},
		{CodeJournalTime, "A record is older than the one before it."},
		{CodeJournalDate, "A record is not on the date that was open, a day close does not move on or passes over records, or a reopening does not go back."},
		{CodeJournalID, "An id was used twice, or is not the one that follows from the record's content."},
		{CodeRecordShape, "A record has parts that its kind does not have, or lacks one it must have; genesis is the first record and no other."},
		{CodeRecordUnbalanced, "The lines of a record do not sum to zero in a currency."},
		{CodeRecordAccount, "A record names an account that does not exist, opens one twice, uses another currency, or changes what never changes."},
		{CodeRecordTake, "A line took another amount than the rule of its take, the bounds and the limits allow."},
		{CodeRecordBalance, "The balance in a line is not the one before plus the line's amount."},
		{CodeRecordChain, "A line does not name the last record before it that moved its account."},
		{CodeRecordBound, "A record left an account beyond its floor or its ceiling, or holds can bring it there."},
		{CodeRecordState, "A record moved or changed an account whose state forbids it."},
		{CodeRecordLimit, "A record took more of a side of an account than a limit left."},
		{CodeRecordFamily, "An account was opened that the chart has no family for, or otherwise than its family says."},
		{CodeRecordPrev, "A record does not name the one that it takes the place of."},
		{CodeRecordHold, "A capture, release or expiry of a hold that had ended or never was, out of time, or of more or other lines than were left."},
		{CodeRecordReversal, "A reversal is not the exact opposite of an earlier record, or that was reversed or refunded before."},
		{CodeRecordRefund, "A refund is not the opposite of lines of an earlier record, takes more than was left of them, or that record was reversed."},
		{CodeRecordReopening, "A reopening is not of the latest day close."},
		{CodeRecordOverflow, "The totals of an account exceed an int64 of minor units."},
		{CodeRecordBalances, "A day close does not seal what the accounts stood at: their number or the root of their balances is another."},
		{CodeBookUnbalanced, "Debits and credits of the whole book differ in a currency."},
		{CodeAccountMissing, "The journal opened an account that has no row."},
		{CodeAccountExtra, "The journal never opened an account that has a row, or it has two."},
		{CodeAccountUnreadable, "An account's row cannot be read."},
		{CodeAccountDiffers, "An account's row says something else than the journal."},
		{CodeMilestoneMissing, "A record that was a 64th to move an account has no milestone of it."},
		{CodeMilestoneExtra, "A milestone is of no record that was a 64th to move its account, or is there twice."},
		{CodeMilestoneUnreadable, "A milestone cannot be read; those after it were not compared."},
		{CodeClosingMissing, "An account touched on a closed day has no closing of that day."},
		{CodeClosingExtra, "A closing belongs to no day close that touched its account."},
		{CodeClosingUnreadable, "A closing cannot be read; those after it were not compared."},
		{CodeClosingDiffers, "A closing's totals are not what the journal had posted with its date or an earlier one."},
		{CodeHoldMissing, "The journal authorized a hold that has no row."},
		{CodeHoldExtra, "The journal never authorized a hold that has a row, or it has two."},
		{CodeHoldUnreadable, "A hold's row cannot be read."},
		{CodeHoldDiffers, "A hold's row says something else than the journal."},
		{CodeRefundMissing, "A line of which something was refunded has no row."},
		{CodeRefundExtra, "The journal refunded nothing of a line that has a row, or it has two."},
		{CodeRefundUnreadable, "A refund's row cannot be read; those after it were not compared."},
		{CodeRefundDiffers, "A refund's row has another amount than the journal refunded of the line."},
		{CodeNodeMissing, "A complete node of a Merkle tree, of the journal's or of a day close's balances, has no row."},
		{CodeNodeExtra, "A row is of no complete node of any tree, or a node has two."},
		{CodeNodeUnreadable, "A node's row cannot be read; those after it were not compared."},
		{CodeNodeDiffers, "A node's hash is not the one that follows from the journal."},
		{CodeSealMissing, "A day close has no seal, though every one should have."},
		{CodeSealUnreadable, "A seal's note is no checkpoint."},
		{CodeSealSignature, "A seal is not signed by a key that is trusted."},
		{CodeSealDiffers, "A seal's root is not the journal's at that size: the journal was rewritten since, or the seal was."},
		{CodeSealBeyond, "A seal is of more records than the journal has: records were taken off its end."},
		{CodeCursorInvalid, "A consumer's position is negative, or its name is none or is there twice."},
		{CodeCursorBeyond, "A consumer has read beyond the journal's end: records were taken off it."},
		{CodeCheckpointSignature, "A checkpoint from outside is not signed by a key that is trusted."},
		{CodeCheckpointDiffers, "A checkpoint from outside has another root than the journal at that size: the journal was rewritten since."},
		{CodeCheckpointBeyond, "A checkpoint from outside is of more records than the journal has: records were taken off its end."},
	}
}
