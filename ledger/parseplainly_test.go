package ledger

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// recordJSON mirrors the canonical form.
type recordJSON struct {
	Accounts []accountJSON       `json:"accounts"`
	Asked    [][]json.RawMessage `json:"asked"`
	At       string              `json:"at"`
	Balances *balancesJSON       `json:"balances"`
	Book     BookID              `json:"book"`
	By       string              `json:"by"`
	Date     Date                `json:"date"`
	Document json.RawMessage     `json:"doc"`
	Due      Date                `json:"due"`
	Expires  string              `json:"expires"`
	Families []accountJSON       `json:"families"`
	Final    bool                `json:"final"`
	For      string              `json:"for"`
	Held     [][]json.RawMessage `json:"held"`
	ID       uuid.UUID           `json:"id"`
	Kind     string              `json:"kind"`
	Lines    [][]json.RawMessage `json:"lines"`
	Name     string              `json:"name"`
	Next     Date                `json:"next"`
	Of       uuid.UUID           `json:"of"`
	Prev     int64               `json:"prev"`
	Refunds  []int               `json:"refunds"`
	Refused  *refusalJSON        `json:"refused"`
	Seq      int64               `json:"seq"`
	Why      string              `json:"why"`
}

type accountJSON struct {
	Ceiling  *int64          `json:"ceiling"`
	Control  string          `json:"control"`
	Currency money.Currency  `json:"currency"`
	Floor    *int64          `json:"floor"`
	Limits   []limitJSON     `json:"limits"`
	Metadata json.RawMessage `json:"meta"`
	Path     string          `json:"path"`
	Side     string          `json:"side"`
	State    State           `json:"state"`
}

type limitJSON struct {
	Except bool     `json:"except"`
	Kinds  []string `json:"kinds"`
	Max    int64    `json:"max"`
	Name   string   `json:"name"`
	Per    Window   `json:"per"`
	Side   string   `json:"side"`
}

type balancesJSON struct {
	Accounts int64  `json:"accounts"`
	Root     string `json:"root"`
}

type refusalJSON struct {
	Account   string         `json:"account"`
	Available int64          `json:"available"`
	Code      string         `json:"code"`
	Currency  money.Currency `json:"currency"`
	Date      Date           `json:"date"`
	Rule      string         `json:"rule"`
	Wanted    int64          `json:"wanted"`
}

// ParseRecordPlainly is ParseRecord as encoding/json would have it: what was read
// is written again and compared. It is the oracle of the scanner.
func ParseRecordPlainly(body []byte) (Record, error) {
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
	if err := raw.checkJSON(); err != nil {
		return Record{}, fmt.Errorf("parse record %d: %w: %w", raw.Seq, ErrCorrupt, err)
	}
	if !bytes.Equal(record.Canonical(), body) {
		return Record{}, fmt.Errorf("parse record %d: %w: not in canonical form", raw.Seq, ErrCorrupt)
	}
	return record, nil
}

// checkJSON checks that the values whose content is the caller's are in
// canonical form.
func (raw *recordJSON) checkJSON() error {
	values := []json.RawMessage{raw.Document}
	for i := range raw.Accounts {
		values = append(values, raw.Accounts[i].Metadata)
	}
	for _, value := range values {
		canonical, err := canonicalDocument(value)
		if err != nil {
			return fmt.Errorf("document %w", err)
		}
		if !bytes.Equal(canonical, value) {
			return errors.New("a document is not in canonical form")
		}
	}
	return nil
}

func (raw *recordJSON) record() (Record, error) {
	r := Record{
		Book: raw.Book, Seq: raw.Seq, ID: raw.ID, Kind: raw.Kind, Date: raw.Date, By: raw.By, Why: raw.Why,
		Document: raw.Document, Due: raw.Due, Name: raw.Name, Next: raw.Next, Prev: raw.Prev, Of: raw.Of,
		Refunds: raw.Refunds, For: raw.For, Final: raw.Final,
	}
	var err error
	if r.At, err = time.Parse(atLayout, raw.At); err != nil {
		return Record{}, err
	}
	if raw.Expires != "" {
		if r.Expires, err = time.Parse(atLayout, raw.Expires); err != nil {
			return Record{}, fmt.Errorf("expires: %w", err)
		}
	}
	if raw.Refused != nil {
		r.Refused = raw.Refused.refusal()
	}
	if raw.Balances != nil {
		if r.Balances, err = raw.Balances.balances(); err != nil {
			return Record{}, err
		}
	}
	if err := raw.specs(&r); err != nil {
		return Record{}, err
	}
	if r.Lines, err = parseLines("lines", raw.Lines, true); err != nil {
		return Record{}, err
	}
	if r.Held, err = parseLines("held", raw.Held, false); err != nil {
		return Record{}, err
	}
	for i, cells := range raw.Asked {
		p, err := parsePosting(cells)
		if err != nil {
			return Record{}, fmt.Errorf("asked[%d]: %w", i, err)
		}
		r.Asked = append(r.Asked, p)
	}
	return r, nil
}

