package pgstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// What the functions below scan, in their order.
const (
	headColumns = `b.book_id, b.name, b.seq, b.accounts, b.open_date, b.closed_seq, b.reopen_seq, b.touched_seq,
		b.chart_seq, b.at, b.tree`

	accountColumns = `a.number, a.path, a.control, a.currency, a.side, a.floor, a.ceiling, a.state, a.debits, a.credits,
		a.last_seq, a.moved_seq, a.moves, a.changed_seq, a.limits, a.meta, a.used, a.held_debits, a.held_credits`

	recordColumns = `j.seq, j.id, j.date, j.mark, j.body`
	holdColumns   = `h.seq, h.id, h.state, h.expires, h.captured, h.last_seq`
	refundColumns = `r.seq, r.line, r.amount`
)

func scanHead(rows pgx.Rows) (ledger.Head, error) {
	var head ledger.Head
	var open pgtype.Date
	err := rows.Scan(&head.Book, &head.Name, &head.Seq, &head.Accounts, &open, &head.ClosedSeq, &head.ReopenSeq,
		&head.TouchedSeq, &head.ChartSeq, &head.At, &head.Tree)
	if err != nil {
		return ledger.Head{}, err
	}
	head.OpenDate = fromDate(open)
	if head.At = head.At.UTC(); head.Seq == 0 {
		head.At = time.Time{}
	}
	return head, nil
}

// accountRow is what of an account's row has to be looked at before it is one.
type accountRow struct {
	ledger.Account
	side                         int
	currency, limits, meta, used string
	floor, ceiling               pgtype.Int8
}

func scanAccount(rows pgx.Rows) (ledger.Account, error) {
	row, ok := rawAccount(rows)
	if !ok {
		err := rows.Scan(&row.Number, &row.Path, &row.Control, &row.currency, &row.side, &row.floor, &row.ceiling, &row.State,
			&row.Debits, &row.Credits, &row.LastSeq, &row.MovedSeq, &row.Moves, &row.ChangedSeq, &row.limits, &row.meta, &row.used,
			&row.HeldDebits, &row.HeldCredits)
		if err != nil {
			return ledger.Account{}, err
		}
	}
	if err := row.complete(); err != nil {
		return ledger.Account{}, corrupt("account", row.Path, err)
	}
	return row.Account, nil
}

// complete reads what is in the texts and checks what has few values.
func (a *accountRow) complete() (err error) {
	if a.Currency, err = money.ParseCurrency(a.currency); err != nil {
		return err
	}
	if a.Limits, err = ledger.ParseLimits(a.limits, a.Currency); err != nil {
		return err
	}
	if a.Used, err = ledger.ParseUses(a.used); err != nil {
		return err
	}
	if a.floor.Valid {
		a.Floor = money.Of(a.floor.Int64, a.Currency)
	}
	if a.ceiling.Valid {
		a.Ceiling = money.Of(a.ceiling.Int64, a.Currency)
	}
	if a.side != int(ledger.DebitSide) && a.side != int(ledger.CreditSide) {
		return fmt.Errorf("side %d", a.side)
	}
	a.Side = ledger.Side(a.side)
	switch a.State {
	case ledger.StateOpen, ledger.StateFrozen, ledger.StateFrozenDebits, ledger.StateFrozenCredits, ledger.StateClosed:
	default:
		return fmt.Errorf("state %q", a.State)
	}
	if a.meta != "" {
		if a.Metadata = json.RawMessage(a.meta); !json.Valid(a.Metadata) {
			return fmt.Errorf("metadata %.40q", a.meta)
		}
	}
	return nil
}

func scanRecord(rows pgx.Rows) (ledger.StoredRecord, error) {
	if r, ok := rawRecord(rows); ok {
		return r, nil
	}
	return scanRecordSlowly(rows)
}

func scanRecordSlowly(rows pgx.Rows) (ledger.StoredRecord, error) {
	var r ledger.StoredRecord
	var date pgtype.Date
	if err := rows.Scan(&r.Seq, &r.ID, &date, &r.Mark, &r.Body); err != nil {
		return ledger.StoredRecord{}, corrupt("record", r.Seq, err)
	}
	r.Date = fromDate(date)
	return r, nil
}

func scanClosing(rows pgx.Rows) (ledger.Closing, error) {
	var c ledger.Closing
	var code string
	var date pgtype.Date
	if err := rows.Scan(&c.Account, &c.Number, &c.Control, &code, &date, &c.Debits, &c.Credits); err != nil {
		return ledger.Closing{}, err
	}
	c.Date = fromDate(date)
	var err error
	if c.Currency, err = money.ParseCurrency(code); err != nil {
		return ledger.Closing{}, corrupt("account", c.Account, err)
	}
	return c, nil
}

func scanHold(rows pgx.Rows) (ledger.StoredHold, error) {
	var h ledger.StoredHold
	var expires pgtype.Timestamptz
	var captured []byte
	if err := rows.Scan(&h.Seq, &h.ID, &h.State, &expires, &captured, &h.LastSeq); err != nil {
		return ledger.StoredHold{}, err
	}
	h.Expires = fromTime(expires)
	if err := json.Unmarshal(captured, &h.Captured); err != nil {
		return ledger.StoredHold{}, corrupt("hold", h.ID, err)
	}
	if toArray(h.Captured) != string(captured) {
		return ledger.StoredHold{}, corrupt("hold", h.ID, fmt.Errorf("captured %.40q", captured))
	}
	for _, minor := range h.Captured {
		if minor < 0 {
			return ledger.StoredHold{}, corrupt("hold", h.ID, fmt.Errorf("captured %d", minor))
		}
	}
	switch h.State {
	case ledger.HoldHeld, ledger.HoldCaptured, ledger.HoldReleased, ledger.HoldExpired:
		return h, nil
	}
	return ledger.StoredHold{}, corrupt("hold", h.ID, fmt.Errorf("state %q", h.State))
}

func scanRefund(rows pgx.Rows) (ledger.Refunded, error) {
	var r ledger.Refunded
	if err := rows.Scan(&r.Seq, &r.Line, &r.Minor); err != nil {
		return ledger.Refunded{}, err
	}
	if r.Line < 0 || r.Minor <= 0 {
		return ledger.Refunded{}, corrupt("refund of record", r.Seq, fmt.Errorf("line %d, amount %d", r.Line, r.Minor))
	}
	return r, nil
}

// corrupt says which row cannot be read.
func corrupt(what string, name any, err error) error {
	return fmt.Errorf("%s %v: %w: %w", what, name, ledger.ErrCorrupt, err)
}

// all appends what scan reads from each row.
func all[T any](list *[]T, scan func(pgx.Rows) (T, error)) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		defer rows.Close()
		for rows.Next() {
			row, err := scan(rows)
			if err != nil {
				return err
			}
			*list = append(*list, row)
		}
		return rows.Err()
	}
}
