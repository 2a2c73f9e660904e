package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// atLayout is how times are stored: UTC with six decimals, so that they sort as
// text.
const atLayout = "2006-01-02T15:04:05.000000Z"

// stream runs a query when it is ranged over and yields its rows.
func stream[T any](
	ctx context.Context, from source, scan func(*sql.Rows) (T, error), text string, args ...any,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		s, err := from.borrow(ctx)
		if err != nil {
			yield(none, err)
			return
		}
		defer from.giveBack(s)
		statement, err := s.take(text)
		if err != nil {
			yield(none, translate(err))
			return
		}
		defer s.give(text, statement)
		rows, err := statement.QueryContext(ctx, args...)
		if err != nil {
			yield(none, translate(err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			row, err := scan(rows)
			if !yield(row, err) || err != nil {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(none, translate(err))
		}
	}
}

// unreadable is ErrCorrupt for a value that is not of its column's type: a table
// made anew need not be strict.
func unreadable(rows *sql.Rows, err error) error {
	if err == nil || rows.Err() != nil {
		return err
	}
	return fmt.Errorf("%w: %w", ledger.ErrCorrupt, err)
}

func collect[T any](rows iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}

func scanHead(rows *sql.Rows) (ledger.Head, error) {
	var h ledger.Head
	var date sql.NullString
	var at string
	if err := rows.Scan(&h.Book, &h.Name, &h.Seq, &h.Accounts, &date, &h.ClosedSeq, &h.ReopenSeq, &h.TouchedSeq, &h.ChartSeq, &at, &h.Tree); err != nil {
		return ledger.Head{}, err
	}
	var err error
	if h.OpenDate, err = parseDate(date.String); err != nil {
		return ledger.Head{}, fmt.Errorf("head of book %d: %w", h.Book, err)
	}
	if h.At, err = parseTime(at); err != nil {
		return ledger.Head{}, fmt.Errorf("head of book %d: %w", h.Book, err)
	}
	return h, nil
}

func scanRecord(rows *sql.Rows) (ledger.StoredRecord, error) {
	var r ledger.StoredRecord
	var date string
	var id []byte
	err := rows.Scan(&r.Seq, &id, &r.Mark, &date, &r.Body)
	if err != nil {
		return ledger.StoredRecord{}, unreadable(rows, err)
	}
	if r.ID, err = parseID(id); err != nil {
		return ledger.StoredRecord{}, fmt.Errorf("record %d: %w", r.Seq, err)
	}
	if r.Date, err = parseDate(date); err != nil {
		return ledger.StoredRecord{}, fmt.Errorf("record %d: %w", r.Seq, err)
	}
	return r, nil
}

func scanClosing(rows *sql.Rows) (ledger.Closing, error) {
	var c ledger.Closing
	var code, date string
	err := rows.Scan(&c.Account, &c.Number, &c.Control, &code, &date, &c.Debits, &c.Credits)
	if err != nil {
		return ledger.Closing{}, err
	}
	if c.Currency, err = parseCurrency(code); err != nil {
		return ledger.Closing{}, fmt.Errorf("account of closing: %w", err)
	}
	if c.Date, err = parseDate(date); err != nil {
		return ledger.Closing{}, fmt.Errorf("closing: %w", err)
	}
	return c, nil
}

func scanHold(rows *sql.Rows) (ledger.StoredHold, error) {
	var h ledger.StoredHold
	var id []byte
	var expires sql.NullString
	var captured string
	err := rows.Scan(&h.Seq, &id, &h.State, &expires, &captured, &h.LastSeq)
	if err != nil {
		return ledger.StoredHold{}, err
	}
	if h.ID, err = parseID(id); err != nil {
		return ledger.StoredHold{}, fmt.Errorf("hold %d: %w", h.Seq, err)
	}
	if expires.Valid {
		if h.Expires, err = parseTime(expires.String); err != nil {
			return ledger.StoredHold{}, fmt.Errorf("hold %d: %w", h.Seq, err)
		}
	}
	if err := json.Unmarshal([]byte(captured), &h.Captured); err != nil {
		return ledger.StoredHold{}, fmt.Errorf("hold %d: captured: %w: %w", h.Seq, ledger.ErrCorrupt, err)
	}
	return h, nil
}

func scanRefunded(rows *sql.Rows) (ledger.Refunded, error) {
	var r ledger.Refunded
	err := rows.Scan(&r.Seq, &r.Line, &r.Minor)
	return r, err
}

func scanSeq(rows *sql.Rows) (int64, error) {
	var seq int64
	err := rows.Scan(&seq)
	return seq, err
}

func parseTime(text string) (time.Time, error) {
	instant, err := time.Parse(atLayout, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("time: %w: %w", ledger.ErrCorrupt, err)
	}
	return instant, nil
}

// parseDate reads a stored date; none is the zero Date.
func parseDate(text string) (ledger.Date, error) {
	var date ledger.Date
	if err := date.UnmarshalText([]byte(text)); err != nil {
		return ledger.Date{}, fmt.Errorf("%w: %w", ledger.ErrCorrupt, err)
	}
	return date, nil
}

func parseCurrency(code string) (money.Currency, error) {
	currency, err := money.ParseCurrency(code)
	if err != nil {
		return money.Currency{}, fmt.Errorf("%w: %w", ledger.ErrCorrupt, err)
	}
	return currency, nil
}

func parseID(stored []byte) (uuid.UUID, error) {
	id, err := uuid.FromBytes(stored)
	if err != nil {
		return uuid.Nil, fmt.Errorf("id: %w: %w", ledger.ErrCorrupt, err)
	}
	return id, nil
}

// jsonList packs a list into one parameter.
func jsonList[T string | int64](values []T) string {
	list, err := json.Marshal(values)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return string(list)
}

func jsonIDs(ids []uuid.UUID) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = hex.EncodeToString(id[:])
	}
	return jsonList(texts)
}

// limit returns SQLite's limit for at most n rows, 0 meaning all.
func limit(n int) int {
	if n == 0 {
		return -1
	}
	return n
}
