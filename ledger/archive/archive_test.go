package archive_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/archive"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/seal"
	"github.com/campusledger/campusledger/ledger/storetest"
)

var firstDay = ledger.DateOf(2026, 8, 30)

// school is a book of several sealed days.
type school struct {
	*storetest.Memory
	book     *ledger.Book
	sealer   *seal.Sealer
	verifier *seal.Verifier
	posted   []uuid.UUID
	closes   []ledger.Record
}

// newSchool plays as many days as there are numbers, with so many sales each.
func newSchool(t testing.TB, days ...int) *school {
	t.Helper()
	s := &school{Memory: storetest.NewMemory()}
	var err error
	s.book, err = ledger.Create(t.Context(), s.Memory, 1, ledger.Genesis{Name: "School", OpenDate: firstDay}, nil)
	require.NoError(t, err)
	keys, err := seal.GenerateKeys("school.example/books/1", time.Now())
	require.NoError(t, err)
	s.sealer, err = seal.NewSealer(s, 1, keys)
	require.NoError(t, err)
	s.verifier, err = seal.NewVerifier(keys.Verifiers(), nil)
	require.NoError(t, err)
	for day, sales := range days {
		s.open(t, day)
		s.sell(t, day, sales)
		s.closeDay(t, firstDay.AddDays(day))
	}
	return s
}

func (s *school) open(t testing.TB, day int) {
	t.Helper()
	opening := ledger.Opening{ID: ledger.NewID()}
	for i := range 150 {
		opening.Accounts = append(opening.Accounts, ledger.AccountSpec{
			Path: fmt.Sprintf("wallet/%d.%d", day, i), Control: "2307", Side: ledger.CreditSide, Currency: money.CNY,
		})
	}
	_, err := s.book.OpenAccounts(t.Context(), opening)
	require.NoError(t, err)
}

func (s *school) sell(t testing.TB, day, sales int) {
	t.Helper()
	requests := make([]ledger.Request, sales)
	for i := range requests {
		amount := money.Of(int64(i+1), money.CNY)
		sale := ledger.Transaction{ID: ledger.NewID(), Kind: "sale", Postings: []ledger.Posting{
			ledger.Debit(fmt.Sprintf("wallet/%d.%d", i%(day+1), i%150), amount), ledger.Credit("wallet/0.7", amount),
		}}
		if sale.Postings[0].Account == "wallet/0.7" {
			sale.Postings[0].Account = "wallet/0.8"
		}
		requests[i], s.posted = sale, append(s.posted, sale.ID)
	}
	_, err := s.book.PostLinked(t.Context(), requests...)
	require.NoError(t, err)
}

func (s *school) closeDay(t testing.TB, date ledger.Date) {
	t.Helper()
	receipt, err := s.book.CloseDay(t.Context(), ledger.DayClose{Date: date})
	require.NoError(t, err)
	s.closes = append(s.closes, receipt.Record)
	_, err = s.sealer.SealCloses(t.Context())
	require.NoError(t, err)
}

// archive writes the stretch that begins after one close and ends with another.
func (s *school) archive(t testing.TB, after, last int) *archive.Archive {
	t.Helper()
	stretch := archive.Stretch{First: 1, Last: s.closes[last].Seq}
	if after >= 0 {
		stretch.First = s.closes[after].Seq + 1
	}
	name := filepath.Join(t.TempDir(), "archive.zip")
	file, err := os.Create(name)
	require.NoError(t, err)
	view, err := s.View(t.Context())
	require.NoError(t, err)
	manifest, err := archive.Write(t.Context(), file, view.(archive.Reader), 1, stretch)
	require.NoError(t, err)
	require.NoError(t, file.Close())
	a, err := archive.Open(t.Context(), name)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	require.Equal(t, manifest, a.Manifest())
	return a
}

