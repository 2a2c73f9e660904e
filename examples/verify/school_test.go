package verify_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/seal"
	"github.com/campusledger/campusledger/ledger/storetest"
)

var firstDay = ledger.DateOf(2026, 9, 1)

const (
	days     = 5
	accounts = 270 // more than the stored nodes of a tree of balances stand for
	sales    = 130 // a day
)

// school is a book of our own with new keys: each day is closed and sealed, the
// second twice.
type school struct {
	*storetest.Memory
	keys   *seal.Keys
	prover *seal.Prover
	posted []uuid.UUID
}

func newSchool(t testing.TB) *school {
	t.Helper()
	s := &school{Memory: storetest.NewMemory()}
	book, err := ledger.Create(t.Context(), s, 7, ledger.Genesis{Name: "School", OpenDate: firstDay}, nil)
	require.NoError(t, err)
	opening := ledger.Opening{ID: ledger.NewID()}
	for i := range accounts {
		opening.Accounts = append(opening.Accounts, ledger.AccountSpec{
			Path: fmt.Sprintf("meals/%d", i), Control: "2307", Side: ledger.CreditSide, Currency: money.KWD,
		})
	}
	_, err = book.OpenAccounts(t.Context(), opening)
	require.NoError(t, err)
	s.keys, err = seal.GenerateKeys("第一中学/books/7", time.Now())
	require.NoError(t, err)
	sealer, err := seal.NewSealer(s, 7, s.keys)
	require.NoError(t, err)
	s.prover = seal.NewProver(s, 7)
	for day := range days {
		s.sell(t, book, day)
		if day == 2 {
			_, err = book.Reopen(t.Context(), ledger.Reopen{Date: firstDay.AddDays(1), By: "head:1", Why: "forgotten"})
			require.NoError(t, err)
			s.sell(t, book, 9)
			s.close(t, book, sealer, 1)
		}
		s.close(t, book, sealer, day)
	}
	return s
}

func (s *school) sell(t testing.TB, book *ledger.Book, day int) {
	t.Helper()
	requests := make([]ledger.Request, sales)
	for i := range requests {
		amount := money.Of(int64(1+i), money.KWD)
		id := ledger.NewID()
		s.posted = append(s.posted, id)
		requests[i] = ledger.Transaction{ID: id, Kind: "sale", Document: []byte(`{"n":1.50}`), Postings: []ledger.Posting{
			ledger.Debit(fmt.Sprintf("meals/%d", 1+i), amount), ledger.Credit(fmt.Sprintf("meals/%d", (day*31)%accounts), amount),
		}}
		if 1+i == (day*31)%accounts {
			requests[i] = ledger.Authorization{Transaction: ledger.Transaction{ID: id, Kind: "preorder", Postings: []ledger.Posting{
				ledger.Debit("meals/0", amount), ledger.Credit("meals/1", amount),
			}}}
		}
	}
	for _, answer := range book.PostAll(t.Context(), requests...) {
		require.NoError(t, answer.Err)
	}
}

func (s *school) close(t testing.TB, book *ledger.Book, sealer *seal.Sealer, day int) {
	t.Helper()
	_, err := book.CloseDay(t.Context(), ledger.DayClose{Date: firstDay.AddDays(day)})
	require.NoError(t, err)
	_, err = sealer.SealCloses(t.Context())
	require.NoError(t, err)
}

func (s *school) journal(t testing.TB) []byte {
	t.Helper()
	var journal bytes.Buffer
	for record, err := range s.Records(t.Context(), 7, ledger.RecordQuery{}) {
		require.NoError(t, err)
		journal.Write(append(record.Body, '\n'))
	}
	// Numbers of documents are as they were written, which Python does not keep.
	return bytes.ReplaceAll(journal.Bytes(), []byte(`"doc":{"n":1.50},`), nil)
}

func (s *school) attempt(kind kind, file []byte) attempt {
	return attempt{kind: kind, Data: file, Keys: s.keys.Verifiers()}
}

