package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// recordJSON mirrors the canonical form.
type recordJSON struct {
	Accounts []accountJSON       `json:"accounts"`
	At       string              `json:"at"`
	Book     BookID              `json:"book"`
	By       string              `json:"by"`
	Date     Date                `json:"date"`
	Document json.RawMessage     `json:"doc"`
	ID       uuid.UUID           `json:"id"`
	Kind     string              `json:"kind"`
	Lines    [][]json.RawMessage `json:"lines"`
	Name     string              `json:"name"`
	Next     Date                `json:"next"`
	Of       uuid.UUID           `json:"of"`
	Seq      int64               `json:"seq"`
	Why      string              `json:"why"`
}

type accountJSON struct {
	Ceiling  *int64         `json:"ceiling"`
	Control  string         `json:"control"`
	Currency money.Currency `json:"currency"`
	Floor    *int64         `json:"floor"`
	Path     string         `json:"path"`
	Side     string         `json:"side"`
	State    State          `json:"state"`
}

// ParseRecord reads canonical bytes. Bytes that no record has as its canonical
// form, because of their order, their spacing or their content, are
// [ErrCorrupt].
func ParseRecord(body []byte) (Record, error) {
	var raw recordJSON
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&raw); err != nil {
		return Record{}, fmt.Errorf("parse record: %w: %w", ErrCorrupt, err)
	}
	record, err := raw.record()
	if err != nil {
		return Record{}, fmt.Errorf("parse record %d: %w: %w", raw.Seq, ErrCorrupt, err)
	}
	document, err := canonicalDocument(raw.Document)
	if err != nil {
		return Record{}, fmt.Errorf("parse record %d: %w: document %w", raw.Seq, ErrCorrupt, err)
	}
	if !bytes.Equal(record.Canonical(), body) || !bytes.Equal(document, raw.Document) {
		return Record{}, fmt.Errorf("parse record %d: %w: not in canonical form", raw.Seq, ErrCorrupt)
	}
	return record, nil
}

func (raw *recordJSON) record() (Record, error) {
	at, err := time.Parse(atLayout, raw.At)
	if err != nil {
		return Record{}, err
	}
	r := Record{
		Book: raw.Book, Seq: raw.Seq, ID: raw.ID, Kind: raw.Kind, Date: raw.Date, At: at, By: raw.By, Why: raw.Why,
		Document: raw.Document, Name: raw.Name, Next: raw.Next, Of: raw.Of,
	}
	for i := range raw.Accounts {
		spec, err := raw.Accounts[i].spec()
		if err != nil {
			return Record{}, fmt.Errorf("accounts[%d]: %w", i, err)
		}
		r.Accounts = append(r.Accounts, spec)
	}
	for i, cells := range raw.Lines {
		line, err := parseLine(cells)
		if err != nil {
			return Record{}, fmt.Errorf("lines[%d]: %w", i, err)
		}
		r.Lines = append(r.Lines, line)
	}
	return r, nil
}

func (raw *accountJSON) spec() (AccountSpec, error) {
	side := DebitSide
	if raw.Side != DebitSide.String() {
		side = CreditSide
	}
	if !raw.State.valid() {
		return AccountSpec{}, fmt.Errorf("state %.20q", raw.State)
	}
	return AccountSpec{
		Path: raw.Path, Control: raw.Control, Side: side, Currency: raw.Currency, State: raw.State,
		Floor: bound(raw.Floor, raw.Currency), Ceiling: bound(raw.Ceiling, raw.Currency),
	}, nil
}

func bound(minor *int64, c money.Currency) money.Amount {
	if minor == nil {
		return money.Amount{}
	}
	return money.Of(*minor, c)
}

func parseLine(cells []json.RawMessage) (Line, error) {
	var (
		line            Line
		currency        money.Currency
		amount, balance int64
	)
	if len(cells) < 4 || len(cells) > 6 {
		return Line{}, fmt.Errorf("%d cells", len(cells))
	}
	targets := []any{&line.Account, &currency, &amount, &balance}
	for i, target := range targets {
		if err := json.Unmarshal(cells[i], target); err != nil {
			return Line{}, err
		}
	}
	line.Amount, line.Balance = money.Of(amount, currency), money.Of(balance, currency)
	line.Side = DebitSide
	if amount < 0 {
		line.Side = CreditSide
	}
	err := parseTake(&line, cells[4:])
	return line, err
}

func parseTake(line *Line, cells []json.RawMessage) error {
	if len(cells) == 0 {
		return nil
	}
	switch string(cells[0]) {
	case `"debit_rest"`:
		line.Take, line.Side = Rest, DebitSide
	case `"credit_rest"`:
		line.Take, line.Side = Rest, CreditSide
	case `"upto"`:
		return parseUpTo(line, cells[1:])
	default:
		return fmt.Errorf("unknown take %.20q", cells[0])
	}
	return nil
}

func parseUpTo(line *Line, cells []json.RawMessage) error {
	var most int64
	if len(cells) != 1 {
		return fmt.Errorf("upto without a number")
	}
	if err := json.Unmarshal(cells[0], &most); err != nil {
		return err
	}
	line.Take, line.Side = UpTo, DebitSide
	if most < 0 {
		line.Side, most = CreditSide, -most
	}
	line.Most = money.Of(most, line.Amount.Currency())
	return nil
}
