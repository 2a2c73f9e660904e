package seal_test

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/seal"
	"github.com/campusledger/campusledger/ledger/storetest"
)

const origin = "school.example/books/1"

var (
	now      = time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	firstDay = ledger.DateOf(2026, 9, 1)
)

// school is a sealed book with some records.
type school struct {
	*storetest.Memory
	book    *ledger.Book
	keys    *seal.Keys
	sealer  *seal.Sealer
	prover  *seal.Prover
	counted *counting
}

func newSchool(t testing.TB, accounts int) *school {
	t.Helper()
	s := &school{Memory: storetest.NewMemory()}
	var err error
	s.book, err = ledger.Create(t.Context(), s.Memory, 1, ledger.Genesis{Name: "School", OpenDate: firstDay}, nil)
	require.NoError(t, err)
	opening := ledger.Opening{ID: ledger.KeyID("chart")}
	for i := range accounts {
		opening.Accounts = append(opening.Accounts, ledger.AccountSpec{
			Path: fmt.Sprintf("wallet/%d", i+1), Control: "2307", Side: ledger.CreditSide, Currency: money.CNY,
		})
	}
	_, err = s.book.OpenAccounts(t.Context(), opening)
	require.NoError(t, err)
	s.keys, err = seal.GenerateKeys(origin, now)
	require.NoError(t, err)
	s.sealer, err = seal.NewSealer(s, 1, s.keys)
	require.NoError(t, err)
	s.counted = &counting{Memory: s.Memory}
	s.prover = seal.NewProver(s.counted, 1)
	return s
}

// post moves money between the first and the nth account.
func (s *school) post(t testing.TB, nth int) ledger.Record {
	t.Helper()
	amount := money.Of(int64(nth)*100, money.CNY)
	receipt, err := s.book.Post(t.Context(), ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
		ledger.Debit("wallet/1", amount), ledger.Credit(fmt.Sprintf("wallet/%d", nth), amount),
	}})
	require.NoError(t, err)
	return receipt.Record
}

func (s *school) postMany(t testing.TB, n int) []ledger.Record {
	t.Helper()
	requests := make([]ledger.Request, n)
	for i := range requests {
		amount := money.Of(int64(i+1), money.CNY)
		requests[i] = ledger.Transaction{ID: ledger.NewID(), Kind: "topup", Postings: []ledger.Posting{
			ledger.Debit("wallet/1", amount), ledger.Credit("wallet/2", amount),
		}}
	}
	results, err := s.book.PostLinked(t.Context(), requests...)
	require.NoError(t, err)
	records := make([]ledger.Record, n)
	for i := range results {
		records[i] = results[i].Record
	}
	return records
}

func (s *school) closeDay(t testing.TB, date ledger.Date) ledger.Record {
	t.Helper()
	receipt, err := s.book.CloseDay(t.Context(), ledger.DayClose{Date: date})
	require.NoError(t, err)
	return receipt.Record
}

func (s *school) verifier(t testing.TB) *seal.Verifier {
	t.Helper()
	verifier, err := seal.NewVerifier(s.keys.Verifiers(), nil)
	require.NoError(t, err)
	return verifier
}

// tree is the journal's tree as tlog hashes it.
func (s *school) tree(t testing.TB) (tlog.HashReader, int64) {
	t.Helper()
	var stored []tlog.Hash
	var size int64
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			hashes[i] = stored[index]
		}
		return hashes, nil
	})
	for record, err := range s.Records(t.Context(), 1, ledger.RecordQuery{}) {
		require.NoError(t, err)
		hashes, err := tlog.StoredHashes(size, record.Body, reader)
		require.NoError(t, err)
		stored = append(stored, hashes...)
		size++
	}
	return reader, size
}

// counting counts the hashes, closings and records that a prover reads.
type counting struct {
	*storetest.Memory
	hashes, closings, records int
}