func (raw *recordJSON) specs(r *Record) error {
	for i := range raw.Accounts {
		if !raw.Accounts[i].State.valid() {
			return fmt.Errorf("accounts[%d]: state %.20q", i, raw.Accounts[i].State)
		}
		r.Accounts = append(r.Accounts, raw.Accounts[i].spec())
	}
	for i := range raw.Families {
		s := raw.Families[i].spec()
		r.Families = append(r.Families, Family{
			Path: s.Path, Control: s.Control, Side: s.Side, Currency: s.Currency,
			Floor: s.Floor, Ceiling: s.Ceiling, Limits: s.Limits,
		})
	}
	return nil
}

func (raw *refusalJSON) refusal() *Refusal {
	r := &Refusal{Code: raw.Code, Rule: raw.Rule, Account: raw.Account, Date: raw.Date}
	if raw.Currency.IsValid() {
		r.Wanted, r.Available = money.Of(raw.Wanted, raw.Currency), money.Of(raw.Available, raw.Currency)
	}
	return r
}

func (raw *balancesJSON) balances() (*Balances, error) {
	b := &Balances{Accounts: raw.Accounts}
	if n, err := hex.Decode(b.Root[:], []byte(raw.Root)); err != nil || n != len(b.Root) {
		return nil, fmt.Errorf("balances: root %.80q", raw.Root)
	}
	return b, nil
}

// sideOf reads a side. What is neither is taken for a credit and found out by
// the comparison of the bytes.
func sideOf(text string) Side {
	if text == DebitSide.String() {
		return DebitSide
	}
	return CreditSide
}

func (raw *accountJSON) spec() AccountSpec {
	return AccountSpec{
		Path: raw.Path, Control: raw.Control, Side: sideOf(raw.Side), Currency: raw.Currency, State: raw.State,
		Floor: bound(raw.Floor, raw.Currency), Ceiling: bound(raw.Ceiling, raw.Currency),
		Limits: limitsOf(raw.Limits, raw.Currency), Metadata: raw.Metadata,
	}
}

func limitsOf(raw []limitJSON, currency money.Currency) Limits {
	var limits Limits
	for _, l := range raw {
		limits = append(limits, Limit{
			Name: l.Name, Side: sideOf(l.Side), Per: l.Per, Kinds: l.Kinds, Except: l.Except, Max: money.Of(l.Max, currency),
		})
	}
	return limits
}

func bound(minor *int64, c money.Currency) money.Amount {
	if minor == nil {
		return money.Amount{}
	}
	return money.Of(*minor, c)
}

func parseLines(field string, rows [][]json.RawMessage, balances bool) ([]Line, error) {
	var lines []Line
	for i, cells := range rows {
		line, err := parseLine(cells, balances)
		if err != nil {
			return nil, fmt.Errorf("%s[%d]: %w", field, i, err)
		}
		lines = append(lines, line)
	}
	return lines, nil
}

func parseLine(cells []json.RawMessage, balances bool) (Line, error) {
	var (
		line            Line
		currency        money.Currency
		amount, balance int64
	)
	targets := []any{&line.Account, &currency, &amount, &balance, &line.Prev}
	if !balances {
		targets = targets[:3]
	}
	if len(cells) < len(targets) || len(cells) > len(targets)+2 {
		return Line{}, fmt.Errorf("%d cells", len(cells))
	}
	if err := unmarshalCells(cells[:len(targets)], targets); err != nil {
		return Line{}, err
	}
	line.Amount = money.Of(amount, currency)
	if balances {
		line.Balance = money.Of(balance, currency)
	}
	line.Side = DebitSide
	if amount < 0 {
		line.Side = CreditSide
	}
	err := parseTake(&line, cells[len(targets):])
	return line, err
}

func unmarshalCells(cells []json.RawMessage, targets []any) error {
	if len(cells) != len(targets) {
		return fmt.Errorf("%d cells", len(cells))
	}
	for i, target := range targets {
		if err := json.Unmarshal(cells[i], target); err != nil {
			return err
		}
	}
	return nil
}

// parsePosting reads a posting as appendPosting writes it.
func parsePosting(cells []json.RawMessage) (Posting, error) {
	p := Posting{Side: DebitSide}
	if len(cells) == 2 {
		var line Line
		if err := parseTake(&line, cells[1:]); err != nil {
			return p, err
		}
		p.Take, p.Side = Rest, line.Side
		return p, json.Unmarshal(cells[0], &p.Account)
	}
	var currency money.Currency
	var amount int64
	if len(cells) == 4 && string(cells[3]) == `"upto"` {
		p.Take, cells = UpTo, cells[:3]
	}
	if err := unmarshalCells(cells, []any{&p.Account, &currency, &amount}); err != nil {
		return p, err
	}
	if amount < 0 {
		p.Side, amount = CreditSide, -amount
	}
	p.Amount = money.Of(amount, currency)
	return p, nil
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
