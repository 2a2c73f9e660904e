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
	firstSeal  = `insert into seal (book_id, seq, note) select book_id, ?2, ?3 from book where book_id = ?1
on conflict (book_id, seq) do nothing`
	replaceSeal = `update seal set note = ?3 where book_id = ?1 and seq = ?2 and note = ?4`
)

// Seals yields seals: see ledger.Seals.
func (r reader) Seals(ctx context.Context, book ledger.BookID, after int64) iter.Seq2[ledger.Seal, error] {
	return stream(ctx, r.from, scanSeal, sealsAfter, int64(book), after)
}

// PutSeal keeps a seal: see ledger.Seals. It waits for its turn to write.
func (s *Store) PutSeal(ctx context.Context, book ledger.BookID, seal ledger.Seal, replaced string) error {
	if s.writer == nil {
		return ErrReadOnly
	}
	if err := s.writer.putSeal(ctx, book, seal, replaced); err != nil {
		return fmt.Errorf("put the seal of %d records of book %d: %w", seal.Seq, book, err)
	}
	return nil
}

func (w *writer) putSeal(ctx context.Context, book ledger.BookID, seal ledger.Seal, replaced string) error {
	if err := w.begin(ctx); err != nil {
		return err
	}
	text, args := firstSeal, []any{int64(book), seal.Seq, seal.Note}
	if replaced != "" {
		text, args = replaceSeal, append(args, replaced)
	}
	put, err := w.affect(context.Background(), text, args...)
	if err == nil && put == 0 {
		if _, err = (reader{&w.statements}).Head(context.Background(), book); err == nil { // which says that there is no such book
			err = ledger.ErrConflict
		}
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
