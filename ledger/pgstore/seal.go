package pgstore

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/campusledger/campusledger/ledger"
)

const (
	sealsAfter = `select s.seq, s.note from seal s where s.book_id = $1 and s.seq > $2 order by s.seq`
	firstSeal  = `insert into seal (book_id, seq, note) select b.book_id, $2, $3 from book b where b.book_id = $1
		on conflict (book_id, seq) do nothing`
	replaceSeal = `update seal set note = $3 where book_id = $1 and seq = $2 and note = $4`
)

// Seals yields the seals after a position, in the order of their Seq.
func (r reader) Seals(ctx context.Context, book ledger.BookID, after int64) iter.Seq2[ledger.Seal, error] {
	return read(ctx, r.source, scanSeal, sealsAfter, int64(book), after)
}

// PutSeal keeps a seal in place of the one of its Seq that has the note
// replaced, "" for none, or answers [ledger.ErrConflict] if another is there.
func (s *Store) PutSeal(ctx context.Context, book ledger.BookID, seal ledger.Seal, replaced string) error {
	statement, args := firstSeal, []any{int64(book), seal.Seq, seal.Note}
	if replaced != "" {
		statement, args = replaceSeal, append(args, replaced)
	}
	tag, err := s.exec(ctx, statement, args...)
	if err == nil && tag.RowsAffected() == 0 {
		if _, err = s.Head(ctx, book); err == nil { // which says that there is no such book
			err = ledger.ErrConflict
		}
	}
	if err != nil {
		return fmt.Errorf("put the seal of %d records of book %d: %w", seal.Seq, book, translate(err))
	}
	return nil
}

func scanSeal(rows pgx.Rows) (s ledger.Seal, err error) {
	if err = rows.Scan(&s.Seq, &s.Note); err != nil {
		return s, corrupt("seal of", s.Seq, err)
	}
	return s, nil
}
