package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/storetest/faults"
	"github.com/campusledger/campusledger/ledger/storetest/faultstest"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// chaosOfLocks has the server refuse and delay what is written.
func chaosOfLocks() []faultstest.Case {
	return []faultstest.Case{
		{Name: "serialization failures", Prepare: func(t *testing.T) faultstest.Trial {
			address := pgtest.URL(t)
			pool := openPool(t, address, nil)
			return faultstest.Trial{Subject: chaosDatabase(address, nil, nil), Fault: faults.Fault{Strike: serialization(pool)}}
		}},
		{Name: "deadlocks", Prepare: func(t *testing.T) faultstest.Trial {
			address := pgtest.URL(t)
			victims := func(config *pgxpool.Config) { config.ConnConfig.RuntimeParams["deadlock_timeout"] = "20ms" }
			return faultstest.Trial{
				Subject: chaosDatabase(address, victims, nil), Fault: faults.Fault{Strike: deadlocks(openPool(t, address, nil))},
			}
		}},
		{Name: "lock timeouts", Prepare: func(t *testing.T) faultstest.Trial {
			database := chaosDatabase(pgtest.URL(t), nil, &pgstore.Options{LockTimeout: 20 * time.Millisecond})
			return faultstest.Trial{
				Subject: database, Fault: faults.HeldBook(database.Open), Unanswered: true,
				Options: faults.Options{CommitTimeout: 200 * time.Millisecond},
			}
		}},
		{Name: "pool exhaustion", Prepare: exhaustion},
	}
}

// serialization makes the server answer every third commit of a batch with 40001,
// some of them only when it is asked to commit.
func serialization(pool *pgxpool.Pool) func(ctx context.Context, load *faults.Load) error {
	const begin = `
		create sequence if not exists chaos;
		create or replace function chaos() returns trigger language plpgsql as $$
		begin
			if mod(nextval('chaos'), 3) = 0 then
				raise exception 'chaos' using errcode = 'serialization_failure';
			end if;
			return null;
		end $$;
		create %s trigger chaos after update on book %s for each row execute function chaos()`
	return func(ctx context.Context, load *faults.Load) error {
		for _, how := range [][]any{{"", ""}, {"constraint", "deferrable initially deferred"}} {
			if _, err := pool.Exec(ctx, fmt.Sprintf(begin, how...)); err != nil {
				return err
			}
			err := load.Acknowledged(ctx, 60)
			if _, dropErr := pool.Exec(ctx, `drop trigger chaos on book`); err != nil || dropErr != nil {
				return errors.Join(err, dropErr)
			}
		}
		return nil
	}
}

// deadlocks locks accounts before the book, the other way round than a store.
// The server looks for deadlocks on behalf of the store first and ends its
// transaction.
func deadlocks(pool *pgxpool.Pool) func(ctx context.Context, load *faults.Load) error {
	return func(ctx context.Context, load *faults.Load) error {
		for range 5 {
			if err := load.Moment(ctx, 1, 20); err != nil {
				return err
			}
			tx, err := pool.Begin(ctx)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `set local deadlock_timeout = '10s'`)
			if err == nil {
				_, err = tx.Exec(ctx, `select 1 from account where book_id = $1 for update`, int64(load.Book()))
			}
			if err == nil {
				err = awaited(ctx, tx)
			}
			if err == nil {
				_, err = tx.Exec(ctx, `select 1 from book where book_id = $1 for update`, int64(load.Book()))
			}
			if err := errors.Join(err, tx.Rollback(ctx)); err != nil {
				return err
			}
		}
		return nil
	}
}

// awaited returns once a store, which has the book, waits for the transaction.
func awaited(ctx context.Context, tx pgx.Tx) error {
	const question = `select exists (select 1 from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))`
	for waits := false; !waits; {
		if err := tx.QueryRow(ctx, question).Scan(&waits); err != nil {
			return err
		}
	}
	return nil
}

// exhaustion takes all connections of the store's own pool.
func exhaustion(t *testing.T) faultstest.Trial {
	const connections = 3
	address := pgtest.URL(t)
	openPool(t, address, nil) // brings the tables
	var used *pgxpool.Pool
	open := func(ctx context.Context) (ledger.Store, func() error, error) {
		config, err := pgxpool.ParseConfig(address)
		if err != nil {
			return nil, nil, err
		}
		config.MaxConns = connections
		if used, err = pgxpool.NewWithConfig(ctx, config); err != nil {
			return nil, nil, err
		}
		return pgstore.New(used, nil), func() error { used.Close(); return nil }, nil
	}
	strike := func(ctx context.Context, load *faults.Load) error {
		for range 2 {
			if err := load.Moment(ctx, 1, 30); err != nil {
				return err
			}
			if err := takeAll(ctx, used, connections, load); err != nil {
				return err
			}
		}
		return nil
	}
	return faultstest.Trial{
		Subject: faults.Subject{Open: open}, Fault: faults.Fault{Strike: strike}, Unanswered: true,
		Options: faults.Options{CommitTimeout: 300 * time.Millisecond, CallTimeout: 500 * time.Millisecond},
	}
}

// takeAll holds all connections until calls fail.
func takeAll(ctx context.Context, pool *pgxpool.Pool, connections int, load *faults.Load) error {
	var taken []*pgxpool.Conn
	defer func() {
		for _, conn := range taken {
			conn.Release()
		}
	}()
	for range connections {
		conn, err := pool.Acquire(ctx)
		if err != nil {
			return err
		}
		taken = append(taken, conn)
	}
	return load.Unanswered(ctx, 10)
}
