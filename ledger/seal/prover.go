package seal

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
)

// Reader is what proofs are made from: a store, a view of it, or an archive. Its
// methods are those of [ledger.Reader].
type Reader interface {
	Records(ctx context.Context, book ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error]
	Closings(ctx context.Context, book ledger.BookID, query ledger.ClosingQuery) iter.Seq2[ledger.Closing, error]
	Nodes(ctx context.Context, book ledger.BookID, query ledger.NodeQuery) iter.Seq2[ledger.Node, error]
	// Seals yields the seals after a position: see [ledger.Seals].
	Seals(ctx context.Context, book ledger.BookID, after int64) iter.Seq2[ledger.Seal, error]
}

// LeafReader is a [Reader] whose Nodes has the leaves of the journal's tree too,
// at level 0. Of any other they are computed from its records.
type LeafReader interface {
	Reader
	// HasLeaves marks the reader.
	HasLeaves()
}

// Prover makes proofs of one book. It reads, and writes nothing. What it gives
// away leads to its checkpoint: a record, closing, hash or seal that was changed
// is [ledger.ErrCorrupt].
type Prover struct {
	reader Reader
	book   ledger.BookID
}

// NewProver returns a prover of a book.
func NewProver(reader Reader, book ledger.BookID) *Prover { return &Prover{reader: reader, book: book} }

func (p *Prover) journal() *tree { return &tree{reader: p.reader, book: p.book} }

// Root returns the root of the journal's tree as it was at a size.
func (p *Prover) Root(ctx context.Context, size int64) ([hashBytes]byte, error) {
	root, err := p.journal().root(ctx, size)
	if err != nil {
		return root, fmt.Errorf("root of the first %d records of book %d: %w", size, p.book, err)
	}
	return root, nil
}

// Nodes returns nodes of the journal's tree, of a level that a store keeps, or its
// leaves at level 0, from first to last: at most 256.
func (p *Prover) Nodes(ctx context.Context, level int, first, last int64) ([][]byte, error) {
	return p.journal().kept(ctx, level, first, last)
}

// Receipt returns the proof that the record with an id is in the journal of the
// first checkpoint that covers it. Without one the error is [ErrNotSealed].
func (p *Prover) Receipt(ctx context.Context, id uuid.UUID) (Receipt, error) {
	record, err := p.record(ctx, id)
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt of %s: %w", id, err)
	}
	return p.receipt(ctx, &record)
}

func (p *Prover) receipt(ctx context.Context, record *ledger.StoredRecord) (Receipt, error) {
	checkpoint, err := p.covering(ctx, record.Seq)
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt of record %d: %w", record.Seq, err)
	}
	hashes, err := p.journal().inclusion(ctx, record.Seq-1, checkpoint.Size)
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt of record %d: %w", record.Seq, err)
	}
	r := Receipt{Record: record.Body, Index: record.Seq - 1, Hashes: arraysOf(hashes), Checkpoint: checkpoint.Note}
	if err := checkInclusion(r.Record, r.Index, checkpoint.Size, r.Hashes, checkpoint.Root); err != nil {
		return Receipt{}, fmt.Errorf("receipt of record %d: %w: %w", record.Seq, ledger.ErrCorrupt, err)
	}
	return r, nil
}

// Consistency returns the proof that the journal of a later checkpoint begins
// with the first records, as many as from says.
func (p *Prover) Consistency(ctx context.Context, from int64, later string) (Consistency, error) {
	checkpoint, err := ParseCheckpoint(later)
	if err != nil {
		return Consistency{}, err
	}
	c := Consistency{From: from, Checkpoint: later}
	if from > checkpoint.Size || from < 0 {
		return Consistency{}, fmt.Errorf("consistency from %d to %d: %w: not a later one", from, checkpoint.Size, ErrProof)
	}
	if from == 0 || from == checkpoint.Size {
		return c, nil
	}
	hashes, err := p.journal().consistency(ctx, from, checkpoint.Size)
	if err != nil {
		return Consistency{}, fmt.Errorf("consistency from %d to %d: %w", from, checkpoint.Size, err)
	}
	root, err := p.Root(ctx, from)
	if err == nil {
		err = checkConsistency(Checkpoint{Size: from, Root: root}, checkpoint, hashes)
	}
	if err != nil {
		return Consistency{}, fmt.Errorf("consistency: %w: %w", ledger.ErrCorrupt, err)
	}
	c.Hashes = arraysOf(hashes)
	return c, nil
}

