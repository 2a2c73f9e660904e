package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/ledger/storetest/faults"
)

// chaosOfLocks has the server refuse and delay what is written.
func chaosOfLocks(t *testing.T, address string) []faults.Report {
	pool := openPool(t, address, nil)
	victims := func(config *pgxpool.Config) { config.ConnConfig.RuntimeParams["deadlock_timeout"] = "20ms" }
	deadlocked := chaos(t, chaosDatabase(address, victims, nil), faults.Fault{Name: "deadlocks", Strike: deadlocks(pool)})
	waitFor(t, pool, `select deadlocks > 0 from pg_stat_database where datname = current_database()`)
	return []faults.Report{
		chaos(t, chaosDatabase(address, nil, nil), faults.Fault{Name: "serialization failures", Strike: serialization(pool)}),
		deadlocked,
		chaos(t, chaosDatabase(address, nil, &pgstore.Options{LockTimeout: 50 * time.Millisecond}),
			faults.Fault{Name: "lock timeouts", Strike: heldBook(pool)}),
		chaosExhaustion(t, address),
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
			if err := load.Acknowledged(ctx, load.Between(1, 20)); err != nil {
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

// heldBook locks the book for longer than a store waits.
func heldBook(pool *pgxpool.Pool) func(ctx context.Context, load *faults.Load) error {
	return func(ctx context.Context, load *faults.Load) error {
		for range 2 {
			if err := load.Acknowledged(ctx, load.Between(1, 30)); err != nil {
				return err
			}
			tx, err := pool.Begin(ctx)
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `select 1 from book where book_id = $1 for update`, int64(load.Book()))
			if err == nil {
				err = load.Unanswered(ctx, 10)
			}
			if err := errors.Join(err, tx.Rollback(ctx)); err != nil {
				return err
			}
		}
		return nil
	}
}

// chaosExhaustion takes all connections of the store's own pool.
func chaosExhaustion(t *testing.T, address string) faults.Report {
	const connections = 3
	var used *pgxpool.Pool
	subject := faults.Subject{Open: func(ctx context.Context) (ledger.Store, func() error, error) {
		config, err := pgxpool.ParseConfig(address)
		if err != nil {
			return nil, nil, err
		}
		config.MaxConns = connections
		if used, err = pgxpool.NewWithConfig(ctx, config); err != nil {
			return nil, nil, err
		}
		return pgstore.New(used, nil), func() error { used.Close(); return nil }, nil
	}}
	report := chaos(t, subject, faults.Fault{Name: "pool exhaustion", Strike: func(ctx context.Context, load *faults.Load) error {
		for range 2 {
			if err := load.Acknowledged(ctx, load.Between(1, 30)); err != nil {
				return err
			}
			var taken []*pgxpool.Conn
			for range connections {
				conn, err := used.Acquire(ctx)
				if err != nil {
					return err
				}
				taken = append(taken, conn)
			}
			err := load.Unanswered(ctx, 10)
			for _, conn := range taken {
				conn.Release()
			}
			if err != nil {
				return err
			}
		}
		return nil
	}})
	require.Positive(t, report.Unwritten+report.Unknown)
	return report
}