// receipts returns the attempts to verify the receipts of some records.
func (s *school) receipts(t testing.TB) (list []attempt) {
	t.Helper()
	for i := 0; i < len(s.posted); i += 7 {
		r, err := s.prover.Receipt(t.Context(), s.posted[i])
		require.NoError(t, err)
		list = append(list, s.attempt(receipt, r.Marshal()), s.attempt(receipt, []byte(seal.QRText(r.Marshal()))))
	}
	return list
}

// balances returns the attempts to verify the balances of some accounts.
func (s *school) balances(t testing.TB) (list []attempt) {
	t.Helper()
	for i := 0; i < days*accounts; i += 23 {
		b, err := s.prover.Balance(t.Context(), fmt.Sprintf("meals/%d", i%accounts), firstDay.AddDays(i/accounts))
		require.NoError(t, err)
		list = append(list, s.attempt(balance, b.Marshal()), s.attempt(balance, []byte(seal.QRText(b.Marshal())+"\r\n")))
	}
	return list
}

// checkpoints returns the texts of all.
func (s *school) checkpoints(t testing.TB) (texts []string) {
	t.Helper()
	for kept, err := range s.Seals(t.Context(), 7, 0) {
		require.NoError(t, err)
		texts = append(texts, kept.Note)
	}
	require.Len(t, texts, days+1)
	return texts
}

// consistencies returns the attempts to verify that one checkpoint follows
// another, of all pairs.
func (s *school) consistencies(t testing.TB) (list []attempt) {
	t.Helper()
	texts := s.checkpoints(t)
	for i, old := range texts {
		for _, later := range texts[i:] {
			earlier, err := seal.ParseCheckpoint(old)
			require.NoError(t, err)
			c, err := s.prover.Consistency(t.Context(), earlier.Size, later)
			require.NoError(t, err)
			a := s.attempt(consistency, c.Marshal())
			a.Old = []byte(old)
			list = append(list, a)
		}
	}
	return list
}

func TestProofsOfANewBookAreProven(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	attempts := append(s.receipts(t), s.balances(t)...)
	attempts = append(attempts, s.consistencies(t)...)
	for _, text := range s.checkpoints(t) {
		attempts = append(attempts, s.attempt(checkpoint, []byte(text)))
	}
	require.Greater(t, len(attempts), 300)
	require.Equal(t, [3]int{proven: len(attempts)}, requireSame(t, attempts))

	output, _ := run(t, &attempts[0])
	require.Contains(t, output, "  meals/1 debit 0.001 KWD\n")
	b, err := s.prover.Balance(t.Context(), "meals/5", firstDay.AddDays(1))
	require.NoError(t, err)
	a := s.attempt(balance, b.Marshal())
	output, _ = run(t, &a)
	require.Contains(t, output, "meals/5 at the end of 2026-09-02: debit 0.015 KWD\n", "two sales of the day and one forgotten")
}

func TestWitnessesCount(t *testing.T) {
	t.Parallel()
	s := newSchool(t)
	witness, err := seal.GenerateWitness("parents.example/committee")
	require.NoError(t, err)
	verifier, err := seal.NewVerifier(s.keys.Verifiers(), nil)
	require.NoError(t, err)
	text := s.checkpoints(t)[2]
	line, err := witness.Cosign(verifier, &seal.Consistency{Checkpoint: text})
	require.NoError(t, err)
	a := s.attempt(checkpoint, []byte(text+line))
	a.Witnesses = []string{witness.Verifier}
	without := a
	without.Data = []byte(text)
	require.Equal(t, [3]int{proven: 1, notProven: 1}, requireSame(t, []attempt{a, without}))
	shown := strings.Join(strings.SplitN(witness.Verifier, "+", 3)[:2], "+")
	output, _ := run(t, &a)
	require.Contains(t, output, "  signed by "+shown+"\n", "as its public key has it")
	output, _ = run(t, &without)
	require.Equal(t, "NOT PROVEN: the school has signed, but the witness "+shown+" has not\n", output)
}
