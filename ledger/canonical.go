package ledger

import (
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/campusledger/campusledger/ledger/money"
)

// atLayout is RFC 3339 in UTC with exactly six decimals.
const atLayout = "2006-01-02T15:04:05.000000Z"

// Canonical returns the record's bytes as FORMAT.md specifies them: one line
// of JSON without white space, keys in ascending order, absent values left
// out. Equal records have equal bytes, and [ParseRecord] reads them back.
func (r *Record) Canonical() []byte {
	b := make([]byte, 0, 256+len(r.Document)+64*len(r.Lines)+160*len(r.Accounts))
	b = append(b, '{')
	if len(r.Accounts) > 0 {
		b = appendAccounts(append(b, `"accounts":`...), r.Accounts)
		b = append(b, ',')
	}
	b = append(b, `"at":"`...)
	b = appendAt(b, r.At)
	b = append(b, `","book":`...)
	b = strconv.AppendInt(b, int64(r.Book), 10)
	b = appendText(b, "by", r.By)
	b = append(b, `,"date":"`...)
	b = r.Date.append(b)
	b = append(b, '"')
	if len(r.Document) > 0 {
		b = append(b, `,"doc":`...)
		b = append(b, r.Document...)
	}
	b = append(b, `,"id":"`...)
	b = appendUUID(b, r.ID)
	b = append(b, '"')
	b = appendText(b, "kind", r.Kind)
	if len(r.Lines) > 0 {
		b = appendLines(append(b, `,"lines":`...), r.Lines)
	}
	b = appendText(b, "name", r.Name)
	b = appendText(b, "next", r.Next.String())
	if r.Kind == KindReversal {
		b = append(b, `,"of":"`...)
		b = appendUUID(b, r.Of)
		b = append(b, '"')
	}
	b = append(b, `,"seq":`...)
	b = strconv.AppendInt(b, r.Seq, 10)
	b = appendText(b, "why", r.Why)
	return append(b, '}')
}

// appendLines writes each line as [account, currency, amount, balance], with
// "upto" and the most, or "debit_rest" or "credit_rest", after it.
func appendLines(b []byte, lines []Line) []byte {
	b = append(b, '[')
	for i := range lines {
		l := &lines[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		b = appendString(b, l.Account)
		b = append(b, ',', '"')
		b = append(b, l.Amount.Currency().Code()...)
		b = append(b, '"', ',')
		b = strconv.AppendInt(b, l.Amount.Minor(), 10)
		b = append(b, ',')
		b = strconv.AppendInt(b, l.Balance.Minor(), 10)
		b = appendTake(b, l)
		b = append(b, ']')
	}
	return append(b, ']')
}

func appendTake(b []byte, l *Line) []byte {
	switch {
	case l.Take == UpTo:
		b = append(b, `,"upto",`...)
		return strconv.AppendInt(b, int64(l.Side)*l.Most.Minor(), 10)
	case l.Take == Rest && l.Side == DebitSide:
		return append(b, `,"debit_rest"`...)
	case l.Take == Rest:
		return append(b, `,"credit_rest"`...)
	}
	return b
}

// appendAccounts writes each account as an object with keys in order.
func appendAccounts(b []byte, accounts []AccountSpec) []byte {
	b = append(b, '[')
	for i := range accounts {
		a := &accounts[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '{')
		b = appendBound(b, "ceiling", a.Ceiling)
		b = append(b, `"control":`...)
		b = appendString(b, a.Control)
		b = append(b, `,"currency":"`...)
		b = append(b, a.Currency.Code()...)
		b = append(b, `",`...)
		b = appendBound(b, "floor", a.Floor)
		b = append(b, `"path":`...)
		b = appendString(b, a.Path)
		b = append(b, `,"side":"`...)
		b = append(b, a.Side.String()...)
		b = append(b, `","state":"`...)
		b = append(b, a.State...)
		b = append(b, `"}`...)
	}
	return append(b, ']')
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

func appendAt(b []byte, at time.Time) []byte { return at.UTC().AppendFormat(b, atLayout) }

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