// Continues checks by stored hashes alone that the journal of a later root
// begins with that of an earlier one, whoever signed them: [ErrProof] if it does
// not, or if the hashes are not those that it was made of.
func (p *Prover) Continues(ctx context.Context, earlier, later Checkpoint) error {
	if earlier.Size > later.Size {
		return fmt.Errorf("from %d to %d: %w: not a later one", earlier.Size, later.Size, ErrProof)
	}
	var hashes [][]byte
	if earlier.Size < later.Size {
		var err error
		if hashes, err = p.journal().consistency(ctx, earlier.Size, later.Size); err != nil {
			return fmt.Errorf("from %d to %d: %w", earlier.Size, later.Size, err)
		}
	}
	return checkConsistency(earlier, later, hashes)
}

// Balance returns the proof of what an account stood at when a date was closed.
// [ErrNotClosed] means that it is not closed, [ledger.ErrAccountUnknown] that the
// account did not exist then, [ErrNotSealed] that no checkpoint covers the close
// yet.
func (p *Prover) Balance(ctx context.Context, account string, date ledger.Date) (Balance, error) {
	balance, err := p.balance(ctx, account, date)
	if err != nil {
		return Balance{}, fmt.Errorf("balance of %s on %s: %w", account, date, err)
	}
	return balance, nil
}

func (p *Prover) balance(ctx context.Context, account string, date ledger.Date) (Balance, error) {
	stored, err := p.Close(ctx, date)
	if err != nil {
		return Balance{}, err
	}
	record, err := ledger.ParseRecord(stored.Body)
	if err != nil {
		return Balance{}, err
	}
	if record.Balances == nil {
		return Balance{}, fmt.Errorf("record %d: %w: it closes no day", record.Seq, ledger.ErrCorrupt)
	}
	receipt, err := p.receipt(ctx, &stored)
	if err != nil {
		return Balance{}, err
	}
	for closing, err := range p.reader.Closings(ctx, p.book, ledger.ClosingQuery{Account: account, On: date}) {
		if err != nil {
			return Balance{}, err
		}
		balances := tree{reader: p.reader, book: p.book, number: record.Seq, date: date}
		hashes, err := balances.inclusion(ctx, closing.Number-1, record.Balances.Accounts)
		if err != nil {
			return Balance{}, err
		}
		b := Balance{Line: balanceLine(&closing), Index: closing.Number - 1, Hashes: arraysOf(hashes), Close: receipt}
		err = checkInclusion(b.Line, b.Index, record.Balances.Accounts, b.Hashes, record.Balances.Root)
		if err != nil {
			return Balance{}, fmt.Errorf("%w: %w", ledger.ErrCorrupt, err)
		}
		return b, nil
	}
	return Balance{}, &ledger.AccountError{Account: account, Err: ledger.ErrAccountUnknown}
}

// closesPage is how many closes of a date are looked for at once: it has as many
// as it was reopened, and one.
const closesPage = 16

// Close returns the record of the close of a date that stands, [ErrNotClosed] if
// there is none. An archive may begin with a later close of the date than the
// first.
func (p *Prover) Close(ctx context.Context, date ledger.Date) (ledger.StoredRecord, error) {
	var latest ledger.StoredRecord
	for nth, found := 1, true; found; {
		ids := make([]uuid.UUID, closesPage)
		for i := range ids {
			ids[i], nth = ledger.CloseID(date, nth), nth+1
		}
		found = false
		for closed, err := range p.reader.Records(ctx, p.book, ledger.RecordQuery{IDs: ids}) {
			if err != nil {
				return closed, err
			}
			latest, found = closed, true // in the order of the journal
		}
	}
	if latest.Seq == 0 {
		return latest, ErrNotClosed
	}
	_, err := p.record(ctx, ledger.ReopenID(latest.ID))
	switch {
	case errors.Is(err, ledger.ErrRecordUnknown):
		return latest, nil
	case err == nil:
		err = ErrNotClosed
	}
	return latest, err
}

func (p *Prover) record(ctx context.Context, id uuid.UUID) (ledger.StoredRecord, error) {
	for record, err := range p.reader.Records(ctx, p.book, ledger.RecordQuery{IDs: []uuid.UUID{id}}) {
		return record, err
	}
	return ledger.StoredRecord{}, ledger.ErrRecordUnknown
}

// covering returns the first checkpoint of at least a size.
func (p *Prover) covering(ctx context.Context, size int64) (Checkpoint, error) {
	for kept, err := range p.reader.Seals(ctx, p.book, size-1) {
		if err != nil {
			return Checkpoint{}, err
		}
		return ParseCheckpoint(kept.Note)
	}
	return Checkpoint{}, ErrNotSealed
}
