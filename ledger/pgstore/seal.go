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
	putSeal    = `insert into seal (book_id, seq, note) select b.book_id, $2, $3 from book b where b.book_id = $1
		on conflict (book_id, seq) do update set note = excluded.note`
)

// Seals yields the seals after a position, in the order of their Seq.
func (r reader) Seals(ctx context.Context, book ledger.BookID, after int64) iter.Seq2[ledger.Seal, error] {
	return read(ctx, r.source, scanSeal, sealsAfter, int64(book), after)
}

// PutSeal keeps a seal, in place of the one of its Seq if there is one.
func (s *Store) PutSeal(ctx context.Context, book ledger.BookID, seal ledger.Seal) error {
	tag, err := s.exec(ctx, putSeal, int64(book), seal.Seq, seal.Note)
	if err == nil && tag.RowsAffected() == 0 {
		err = ledger.ErrBookUnknown
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
