package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// hotTables are those of which rows are written again and again.
var hotTables = []string{"account", "book"}

// hot reads what the server counts, which lags by some seconds, and the sizes of
// the tables without their indexes.
func (g *postgresGround) hot(ctx context.Context, schema string) ([]hotTable, error) {
	const counted = `select relname, pg_relation_size(relid), n_dead_tup, n_tup_upd, n_tup_hot_upd, vacuum_count + autovacuum_count
		from pg_stat_all_tables where schemaname = $1 and relname = any($2) order by relname`
	rows, err := g.pool.Query(ctx, counted, schema, hotTables)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t hotTable, err error) {
		err = row.Scan(&t.Name, &t.Bytes, &t.Dead, &t.Updates, &t.HotUpdates, &t.Vacuums)
		return t, err
	})
}

// settle vacuums all tables of the schema, and writes a checkpoint.
func (g *postgresGround) settle(ctx context.Context, schema string) error {
	rows, err := g.pool.Query(ctx, "select tablename from pg_tables where schemaname = $1 order by tablename", schema)
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := g.pool.Exec(ctx, "vacuum (analyze) "+pgx.Identifier{schema, table}.Sanitize()); err != nil {
			return fmt.Errorf("vacuum %s: %w", table, err)
		}
	}
	_, err = g.pool.Exec(ctx, "checkpoint")
	if refused := (*pgconn.PgError)(nil); errors.As(err, &refused) && refused.Code == "42501" {
		return fmt.Errorf("checkpoint, without which sizes cannot be compared (grant pg_checkpoint to this user): %w", err)
	}
	return err
}