func (c *counting) Nodes(ctx context.Context, book ledger.BookID, q ledger.NodeQuery) iter.Seq2[ledger.Node, error] {
	return count(&c.hashes, c.Memory.Nodes(ctx, book, q))
}

func (c *counting) Closings(ctx context.Context, book ledger.BookID, q ledger.ClosingQuery) iter.Seq2[ledger.Closing, error] {
	return count(&c.closings, c.Memory.Closings(ctx, book, q))
}

func (c *counting) Records(ctx context.Context, book ledger.BookID, q ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	return count(&c.records, c.Memory.Records(ctx, book, q))
}

func count[T any](n *int, rows iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for row, err := range rows {
			*n++
			if !yield(row, err) {
				return
			}
		}
	}
}

func TestCheckpointsOpenWithSumdbNote(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 3)
	s.post(t, 2)
	checkpoint, err := s.sealer.Seal(t.Context())
	require.NoError(t, err)

	verifier, err := note.NewVerifier(s.keys.Verifiers()[0])
	require.NoError(t, err)
	opened, err := note.Open([]byte(checkpoint.Note), note.VerifierList(verifier))
	require.NoError(t, err)
	require.Len(t, opened.Sigs, 1)
	root, err := tlog.TreeHash(3, first(s.tree(t)))
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("%s\n3\n%s\n", origin, root), opened.Text)

	read, err := s.verifier(t).Checkpoint(checkpoint.Note)
	require.NoError(t, err)
	require.Equal(t, checkpoint, read)
	require.Equal(t, seal.Checkpoint{Origin: origin, Size: 3, Root: root, Note: checkpoint.Note}, read)
}

func first[T, U any](x T, _ U) T { return x }

func TestProofsVerifyWithSumdbTlog(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 3)
	var sizes []int64
	var checkpoints []seal.Checkpoint
	for _, n := range []int{1, 1, 5, 247, 1, 1, 300, 700} { // across the edges of stored nodes
		s.postMany(t, n)
		checkpoint, err := s.sealer.Seal(t.Context())
		require.NoError(t, err)
		sizes, checkpoints = append(sizes, checkpoint.Size), append(checkpoints, checkpoint)
	}
	hashes, size := s.tree(t)
	for record, err := range s.Records(t.Context(), 1, ledger.RecordQuery{}) {
		require.NoError(t, err)
		receipt, err := s.prover.Receipt(t.Context(), record.ID)
		require.NoError(t, err)
		checkpoint, err := seal.ParseCheckpoint(receipt.Checkpoint)
		require.NoError(t, err)
		require.GreaterOrEqual(t, checkpoint.Size, record.Seq)
		require.NoError(t, tlog.CheckRecord(hashesOf(receipt.Hashes), checkpoint.Size, checkpoint.Root, record.Seq-1, tlog.RecordHash(record.Body)))
		if record.Seq%97 == 0 {
			proven, err := tlog.ProveRecord(checkpoint.Size, record.Seq-1, hashes)
			require.NoError(t, err)
			require.Equal(t, []tlog.Hash(proven), hashesOf(receipt.Hashes))
		}
	}
	require.Equal(t, sizes[len(sizes)-1], size)
	for i, earlier := range checkpoints {
		for _, later := range checkpoints[i:] {
			c, err := s.prover.Consistency(t.Context(), earlier.Size, later.Note)
			require.NoError(t, err)
			require.NoError(t, tlog.CheckTree(hashesOf(c.Hashes), later.Size, later.Root, earlier.Size, earlier.Root))
			_, err = s.verifier(t).Consistency(earlier, &c)
			require.NoError(t, err)
		}
	}
}

func hashesOf(list [][32]byte) []tlog.Hash {
	hashes := make([]tlog.Hash, len(list))
	for i := range list {
		hashes[i] = list[i]
	}
	return hashes
}

