package books_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/books"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

func linesOf(t *testing.T, reader ledger.Reader, options *books.JournalOptions) string {
	t.Helper()
	var text bytes.Buffer
	require.NoError(t, books.WriteJournal(t.Context(), &text, reader, book, options))
	return text.String()
}

// bodies are the stored bytes of a book's records, each with its line break.
func bodies(t *testing.T, store ledger.Store) []string {
	t.Helper()
	var found []string
	for stored, err := range store.Records(t.Context(), book, ledger.RecordQuery{}) {
		require.NoError(t, err)
		found = append(found, string(stored.Body)+"\n")
	}
	return found
}

func TestWriteJournalWritesTheStoredBytes(t *testing.T) {
	t.Parallel()
	for name, open := range stores() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := open(t)
			c := newChronicle(t, store)
			c.firstDay()
			c.closeDay(0)
			want := bodies(t, store)
			last := int64(len(want))
			require.Equal(t, strings.Join(want, ""), linesOf(t, store, nil))
			require.Equal(t, strings.Join(want[4:], ""), linesOf(t, store, &books.JournalOptions{First: 5}))
			require.Equal(t, strings.Join(want[:3], ""), linesOf(t, store, &books.JournalOptions{Last: 3}))
			require.Equal(t, want[6], linesOf(t, store, &books.JournalOptions{First: 7, Last: 7}))
			require.Empty(t, linesOf(t, store, &books.JournalOptions{First: last + 1}), "nothing new yet")
			for _, beyond := range []books.JournalOptions{
				{First: -1}, {First: last + 2}, {Last: last + 1}, {First: 5, Last: 3}, {Last: -1},
			} {
				err := books.WriteJournal(t.Context(), io.Discard, store, book, &beyond)
				require.ErrorIs(t, err, ledger.ErrInvalid, "%+v", beyond)
			}
		})
	}
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	t.Parallel()
	store := goldenBook(t)
	want := bodies(t, store)
	read := 0
	for line, err := range books.ReadJournal(iotest.OneByteReader(strings.NewReader(linesOf(t, store, nil)))) {
		require.NoError(t, err)
		require.Equal(t, want[read], string(line)+"\n")
		record, err := ledger.ParseRecord(line)
		require.NoError(t, err)
		read++
		require.EqualValues(t, read, record.Seq)
	}
	require.Len(t, want, read)
}

// altered is a store that answers other records.
type altered struct {
	ledger.Reader
	alter func(ledger.StoredRecord) []ledger.StoredRecord
}

func (a altered) Records(ctx context.Context, book ledger.BookID, query ledger.RecordQuery) iter.Seq2[ledger.StoredRecord, error] {
	return func(yield func(ledger.StoredRecord, error) bool) {
		for stored, err := range a.Reader.Records(ctx, book, query) {
			if err != nil {
				yield(stored, err)
				return
			}
			for _, record := range a.alter(stored) {
				if !yield(record, nil) {
					return
				}
			}
		}
	}
}

func TestWhatWriteJournalFailsWith(t *testing.T) {
	t.Parallel()
	store := goldenBook(t)
	write := func(alter func(ledger.StoredRecord) []ledger.StoredRecord) error {
		return books.WriteJournal(t.Context(), io.Discard, altered{store, alter}, book, nil)
	}
	require.NoError(t, write(func(r ledger.StoredRecord) []ledger.StoredRecord { return []ledger.StoredRecord{r} }))
	for _, seq := range []int64{1, 7, 15} {
		err := write(func(r ledger.StoredRecord) []ledger.StoredRecord {
			if r.Seq == seq {
				return nil
			}
			return []ledger.StoredRecord{r}
		})
		require.ErrorIs(t, err, ledger.ErrCorrupt)
		require.ErrorContains(t, err, fmt.Sprintf("export the journal of book 3: record %d is missing", seq))
	}
	err := write(func(r ledger.StoredRecord) []ledger.StoredRecord {
		if r.Seq == 7 {
			r.Body = append(bytes.Clone(r.Body), "\n{}"...)
		}
		return []ledger.StoredRecord{r}
	})
	require.ErrorIs(t, err, ledger.ErrCorrupt)
	require.ErrorContains(t, err, "record 7 is not on one line")

	require.ErrorIs(t, books.WriteJournal(t.Context(), io.Discard, store, 99, nil), ledger.ErrBookUnknown)
	require.ErrorIs(t, books.WriteJournal(t.Context(), full{}, store, book, nil), errFull)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, books.WriteJournal(ctx, io.Discard, openHistory(t), book, nil), context.Canceled)
}

func openHistory(t *testing.T) ledger.Store {
	t.Helper()
	store := openSQLite(t)
	history(t, store)
	return store
}