func TestAnArchiveProvesWhatTheStoreProves(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 90, 700, 300, 40)
	for _, ends := range [][2]int{{-1, 0}, {-1, 3}, {0, 1}, {1, 2}, {1, 3}, {2, 3}} {
		a := s.archive(t, ends[0], ends[1])
		verified, err := a.Verify(t.Context(), s.verifier)
		require.NoError(t, err)
		require.Equal(t, int64(ends[1]-ends[0]), verified.Closes)
		require.Equal(t, int64(ends[1]-ends[0]), verified.Checkpoints)
		require.Equal(t, s.closes[ends[1]].Seq, verified.Last.Size)

		stored, archived := seal.NewProver(s, 1), seal.NewProver(a, a.Book())
		for i, id := range s.posted {
			record, err := s.book.Record(t.Context(), id)
			require.NoError(t, err)
			if record.Seq < a.Manifest().First || record.Seq > a.Manifest().Last || i%41 != 0 {
				continue
			}
			want, err := stored.Receipt(t.Context(), id)
			require.NoError(t, err)
			receipt, err := archived.Receipt(t.Context(), id)
			require.NoError(t, err)
			require.Equal(t, want, receipt)
		}
		for day := ends[0] + 1; day <= ends[1]; day++ {
			for _, account := range []string{"wallet/0.7", "wallet/0.149", fmt.Sprintf("wallet/%d.3", day)} {
				want, err := stored.Balance(t.Context(), account, firstDay.AddDays(day))
				require.NoError(t, err)
				balance, err := archived.Balance(t.Context(), account, firstDay.AddDays(day))
				require.NoError(t, err)
				require.Equal(t, want, balance)
			}
		}
		want, err := stored.Consistency(t.Context(), a.Manifest().First, verified.Last.Note)
		require.NoError(t, err)
		consistency, err := archived.Consistency(t.Context(), a.Manifest().First, verified.Last.Note)
		require.NoError(t, err)
		require.Equal(t, want, consistency)
	}
}

func TestArchivesJoinToTheWholeJournal(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 30, 400, 20)
	parts := []*archive.Archive{s.archive(t, -1, 0), s.archive(t, 0, 1), s.archive(t, 1, 2)}
	var lines int
	for line, err := range archive.Records(t.Context(), parts...) {
		require.NoError(t, err)
		lines++
		record, err := s.book.RecordAt(t.Context(), int64(lines))
		require.NoError(t, err)
		require.Equal(t, string(record.Canonical()), string(line))
	}
	require.Equal(t, s.closes[2].Seq, int64(lines))

	other := newSchool(t, 31, 400, 20)
	kept := make([][]byte, 0, lines)
	for line, err := range archive.Records(t.Context(), parts...) {
		require.NoError(t, err)
		kept = append(kept, line)
	}
	report, err := audit.Run(t.Context(), audit.NewLines(func(yield func([]byte, error) bool) {
		for line, err := range archive.Records(t.Context(), parts...) {
			if !yield(line, err) {
				return
			}
		}
	}), 1, nil)
	require.NoError(t, err)
	require.Empty(t, report.Findings)
	require.Greater(t, len(bytes.Join(kept, nil)), 1<<17, "more than a reader's buffer")
	for i, line := range kept {
		record, err := s.book.RecordAt(t.Context(), int64(i+1))
		require.NoError(t, err)
		require.Equal(t, string(record.Canonical()), string(line))
	}

	for name, parts := range map[string][]*archive.Archive{
		"one is missing":          {parts[0], parts[2]},
		"one is there twice":      {parts[0], parts[0]},
		"one is of another story": {parts[0], other.archive(t, 0, 1)},
	} {
		var err error
		for _, failure := range archive.Records(t.Context(), parts...) {
			err = failure
		}
		require.ErrorIs(t, err, archive.ErrGap, name)
	}
}

func TestAReopenedDayIsArchivedAsClosedAtLast(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 30, 40)
	_, err := s.book.Reopen(t.Context(), ledger.Reopen{Date: firstDay.AddDays(1), By: "office:1", Why: "forgotten"})
	require.NoError(t, err)
	s.sell(t, 1, 5)
	s.closeDay(t, firstDay.AddDays(1))
	a := s.archive(t, 0, 2)
	verified, err := a.Verify(t.Context(), s.verifier)
	require.NoError(t, err)
	require.Equal(t, int64(1), verified.Closes)
	require.Equal(t, int64(2), verified.Checkpoints)
}

func TestWhatIsNotArchived(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 30, 40)
	for name, c := range map[string]struct {
		stretch archive.Stretch
		want    error
	}{
		"nothing":              {archive.Stretch{First: 5, Last: 4}, ledger.ErrInvalid},
		"from before the book": {archive.Stretch{First: 0, Last: s.closes[0].Seq}, ledger.ErrInvalid},
		"not up to a close":    {archive.Stretch{First: 1, Last: s.closes[0].Seq - 1}, ledger.ErrInvalid},
		"beyond the journal":   {archive.Stretch{First: 1, Last: s.closes[1].Seq + 1}, ledger.ErrRecordUnknown},
	} {
		_, err := archive.Write(t.Context(), io.Discard, s, 1, c.stretch)
		require.ErrorIs(t, err, c.want, name)
	}
	_, err := s.book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay.AddDays(2)})
	require.NoError(t, err)
	_, err = archive.Write(t.Context(), io.Discard, s, 1, archive.Stretch{First: 1, Last: s.closes[1].Seq + 1})
	require.ErrorIs(t, err, seal.ErrNotSealed)
}

