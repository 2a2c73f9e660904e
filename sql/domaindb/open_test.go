package domaindb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

func TestOpenCreatesTheSchema(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		_, err := db.ExecContext(t.Context(), "insert into keyring (purpose, fingerprint) values ($1, $2)", "test", "ab12")
		require.NoError(t, err)
	})
}

func TestConcurrentWritersAllGetTheirTurn(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		const writers, rounds = 64, 10
		var group errgroup.Group
		for w := range writers {
			group.Go(func() error {
				for r := range rounds {
					if err := writeTwice(t.Context(), db, fmt.Sprintf("w%d-%d", w, r)); err != nil {
						return err
					}
				}
				return nil
			})
		}
		require.NoError(t, group.Wait())
		var rows int
		require.NoError(t, db.QueryRowContext(t.Context(), "select count(*) from keyring").Scan(&rows))
		require.Equal(t, 3*writers*rounds, rows)
	})
}

// writeTwice writes in a transaction, by itself, and by a query that returns;
// a transaction that is rolled back leaves nothing and gives its turn back.
func writeTwice(ctx context.Context, db *sql.DB, name string) error {
	const insert = "insert into keyring (purpose, fingerprint) values ($1, 'x')"
	for _, commit := range []bool{false, true} {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, insert, name+"-tx"); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if commit {
			err = tx.Commit()
		} else {
			err = tx.Rollback()
		}
		if err != nil {
			return err
		}
	}
	if _, err := db.ExecContext(ctx, insert, name+"-exec"); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, insert, name+"-exec"); err == nil {
		return errors.New("the same key twice was accepted")
	}
	var got string
	return db.QueryRowContext(ctx, insert+" returning purpose", name+"-query").Scan(&got)
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	t.Parallel()
	db := domaintest.SQLite(t)
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = db.ExecContext(ctx, "insert into keyring (purpose, fingerprint) values ('a', 'b')")
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, tx.Rollback())
	_, err = db.ExecContext(t.Context(), "insert into keyring (purpose, fingerprint) values ('a', 'b')")
	require.NoError(t, err)
}

func TestReadersWaitForAConnectionWhenThereAreMany(t *testing.T) {
	t.Parallel()
	db := domaintest.SQLite(t)
	var held []*sql.Conn
	for range db.Stats().MaxOpenConnections {
		conn, err := db.Conn(t.Context())
		require.NoError(t, err)
		held = append(held, conn)
	}
	require.Len(t, held, 128)
	ctx, cancel := context.WithCancel(t.Context())
	answer := make(chan error)
	go func() { answer <- db.PingContext(ctx) }()
	require.Eventually(t, func() bool { return db.Stats().WaitCount == 1 }, 10*time.Second, time.Millisecond)
	cancel()
	require.ErrorIs(t, <-answer, context.Canceled, "one more waits for as long as its request")
	for _, conn := range held {
		require.NoError(t, conn.Close())
	}
	require.NoError(t, db.PingContext(t.Context()))
}
