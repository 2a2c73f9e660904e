package pgstore

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A savepoint of the caller that has the same name is hidden meanwhile, not
// lost.
const (
	setSavepoint     = `savepoint campusledger`
	releaseSavepoint = `release savepoint campusledger`
	undoSavepoint    = `rollback to savepoint campusledger; release savepoint campusledger`
)

// What planning sets would outlive the savepoint when it is released.
const (
	readPlanning = `select current_setting('lock_timeout'), current_setting('enable_seqscan'),
		current_setting('enable_nestloop'), current_setting('enable_hashjoin'), current_setting('enable_mergejoin'),
		current_setting('jit')`
	restorePlanning = `select set_config('lock_timeout', $1, true), set_config('enable_seqscan', $2, true),
		set_config('enable_nestloop', $3, true), set_config('enable_hashjoin', $4, true),
		set_config('enable_mergejoin', $5, true), set_config('jit', $6, true)`
)

// savepoint is a [unit] in the caller's transaction.
type savepoint struct {
	tx          pgx.Tx
	lockTimeout time.Duration
	set         bool
	callers     [6]string // settings, as readPlanning reads them
}

// begin sets the savepoint in a round trip of its own: sent together, a
// statement that cannot be prepared would fail before it.
func (s *savepoint) begin(ctx context.Context, batch *pgx.Batch) error {
	if _, err := s.tx.Exec(ctx, setSavepoint); err != nil {
		return err
	}
	s.set = true
	batch.Queue(readPlanning).QueryRow(func(row pgx.Row) error {
		return row.Scan(&s.callers[0], &s.callers[1], &s.callers[2], &s.callers[3], &s.callers[4], &s.callers[5])
	})
	queuePlanning(batch, planning, s.lockTimeout)
	return nil
}

func (s *savepoint) keep(batch *pgx.Batch) {
	batch.Queue(restorePlanning, s.callers[0], s.callers[1], s.callers[2], s.callers[3], s.callers[4], s.callers[5])
	batch.Queue(releaseSavepoint).Exec(func(pgconn.CommandTag) error {
		s.set = false
		return nil
	})
}

func (s *savepoint) send(ctx context.Context, batch *pgx.Batch) error {
	return s.tx.SendBatch(ctx, batch).Close()
}

// failure is never of unknown outcome: without the caller's commit nothing is
// written.
func (s *savepoint) failure(err error) error { return translate(err) }

func (s *savepoint) end() error {
	if !s.set {
		return nil
	}
	s.set = false
	ctx, cancel := context.WithTimeout(context.Background(), undoMax)
	defer cancel()
	_, err := s.tx.Exec(ctx, undoSavepoint)
	return err
}

func (s *savepoint) connection() *pgx.Conn { return s.tx.Conn() }