func TestAReceiptIsATlogProof(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 3)
	record := s.post(t, 2)
	s.postMany(t, 20)
	s.closeDay(t, firstDay)
	sealed, err := s.sealer.SealCloses(t.Context())
	require.NoError(t, err)
	require.Equal(t, 1, sealed)

	receipt, err := s.prover.Receipt(t.Context(), record.ID)
	require.NoError(t, err)
	file := receipt.Marshal()
	var p proof.TLogProof
	require.NoError(t, p.Unmarshal(file))
	require.Equal(t, record.Canonical(), p.ExtraData)
	require.Equal(t, string(p.Marshal()), string(file))

	for name, text := range map[string]string{"file": string(file), "QR code": seal.QRText(file), "QR code on a line": seal.QRText(file) + "\r\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := seal.ParseReceipt([]byte(text))
			require.NoError(t, err)
			require.Equal(t, receipt, read)
			proven, checkpoint, err := s.verifier(t).Receipt(&read)
			require.NoError(t, err)
			require.Equal(t, record, proven)
			require.Equal(t, int64(24), checkpoint.Size)
		})
	}
}

func TestProofsReadFewHashesAndFewRecords(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 1000)
	for range 70 {
		s.postMany(t, 1000)
	}
	record := s.post(t, 2)
	closed := s.closeDay(t, firstDay)
	_, err := s.sealer.SealCloses(t.Context())
	require.NoError(t, err)
	require.Greater(t, closed.Seq, int64(1<<16), "three levels of stored nodes")

	*s.counted = counting{Memory: s.Memory}
	_, err = s.prover.Receipt(t.Context(), record.ID)
	require.NoError(t, err)
	require.Less(t, s.counted.hashes, 3*256)
	require.LessOrEqual(t, s.counted.records, 256, "the record itself, and the leaves beside it")

	*s.counted = counting{Memory: s.Memory}
	checkpoint, err := s.sealer.Seal(t.Context())
	require.NoError(t, err)
	_, err = s.prover.Consistency(t.Context(), 12_345, checkpoint.Note)
	require.NoError(t, err)
	require.Less(t, s.counted.hashes, 3*256)
	require.Less(t, s.counted.records, 2*256)

	*s.counted = counting{Memory: s.Memory}
	balance, err := s.prover.Balance(t.Context(), "wallet/777", firstDay)
	require.NoError(t, err)
	require.Less(t, s.counted.hashes, 3*256)
	require.LessOrEqual(t, s.counted.closings, 257)
	require.LessOrEqual(t, s.counted.records, 257, "the close, no reopening, and the leaves beside the close")
	sealed, _, err := s.verifier(t).Balance(&balance)
	require.NoError(t, err)
	require.Equal(t, seal.Sealed{
		Account: "wallet/777", Currency: money.CNY, Date: firstDay,
		Debits: money.Zero(money.CNY), Credits: money.Zero(money.CNY), Balance: money.Zero(money.CNY),
	}, sealed)
}

func TestABalanceIsProvenAsClosedAtLast(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 300)
	s.post(t, 300)
	s.closeDay(t, firstDay)
	s.post(t, 299) // of the second day
	_, err := s.book.Reopen(t.Context(), ledger.Reopen{Date: firstDay, By: "office:1", Why: "forgotten"})
	require.NoError(t, err)

	_, err = s.prover.Balance(t.Context(), "wallet/300", firstDay)
	require.ErrorIs(t, err, seal.ErrNotClosed)
	s.post(t, 300) // of the first day again
	s.closeDay(t, firstDay)
	_, err = s.prover.Balance(t.Context(), "wallet/300", firstDay)
	require.ErrorIs(t, err, seal.ErrNotSealed)
	_, err = s.sealer.SealCloses(t.Context())
	require.NoError(t, err)

	for account, want := range map[string]string{"wallet/1": "600.00", "wallet/300": "-600.00", "wallet/299": "0.00"} {
		balance, err := s.prover.Balance(t.Context(), account, firstDay)
		require.NoError(t, err)
		file := balance.Marshal()
		require.True(t, seal.IsBalance(file))
		read, err := seal.ParseBalance(file)
		require.NoError(t, err)
		require.Equal(t, balance, read)
		sealed, _, err := s.verifier(t).Balance(&read)
		require.NoError(t, err)
		require.Equal(t, want, sealed.Balance.Decimal(), account)
		require.Equal(t, firstDay, sealed.Date)
	}
	_, err = s.prover.Balance(t.Context(), "wallet/nobody", firstDay)
	require.ErrorIs(t, err, ledger.ErrAccountUnknown)
	_, err = s.prover.Balance(t.Context(), "wallet/1", firstDay.AddDays(7))
	require.ErrorIs(t, err, seal.ErrNotClosed)
}

