package ledger_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"os"
	"strings"
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
	return chained(append([]ledger.Record{
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
			Book: 1, Seq: 4, ID: id(4), Kind: ledger.KindChange, Date: firstDay, At: at, By: "office:1", Why: "lost card\nfound", Prev: 2,
			Accounts: []ledger.AccountSpec{{Path: "wallet/h1", Control: "2307.01", Side: ledger.CreditSide, Currency: money.CNY, Floor: fen(0), State: ledger.StateFrozenDebits}},
		},
		{
			Book: 1, Seq: 5, ID: id(5), Kind: ledger.KindReversal, Date: firstDay, At: at, Of: id(3),
			Lines: []ledger.Line{
				{Account: "merchant/m1", Side: ledger.DebitSide, Amount: fen(1250), Balance: fen(-9900000)},
				{Account: "wallet/h1", Side: ledger.CreditSide, Amount: fen(-1250), Balance: fen(-1800)},
			},
		},
		{Book: 1, Seq: 6, ID: id(6), Kind: ledger.KindDayClose, Date: firstDay, At: at, Next: firstDay.AddDays(2), Balances: &ledger.Balances{Accounts: 3, Root: [32]byte{1, 0xab, 31: 0xff}}},
	}, goldenRules(id)...))
}

// goldenRules are the records of limits, charts, holds, refunds, reopenings and
// refusals.
func goldenRules(id func(byte) [16]byte) []ledger.Record {
	at := time.Date(2026, 9, 3, 4, 0, 0, 0, time.UTC)
	day := firstDay.AddDays(2)
	fen := func(n int64) money.Amount { return money.Of(n, money.CNY) }
	limits := ledger.Limits{
		{Name: "guardian", Side: ledger.DebitSide, Per: ledger.PerDay, Kinds: []string{"sale", "preorder"}, Max: fen(5000)},
		{Name: "meals", Side: ledger.DebitSide, Per: ledger.PerTransaction, Kinds: []string{"sale"}, Except: true, Max: fen(0)},
	}
	wallet := ledger.AccountSpec{
		Path: "wallet/h2", Control: "2307.01", Side: ledger.CreditSide, Currency: money.CNY, Floor: fen(0), Limits: limits,
		Metadata: json.RawMessage(`{"class":"三(2)"}`), State: ledger.StateOpen,
	}
	changed := wallet
	changed.Limits, changed.Metadata, changed.State = ledger.Limits{
		{Name: "spend", Side: ledger.CreditSide, Per: ledger.PerWeek, Max: fen(30000)},
	}, nil, ledger.StateFrozenCredits
	families := []ledger.Family{
		{Path: "wallet", Control: "2307.01", Side: ledger.CreditSide, Currency: money.CNY, Floor: fen(0), Ceiling: fen(200000), Limits: limits},
		{Path: "bank", Control: "1002", Side: ledger.DebitSide},
	}
	return []ledger.Record{
		{Book: 1, Seq: 7, ID: id(7), Kind: ledger.KindOpening, Date: day, At: at, Accounts: []ledger.AccountSpec{wallet}},
		{Book: 1, Seq: 8, ID: id(8), Kind: ledger.KindChange, Date: day, At: at, By: "office:1", Why: "asked for", Prev: 7, Accounts: []ledger.AccountSpec{changed}},
		{Book: 1, Seq: 9, ID: id(9), Kind: ledger.KindChart, Date: day, At: at, By: "office:1", Why: "first chart", Families: families},
		{Book: 1, Seq: 10, ID: id(10), Kind: ledger.KindChart, Date: day, At: at, By: "office:2", Why: "second chart", Prev: 9, Families: families[1:]},
		{
			Book: 1, Seq: 11, ID: id(11), Kind: "fee", Date: day, At: at, Due: day.AddDays(30),
			Lines: []ledger.Line{
				{Account: "fee/b1", Side: ledger.DebitSide, Amount: fen(9000), Balance: fen(9000)},
				{Account: "income/tuition", Side: ledger.CreditSide, Amount: fen(-9000), Balance: fen(-9000)},
			},
		},
		{
			Book: 1, Seq: 12, ID: id(12), Kind: ledger.KindHold, For: "preorder", Date: day, At: at, By: "guardian:3",
			Document: json.RawMessage(`"lunch"`), Due: day.AddDays(1), Expires: at.Add(time.Hour),
			Held: []ledger.Line{
				{Account: "wallet/h2", Side: ledger.DebitSide, Take: ledger.UpTo, Amount: fen(700), Most: fen(1250)},
				{Account: "arrears/h2", Side: ledger.DebitSide, Take: ledger.Rest, Amount: fen(550)},
				{Account: "merchant/m1", Side: ledger.CreditSide, Amount: fen(-1250)},
			},
		},
		{
			Book: 1, Seq: 13, ID: id(13), Kind: ledger.KindCapture, For: "preorder", Of: id(12), Date: day, At: at, Due: day.AddDays(1),
			Lines: []ledger.Line{
				{Account: "wallet/h2", Side: ledger.DebitSide, Amount: fen(500), Balance: fen(-9500)},
				{Account: "arrears/h2", Side: ledger.DebitSide, Amount: fen(0), Balance: fen(0)},
				{Account: "merchant/m1", Side: ledger.CreditSide, Amount: fen(-500), Balance: fen(-500)},
			},
		},
		{
			Book: 1, Seq: 14, ID: id(14), Kind: ledger.KindCapture, For: "preorder", Of: id(12), Date: day, At: at, By: "merchant:1",
			Document: json.RawMessage(`1.50`), Due: day.AddDays(1), Final: true,
			Lines: []ledger.Line{
				{Account: "wallet/h2", Side: ledger.DebitSide, Take: ledger.Rest, Amount: fen(200), Balance: fen(-9300)},
				{Account: "arrears/h2", Side: ledger.DebitSide, Take: ledger.Rest, Amount: fen(550), Balance: fen(550)},
				{Account: "merchant/m1", Side: ledger.CreditSide, Take: ledger.Rest, Amount: fen(-750), Balance: fen(-1250)},
			},
		},
		{Book: 1, Seq: 15, ID: id(15), Kind: ledger.KindRelease, Of: id(16), Date: day, At: at, By: "guardian:3", Why: "ill"},
		{Book: 1, Seq: 16, ID: id(17), Kind: ledger.KindExpiry, Of: id(18), Date: day, At: at},
		{
			Book: 1, Seq: 17, ID: id(19), Kind: ledger.KindRefund, Of: id(14), Date: day, At: at, By: "cashier:7",
			Document: json.RawMessage(`null`), Refunds: []int{2, 1, 0},
			Lines: []ledger.Line{
				{Account: "merchant/m1", Side: ledger.DebitSide, Amount: fen(600), Balance: fen(-650)},
				{Account: "arrears/h2", Side: ledger.CreditSide, Take: ledger.UpTo, Amount: fen(-550), Balance: fen(0), Most: fen(600)},
				{Account: "wallet/h2", Side: ledger.CreditSide, Take: ledger.Rest, Amount: fen(-50), Balance: fen(-9350)},
			},
		},
		{Book: 1, Seq: 18, ID: id(20), Kind: ledger.KindReopen, Of: id(6), Date: day, At: at, By: "head:1", Why: "late sales", Next: firstDay},
		{Book: 1, Seq: 19, ID: id(21), Kind: ledger.KindDayClose, Date: firstDay, At: at, By: "office:1", Next: day, Balances: &ledger.Balances{}},
		{Book: 1, Seq: 20, ID: id(22), Kind: ledger.KindReopen, Of: id(21), Date: day, At: at, By: "head:1", Why: "again", Next: firstDay, Prev: 18},
		{Book: 1, Seq: 21, ID: id(23), Kind: ledger.KindDayClose, Date: firstDay.AddDays(1), At: at, Next: day, Prev: 19, Balances: &ledger.Balances{Accounts: 7, Root: [32]byte(bytes.Repeat([]byte{0xff}, 32))}},
		{
			Book: 1, Seq: 22, ID: id(24), Kind: ledger.KindRefusal, For: "sale", Date: day, At: at, By: "terminal:4",
			Document: json.RawMessage(`{"n":1}`), Due: day,
			Asked: []ledger.Posting{
				ledger.DebitUpTo("subsidy/h2/meal", fen(1250)), ledger.DebitRest("wallet/h2"), ledger.CreditUpTo("tips/m1", fen(1)),
				ledger.Credit("merchant/m1", fen(1250)), ledger.Debit("till/1", fen(1)), ledger.CreditRest("till/2"),
			},
			Refused: &ledger.Refusal{Code: "insufficient", Rule: "floor", Account: "wallet/h2", Wanted: fen(1250), Available: fen(0)},
		},
		{
			Book: 1, Seq: 23, ID: id(25), Kind: ledger.KindHoldRefusal, For: "preorder", Date: day, At: at, Expires: at.Add(time.Hour),
			Asked:   []ledger.Posting{ledger.Debit("wallet/h2", fen(1)), ledger.Credit("merchant/m1", fen(1))},
			Refused: &ledger.Refusal{Code: "date_closed", Rule: "date_closed", Date: firstDay},
		},
	}
}

