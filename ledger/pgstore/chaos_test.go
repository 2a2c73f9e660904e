package pgstore_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/storetest/faults"
	"github.com/campusledger/campusledger/sql/pgtest"
)

const (
	// roundsVariable is how often each fault strikes; 1 by default.
	roundsVariable = "CAMPUSLEDGER_TEST_ROUNDS"
	// serverVariable makes the test binary a server on the database.
	serverVariable = "CAMPUSLEDGER_TEST_SERVER"
)

func chaosRounds(t *testing.T) int {
	text := os.Getenv(roundsVariable)
	if text == "" {
		return 1
	}
	rounds, err := strconv.Atoi(text)
	require.NoError(t, err, roundsVariable)
	return rounds
}

// chaosDatabase is a database under test.
func chaosDatabase(address string, tune func(*pgxpool.Config), options *pgstore.Options) faults.Subject {
	return faults.Subject{Open: func(ctx context.Context) (ledger.Store, func() error, error) {
		config, err := pgxpool.ParseConfig(address)
		if err != nil {
			return nil, nil, err
		}
		if tune != nil {
			tune(config)
		}
		pool, err := pgxpool.NewWithConfig(ctx, config)
		if err != nil {
			return nil, nil, err
		}
		if err := pgstore.Migrate(ctx, pool); err != nil {
			pool.Close()
			return nil, nil, err
		}
		return pgstore.New(pool, options), func() error { pool.Close(); return nil }, nil
	}}
}

// TestChaos prints a table of what each fault came to.
func TestChaos(t *testing.T) {
	t.Parallel()
	address := pgtest.URL(t)
	var reports []faults.Report
	for _, run := range []func(t *testing.T, address string) []faults.Report{
		chaosOfServers, chaosOfTheNetwork, chaosOfLocks, chaosOfPostgres, chaosFullDisk,
	} {
		reports = append(reports, run(t, address)...)
	}
	var table strings.Builder
	require.NoError(t, faults.WriteTable(&table, reports...))
	t.Logf("PostgreSQL\n%s", &table)
}

func chaos(t *testing.T, subject faults.Subject, fault faults.Fault) faults.Report {
	t.Helper()
	rounds := chaosRounds(t)
	report, err := faults.Run(t.Context(), subject, fault, &faults.Options{Rounds: rounds})
	require.NoError(t, err)
	for _, finding := range report.Findings {
		t.Errorf("%s: %s", fault.Name, finding)
	}
	require.Equal(t, rounds, report.Rounds)
	require.GreaterOrEqual(t, report.Acknowledged, 10*rounds, "a round without load proves nothing")
	return report
}

func chaosOfServers(t *testing.T, address string) []faults.Report {
	server := func(ctx context.Context) *exec.Cmd {
		cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestServerProcess$", "-test.timeout=10m")
		cmd.Env = append(os.Environ(), serverVariable+"="+address)
		return cmd
	}
	return []faults.Report{
		chaos(t, chaosDatabase(address, nil, nil), faults.KillServer(server)),
		chaos(t, chaosDatabase(address, nil, nil), faults.ClockJumps()),
	}
}

// TestServerProcess is no test but the server that others kill.
func TestServerProcess(t *testing.T) {
	address := os.Getenv(serverVariable)
	if address == "" {
		t.Skip("runs as the process of TestChaos")
	}
	store, err := pgstore.Open(t.Context(), address, nil)
	require.NoError(t, err)
	defer store.Close()
	require.NoError(t, faults.Serve(t.Context(), store, os.Stdin, os.Stdout))
}

// newProxy returns a proxy before the database, and the subject behind it.
func newProxy(t *testing.T, address string) (*faults.Proxy, faults.Subject) {
	t.Helper()
	config, err := pgxpool.ParseConfig(address)
	require.NoError(t, err)
	dial := func(ctx context.Context) (net.Conn, error) {
		network, server := "unix", fmt.Sprintf("%s/.s.PGSQL.%d", config.ConnConfig.Host, config.ConnConfig.Port)
		return config.ConnConfig.DialFunc(ctx, network, server)
	}
	proxy, err := faults.NewProxy(dial, faults.PostgresState)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, proxy.Close()) })
	host, port, err := net.SplitHostPort(proxy.Addr())
	require.NoError(t, err)
	number, err := strconv.ParseUint(port, 10, 16)
	require.NoError(t, err)
	return proxy, chaosDatabase(address, func(config *pgxpool.Config) {
		config.ConnConfig.Host, config.ConnConfig.Port = host, uint16(number)
		config.ConnConfig.TLSConfig, config.ConnConfig.Fallbacks = nil, nil
	}, nil)
}

// chaosOfTheNetwork cuts and slows down the connections.
func chaosOfTheNetwork(t *testing.T, address string) []faults.Report {
	proxy, through := newProxy(t, address)
	cut := func(name string, where faults.Cut) faults.Report {
		report := chaos(t, through, faults.Fault{Name: name, Strike: func(ctx context.Context, load *faults.Load) error {
			for range 5 {
				if err := load.Acknowledged(ctx, load.Between(1, 30)); err != nil {
					return err
				}
				if err := proxy.Cut(ctx, where, 1); err != nil {
					return err
				}
			}
			return nil
		}})
		require.Positive(t, report.Unknown, "%s: an answer was lost", name)
		return report
	}
	return []faults.Report{
		cut("cut before the commit", faults.BeforeCommit),
		cut("cut within the commit", faults.WithinCommit),
		cut("cut after the commit", faults.AfterCommit),
		chaos(t, through, faults.Fault{Name: "all connections cut", Strike: func(ctx context.Context, load *faults.Load) error {
			for range 5 {
				if err := load.Acknowledged(ctx, load.Between(1, 30)); err != nil {
					return err
				}
				proxy.CutAll()
			}
			return nil
		}}),
		chaos(t, through, faults.Fault{Name: "slow network", Strike: func(ctx context.Context, load *faults.Load) error {
			defer proxy.Slow(0)
			for _, delay := range []time.Duration{30 * time.Millisecond, 600 * time.Millisecond} {
				proxy.Slow(delay)
				if err := load.Pause(ctx, 5*delay); err != nil {
					return err
				}
			}
			return nil
		}}),
	}
}

func TestTheProxyCutsWhereItSays(t *testing.T) {
	t.Parallel()
	proxy, through := newProxy(t, pgtest.URL(t))
	store, end, err := through.Open(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, end()) }()
	book := newBook(t, store, 1)
	for where, written := range map[faults.Cut]bool{faults.BeforeCommit: false, faults.WithinCommit: false, faults.AfterCommit: true} {
		armed, arm := context.WithCancel(t.Context())
		arm()
		require.ErrorIs(t, proxy.Cut(armed, where, 1), context.Canceled, "armed, and not waited for")
		payment := topUp("w/1", 100)
		_, err := book.Post(t.Context(), payment)
		require.ErrorIs(t, err, ledger.ErrOutcomeUnknown)
		receipt, err := book.Post(t.Context(), payment)
		require.NoError(t, err)
		require.Equal(t, written, receipt.Replayed, "cut %d", where)
	}
}
