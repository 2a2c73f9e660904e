package seal

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	merkle "github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/campusledger/campusledger/ledger"
)

// receiptHeader is the first line of a receipt.
const receiptHeader = "c2sp.org/tlog-proof@v1"

// fileBytesMax bounds what is read as a proof: a record has at most some
// hundred kilobytes.
const fileBytesMax = 4 << 20

// Receipt proves that a record is in a sealed journal.
type Receipt struct {
	Record []byte // its canonical bytes
	// Index is the record's position among the leaves, from 0: its Seq less one.
	Index  int64
	Hashes [][hashBytes]byte // from the leaf's sibling to the root's child
	// Checkpoint is the text of the checkpoint that covers the record.
	Checkpoint string
}

// Marshal returns the receipt as a file: a C2SP tlog-proof (c2sp.org/tlog-proof)
// whose extra data are the record's bytes.
func (r *Receipt) Marshal() []byte {
	file := base64.StdEncoding.AppendEncode([]byte(receiptHeader+"\nextra "), r.Record)
	file = strconv.AppendInt(append(file, "\nindex "...), r.Index, 10)
	file = append(appendHashes(append(file, '\n'), r.Hashes), '\n')
	return append(file, r.Checkpoint...)
}

// ParseReceipt reads what [Receipt.Marshal] wrote, or the text of its QR code:
// see [QRText]. It believes what it reads: see [Verifier.Receipt].
func ParseReceipt(file []byte) (Receipt, error) {
	file, err := unpack(file)
	if err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	header, rest, _ := strings.Cut(string(file), "\n")
	if header != receiptHeader {
		return Receipt{}, fmt.Errorf("receipt: %w: it begins with %.40q", ErrFormat, header)
	}
	extra, rest, _ := strings.Cut(rest, "\n")
	index, rest, _ := strings.Cut(rest, "\n")
	var r Receipt
	encoded, ok := strings.CutPrefix(extra, "extra ")
	if ok {
		r.Record, ok = decode64(encoded)
	}
	if !ok {
		return Receipt{}, fmt.Errorf("receipt: %w: no record in line 2", ErrFormat)
	}
	if r.Index, err = parseNumber(index, "index "); err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	if r.Hashes, r.Checkpoint, err = cutHashes(rest); err != nil {
		return Receipt{}, fmt.Errorf("receipt: %w", err)
	}
	return r, nil
}

// Receipt checks that a checkpoint which the verifier trusts covers the record.
// It returns the record that was proven and the checkpoint.
func (v *Verifier) Receipt(r *Receipt) (ledger.Record, Checkpoint, error) {
	checkpoint, err := v.Checkpoint(r.Checkpoint)
	if err != nil {
		return ledger.Record{}, Checkpoint{}, fmt.Errorf("receipt: %w", err)
	}
	// Proven first and read then: nobody's bytes but the journal's are parsed.
	if err := checkInclusion(r.Record, r.Index, checkpoint.Size, r.Hashes, checkpoint.Root); err != nil {
		return ledger.Record{}, Checkpoint{}, fmt.Errorf("receipt of record %d: %w", r.Index+1, err)
	}
	record, err := ledger.ParseRecord(r.Record)
	if err != nil {
		return ledger.Record{}, Checkpoint{}, fmt.Errorf("receipt: %w: %w", ErrFormat, err)
	}
	if record.Seq != r.Index+1 {
		return ledger.Record{}, Checkpoint{}, fmt.Errorf("receipt: %w: record %d is at %d", ErrProof, record.Seq, r.Index+1)
	}
	return record, checkpoint, nil
}

// checkInclusion checks that a leaf is in the tree with a root.
func checkInclusion(leaf []byte, index, size int64, hashes [][hashBytes]byte, root [hashBytes]byte) error {
	err := merkle.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(size), ledger.LeafHash(leaf), slicesOf(hashes), root[:])
	if err != nil {
		return leadsElsewhere(err)
	}
	return nil
}

// leadsElsewhere is [ErrProof] with what is wrong with the hashes, in one line.
func leadsElsewhere(err error) error {
	if roots, ok := errors.AsType[merkle.RootMismatchError](err); ok {
		return fmt.Errorf("%w: it leads to %x, not to %x", ErrProof, roots.CalculatedRoot, roots.ExpectedRoot)
	}
	return fmt.Errorf("%w: %w", ErrProof, err)
}

func slicesOf(hashes [][hashBytes]byte) [][]byte {
	list := make([][]byte, len(hashes))
	for i := range hashes {
		list[i] = hashes[i][:]
	}
	return list
}

func arraysOf(hashes [][]byte) [][hashBytes]byte {
	list := make([][hashBytes]byte, len(hashes))
	for i := range hashes {
		list[i] = [hashBytes]byte(hashes[i])
	}
	return list
}
