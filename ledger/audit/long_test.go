package audit_test

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/seal"
)

// The long book has 300 records on two days, both closed and sealed, 262
// accounts, so that every tree has a node that is kept, milestones of the shop at
// 66, 130, 195 and 259 and of the bank at 129 and 257, and a consumer.
const longBook ledger.BookID = 9

const (
	firstDay = 150 // position of the first close
	longSeq  = 300 // of the second
)

func longKeys(t testing.TB) *seal.Keys {
	t.Helper()
	keys, err := seal.GenerateKeys("school.example/books/9", time.Date(2026, time.September, 7, 0, 0, 0, 0, time.UTC))
	require.NoError(t, err)
	return keys
}

// long is what is kept of the long book elsewhere.
type long struct {
	verifier    *seal.Verifier
	checkpoints []seal.Checkpoint
	// forgery is the record before the last, whose lines name another one before
	// than they should, and forgedTree the tree with it.
	forgery    ledger.StoredRecord
	forgedTree []byte
}

// long writes the long book. Sales cost more by a difference. After the first
// day every table is copied.
func (e engine) long(t testing.TB, keys *seal.Keys, difference int64) *long {
	t.Helper()
	clock := &clock{at: time.Date(2026, time.September, 7, 3, 0, 0, 0, time.UTC)}
	book, err := ledger.Create(t.Context(), e.store, longBook, ledger.Genesis{Name: "Long", OpenDate: monday}, &ledger.Options{Now: clock.now})
	require.NoError(t, err)
	w := longWriter{t, book, difference}
	w.open()
	sealer, err := seal.NewSealer(e.store.(seal.Store), longBook, keys)
	require.NoError(t, err)
	for _, day := range []struct {
		date  ledger.Date
		close int64
	}{{monday, firstDay}, {tuesday, longSeq}} {
		for seq := w.seq(); seq < day.close-1; seq++ {
			w.sale(seq)
		}
		_, err := book.CloseDay(t.Context(), ledger.DayClose{Date: day.date})
		require.NoError(t, err)
		_, err = sealer.SealCloses(t.Context())
		require.NoError(t, err)
		require.Equal(t, day.close, w.seq())
		if day.close == firstDay {
			e.copyEarly(t)
		}
	}
	require.NoError(t, e.store.(ledger.Cursors).MoveCursor(t.Context(), longBook, "reporter", 0, 290))
	e.exec(t, "insert into cursor (book_id, consumer, seq) values (8, 'mailer', 1000)")
	return e.longOf(t, keys)
}

// longOf takes down the checkpoints that the store has.
func (e engine) longOf(t testing.TB, keys *seal.Keys) *long {
	t.Helper()
	verifier, err := seal.NewVerifier(keys.Verifiers(), nil)
	require.NoError(t, err)
	l := &long{verifier: verifier}
	for s, err := range e.store.(ledger.Seals).Seals(t.Context(), longBook, 0) {
		require.NoError(t, err)
		c, err := seal.ParseCheckpoint(s.Note)
		require.NoError(t, err)
		l.checkpoints = append(l.checkpoints, c)
	}
	require.Len(t, l.checkpoints, 2)
	var records []ledger.Record
	for stored, err := range e.store.Records(t.Context(), longBook, ledger.RecordQuery{}) {
		require.NoError(t, err)
		record, err := ledger.ParseRecord(stored.Body)
		require.NoError(t, err)
		records = append(records, record)
	}
	line(records, longSeq-1, 1).Prev--
	f := forgedOf(records)
	l.forgery, l.forgedTree = f.records[longSeq-2], f.head.Tree
	return l
}

func (e engine) copyEarly(t testing.TB) {
	t.Helper()
	for _, table := range e.tables {
		e.exec(t, fmt.Sprintf("create table early_%s as select * from %s where book_id = 9", table, table))
	}
}

// options are what an audit needs to see the tampering, and no more.
func (l *long) options(t *audit.Tampering) *audit.Options {
	switch t.Needs {
	case "":
		return nil
	case "Checkpoints are given (`--checkpoint`)":
		return &audit.Options{Checkpoints: l.checkpoints[1:]}
	case "a Verifier is given (`--keys`)":
		return &audit.Options{Verifier: l.verifier}
	case "ClosesSealed is set (`--sealed`)":
		return &audit.Options{ClosesSealed: true}
	}
	panic(t.Needs)
}

// fill puts parts of the seals and of the forgery into a statement.
func (l *long) fill(statement string) string {
	parts := []string{
		"{body}", string(l.forgery.Body), "{mark}", fmt.Sprint(l.forgery.Mark), "{tree}", hex.EncodeToString(l.forgedTree),
	}
	for _, c := range l.checkpoints {
		lines := strings.Split(strings.TrimSpace(c.Note), "\n")
		parts = append(parts, fmt.Sprintf("{root %d}", c.Size), lines[2],
			fmt.Sprintf("{signature %d}", c.Size), lines[len(lines)-1][strings.LastIndex(lines[len(lines)-1], " ")+1:])
	}
	return strings.NewReplacer(parts...).Replace(statement)
}

type longWriter struct {
	t          testing.TB
	book       *ledger.Book
	difference int64
}

func (w longWriter) seq() int64 {
	head, err := w.book.Head(w.t.Context())
	require.NoError(w.t, err)
	return head.Seq
}

func (w longWriter) open() {
	specs := []ledger.AccountSpec{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		{Path: "shop", Control: "2202", Side: ledger.CreditSide, Currency: money.CNY},
	}
	for i := range 260 {
		specs = append(specs, ledger.AccountSpec{Path: fmt.Sprintf("wallet/%d", i), Control: "2307", Side: ledger.CreditSide, Currency: money.CNY})
	}
	_, err := w.book.OpenAccounts(w.t.Context(), ledger.Opening{ID: ledger.KeyID("open"), Accounts: specs})
	require.NoError(w.t, err)
}

func (w longWriter) sale(seq int64) {
	amount, payer := cny(100+seq+w.difference), fmt.Sprintf("wallet/%d", seq%260)
	postings := []ledger.Posting{ledger.Debit(payer, amount), ledger.Credit("shop", amount)}
	if seq%2 == 0 {
		postings = append(postings, ledger.Debit("bank", cny(1)), ledger.Credit(payer, cny(1)))
	}
	_, err := w.book.Post(w.t.Context(), ledger.Transaction{ID: ledger.KeyID("sale", fmt.Sprint(seq)), Kind: "sale", Postings: postings})
	require.NoError(w.t, err)
}
