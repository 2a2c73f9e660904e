package ledger

import (
	"context"
	"iter"
	"time"

	"github.com/google/uuid"
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
	// Commit writes the changes, all or nothing, and returns once they are
	// durable. ErrConflict means that nothing was written, ErrOutcomeUnknown
	// that it is not known; any other error, that nothing was written.
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
	// Entries yields an account's entries with the particulars of their
	// records, or every account's without.
	Entries(ctx context.Context, book BookID, query EntryQuery) iter.Seq2[Entry, error]
	// Closings yields closings in the byte order of their accounts' paths,
	// then of their dates.
	Closings(ctx context.Context, book BookID, query ClosingQuery) iter.Seq2[Closing, error]
}

// Head is where a book's journal stands.
type Head struct {
	Book      BookID
	Name      string
	Seq       int64     // the last position, 0 for an empty book
	Accounts  int64     // how many were opened
	OpenDate  Date      // the business date
	ClosedSeq int64     // the last day close, 0 for none
	At        time.Time // of the last record
	Tree      []byte    // compact range of the journal's Merkle tree: see [ParseTree]
}

// Need is what a batch has to know before it can be decided.
type Need struct {
	Accounts []string    // paths, each once
	IDs      []uuid.UUID // of records, each once
	// Touched asks for all accounts whose LastSeq lies after the last day
	// close.
	Touched bool
}

// Snapshot answers a Need. What does not exist is absent.
type Snapshot struct {
	Head     Head
	Accounts []Account
	Records  []StoredRecord
	Touched  []Account
}

// StoredRecord is a record as a store keeps it: its canonical bytes, and a few
// of their values for searching.
type StoredRecord struct {
	Seq  int64
	ID   uuid.UUID
	Kind string
	Date Date
	At   time.Time
	Body []byte
	Leaf []byte // LeafHash of Body
}

// Changes is what a batch writes. The head's Seq was Seq minus len(Records)
// before.
type Changes struct {
	Head     Head
	Records  []StoredRecord // in order
	Opened   []Account      // new accounts as they stand after the batch
	Updated  []Account      // earlier accounts as they stand after the batch
	Entries  []NewEntry     // in the order of the journal
	Closings []NewClosing
}

// NewEntry is an entry to be written. Amounts are minor units, debit positive.
type NewEntry struct {
	Account int64 // number
	Seq     int64
	Line    int
	Amount  int64
	Balance int64
}

// NewClosing is a closing to be written.
type NewClosing struct {
	Account         int64 // number
	Date            Date
	Debits, Credits int64
}

// AccountQuery selects accounts: those with the Paths if there are any, else
// those whose path begins with Prefix and lies after After, at most Limit (0:
// all).
type AccountQuery struct {
	Paths  []string
	Prefix string
	After  string
	Limit  int
}

// RecordQuery selects records: those with the IDs if there are any, else those
// after the position After, at most Limit (0: all).
type RecordQuery struct {
	IDs   []uuid.UUID
	After int64
	Limit int
}

// EntryQuery selects entries. With an Account: its entries, newest first, that
// come before the given position and line (Before 0: from the newest), at most
// Limit (0: all). Without: all entries of the book in the order of the
// journal.
type EntryQuery struct {
	Account    string
	Before     int64
	BeforeLine int
	Limit      int
}

// ClosingQuery selects closings: with On the latest of each account that is
// not after On; without all of them. Account, if given, selects one account.
type ClosingQuery struct {
	Account string
	On      Date
}
