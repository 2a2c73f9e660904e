package pgstore_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/storetest/faults"
	"github.com/campusledger/campusledger/ledger/storetest/faultstest"
	"github.com/campusledger/campusledger/sql/pgtest"
)

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

// TestChaos prints a table of what each fault came to. Each has a database of its
// own.
func TestChaos(t *testing.T) {
	t.Parallel()
	faultstest.Run(t, "PostgreSQL", slices.Concat(chaosOfServers(), chaosOfTheNetwork(), chaosOfLocks(), chaosOfPostgres()))
}

func chaosOfServers() []faultstest.Case {
	return []faultstest.Case{
		{Name: "kill -9 of the server", Prepare: func(t *testing.T) faultstest.Trial {
			address := pgtest.URL(t)
			return faultstest.Trial{
				Subject: chaosDatabase(address, nil, nil), Fault: faults.KillServer(faultstest.Process(address)), Unanswered: true,
			}
		}},
		{Name: "clock jumps", Prepare: func(t *testing.T) faultstest.Trial {
			return faultstest.Trial{Subject: chaosDatabase(pgtest.URL(t), nil, nil), Fault: faults.ClockJumps()}
		}},
		{Name: "a view left open", Prepare: func(t *testing.T) faultstest.Trial {
			database := chaosDatabase(pgtest.URL(t), nil, nil)
			return faultstest.Trial{Subject: database, Fault: faults.LongView(database.Open)}
		}},
	}
}

// TestServerProcess is no test but the server that others kill.
func TestServerProcess(t *testing.T) {
	faultstest.Serve(t, func(ctx context.Context, address string) (ledger.Store, func() error, error) {
		return chaosDatabase(address, nil, nil).Open(ctx)
	})
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
func chaosOfTheNetwork() []faultstest.Case {
	return []faultstest.Case{
		cutCase("cut before the commit", faults.BeforeCommit),
		cutCase("cut within the commit", faults.WithinCommit),
		cutCase("cut after the commit", faults.AfterCommit),
		cutCase("cut at any answer", faults.AnyAnswer),
		{Name: "all connections cut", Prepare: func(t *testing.T) faultstest.Trial {
			proxy, through := newProxy(t, pgtest.URL(t))
			return faultstest.Trial{Subject: through, Unanswered: true, Fault: fiveTimes(func(context.Context) error {
				proxy.CutAll()
				return nil
			})}
		}},
		{Name: "slow network", Prepare: func(t *testing.T) faultstest.Trial {
			proxy, through := newProxy(t, pgtest.URL(t))
			return faultstest.Trial{
				Subject: through, Fault: slowNetwork(proxy), Unanswered: true,
				Options: faults.Options{CommitTimeout: 300 * time.Millisecond, CallTimeout: 600 * time.Millisecond},
			}
		}},
	}
}

func cutCase(name string, where faults.Cut) faultstest.Case {
	return faultstest.Case{Name: name, Prepare: func(t *testing.T) faultstest.Trial {
		proxy, through := newProxy(t, pgtest.URL(t))
		cut := func(ctx context.Context) error { return proxy.Cut(ctx, where, 1) }
		return faultstest.Trial{Subject: through, Fault: fiveTimes(cut), Unanswered: true}
	}}
}

func fiveTimes(strike func(ctx context.Context) error) faults.Fault {
	return faults.Fault{Strike: func(ctx context.Context, load *faults.Load) error {
		for range 5 {
			if err := load.Moment(ctx, 1, 30); err != nil {
				return err
			}
			if err := strike(ctx); err != nil {
				return err
			}
		}
		return nil
	}}
}

// slowNetwork is slow, and then slower than anybody waits for a commit.
func slowNetwork(proxy *faults.Proxy) faults.Fault {
	return faults.Fault{Strike: func(ctx context.Context, load *faults.Load) error {
		defer proxy.Slow(0)
		proxy.Slow(5 * time.Millisecond)
		if err := load.Moment(ctx, 5, 20); err != nil {
			return err
		}
		proxy.Slow(200 * time.Millisecond)
		return load.Unanswered(ctx, 10)
	}}
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
