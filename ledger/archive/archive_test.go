package archive_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sync"
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

func TestAnArchiveIsReadByManyAtOnce(t *testing.T) {
	t.Parallel()
	s := newSchool(t, 300, 300)
	a := s.archive(t, -1, 1)
	var group sync.WaitGroup
	errs := make(chan error, 16)
	for i := range 8 {
		group.Go(func() {
			prover := seal.NewProver(a, a.Book())
			_, err := prover.Receipt(t.Context(), s.posted[i*50])
			errs <- err
			_, err = prover.Balance(t.Context(), "wallet/0.7", firstDay.AddDays(i%2))
			errs <- err
		})
	}
	group.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
}
