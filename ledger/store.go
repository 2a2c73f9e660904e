package ledger

import (
	"context"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// Store keeps books. It does no accounting: it locks a book, hands over what a
// batch needs, and writes what the rules decided. Package storetest is its
// contract in executable form. All methods may be called concurrently.
type Store interface {
	// Create makes sure that the book has a head, empty if it is new.
	Create(ctx context.Context, book BookID) error
	// Lock begins the write transaction of a book: no other Lock of this
	// book, by any process, returns before this one ends. It reads what
	// need names as of the last commit. A book without a head is
	// ErrBookUnknown. ErrConflict and context errors mean that nothing is
	// held.
	Lock(ctx context.Context, book BookID, need Need) (Locked, error)
	// View begins a read-only transaction: all its reads see one moment.
	View(ctx context.Context) (View, error)
	Reader
}

// Locked is a book's write transaction. It is used by one goroutine and ends
// with the first Commit or Rollback.
type Locked interface {
	// Snapshot returns what Lock read. Its contents are the caller's to
	// change.
	Snapshot() Snapshot
	// Records returns those of the records with the ids that there are, and may
	// add those of the batch itself.
	Records(ctx context.Context, ids []uuid.UUID) ([]StoredRecord, error)
	// Write takes a part of the batch and returns before it is written, so that
	// the next is decided meanwhile; what goes wrong is told by Commit. Parts and
	// the changes of Commit follow one another as batches do, and are written all
	// or nothing. Commit may be given no records then, and still accounts and the
	// head. A store that gains nothing by parts answers false, takes nothing, and
	// is given all with Commit.
	Write(ctx context.Context, part Changes) bool
	// Commit writes the changes, all or nothing, and returns once they are
	// durable. With them it writes the parts that Write took. A record with the id
	// of another is ErrConflict. ErrConflict means that nothing was written,
	// ErrOutcomeUnknown that it is not known; any other error, that nothing was
	// written.
	Commit(ctx context.Context, changes Changes) error
	// Rollback ends the transaction without a trace.
	Rollback(ctx context.Context) error
}

// View is a Reader at one moment. It is used by one goroutine. Close ends it.
type View interface {
	Reader
	Close() error
}

// Reader reads what was committed. A book without a head is ErrBookUnknown for
// Head and has nothing for the others. Sequences stop at the first error; they
// hold a connection until they end.
type Reader interface {
	Head(ctx context.Context, book BookID) (Head, error)
	// Accounts yields accounts in the byte order of their paths.
	Accounts(ctx context.Context, book BookID, query AccountQuery) iter.Seq2[Account, error]
	// Records yields records in the order of the journal.
	Records(ctx context.Context, book BookID, query RecordQuery) iter.Seq2[StoredRecord, error]
	// Moves yields the records that moved an account, newest first.
	Moves(ctx context.Context, book BookID, query MoveQuery) iter.Seq2[StoredRecord, error]
	// Closings yields closings in the byte order of their accounts' paths,
	// then of their dates.
	Closings(ctx context.Context, book BookID, query ClosingQuery) iter.Seq2[Closing, error]
	// Holds yields holds in the order in which they were authorized.
	Holds(ctx context.Context, book BookID, query HoldQuery) iter.Seq2[StoredHold, error]
	// Refunds yields what was refunded of each line, in the order of the
	// records refunded and their lines.
	Refunds(ctx context.Context, book BookID) iter.Seq2[Refunded, error]
	// Nodes yields nodes of a Merkle tree in the order of their numbers.
	Nodes(ctx context.Context, book BookID, query NodeQuery) iter.Seq2[Node, error]
}

// Optional abilities of a store.

// CallerStore is a [Store] within one transaction of its caller: what a book
// writes to it is seen by others with the caller's commit and not before. A
// book calls it in the goroutine and the context of its own caller.
type CallerStore interface {
	Store
	// InCallersTransaction marks the store.
	InCallersTransaction()
}

// Waiter is a [Store] that learns of new records sooner than by asking again
// and again.
type Waiter interface {
	// Wait returns nil once the book may have a record after the position,
	// at the latest after some seconds, or the context's error. A record that
	// is there already ends the wait at once.
	Wait(ctx context.Context, book BookID, after int64) error
}

// Cursors keep how far consumers have read the journal. Moving a cursor in the
// transaction of the consumer's own effect makes that effect happen exactly
// once for each record.
type Cursors interface {
	// Cursor returns the position of the last record that the consumer is
	// done with, 0 for a consumer that never moved.
	Cursor(ctx context.Context, book BookID, consumer string) (int64, error)
	// MoveCursor moves the consumer from one position to a later one. If it
	// is not at from, because another process of the same consumer was
	// faster, nothing is moved and the error is ErrConflict: do not repeat it
	// but read the cursor again.
	MoveCursor(ctx context.Context, book BookID, consumer string, from, to int64) error
}

// Seals keep signed checkpoints.
type Seals interface {
	// PutSeal keeps a seal in place of the one of its Seq that has the note
	// replaced, "" if there is none. If another one is there, because somebody
	// was faster, nothing is kept and the error is ErrConflict. A book without
	// a head is ErrBookUnknown.
	PutSeal(ctx context.Context, book BookID, seal Seal, replaced string) error
	// Seals yields the seals after a position, in the order of their Seq.
	Seals(ctx context.Context, book BookID, after int64) iter.Seq2[Seal, error]
}

// Rows is a [Reader], a store's or a view's, that also yields rows as they stand:
// joined with nothing, so that those which belong to nothing are seen too, and
// in any order, so that a whole table is read at the speed of the disk. It is for
// audits.
type Rows interface {
	Reader
	// AccountRows yields whose every row about an account is. A store may keep
	// accounts in several tables, with a row of each account in each.
	AccountRows(ctx context.Context, book BookID) iter.Seq2[AccountRow, error]
	MilestoneRows(ctx context.Context, book BookID) iter.Seq2[Milestone, error]
	ClosingRows(ctx context.Context, book BookID) iter.Seq2[ClosingRow, error]
	// RecordIDs yields the ids of all records, in the order of their bytes.
	RecordIDs(ctx context.Context, book BookID) iter.Seq2[uuid.UUID, error]
	// NodeRows yields all stored nodes.
	NodeRows(ctx context.Context, book BookID) iter.Seq2[Node, error]
	// Seals yields the seals after a position, in the order of their Seq.
	Seals(ctx context.Context, book BookID, after int64) iter.Seq2[Seal, error]
	// CursorRows yields where all consumers stand.
	CursorRows(ctx context.Context, book BookID) iter.Seq2[CursorRow, error]
}

// AccountRow is whose a row about an account is.
type AccountRow struct {
	Table  string
	Number int64 // of the account
}

// CursorRow is where a consumer stands.
type CursorRow struct {
	Consumer string
	Seq      int64
}

// Head is where a book's journal stands.
type Head struct {
	Book      BookID
	Name      string
	Seq       int64 // the last position, 0 for an empty book
	Accounts  int64 // how many were opened
	OpenDate  Date  // the business date
	ClosedSeq int64 // the last day close that was not reopened, 0 for none
	ReopenSeq int64 // the last reopening, 0 for none
	// TouchedSeq is the position since which closings are to be written: the
	// last day close or, after a reopening, one before whatever was posted
	// on later dates.
	TouchedSeq int64
	ChartSeq   int64     // the last chart, 0 for none
	At         time.Time // of the last record
	Tree       []byte    // compact range of the journal's Merkle tree: see [ParseTree]
}

// Need is what a batch has to know before it can be decided.
type Need struct {
	Accounts []string    // paths, each once
	IDs      []uuid.UUID // of records, each once
	// NewIDs says that the IDs are taken for new and need not be looked up: they
	// tell who is in the batch.
	NewIDs  bool
	Holds   []uuid.UUID // ids of holds, each once
	Refunds []int64     // positions of records of which refunds are wanted, each once
	// Chart asks for the record at Head.ChartSeq.
	Chart bool
	// Closing asks for all accounts, and for all records after
	// Head.TouchedSeq whose date lies after the open date: there are some only
	// if a date was reopened.
	Closing bool
}

// Snapshot answers a Need. What does not exist is absent.
type Snapshot struct {
	Head     Head
	Accounts []Account
	Records  []StoredRecord
	Holds    []StoredHold
	Refunds  []Refunded
	Chart    []StoredRecord // none or one
	All      []Account      // of the book
	Ahead    []StoredRecord // in the order of the journal
}

// StoredRecord is a record as a store keeps it: its canonical bytes, what of
// them records are found by, and a mark that tells which row was damaged.
type StoredRecord struct {
	Seq  int64
	ID   uuid.UUID
	Date Date
	Mark int64 // of Body: see [MarkOf]
	Body []byte
}

// StoredHold is a hold as a store keeps it. What was held is in the record at
// Seq.
type StoredHold struct {
	Seq      int64 // of the record that authorized it
	ID       uuid.UUID
	State    HoldState
	Expires  time.Time // zero for never
	Captured []int64   // of each line, minor units without sign
	LastSeq  int64     // of the last record about it
}

// Refunded is how much was refunded of a line of a record.
type Refunded struct {
	Seq   int64 // of the record refunded
	Line  int
	Minor int64 // minor units without sign, more than zero
}

// Changes is what a batch writes, or a part of one. The head's Seq was Seq minus
// len(Records) before.
type Changes struct {
	Head    Head
	Records []StoredRecord // in order
	Opened  []Account      // new accounts as they stand afterwards
	// Updated are earlier accounts as they stand afterwards. One that an earlier
	// part has written may come with a later one, or only with the last, even if
	// a part between has moved it.
	Updated []Account
	// Milestones are of accounts that the batch has moved often enough.
	Milestones []Milestone
	Closings   []ClosingRow
	// Reopened is a date whose closings are deleted, before any are written;
	// zero for none.
	Reopened Date
	Holds    []StoredHold // new, or in place of those with their Seq
	Refunds  []Refunded   // new, or in place of those with their Seq and Line
	Nodes    []Node       // new
}

// Milestone is a record from which the chain of an account's records is walked
// backwards: that of every [MovesToMilestone]th move of the account.
type Milestone struct {
	Account int64 // number
	Seq     int64
}

// MovesToMilestone is how far milestones are apart: from one it is no further to
// any earlier record of the account up to the next.
const MovesToMilestone = 64

// ClosingRow is a closing as a store keeps it.
type ClosingRow struct {
	Account         int64 // number
	Date            Date
	Debits, Credits int64
}

// AccountQuery selects accounts: those with the Paths if there are any, else
// those whose path begins with Prefix and lies after After, and that the other
// fields let through, at most Limit (0: all).
type AccountQuery struct {
	Paths   []string
	Prefix  string
	After   string
	Limit   int
	Control string // "" for any
	State   State  // "" for any
	// Currency, BalanceMin and BalanceMax go together: without a Currency
	// neither is looked at. They are minor units, seen from the account's own
	// side, and belong to the range.
	Currency               money.Currency
	BalanceMin, BalanceMax *int64 // nil for no bound
}

// RecordQuery selects records: those with the IDs if there are any, else those
// after the position After, at most Limit (0: all).
type RecordQuery struct {
	IDs   []uuid.UUID
	After int64
	Limit int
}

// MoveQuery selects the records that moved the account with the path: those
// before the position Before (0: from the newest) and after the position After,
// at most Limit (0: all). The last record is at [Account.MovedSeq], and each
// names the one before in its lines' Prev; milestones save going all the way.
type MoveQuery struct {
	Account       string
	Before, After int64
	Limit         int
}

// HoldQuery selects holds: with ExpiredAt those held whose Expires is not after
// it, else all; at most Limit (0: all), after the position After.
type HoldQuery struct {
	IDs       []uuid.UUID // if there are any, those with these ids and no others
	ExpiredAt time.Time
	After     int64
	Limit     int
}

// ClosingQuery selects closings: with On the latest of each account that is
// not after On; without all of them. Account, if given, selects one account;
// First and Last, if given, those with numbers from First to Last.
type ClosingQuery struct {
	Account     string
	On          Date
	First, Last int64
}

// Node is a node of a Merkle tree (RFC 6962, 2.1): the root of the complete
// subtree over the leaves Number << Level to (Number+1) << Level - 1, from 0. A
// store keeps those whose level is a multiple of [NodeLevels].
type Node struct {
	// Tree is 0 for the tree of the journal, else the position of the day
	// close whose balances the tree is over: see [Balances].
	Tree   int64
	Level  int
	Number int64
	Hash   []byte
}

// NodeQuery selects nodes of one level of a tree, with numbers from First to
// Last. Nothing of level 0 is kept: the leaves of the journal's tree are those of
// its records.
type NodeQuery struct {
	Tree        int64
	Level       int
	First, Last int64
}

// Seal is a signed checkpoint of a book's journal. Package seal makes and reads
// them; to a store the note is a text.
type Seal struct {
	Seq  int64 // the size of the tree it is about
	Note string
}
