package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"github.com/campusledger/campusledger/ledger"
)

const (
	sealsAfter = `select seq, note from seal where book_id = ? and seq > ? order by seq`
	putSeal    = `insert into seal (book_id, seq, note) select book_id, ?2, ?3 from book where book_id = ?1
on conflict (book_id, seq) do update set note = excluded.note`
)

// Seals yields seals: see ledger.Seals.
func (r reader) Seals(ctx context.Context, book ledger.BookID, after int64) iter.Seq2[ledger.Seal, error] {
	return stream(ctx, r.db, scanSeal, sealsAfter, int64(book), after)
}

// PutSeal keeps a seal: see ledger.Seals. It waits for its turn to write.
func (s *Store) PutSeal(ctx context.Context, book ledger.BookID, seal ledger.Seal) error {
	if s.writer == nil {
		return ErrReadOnly
	}
	if err := s.writer.putSeal(ctx, book, seal); err != nil {
		return fmt.Errorf("put the seal of %d records of book %d: %w", seal.Seq, book, err)
	}
	return nil
}

func (w *writer) putSeal(ctx context.Context, book ledger.BookID, seal ledger.Seal) error {
	if err := w.begin(ctx); err != nil {
		return err
	}
	put, err := w.affect(context.Background(), putSeal, int64(book), seal.Seq, seal.Note)
	if err == nil && put == 0 {
		err = ledger.ErrBookUnknown
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		w.rollback()
		return err
	}
	return w.commit()
}

func scanSeal(rows *sql.Rows) (s ledger.Seal, err error) {
	err = rows.Scan(&s.Seq, &s.Note)
	return s, unreadable(rows, err)
}