func TestReadJournalNamesTheLineThatIsWrong(t *testing.T) {
	t.Parallel()
	errGone := errors.New("the disk is gone")
	for name, c := range map[string]struct {
		in    io.Reader
		lines []string
		err   error
		text  string
	}{
		"nothing at all":        {strings.NewReader(""), nil, nil, ""},
		"whole lines":           {strings.NewReader("a\nb\n"), []string{"a", "b"}, nil, ""},
		"a file that is cut":    {strings.NewReader("a\nb\n{\"at\""), []string{"a", "b"}, ledger.ErrInvalid, "read the journal: invalid line 3: ends without a line break"},
		"an empty line":         {strings.NewReader("a\n\nb\n"), []string{"a"}, ledger.ErrInvalid, "line 2: is empty"},
		"a reader that fails":   {io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(errGone)), []string{"a"}, errGone, "read the journal: line 2: the disk is gone"},
		"a stream that is cut":  {io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(io.ErrUnexpectedEOF)), []string{"a"}, io.ErrUnexpectedEOF, "line 2"},
		"a line of many blocks": {strings.NewReader(strings.Repeat("x", 200_000) + "\ny\n"), []string{strings.Repeat("x", 200_000), "y"}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var lines []string
			var failed error
			for line, err := range books.ReadJournal(c.in) {
				require.NoError(t, failed, "the first error is the last")
				if failed = err; err == nil {
					lines = append(lines, string(line))
				}
			}
			require.Equal(t, c.lines, lines)
			require.ErrorIs(t, failed, c.err)
			if c.err != nil {
				require.ErrorContains(t, failed, c.text)
			}
		})
	}
}

// counted counts what is read.
type counted struct {
	io.Reader
	read int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += n
	return n, err
}

func TestReadJournalReadsNoMoreThanTheLongestLine(t *testing.T) {
	t.Parallel()
	in := &counted{Reader: io.LimitReader(&repeated{text: strings.Repeat("x", 1000)}, 2*books.LineBytesMax)}
	for _, err := range books.ReadJournal(in) {
		require.ErrorIs(t, err, ledger.ErrInvalid)
		require.ErrorContains(t, err, "line 1: has more than 33554432 bytes")
	}
	require.Less(t, in.read, books.LineBytesMax+1<<20)

	longest := strings.Repeat("x", books.LineBytesMax)
	for line, err := range books.ReadJournal(strings.NewReader(longest + "\n")) {
		require.NoError(t, err)
		require.Len(t, line, books.LineBytesMax)
	}
	for _, text := range []string{longest + "x\n", longest + "x"} {
		for _, err := range books.ReadJournal(strings.NewReader(text)) {
			require.ErrorContains(t, err, "line 1: has more than 33554432 bytes")
		}
	}
}

func TestReadJournalEndsWhenItIsLeft(t *testing.T) {
	t.Parallel()
	for _, err := range books.ReadJournal(iotest.ErrReader(errFull)) {
		require.ErrorIs(t, err, errFull)
		break
	}
	for line, err := range books.ReadJournal(strings.NewReader("a\nb\n")) {
		require.NoError(t, err)
		require.Equal(t, "a", string(line))
		break
	}
}

// The longest record is an opening that says all that can be said of 1,000
// accounts.
func TestTheLongestRecordIsALine(t *testing.T) {
	t.Parallel()
	store := storetest.NewMemory()
	b, err := ledger.Create(t.Context(), store, book, ledger.Genesis{Name: "Long", OpenDate: firstDay}, nil)
	require.NoError(t, err)
	long := func(n, bytes int) string { return fmt.Sprintf("a%0*d", bytes-1, n) }
	var limits ledger.Limits
	for n := range 16 {
		l := ledger.Limit{Name: long(n, 64), Side: ledger.CreditSide, Per: ledger.PerTransaction, Max: money.Of(1<<63-1, money.CNY), Except: true}
		for kind := range 16 {
			l.Kinds = append(l.Kinds, long(kind, 64))
		}
		limits = append(limits, l)
	}
	metadata := json.RawMessage(`{"a":"` + strings.Repeat("\x7f", 4<<10-8) + `"}`)
	accounts := make([]ledger.AccountSpec, 1000)
	for n := range accounts {
		accounts[n] = ledger.AccountSpec{
			Path: long(n, 128), Control: long(0, 32), Side: ledger.CreditSide, Currency: money.CNY, Limits: limits,
			Floor: money.Of(-1<<63+1, money.CNY), Ceiling: money.Of(1<<63-1, money.CNY), Metadata: metadata, State: ledger.StateFrozenCredits,
		}
	}
	receipt, err := b.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.NewID(), By: long(0, 128), Accounts: accounts})
	require.NoError(t, err)
	length := len(receipt.Record.Canonical())
	require.Greater(t, length, 20<<20)
	require.Less(t, length, books.LineBytesMax)
	require.Len(t, linesOf(t, store, &books.JournalOptions{First: 2}), length+1)
}

// Memory does not grow with the journal.
func TestJournalsAreStreamed(t *testing.T) {
	line := strings.Repeat("x", 999) + "\n"
	long := io.LimitReader(&repeated{text: line}, 200<<20)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	lines := 0
	for _, err := range books.ReadJournal(long) {
		if lines++; lines%10_000 == 0 {
			require.NoError(t, err)
			runtime.GC()
			runtime.ReadMemStats(&after)
			require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(4<<20))
		}
	}
	require.Greater(t, lines, 200_000)
}

// repeated is a text without end.
type repeated struct {
	text string
	at   int
}

func (r *repeated) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		copied := copy(p[n:], r.text[r.at:])
		n, r.at = n+copied, (r.at+copied)%len(r.text)
	}
	return n, nil
}
