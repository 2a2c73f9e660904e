package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/sql/pgtest"
)

func TestBenchOverHTTPLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	for store, place := range map[string][]string{"sqlite": nil, "postgres": {"--database", url}} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			data, profiles := t.TempDir(), t.TempDir()
			arguments := append([]string{"--workload=http", "--json", "--data", data, "--profiles", profiles}, place...)
			code, out, errs := call(t, append(small, arguments...)...)
			require.Equal(t, exitDone, code, errs)
			var row benchRow
			require.NoError(t, json.Unmarshal([]byte(out), &row))
			require.GreaterOrEqual(t, row.Payments, 4.0, "each till has sold")
			require.FileExists(t, profiles+"/"+store+"-http-4.pprof", "of the server, which has ended")
			entries, err := os.ReadDir(data)
			require.NoError(t, err)
			require.Empty(t, entries)
			if store == "postgres" {
				conn, err := pgx.Connect(t.Context(), url)
				require.NoError(t, err)
				defer func() { _ = conn.Close(t.Context()) }()
				requireNoSchemas(t, conn)
			}
		})
	}
}

func TestAnAnswerThatIsNoSaleEndsTheRun(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: t.TempDir()}
	sales, err := furnish(t.Context(), where, 3)
	require.NoError(t, err)
	server, err := startBenchServer(t.Context(), where, "")
	require.NoError(t, err)
	defer func() { require.NoError(t, server.stop()) }()
	sales.token = "nobody"
	_, err = connectTills(t.Context(), server, sales, 2)
	require.ErrorContains(t, err, "answered 401")
}

func TestAServerThatDoesNotStartIsSaid(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: t.TempDir()}
	holds, err := school.Open(t.Context(), where, nil)
	require.NoError(t, err)
	defer func() { _ = holds.Close() }()
	_, err = startBenchServer(t.Context(), where, "")
	require.ErrorContains(t, err, "the server did not start")
	require.ErrorContains(t, err, "in use by another process")
}

func TestWhatWasAcknowledgedIsLookedForInTheJournal(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: t.TempDir()}
	sales, err := furnish(t.Context(), where, 3)
	require.NoError(t, err)
	s, err := school.Open(t.Context(), where, nil)
	require.NoError(t, err)
	defer func() { _ = s.Close() }()
	sold := make([]uuid.UUID, 3)
	for i := range sold {
		sold[i] = ledger.NewID()
		price := benchMoney(benchPrice)
		_, err := s.Book.Post(t.Context(), ledger.Transaction{ID: sold[i], Kind: "sale", Postings: []ledger.Posting{
			ledger.Debit("wallet/"+sales.holders[0], price), ledger.Credit("merchant/"+benchMerchant(0), price),
		}})
		require.NoError(t, err)
	}
	check := func(sold ...uuid.UUID) error { return checkJournaled(t.Context(), s, sales.before, sold) }
	require.NoError(t, check(sold[2], sold[0], sold[1]))
	require.ErrorContains(t, check(sold[0], sold[1], sold[2], ledger.NewID()), "4 payments were acknowledged, 3 records")
	require.ErrorContains(t, check(sold[0], sold[1]), "2 payments were acknowledged, 3 records")
	require.ErrorContains(t, check(sold[0], sold[1], ledger.NewID()), "not the same")
	require.ErrorContains(t, check(sold[0], sold[1], sold[1]), "not the same", "one that was answered twice is one")
}

func TestASchemaIsAddedToAnAddress(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"postgres://u@h/d":                   "postgres://u@h/d?search_path=s",
		"postgresql://u@h/d?sslmode=disable": "postgresql://u@h/d?sslmode=disable&search_path=s",
		"host=h dbname=d":                    "host=h dbname=d search_path=s",
	} {
		config, err := pgx.ParseConfig(want)
		require.NoError(t, err)
		require.Equal(t, "s", config.RuntimeParams["search_path"])
		require.Equal(t, want, inSchema(address, "s"))
	}
}
