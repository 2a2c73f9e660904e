package sqlitefloor

import (
	"context"
	"database/sql"

	"github.com/campusledger/campusledger/ledger"
)

const (
	selectBalance   = "select b.debits, b.credits" + ofPath
	selectMoved     = "select b.number, b.moved_seq" + ofPath
	ofPath          = " from account a join balance b on b.book_id = 1 and b.number = a.number where a.book_id = 1 and a.path = ?"
	selectMilestone = "select coalesce(min(seq), ?3) from milestone where book_id = 1 and account = ?1 and seq >= ?2"
	selectRecord    = "select id, date, body from journal where book_id = 1 and seq = ?"
)

// Balance reads an account's totals.
func (f *Floor) Balance(ctx context.Context, path string) error {
	var debits, credits int64
	return f.balance.QueryRowContext(ctx, path).Scan(&debits, &credits)
}

// Page reads entries with what their records say: it follows the chain of the
// account's records, with a query for each.
func (f *Floor) Page(ctx context.Context, path string, until int64, limit int) error {
	var number, seq int64
	if err := f.moved.QueryRowContext(ctx, path).Scan(&number, &seq); err != nil {
		return err
	}
	if until < seq {
		if err := f.milestone.QueryRowContext(ctx, number, until, seq).Scan(&seq); err != nil {
			return err
		}
	}
	var (
		parser ledger.Parser
		record ledger.Record
		read   int
	)
	for seq > 0 && read < limit {
		var (
			id, body []byte
			date     string
		)
		// Not ctx: a context that can end costs a goroutine a query.
		if err := f.record.QueryRowContext(context.Background(), seq).Scan(&id, &date, &body); err != nil {
			return err
		}
		if err := parser.Parse(body, &record); err != nil {
			return err
		}
		lines := linesOf(&record, path)
		if seq <= until {
			read += len(lines)
		}
		seq = lines[0].Prev
	}
	if read == 0 {
		return sql.ErrNoRows
	}
	return nil
}

// linesOf returns the lines of an account, which has some.
func linesOf(r *ledger.Record, path string) (lines []ledger.Line) {
	for i := range r.Lines {
		if r.Lines[i].Account == path {
			lines = append(lines, r.Lines[i])
		}
	}
	return lines
}
