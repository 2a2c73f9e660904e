package archive

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// lineBytesMax bounds a line: a record that opens ten thousand accounts has less.
const lineBytesMax = 64 << 20

// Archive is an open file. It is what a [seal.Prover] makes proofs from.
type Archive struct {
	name     string
	manifest Manifest
	entries  map[string]*zip.File
	seals    []ledger.Seal // in order
	tree     *tree
	close    func() error
}

var _ seal.Reader = (*Archive)(nil)

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
	for _, entry := range file.File {
		a.entries[entry.Name] = entry
	}
	if err := a.read(ctx); err != nil {
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
	text, err := a.entry(manifestEntry)
	if err != nil {
		return err
	}
	if a.manifest, err = parseManifest(text); err != nil {
		return err
	}
	if err := a.readSeals(); err != nil {
		return err
	}
	a.tree = newTree(&a.manifest)
	for line, err := range a.Lines(ctx) {
		if err != nil {
			return err
		}
		a.tree.append(ledger.LeafHash(line))
	}
	if err := a.tree.check(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return nil
}

func (a *Archive) readSeals() error {
	for name := range a.entries {
		digits, ok := strings.CutPrefix(name, checkpointPrefix)
		if !ok {
			continue
		}
		size, err := strconv.ParseInt(strings.TrimSuffix(digits, ".txt"), 10, 64)
		if err != nil {
			return fmt.Errorf("%w: entry %.60q", ErrFormat, name)
		}
		text, err := a.entry(name)
		if err != nil {
			return err
		}
		a.seals = append(a.seals, ledger.Seal{Seq: size, Note: string(text)})
	}
	slices.SortFunc(a.seals, func(x, y ledger.Seal) int { return int(x.Seq - y.Seq) })
	return nil
}

// entry returns a small entry.
func (a *Archive) entry(name string) ([]byte, error) {
	file, ok := a.entries[name]
	if !ok {
		return nil, fmt.Errorf("%w: no %s", ErrFormat, name)
	}
	r, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, ErrFormat, err)
	}
	text, err := io.ReadAll(io.LimitReader(r, 1<<20))
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, ErrFormat, err)
	}
	return text, nil
}

// Lines yields the records' canonical bytes in order. Each line is the caller's.
func (a *Archive) Lines(ctx context.Context) iter.Seq2[[]byte, error] {
	return a.lines(ctx, journalEntry)
}

func (a *Archive) lines(ctx context.Context, name string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		file, ok := a.entries[name]
		if !ok {
			yield(nil, fmt.Errorf("%w: no %s", ErrFormat, name))
			return
		}
		r, err := file.Open()
		if err != nil {
			yield(nil, fmt.Errorf("%s: %w: %w", name, ErrFormat, err))
			return
		}
		defer func() { _ = r.Close() }()
		scanner := bufio.NewScanner(r)
		scanner.Buffer(make([]byte, 64<<10), lineBytesMax)
		for scanner.Scan() {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			if !yield(bytes.Clone(scanner.Bytes()), nil) { // an audit keeps it
				return
			}
		}
		if err := scanner.Err(); err != nil {
			yield(nil, fmt.Errorf("%s: %w: %w", name, ErrFormat, err))
		}
	}
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
		Seq: r.Seq, ID: r.ID, Kind: r.Kind, Date: r.Date, At: r.At, Due: r.Due, Body: body, Leaf: ledger.LeafHash(body),
	}, nil
}

// Nodes yields nodes of the journal's tree: see [ledger.Reader].
func (a *Archive) Nodes(ctx context.Context, _ ledger.BookID, query ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	if query.Tree != 0 {
		return a.balanceNodes(ctx, query)
	}
	return a.tree.nodes(query)
}