// chained lets each line name the record that moved its account before.
func chained(records []ledger.Record) []ledger.Record {
	moved := map[string]int64{}
	for _, r := range records {
		for i := range r.Lines {
			r.Lines[i].Prev = moved[r.Lines[i].Account]
		}
		for i := range r.Lines {
			if !r.Lines[i].Amount.IsZero() {
				moved[r.Lines[i].Account] = r.Seq
			}
		}
	}
	return records
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
		require.NoError(t, tree.Append(ledger.LeafHash(lines[i]), nil))
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

func TestParseRecordRefusesMalformedForms(t *testing.T) {
	t.Parallel()
	records := goldenRecords()
	for name, damage := range map[string]struct {
		seq      int
		old, new string
	}{
		"a balance in a held line":           {12, `"CNY",-1250]`, `"CNY",-1250,0]`},
		"no amount in a held line":           {12, `"CNY",-1250]`, `"CNY"]`},
		"an unknown take in held":            {12, `"debit_rest"`, `"all"`},
		"upto without the most in held":      {12, `"upto",1250`, `"upto"`},
		"a rest with a number in held":       {12, `"debit_rest"`, `"debit_rest",1`},
		"a time without microseconds":        {12, `05:00:00.000000Z`, `05:00:00Z`},
		"a time that is none":                {12, `"expires":"2026`, `"expires":"soon2026`},
		"a due date that is none":            {11, `"due":"2026-10-03"`, `"due":"2026-10-33"`},
		"a final that is false":              {14, `"final":true`, `"final":false`},
		"an empty kind":                      {12, `"for":"preorder"`, `"for":""`},
		"a prev of zero":                     {8, `"prev":7`, `"prev":0`},
		"a prev that is no number":           {8, `"prev":7`, `"prev":"7"`},
		"refunds that are no numbers":        {17, `"refunds":[2,1,0]`, `"refunds":["2",1,0]`},
		"an empty list of refunds":           {17, `"refunds":[2,1,0]`, `"refunds":[]`},
		"a refusal without a code":           {22, `"code":"insufficient",`, ``},
		"a refusal that is nothing":          {22, `"refused":{"account":"wallet/h2","available":0,"code":"insufficient","currency":"CNY","rule":"floor","wanted":1250}`, `"refused":null`},
		"a refusal's amount alone":           {22, `"available":0,`, ``},
		"a refusal's amounts of no currency": {22, `"currency":"CNY",`, ``},
		"a refusal with an unknown key":      {22, `"rule":"floor"`, `"rule":"floor","text":"no"`},
		"a refusal's keys in another order":  {22, `"code":"insufficient","currency":"CNY"`, `"currency":"CNY","code":"insufficient"`},
		"asked with an unknown take":         {22, `"CNY",-1,"upto"]`, `"CNY",-1,"atmost"]`},
		"asked with a most":                  {22, `"CNY",-1,"upto"]`, `"CNY",-1,"upto",1]`},
		"asked for a rest of an amount":      {22, `["wallet/h2","debit_rest"]`, `["wallet/h2","CNY",0,"debit_rest"]`},
		"asked for up to, of nothing":        {22, `["wallet/h2","debit_rest"]`, `["wallet/h2","upto"]`},
		"asked for an account alone":         {22, `["wallet/h2","debit_rest"]`, `["wallet/h2"]`},
		"limits that are none":               {7, `"limits":[`, `"limits":[null,`},
		"an empty list of limits":            {10, `"path":"bank"`, `"limits":[],"path":"bank"`},
		"a limit's unknown side":             {7, `"per":"day","side":"debit"`, `"per":"day","side":"both"`},
		"a limit's except that is false":     {7, `"except":true`, `"except":false`},
		"a limit's keys in another order":    {7, `"max":5000,"name":"guardian"`, `"name":"guardian","max":5000`},
		"a limit's max as text":              {7, `"max":5000`, `"max":"5000"`},
		"metadata with a space":              {7, `{"class":`, `{"class": `},
		"metadata with a key twice":          {7, `{"class":`, `{"class":1,"class":`},
		"a family with a state":              {10, `"side":"debit"`, `"side":"debit","state":"open"`},
		"a family with metadata":             {10, `"path":"bank"`, `"meta":{},"path":"bank"`},
		"a family's bound of no currency":    {10, `"control":"1002"`, `"control":"1002","floor":0`},
		"an account without a currency":      {7, `"currency":"CNY",`, ``},
		"an account's unknown state":         {7, `"state":"open"`, `"state":"ajar"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := records[damage.seq-1].Canonical()
			damaged := bytes.Replace(body, []byte(damage.old), []byte(damage.new), 1)
			require.NotEqual(t, string(body), string(damaged), "the damage is done")
			_, err := ledger.ParseRecord(damaged)
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
		plain, plainErr := ledger.ParseRecordPlainly(body)
		if plainErr != nil {
			require.ErrorIs(t, err, ledger.ErrCorrupt)
			return
		}
		require.NoError(t, err)
		require.Equal(t, plain, record)
		var again ledger.Record
		var parser ledger.Parser
		for range 2 { // into the memory of the first
			require.NoError(t, parser.Parse(body, &again))
			require.Equal(t, string(body), string(again.Canonical()))
		}
		require.Equal(t, string(body), string(record.Canonical()))
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

func TestRootsOfBalancesHaveTheirLength(t *testing.T) {
	t.Parallel()
	for _, digits := range []int{0, 2, 62, 63, 65, 66, 4096} {
		body := `{"at":"2026-09-01T00:00:00.000000Z","balances":{"accounts":0,"root":"` + strings.Repeat("a", digits) + `"},"book":1,` +
			`"date":"2026-09-01","id":"6f1d9f0c-59a1-5d4e-8f6a-1f1e7b9a4c21","kind":"ledger.close","next":"2026-09-02","seq":1}`
		_, err := ledger.ParseRecord([]byte(body))
		require.ErrorIs(t, err, ledger.ErrCorrupt, "%d digits", digits)
	}
}

func TestTimesAreWrittenAsTheLayoutSays(t *testing.T) {
	t.Parallel()
	dice := rand.New(rand.NewPCG(1, 2))
	at := []time.Time{
		{}, time.Unix(0, 0), time.Date(0, 1, 1, 0, 0, 0, 999, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(-1, 5, 6, 7, 8, 9, 0, time.UTC), time.Date(12026, 5, 6, 7, 8, 9, 0, time.UTC),
		time.Date(2026, 3, 1, 0, 30, 0, 1000, time.FixedZone("", 8*3600)),
	}
	for range 10_000 {
		at = append(at, time.Unix(dice.Int64N(1<<38)-1<<35, dice.Int64N(1e9)))
	}
	for _, one := range at {
		require.Equal(t, one.UTC().Format(ledger.AtLayout), string(ledger.AppendAt(nil, one)))
	}
}
