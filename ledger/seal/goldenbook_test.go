package seal_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/seal"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// The private keys of RFC 8032, 7.1: TEST 1, TEST 2 and TEST 3. Everybody knows
// them.
const (
	goldenSeed     = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
	goldenNextSeed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
	witnessSeed    = "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"
	goldenWitness  = "parents.example/committee"
)

// goldenKey returns the halves of a key as golang.org/x/mod/sumdb/note writes
// them.
func goldenKey(t testing.TB, name, seed string) seal.Key {
	t.Helper()
	private, err := hex.DecodeString(seed)
	require.NoError(t, err)
	public := append([]byte{1}, ed25519.NewKeyFromSeed(private).Public().(ed25519.PublicKey)...)
	id := sha256.Sum256(append([]byte(name+"\n"), public...))
	return seal.Key{
		Verifier: fmt.Sprintf("%s+%x+%s", name, id[:4], base64.StdEncoding.EncodeToString(public)),
		Signer:   fmt.Sprintf("PRIVATE+KEY+%s+%x+%s", name, id[:4], base64.StdEncoding.EncodeToString(append([]byte{1}, private...))),
		Made:     now,
	}
}

// goldenBook is the book of FORMAT.md's golden files: two dates closed, the
// first of them twice.
type goldenBook struct {
	*storetest.Memory
	book  *ledger.Book
	clock atomic.Int64 // minutes since now
	keys  seal.Keys
}

func newGoldenBook(t testing.TB) *goldenBook {
	t.Helper()
	g := &goldenBook{Memory: storetest.NewMemory()}
	g.keys.Keys = []seal.Key{goldenKey(t, origin, goldenSeed)}
	var err error
	g.book, err = ledger.Create(t.Context(), g, 1, ledger.Genesis{Name: "第一中学", OpenDate: firstDay}, &ledger.Options{
		Now: func() time.Time { return now.Add(time.Duration(g.clock.Load()) * time.Minute) },
	})
	require.NoError(t, err)
	return g
}

func (g *goldenBook) do(t testing.TB, request func() (ledger.Receipt, error)) {
	t.Helper()
	g.clock.Add(1)
	_, err := request()
	require.NoError(t, err)
}

func (g *goldenBook) open(t testing.TB, id string, accounts ...ledger.AccountSpec) {
	t.Helper()
	g.do(t, func() (ledger.Receipt, error) {
		return g.book.OpenAccounts(t.Context(), ledger.Opening{ID: ledger.KeyID("golden", id), By: "office:1", Accounts: accounts})
	})
}

func (g *goldenBook) post(t testing.TB, transaction ledger.Transaction) {
	t.Helper()
	g.do(t, func() (ledger.Receipt, error) { return g.book.Post(t.Context(), transaction) })
}

func (g *goldenBook) close(t testing.TB, date ledger.Date) {
	t.Helper()
	g.do(t, func() (ledger.Receipt, error) { return g.book.CloseDay(t.Context(), ledger.DayClose{Date: date}) })
	_, err := g.sealer(t).SealCloses(t.Context())
	require.NoError(t, err)
}

func (g *goldenBook) sealer(t testing.TB) *seal.Sealer {
	t.Helper()
	sealer, err := seal.NewSealer(g, 1, &g.keys)
	require.NoError(t, err)
	return sealer
}

// between moves an amount from one account to another.
func between(id, kind, debited, credited string, amount money.Amount) ledger.Transaction {
	return ledger.Transaction{ID: ledger.KeyID("golden", id), Kind: kind, Postings: []ledger.Posting{
		ledger.Debit(debited, amount), ledger.Credit(credited, amount),
	}}
}

// play journals the golden records.
func (g *goldenBook) play(t testing.TB) {
	t.Helper()
	fen := func(n int64) money.Amount { return money.Of(n, money.CNY) }
	wallet := ledger.AccountSpec{Path: "wallet/s1", Control: "2307.01", Side: ledger.CreditSide, Currency: money.CNY, Floor: fen(0)}
	second := wallet
	second.Path = "wallet/s2"
	g.open(
		t, "accounts", wallet,
		ledger.AccountSpec{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: money.CNY},
		ledger.AccountSpec{Path: "merchant/m1", Control: "2307.02", Side: ledger.CreditSide, Currency: money.CNY},
	)
	g.post(t, between("topup", "topup", "bank", "wallet/s1", fen(100_00)))
	lunch := between("lunch", "sale", "wallet/s1", "merchant/m1", fen(12_50))
	lunch.By, lunch.Document = "cashier:7", json.RawMessage(`{"lines":[["米饭",1,"1.00"],["番茄炒蛋",1,"11.50"]]}`)
	g.post(t, lunch)
	g.close(t, firstDay)

	g.open(
		t, "more", second,
		ledger.AccountSpec{Path: "bank/jpy", Control: "1002", Side: ledger.DebitSide, Currency: money.JPY},
		ledger.AccountSpec{Path: "trip", Control: "2307.03", Side: ledger.CreditSide, Currency: money.JPY},
	)
	g.post(t, between("topup 2", "topup", "bank", "wallet/s2", fen(20_00)))
	g.post(t, between("trip", "trip", "bank/jpy", "trip", money.Of(1500, money.JPY)))
	g.do(t, func() (ledger.Receipt, error) {
		return g.book.Reopen(t.Context(), ledger.Reopen{Date: firstDay, By: "head:1", Why: "a forgotten sale"})
	})
	g.post(t, between("forgotten", "sale", "wallet/s1", "merchant/m1", fen(8_00)))
	g.close(t, firstDay)
	g.do(t, func() (ledger.Receipt, error) {
		return g.book.Authorize(t.Context(), ledger.Authorization{
			Transaction: between("preorder", "preorder", "wallet/s2", "merchant/m1", fen(9_00)),
		})
	})
	g.do(t, func() (ledger.Receipt, error) {
		return g.book.Capture(t.Context(), ledger.Capture{ID: ledger.KeyID("golden", "capture"), Hold: ledger.KeyID("golden", "preorder")})
	})
	g.close(t, firstDay.AddDays(1))
	g.keys.Keys = append(g.keys.Keys, goldenKey(t, origin, goldenNextSeed))
	g.post(t, between("late", "sale", "wallet/s1", "merchant/m1", fen(5)))
}

func (g *goldenBook) journal(t testing.TB) []byte {
	t.Helper()
	var journal bytes.Buffer
	for record, err := range g.Records(t.Context(), 1, ledger.RecordQuery{}) {
		require.NoError(t, err)
		journal.Write(append(record.Body, '\n'))
	}
	return journal.Bytes()
}
