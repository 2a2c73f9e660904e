package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"slices"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// Archive is an open file. It is what a [seal.Prover] makes proofs from.
type Archive struct {
	name     string
	manifest Manifest
	entries  map[string]*zip.File
	sizes    []int64 // of the checkpoints, in order
	tree     *tree
	balances dated
	close    func() error
}

var _ seal.LeafReader = (*Archive)(nil)

// Open reads the file with a name and checks that its records are whole and lead
// to the root in its manifest. Whether that root is the right one is for
// [Archive.Verify] to say.
func Open(ctx context.Context, name string) (*Archive, error) {
	file, err := zip.OpenReader(name)
	if err != nil {
		if _, unread := errors.AsType[*fs.PathError](err); !unread {
			err = fmt.Errorf("%w: %w", ErrFormat, err)
		}
		return nil, fmt.Errorf("open archive %s: %w", name, err)
	}
	a := &Archive{name: name, entries: map[string]*zip.File{}, close: file.Close}
	err = a.index(file.File)
	if err == nil {
		err = a.read(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open archive %s: %w", name, err), file.Close())
	}
	return a, nil
}

// Name returns the file's name.
func (a *Archive) Name() string { return a.name }

// Close closes the file.
func (a *Archive) Close() error { return a.close() }

// Manifest returns what the file says is in it.
func (a *Archive) Manifest() Manifest { return a.manifest }

// Book returns the number of the book.
func (a *Archive) Book() ledger.BookID { return a.manifest.Book }

func (a *Archive) read(ctx context.Context) error {
	text, err := a.entry(manifestEntry, manifestBytesMax)
	if err != nil {
		return err
	}
	if a.manifest, err = parseManifest(text); err != nil {
		return err
	}
	slices.Sort(a.sizes)
	if n := len(a.sizes); n > 0 && (a.sizes[0] < a.manifest.First || a.sizes[n-1] > a.manifest.Last) {
		return fmt.Errorf("%w: checkpoints of %d to %d records", ErrFormat, a.sizes[0], a.sizes[n-1])
	}
	a.tree = newTree(&a.manifest)
	for line, err := range a.Lines(ctx) {
		switch next := a.tree.next() + 1; {
		case err != nil:
			return err
		case next > a.manifest.Last:
			return fmt.Errorf("%s: %w: more than the records %d to %d", journalEntry, ErrFormat, a.manifest.First, a.manifest.Last)
		case len(line) < recordBytesMin:
			return fmt.Errorf("%s: %w: record %d has %d bytes", journalEntry, ErrFormat, next, len(line))
		}
		a.tree.append(ledger.LeafHash(line))
	}
	if err := a.tree.check(ctx, &a.manifest); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return nil
}

// Records yields the records with the query's ids, or those after its position:
// see [ledger.Reader]. Those before the archive it does not have.
func (a *Archive) Records(ctx context.Context, _ ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	if len(query.IDs) > 0 {
		return a.records(ctx, len(query.IDs), mentions(query.IDs), func(r *ledger.StoredRecord) bool {
			return slices.Contains(query.IDs, r.ID)
		})
	}
	seq := a.manifest.First - 1
	after := func([]byte) bool {
		seq++
		return seq > query.After
	}
	return a.records(ctx, query.Limit, after, func(*ledger.StoredRecord) bool { return true })
}

// mentions returns whether a line may be the record with one of the ids: it can
// also have it in its document.
func mentions(ids []uuid.UUID) func([]byte) bool {
	texts := make([][]byte, len(ids))
	for i, id := range ids {
		texts[i] = []byte(`"id":"` + id.String() + `"`)
	}
	return func(line []byte) bool {
		return slices.ContainsFunc(texts, func(text []byte) bool { return bytes.Contains(line, text) })
	}
}

// records yields the records that both let through, at most limit (0: all).
func (a *Archive) records(
	ctx context.Context, limit int, line func([]byte) bool, record func(*ledger.StoredRecord) bool,
) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		found := 0
		for text, err := range a.Lines(ctx) {
			if err == nil && !line(text) {
				continue
			}
			var stored ledger.StoredRecord
			if err == nil {
				stored, err = storedRecord(text)
			}
			if err == nil && !record(&stored) {
				continue
			}
			if found++; !yield(stored, err) || err != nil || found == limit {
				return
			}
		}
	}
}

func storedRecord(body []byte) (ledger.StoredRecord, error) {
	r, err := ledger.ParseRecord(body)
	if err != nil {
		return ledger.StoredRecord{}, err
	}
	return ledger.StoredRecord{
		Seq: r.Seq, ID: r.ID, Date: r.Date, Mark: ledger.MarkOf(ledger.LeafHash(body)), Body: body,
	}, nil
}

// HasLeaves says that Nodes has the leaves of the journal's tree: they were all
// read when the archive was opened.
func (a *Archive) HasLeaves() {}

// Nodes yields nodes of the journal's tree: see [ledger.Reader].
func (a *Archive) Nodes(ctx context.Context, _ ledger.BookID, query ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	if query.Tree != 0 {
		return a.balanceNodes(ctx, query)
	}
	return a.tree.nodes(query)
}
