package ledger

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

// atLayout is RFC 3339 in UTC with exactly six decimals.
const atLayout = "2006-01-02T15:04:05.000000Z"

// Canonical returns the record's bytes as FORMAT.md specifies them: one line
// of JSON without white space, keys in ascending order, absent values left
// out. Equal records have equal bytes, and [ParseRecord] reads them back.
func (r *Record) Canonical() []byte {
	b := make([]byte, 0, 256+len(r.Document)+64*(len(r.Lines)+len(r.Held)+len(r.Asked))+160*(len(r.Accounts)+len(r.Families)))
	b = append(b, '{')
	if len(r.Accounts) > 0 {
		b = appendList(append(b, `"accounts":`...), r.Accounts, appendAccount)
		b = append(b, ',')
	}
	if len(r.Asked) > 0 {
		b = appendList(append(b, `"asked":`...), r.Asked, appendPosting)
		b = append(b, ',')
	}
	b = append(b, `"at":"`...)
	b = appendAt(b, r.At)
	b = append(b, '"')
	if r.Balances != nil {
		b = appendBalances(append(b, `,"balances":`...), r.Balances)
	}
	b = append(b, `,"book":`...)
	b = strconv.AppendInt(b, int64(r.Book), 10)
	b = appendText(b, "by", r.By)
	b = append(b, `,"date":"`...)
	b = r.Date.append(b)
	b = append(b, '"')
	if len(r.Document) > 0 {
		b = append(b, `,"doc":`...)
		b = append(b, r.Document...)
	}
	b = appendText(b, "due", r.Due.String())
	b = r.appendHold(b)
	b = append(b, `,"id":"`...)
	b = appendUUID(b, r.ID)
	b = append(b, '"')
	b = appendText(b, "kind", r.Kind)
	if len(r.Lines) > 0 {
		b = appendList(append(b, `,"lines":`...), r.Lines, appendLine)
	}
	b = appendText(b, "name", r.Name)
	b = appendText(b, "next", r.Next.String())
	b = r.appendReferences(b)
	b = append(b, `,"seq":`...)
	b = strconv.AppendInt(b, r.Seq, 10)
	b = appendText(b, "why", r.Why)
	return append(b, '}')
}

// appendHold writes what only holds, refusals and charts have, from "expires" to
// "held".
func (r *Record) appendHold(b []byte) []byte {
	if !r.Expires.IsZero() {
		b = append(b, `,"expires":"`...)
		b = appendAt(b, r.Expires)
		b = append(b, '"')
	}
	if len(r.Families) > 0 {
		b = appendList(append(b, `,"families":`...), r.Families, appendFamily)
	}
	if r.Final {
		b = append(b, `,"final":true`...)
	}
	b = appendText(b, "for", r.For)
	if len(r.Held) > 0 {
		b = appendList(append(b, `,"held":`...), r.Held, appendHeldLine)
	}
	return b
}

// appendReferences writes how the record refers to others, from "of" to
// "refused".
func (r *Record) appendReferences(b []byte) []byte {
	if r.Of != uuid.Nil {
		b = append(b, `,"of":"`...)
		b = appendUUID(b, r.Of)
		b = append(b, '"')
	}
	if r.Prev != 0 {
		b = append(b, `,"prev":`...)
		b = strconv.AppendInt(b, r.Prev, 10)
	}
	if len(r.Refunds) > 0 {
		b = appendList(append(b, `,"refunds":`...), r.Refunds, appendIndex)
	}
	if r.Refused != nil {
		b = appendRefusal(append(b, `,"refused":`...), r.Refused)
	}
	return b
}

// appendList writes a list, each element by one.
func appendList[T any](b []byte, list []T, one func([]byte, *T) []byte) []byte {
	b = append(b, '[')
	for i := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = one(b, &list[i])
	}
	return append(b, ']')
}

// appendLine writes a line as [account, currency, amount, balance, prev], with
// "upto" and the most, or "debit_rest" or "credit_rest", after it.
func appendLine(b []byte, l *Line) []byte {
	b = append(appendAmount(b, l), ',')
	b = append(strconv.AppendInt(b, l.Balance.Minor(), 10), ',')
	b = strconv.AppendInt(b, l.Prev, 10)
	return append(appendTake(b, l), ']')
}

// appendHeldLine writes a line without its balance and prev.
func appendHeldLine(b []byte, l *Line) []byte { return append(appendTake(appendAmount(b, l), l), ']') }

// appendAmount writes what all lines begin with.
func appendAmount(b []byte, l *Line) []byte {
	b = appendString(append(b, '['), l.Account)
	b = append(b, ',', '"')
	b = append(b, l.Amount.Currency().Code()...)
	b = append(b, '"', ',')
	return strconv.AppendInt(b, l.Amount.Minor(), 10)
}

func appendTake(b []byte, l *Line) []byte {
	switch l.Take {
	case UpTo:
		b = append(b, `,"upto",`...)
		return strconv.AppendInt(b, int64(l.Side)*l.Most.Minor(), 10)
	case Rest:
		return append(b, restOf(l.Side)...)
	}
	return b
}

func restOf(side Side) string {
	if side == DebitSide {
		return `,"debit_rest"`
	}
	return `,"credit_rest"`
}

// appendPosting writes a posting as it was asked: [account, currency, amount],
// with "upto" after it, or [account, "debit_rest"].
func appendPosting(b []byte, p *Posting) []byte {
	b = appendString(append(b, '['), p.Account)
	if p.Take == Rest {
		b = append(b, restOf(p.Side)...)
	} else {
		b = append(b, `,"`...)
		b = append(b, p.Amount.Currency().Code()...)
		b = append(b, `",`...)
		b = strconv.AppendInt(b, int64(p.Side)*p.Amount.Minor(), 10)
	}
	if p.Take == UpTo {
		b = append(b, `,"upto"`...)
	}
	return append(b, ']')
}

