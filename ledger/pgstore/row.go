package pgstore

import (
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// What the functions below scan, in their order.
const (
	headColumns    = `b.book_id, b.name, b.seq, b.accounts, b.open_date, b.closed_seq, b.at, b.tree`
	accountColumns = `a.number, a.path, a.control, a.currency, a.side, a.floor, a.ceiling, a.state, a.debits, a.credits, a.last_seq`
	recordColumns  = `j.seq, j.id, j.kind, j.date, j.at, j.body, j.leaf`
)

func scanHead(rows pgx.Rows) (ledger.Head, error) {
	var head ledger.Head
	var open pgtype.Date
	err := rows.Scan(&head.Book, &head.Name, &head.Seq, &head.Accounts, &open, &head.ClosedSeq, &head.At, &head.Tree)
	if err != nil {
		return ledger.Head{}, err
	}
	head.OpenDate = fromDate(open)
	if head.At = head.At.UTC(); head.Seq == 0 {
		head.At = time.Time{}
	}
	return head, nil
}

func scanAccount(rows pgx.Rows) (ledger.Account, error) {
	var a ledger.Account
	var currency string
	var floor, ceiling *int64
	err := rows.Scan(&a.Number, &a.Path, &a.Control, &currency, &a.Side, &floor, &ceiling,
		&a.State, &a.Debits, &a.Credits, &a.LastSeq)
	if err != nil {
		return ledger.Account{}, err
	}
	if a.Currency, err = parseCurrency(a.Path, currency); err != nil {
		return ledger.Account{}, err
	}
	if floor != nil {
		a.Floor = money.Of(*floor, a.Currency)
	}
	if ceiling != nil {
		a.Ceiling = money.Of(*ceiling, a.Currency)
	}
	return a, nil
}

func scanRecord(rows pgx.Rows) (ledger.StoredRecord, error) {
	var r ledger.StoredRecord
	var date pgtype.Date
	if err := rows.Scan(&r.Seq, &r.ID, &r.Kind, &date, &r.At, &r.Body, &r.Leaf); err != nil {
		return ledger.StoredRecord{}, err
	}
	r.Date, r.At = fromDate(date), r.At.UTC()
	return r, nil
}

func scanEntry(rows pgx.Rows) (ledger.Entry, error) {
	var e ledger.Entry
	var code string
	var amount, balance int64
	var id pgtype.UUID
	var kind pgtype.Text
	var date pgtype.Date
	var at pgtype.Timestamptz
	if err := rows.Scan(&e.Account, &code, &e.Seq, &e.Line, &amount, &balance, &id, &kind, &date, &at); err != nil {
		return ledger.Entry{}, err
	}
	currency, err := parseCurrency(e.Account, code)
	if err != nil {
		return ledger.Entry{}, err
	}
	e.Amount, e.Balance = money.Of(amount, currency), money.Of(balance, currency)
	e.ID, e.Kind, e.Date = id.Bytes, kind.String, fromDate(date)
	if at.Valid {
		e.At = at.Time.UTC()
	}
	return e, nil
}

func scanClosing(rows pgx.Rows) (ledger.Closing, error) {
	var c ledger.Closing
	var date pgtype.Date
	if err := rows.Scan(&c.Account, &date, &c.Debits, &c.Credits); err != nil {
		return ledger.Closing{}, err
	}
	c.Date = fromDate(date)
	return c, nil
}

func parseCurrency(path, code string) (money.Currency, error) {
	currency, err := money.ParseCurrency(code)
	if err != nil {
		return money.Currency{}, fmt.Errorf("account %s: %w: %w", path, ledger.ErrCorrupt, err)
	}
	return currency, nil
}

func fromDate(d pgtype.Date) ledger.Date {
	if !d.Valid {
		return ledger.Date{}
	}
	return ledger.DateIn(d.Time, time.UTC)
}

// toDate is null for no date.
func toDate(d ledger.Date) pgtype.Date {
	return pgtype.Date{Time: d.Time(), Valid: !d.IsZero()}
}

// toBound is null for no bound.
func toBound(bound money.Amount) pgtype.Int8 {
	return pgtype.Int8{Int64: bound.Minor(), Valid: bound.IsValid()}
}

// toLimit is null for no limit.
func toLimit(limit int) pgtype.Int8 { return pgtype.Int8{Int64: int64(limit), Valid: limit > 0} }

// toText replaces bytes that no path has, and that PostgreSQL may not take for
// text, by others that no path has. Equality and order with paths stay.
func toText(path string) string {
	bytes := []byte(path)
	for i, b := range bytes {
		switch {
		case b < ' ':
			bytes[i] = 0x01
		case b >= 0x7f:
			bytes[i] = 0x7f
		}
	}
	return string(bytes)
}

func toTexts(paths []string) []string {
	texts := make([]string, len(paths))
	for i, path := range paths {
		texts[i] = toText(path)
	}
	return texts
}
