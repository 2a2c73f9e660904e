package ledger

import (
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// ParseRecord reads canonical bytes. Bytes that no record has as its canonical
// form, because of their order, their spacing or their content, are
// [ErrCorrupt]. The texts of the record share one copy of the bytes.
func ParseRecord(body []byte) (Record, error) {
	var r Record
	s := scanner{text: body, whole: string(body)}
	if err := s.parse(&r); err != nil {
		return Record{}, err
	}
	return r, nil
}

// Parser reads many records as [ParseRecord] does, at a fraction of the cost. It
// is used by one goroutine. The zero Parser is ready.
type Parser struct{ scanner scanner }

// Parse reads canonical bytes into a record, in place of what is there: the
// memory of its Lines and Held is used again.
func (p *Parser) Parse(body []byte, r *Record) error {
	if p.scanner.names == nil {
		p.scanner.names = map[string]string{}
	}
	p.scanner.text, p.scanner.err = body, nil
	*r = Record{Lines: r.Lines[:0], Held: r.Held[:0]}
	return p.scanner.parse(r)
}

func (s *scanner) parse(r *Record) error {
	s.record(r)
	if err := s.end(); err != nil {
		return fmt.Errorf("parse record: %w: %w", ErrCorrupt, err)
	}
	return nil
}

// record reads the parts in the order in which [Record.Canonical] writes them.
func (s *scanner) record(r *Record) {
	s.want(`{`)
	if s.skip(`"accounts":`) {
		r.Accounts = listOf(s, s.account)
		s.want(`,`)
	}
	if s.skip(`"asked":`) {
		r.Asked = listOf(s, s.posting)
		s.want(`,`)
	}
	s.want(`"at":`)
	r.At = s.time()
	if s.skip(`,"balances":`) {
		r.Balances = s.balances()
	}
	s.want(`,"book":`)
	r.Book = BookID(s.int())
	r.By = s.part(`,"by":`)
	s.want(`,"date":`)
	r.Date = s.date()
	if s.skip(`,"doc":`) {
		r.Document = s.document()
	}
	if s.skip(`,"due":`) {
		r.Due = s.date()
	}
	s.hold(r)
	s.want(`,"id":`)
	r.ID = s.id()
	r.Kind = s.part(`,"kind":`)
	if s.skip(`,"lines":`) {
		r.Lines = s.lines(r.Lines, true)
	}
	r.Name = s.part(`,"name":`)
	if s.skip(`,"next":`) {
		r.Next = s.date()
	}
	s.references(r)
	s.want(`,"seq":`)
	r.Seq = s.int()
	r.Why = s.part(`,"why":`)
	s.want(`}`)
}

// hold reads what lies between "due" and "id".
func (s *scanner) hold(r *Record) {
	if s.skip(`,"expires":`) {
		r.Expires = s.time()
		s.must(!r.Expires.IsZero(), "a time that stands for none")
	}
	if s.skip(`,"families":`) {
		r.Families = listOf(s, s.family)
	}
	r.Final = s.skip(`,"final":true`)
	r.For = s.part(`,"for":`)
	if s.skip(`,"held":`) {
		r.Held = s.lines(r.Held, false)
	}
}

// references reads what lies between "next" and "seq".
func (s *scanner) references(r *Record) {
	if s.skip(`,"of":`) {
		r.Of = s.id()
		s.must(r.Of != uuid.Nil, "an id that stands for none")
	}
	if s.skip(`,"prev":`) {
		r.Prev = s.int()
		s.must(r.Prev != 0, "a position that stands for none")
	}
	if s.skip(`,"refunds":`) {
		r.Refunds = listOf(s, func() int { return int(s.int()) })
	}
	if s.skip(`,"refused":`) {
		r.Refused = s.refusal()
	}
}

func (s *scanner) balances() *Balances {
	b := &Balances{}
	s.want(`{"accounts":`)
	b.Accounts = s.int()
	s.want(`,"root":`)
	root := s.string()
	if len(root) == hex.EncodedLen(len(b.Root)) { // more would not fit
		_, _ = hex.Decode(b.Root[:], []byte(root))
	}
	s.must(hex.EncodeToString(b.Root[:]) == root, "a root that is no hash")
	s.want(`}`)
	return b
}

func (s *scanner) refusal() *Refusal {
	r := &Refusal{}
	s.want(`{`)
	if s.skip(`"account":`) {
		r.Account = s.some()
		s.want(`,`)
	}
	var available int64
	priced := s.skip(`"available":`)
	if priced {
		available = s.int()
		s.want(`,`)
	}
	s.want(`"code":`)
	r.Code = s.string()
	var currency money.Currency
	if priced {
		s.want(`,"currency":`)
		currency = s.currency()
	}
	if s.skip(`,"date":`) {
		r.Date = s.date()
	}
	r.Rule = s.part(`,"rule":`)
	if priced {
		s.want(`,"wanted":`)
		r.Wanted, r.Available = money.Of(s.int(), currency), money.Of(available, currency)
	}
	s.want(`}`)
	return r
}

func (s *scanner) account() AccountSpec {
	a := s.spec(true)
	s.want(`,"state":`)
	a.State = State(s.string())
	s.must(a.State.valid(), "an unknown state")
	s.want(`}`)
	return a
}

func (s *scanner) family() Family {
	a := s.spec(false)
	s.want(`}`)
	return Family{Path: a.Path, Control: a.Control, Side: a.Side, Currency: a.Currency, Floor: a.Floor, Ceiling: a.Ceiling, Limits: a.Limits}
}

// spec reads what accounts and families have in common: only the former have
// metadata, and always a currency.
func (s *scanner) spec(account bool) (a AccountSpec) {
	var ceiling int64
	s.want(`{`)
	bounded := s.skip(`"ceiling":`)
	if bounded {
		ceiling = s.int()
		s.want(`,`)
	}
	s.want(`"control":`)
	a.Control = s.string()
	if s.skip(`,"currency":`) {
		a.Currency = s.currency()
	}
	s.must(a.Currency.IsValid() || !bounded, "a bound of no currency")
	if bounded {
		a.Ceiling = money.Of(ceiling, a.Currency)
	}
	s.want(`,`)
	if a.Currency.IsValid() && s.skip(`"floor":`) {
		a.Floor = money.Of(s.int(), a.Currency)
		s.want(`,`)
	}
	if s.skip(`"limits":`) {
		a.Limits = s.limits(a.Currency)
		s.want(`,`)
	}
	if account && s.skip(`"meta":`) {
		a.Metadata = s.document()
		s.want(`,`)
	}
	s.want(`"path":`)
	a.Path = s.string()
	s.want(`,"side":`)
	a.Side = s.side()
	return a
}

func (s *scanner) limits(currency money.Currency) Limits {
	return listOf(s, func() Limit { return s.limit(currency) })
}

func (s *scanner) limit(currency money.Currency) (l Limit) {
	s.want(`{`)
	l.Except = s.skip(`"except":true,`)
	if s.skip(`"kinds":`) {
		l.Kinds = listOf(s, s.string)
		s.want(`,`)
	}
	s.want(`"max":`)
	l.Max = money.Of(s.int(), currency)
	l.Name = s.part(`,"name":`)
	l.Per = Window(s.part(`,"per":`))
	s.want(`,"side":`)
	l.Side = s.side()
	s.want(`}`)
	return l
}

// lines reads a list of lines into the memory of an earlier one.
func (s *scanner) lines(list []Line, posted bool) []Line {
	if list == nil {
		list = make([]Line, 0, 4)
	}
	s.want(`[`)
	for {
		list = append(list, s.line(posted))
		if !s.skip(`,`) {
			s.want(`]`)
			return list
		}
	}
}

// line reads a line, posted with its balance and prev or held without.
func (s *scanner) line(posted bool) (l Line) {
	s.want(`[`)
	l.Account = s.string()
	s.want(`,`)
	currency := s.currency()
	s.want(`,`)
	amount := s.int()
	l.Amount, l.Side = money.Of(amount, currency), DebitSide
	if amount < 0 {
		l.Side = CreditSide
	}
	if posted {
		s.want(`,`)
		l.Balance = money.Of(s.int(), currency)
		s.want(`,`)
		l.Prev = s.int()
	}
	switch {
	case s.skip(restOf(DebitSide)):
		l.Take, l.Side = Rest, DebitSide
	case s.skip(restOf(CreditSide)):
		l.Take, l.Side = Rest, CreditSide
	case s.skip(`,"upto",`):
		most := s.int()
		l.Take, l.Side = UpTo, DebitSide
		if most < 0 {
			l.Side, most = CreditSide, -most
		}
		l.Most = money.Of(most, currency)
	}
	s.want(`]`)
	return l
}

// posting reads a posting as appendPosting writes it.
func (s *scanner) posting() Posting {
	p := Posting{Side: DebitSide}
	s.want(`[`)
	p.Account = s.string()
	switch {
	case s.skip(restOf(DebitSide)):
		p.Take = Rest
	case s.skip(restOf(CreditSide)):
		p.Take, p.Side = Rest, CreditSide
	default:
		s.want(`,`)
		currency := s.currency()
		s.want(`,`)
		amount := s.int()
		if amount < 0 {
			p.Side, amount = CreditSide, -amount
		}
		p.Amount = money.Of(amount, currency)
		if s.skip(`,"upto"`) {
			p.Take = UpTo
		}
	}
	s.want(`]`)
	return p
}

// use reads a use as appendUse writes it.
func (s *scanner) use() (u Use) {
	s.want(`[`)
	u.Limit = s.string()
	s.want(`,`)
	u.Since = s.date()
	s.want(`,`)
	u.Minor = s.int()
	s.want(`]`)
	return u
}