// appendAccount writes an account as an object with keys in order.
func appendAccount(b []byte, a *AccountSpec) []byte {
	b = appendSpec(b, a)
	b = append(b, `,"state":"`...)
	b = append(b, a.State...)
	return append(b, `"}`...)
}

// appendFamily writes a family as an account without metadata and state, and
// without a currency if it has none.
func appendFamily(b []byte, f *Family) []byte {
	spec := f.spec(f.Path)
	return append(appendSpec(b, &spec), '}')
}

func appendSpec(b []byte, a *AccountSpec) []byte {
	b = append(b, '{')
	b = appendBound(b, "ceiling", a.Ceiling)
	b = append(b, `"control":`...)
	b = appendString(b, a.Control)
	if a.Currency.IsValid() {
		b = append(b, `,"currency":"`...)
		b = append(b, a.Currency.Code()...)
		b = append(b, '"')
	}
	b = append(b, ',')
	b = appendBound(b, "floor", a.Floor)
	if len(a.Limits) > 0 {
		b = appendList(append(b, `"limits":`...), a.Limits, appendLimit)
		b = append(b, ',')
	}
	if len(a.Metadata) > 0 {
		b = append(b, `"meta":`...)
		b = append(b, a.Metadata...)
		b = append(b, ',')
	}
	b = append(b, `"path":`...)
	b = appendString(b, a.Path)
	b = append(b, `,"side":"`...)
	b = append(b, a.Side.String()...)
	return append(b, '"')
}

func appendLimit(b []byte, l *Limit) []byte {
	b = append(b, '{')
	if l.Except {
		b = append(b, `"except":true,`...)
	}
	if len(l.Kinds) > 0 {
		b = appendList(append(b, `"kinds":`...), l.Kinds, appendKind)
		b = append(b, ',')
	}
	b = append(b, `"max":`...)
	b = strconv.AppendInt(b, l.Max.Minor(), 10)
	b = appendText(b, "name", l.Name)
	b = appendText(b, "per", string(l.Per))
	b = appendText(b, "side", l.Side.String())
	return append(b, '}')
}

func appendKind(b []byte, kind *string) []byte { return appendString(b, *kind) }

func appendIndex(b []byte, i *int) []byte { return strconv.AppendInt(b, int64(*i), 10) }

// appendRefusal writes why a transaction was refused.
func appendRefusal(b []byte, r *Refusal) []byte {
	b = append(b, '{')
	if r.Account != "" {
		b = append(b, `"account":`...)
		b = appendString(b, r.Account)
		b = append(b, ',')
	}
	if r.Wanted.IsValid() {
		b = append(b, `"available":`...)
		b = strconv.AppendInt(b, r.Available.Minor(), 10)
		b = append(b, ',')
	}
	b = append(b, `"code":`...)
	b = appendString(b, r.Code)
	if r.Wanted.IsValid() {
		b = appendText(b, "currency", r.Wanted.Currency().Code())
	}
	b = appendText(b, "date", r.Date.String())
	b = appendText(b, "rule", r.Rule)
	if r.Wanted.IsValid() {
		b = append(b, `,"wanted":`...)
		b = strconv.AppendInt(b, r.Wanted.Minor(), 10)
	}
	return append(b, '}')
}

func appendBound(b []byte, key string, bound money.Amount) []byte {
	if !bound.IsValid() {
		return b
	}
	b = append(b, '"')
	b = append(b, key...)
	b = append(b, `":`...)
	b = strconv.AppendInt(b, bound.Minor(), 10)
	return append(b, ',')
}

func appendText(b []byte, key, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, `,"`...)
	b = append(b, key...)
	b = append(b, `":`...)
	return appendString(b, value)
}

// appendAt writes a time as atLayout says, in a fraction of what reading the layout
// takes.
func appendAt(b []byte, at time.Time) []byte {
	at = at.UTC()
	year, month, day := at.Date()
	if year < 0 || year > 9999 {
		return at.AppendFormat(b, atLayout)
	}
	hour, minute, second := at.Clock()
	b = append(Date{int16(year), int8(month), int8(day)}.append(b), 'T')
	b = append(appendTwo(b, hour), ':')
	b = append(appendTwo(b, minute), ':')
	b = append(appendTwo(b, second), '.')
	micro := at.Nanosecond() / 1000
	b = appendTwo(appendTwo(appendTwo(b, micro/10_000), micro/100%100), micro%100)
	return append(b, 'Z')
}

func appendUUID(b []byte, id [16]byte) []byte {
	const hex = "0123456789abcdef"
	for i, octet := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, hex[octet>>4], hex[octet&15])
	}
	return b
}

// appendString writes a JSON string with the fewest escapes (RFC 8785, 3.2.2.2).
// Invalid UTF-8 becomes U+FFFD; callers check before.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += size
			continue
		}
		b = appendASCII(b, c)
		i++
	}
	return append(b, '"')
}

func appendASCII(b []byte, c byte) []byte {
	const hex = "0123456789abcdef"
	switch c {
	case '"', '\\':
		return append(b, '\\', c)
	case '\b':
		return append(b, '\\', 'b')
	case '\t':
		return append(b, '\\', 't')
	case '\n':
		return append(b, '\\', 'n')
	case '\f':
		return append(b, '\\', 'f')
	case '\r':
		return append(b, '\\', 'r')
	}
	if c < 0x20 {
		return append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
	}
	return append(b, c)
}
