package ledger_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// goldenRecords are the records whose bytes stand in testdata/golden.jsonl.
func goldenRecords() []ledger.Record {
	at := time.Date(2026, 9, 1, 4, 0, 0, 250_000, time.UTC)
	id := func(n byte) (u [16]byte) { u = someID; u[15] = n; return u }
	fen := func(n int64) money.Amount { return money.Of(n, money.CNY) }
	return []ledger.Record{
		{Book: 1, Seq: 1, ID: id(1), Kind: ledger.KindGenesis, Date: firstDay, At: at, Name: "第一中学 \"No. 1\""},
		{
			Book: 1, Seq: 2, ID: id(2), Kind: ledger.KindOpening, Date: firstDay, At: at, By: "office:1",
			Accounts: []ledger.AccountSpec{
				{Path: "wallet/h1", Control: "2307.01", Side: ledger.CreditSide, Currency: money.CNY, Floor: fen(0), Ceiling: fen(200000), State: ledger.StateOpen},
				{Path: "clearing/sim", Control: "1021", Side: ledger.DebitSide, Currency: money.CNY, State: ledger.StateOpen},
			},
		},
		{
			Book: 1, Seq: 3, ID: id(3), Kind: "sale", Date: firstDay, At: at, By: "cashier:7", Document: json.RawMessage(`{"lines":[["2000000100012","米饭",1,"1.00"]]}`),
			Lines: []ledger.Line{
				{Account: "subsidy/h1/meal", Side: ledger.DebitSide, Take: ledger.UpTo, Amount: fen(800), Balance: fen(0), Most: fen(1250)},
				{Account: "wallet/h1", Side: ledger.DebitSide, Take: ledger.UpTo, Amount: fen(450), Balance: fen(-550), Most: fen(1250)},
				{Account: "arrears/h1", Side: ledger.DebitSide, Take: ledger.Rest, Amount: fen(0), Balance: fen(0)},
				{Account: "merchant/m1", Side: ledger.CreditSide, Amount: fen(-1250), Balance: fen(-9901250)},
			},
		},
		{
			Book: 1, Seq: 4, ID: id(4), Kind: ledger.KindChange, Date: firstDay, At: at, By: "office:1", Why: "lost card\nfound",
			Accounts: []ledger.AccountSpec{{Path: "wallet/h1", Control: "2307.01", Side: ledger.CreditSide, Currency: money.CNY, Floor: fen(0), State: ledger.StateFrozenDebits}},
		},
		{
			Book: 1, Seq: 5, ID: id(5), Kind: ledger.KindReversal, Date: firstDay, At: at, Of: id(3),
			Lines: []ledger.Line{
				{Account: "merchant/m1", Side: ledger.DebitSide, Amount: fen(1250), Balance: fen(-9900000)},
				{Account: "wallet/h1", Side: ledger.CreditSide, Amount: fen(-1250), Balance: fen(-1800)},
			},
		},
		{Book: 1, Seq: 6, ID: id(6), Kind: ledger.KindDayClose, Date: firstDay, At: at, Next: firstDay.AddDays(2)},
	}
}

func TestCanonicalBytesAreGolden(t *testing.T) {
	t.Parallel()
	golden, err := os.ReadFile("testdata/golden.jsonl")
	require.NoError(t, err)
	lines := bytes.Split(bytes.TrimSuffix(golden, []byte("\n")), []byte("\n"))
	records := goldenRecords()
	require.Len(t, lines, len(records))
	tree := ledger.NewTree()
	for i, record := range records {
		require.Equal(t, string(lines[i]), string(record.Canonical()))
		parsed, err := ledger.ParseRecord(lines[i])
		require.NoError(t, err)
		require.Equal(t, record, parsed)
		marshalled, err := json.Marshal(record)
		require.NoError(t, err)
		require.Equal(t, string(lines[i]), string(marshalled))
		require.NoError(t, tree.Append(ledger.LeafHash(lines[i])))
	}
	root, err := tree.Root()
	require.NoError(t, err)
	want, err := os.ReadFile("testdata/golden.root")
	require.NoError(t, err)
	require.Equal(t, string(bytes.TrimSpace(want)), hex.EncodeToString(root))
}

func TestParseRecordRefusesOtherSpellings(t *testing.T) {
	t.Parallel()
	good := goldenRecords()[2]
	body := string(good.Canonical())
	for name, damaged := range map[string]string{
		"a space":          body[:1] + " " + body[1:],
		"a second value":   body + "{}",
		"truncated":        body[:len(body)-1],
		"an unknown key":   body[:len(body)-1] + `,"z":1}`,
		"nothing":          "",
		"a repeated key":   body[:len(body)-1] + `,"seq":3}`,
		"not an object":    "[]",
		"an amount as 1.0": string(bytes.Replace([]byte(body), []byte("-1250"), []byte("-1250.0"), 1)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ledger.ParseRecord([]byte(damaged))
			require.ErrorIs(t, err, ledger.ErrCorrupt)
		})
	}
}

func TestEveryByteMattersToTheLeaf(t *testing.T) {
	t.Parallel()
	record := goldenRecords()[2]
	body := record.Canonical()
	leaf := ledger.LeafHash(body)
	for i := range body {
		changed := bytes.Clone(body)
		changed[i] ^= 1
		require.NotEqual(t, leaf, ledger.LeafHash(changed))
	}
}

func FuzzParseRecord(f *testing.F) {
	for _, record := range goldenRecords() {
		f.Add(record.Canonical())
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		record, err := ledger.ParseRecord(body)
		if err == nil {
			require.Equal(t, string(body), string(record.Canonical()))
		}
	})
}

func FuzzDocument(f *testing.F) {
	for _, seed := range []string{`{"b":1,"a":[true,null,"é\u00e9"]}`, `1e400`, `"\ud800"`, `{"a":{"a":{}}}`, `[1,2] `} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, document []byte) {
		once, err := ledger.CanonicalDocument(document)
		if err != nil || len(document) == 0 {
			return
		}
		require.True(t, json.Valid(once))
		again, err := ledger.CanonicalDocument(once)
		require.NoError(t, err)
		require.Equal(t, string(once), string(again), "canonical form is a fixed point")
	})
}