// TestEveryChangeOfAnArchiveIsFound changes each entry in turn.
func TestEveryChangeOfAnArchiveIsFound(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 30, 300, 20)
	whole := s.archive(t, 0, 1)
	entries := map[string]string{}
	for name, text := range contents(t, whole) {
		entries[name] = text
	}
	checkpoint := fmt.Sprintf("checkpoints/%d.txt", s.closes[1].Seq)
	first := strings.SplitN(entries["journal.jsonl"], "\n", 2)
	for name, change := range map[string]func(map[string]string){
		"an amount": func(e map[string]string) {
			e["journal.jsonl"] = strings.Replace(e["journal.jsonl"], `"CNY",7,`, `"CNY",8,`, 1)
		},
		"a record less":      func(e map[string]string) { e["journal.jsonl"] = first[1] },
		"a record more":      func(e map[string]string) { e["journal.jsonl"] += first[0] + "\n" },
		"an empty line":      func(e map[string]string) { e["journal.jsonl"] = "\n" + e["journal.jsonl"] },
		"no journal":         func(e map[string]string) { delete(e, "journal.jsonl") },
		"no manifest":        func(e map[string]string) { delete(e, "manifest.json") },
		"no closings":        func(e map[string]string) { delete(e, "closings.jsonl") },
		"no last checkpoint": func(e map[string]string) { delete(e, checkpoint) },
		"another format":     func(e map[string]string) { e["manifest.json"] = strings.Replace(e["manifest.json"], "@v1", "@v9", 1) },
		"another root": func(e map[string]string) {
			e["manifest.json"] = strings.Replace(e["manifest.json"], `"root": "`, `"root": "00`, 1)
		},
		"another edge": func(e map[string]string) { e["manifest.json"] = flipLast(e["manifest.json"]) },
		"another first": func(e map[string]string) {
			e["manifest.json"] = strings.Replace(e["manifest.json"], `"first": `, `"first": 1`, 1)
		},
		"a closing":      func(e map[string]string) { e["closings.jsonl"] = strings.Replace(e["closings.jsonl"], ",0]", ",1]", 1) },
		"a closing less": func(e map[string]string) { e["closings.jsonl"] = strings.SplitN(e["closings.jsonl"], "\n", 2)[1] },
		"another account": func(e map[string]string) {
			e["closings.jsonl"] = strings.Replace(e["closings.jsonl"], `"wallet/1.`, `"wallet/9.`, 1)
		},
		"a signature":         func(e map[string]string) { e[checkpoint] = e[checkpoint][:len(e[checkpoint])-9] + "AAAAAAA=\n" },
		"another checkpoint":  func(e map[string]string) { e["checkpoints/1.txt"] = e[checkpoint] },
		"a checkpoint's name": func(e map[string]string) { e["checkpoints/x.txt"] = e[checkpoint] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := map[string]string{}
			for name, text := range entries {
				changed[name] = text
			}
			change(changed)
			require.NotEqual(t, entries, changed)
			a, err := archive.Open(t.Context(), zipped(t, changed))
			if err == nil {
				_, err = a.Verify(t.Context(), s.verifier)
				require.NoError(t, a.Close())
			}
			require.Error(t, err)
		})
	}
	a, err := archive.Open(t.Context(), zipped(t, entries))
	require.NoError(t, err)
	_, err = a.Verify(t.Context(), s.verifier)
	require.NoError(t, err)
	require.NoError(t, a.Close())
	_, err = archive.Open(t.Context(), filepath.Join(t.TempDir(), "none.zip"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// flipLast changes the last digit in the manifest.
func flipLast(text string) string {
	at := strings.LastIndexAny(text, "0123456789abcdef")
	digit := "0"
	if text[at] == '0' {
		digit = "1"
	}
	return text[:at] + digit + text[at+1:]
}

// contents returns the entries of an archive.
func contents(t *testing.T, a *archive.Archive) map[string]string {
	t.Helper()
	r, err := zip.OpenReader(a.Name())
	require.NoError(t, err)
	defer func() { require.NoError(t, r.Close()) }()
	entries := map[string]string{}
	for _, entry := range r.File {
		in, err := entry.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(in)
		require.NoError(t, err)
		entries[entry.Name] = string(text)
	}
	return entries
}

func zipped(t *testing.T, entries map[string]string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, text := range entries {
		entry, err := w.Create(name)
		require.NoError(t, err)
		_, err = io.WriteString(entry, text)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	name := filepath.Join(t.TempDir(), "changed.zip")
	require.NoError(t, os.WriteFile(name, out.Bytes(), 0o600))
	return name
}