func TestEveryByteOfAProofCounts(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 5)
	record := s.post(t, 2)
	s.postMany(t, 5)
	s.closeDay(t, firstDay)
	_, err := s.sealer.SealCloses(t.Context())
	require.NoError(t, err)
	verifier := s.verifier(t)
	receipt, err := s.prover.Receipt(t.Context(), record.ID)
	require.NoError(t, err)
	balance, err := s.prover.Balance(t.Context(), "wallet/2", firstDay)
	require.NoError(t, err)

	check := func(file []byte) error {
		if seal.IsBalance(file) {
			b, err := seal.ParseBalance(file)
			if err == nil {
				_, _, err = verifier.Balance(&b)
			}
			return err
		}
		r, err := seal.ParseReceipt(file)
		if err == nil {
			_, _, err = verifier.Receipt(&r)
		}
		return err
	}
	for _, file := range [][]byte{receipt.Marshal(), balance.Marshal()} {
		require.NoError(t, check(file))
		for i := range file {
			changed := append([]byte(nil), file...)
			changed[i] ^= 1
			require.Error(t, check(changed), "byte %d of %q", i, file[max(0, i-20):i+1])
			require.Error(t, check(file[:i]), "cut at %d", i)
		}
		require.Error(t, check(append(append([]byte(nil), file...), '\n')))
	}
}

func TestBadTexts(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 3)
	checkpoint, err := s.sealer.Seal(t.Context())
	require.NoError(t, err)
	for name, text := range map[string]string{
		"nothing":          "",
		"no signature":     strings.SplitAfter(checkpoint.Note, "\n\n")[0],
		"an extension":     strings.Replace(checkpoint.Note, "\n\n", "\nmore\n\n", 1),
		"a leading zero":   strings.Replace(checkpoint.Note, "\n2\n", "\n02\n", 1),
		"no size":          strings.Replace(checkpoint.Note, "\n2\n", "\n\n", 1),
		"a negative size":  strings.Replace(checkpoint.Note, "\n2\n", "\n-2\n", 1),
		"a huge text":      strings.Repeat("x", 1<<20),
		"a size too large": strings.Replace(checkpoint.Note, "\n2\n", "\n18446744073709551615\n", 1),
	} {
		_, err := seal.ParseCheckpoint(text)
		require.ErrorIs(t, err, seal.ErrFormat, name)
	}
	for _, name := range []string{"", "a b", "a+b", strings.Repeat("x", 201)} {
		_, err := seal.GenerateKeys(name, now)
		require.ErrorIs(t, err, seal.ErrFormat, "%q", name)
	}
	for _, text := range []string{"", "{}", `{"keys":[]}`, `{"keys":[{"verifier":"x"}]}`} {
		_, err := seal.ParseKeys([]byte(text))
		require.ErrorIs(t, err, seal.ErrFormat, "%q", text)
	}
	for _, keys := range [][]string{nil, {"x"}} {
		_, err := seal.NewVerifier(keys, nil)
		require.ErrorIs(t, err, seal.ErrFormat)
	}
	_, err = seal.NewVerifier(s.keys.Verifiers(), &seal.VerifierOptions{WitnessesMin: 1})
	require.ErrorIs(t, err, seal.ErrFormat)
}
