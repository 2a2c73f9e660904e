package voucher

import (
	"context"
	"fmt"
	"strings"

	"github.com/campusledger/campusledger/adapters/books/internal/days"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
)

// Options tune an [Exporter]. The zero value of each field is its default.
type Options struct {
	// Mapping maps the accounts of the book. Default: [DefaultMapping].
	Mapping *Mapping
	// Currency is the only currency of the vouchers. Default: CNY.
	Currency money.Currency
	// Word is the kind of voucher (凭证类别字). Default: 记. Give a word of its
	// own if people enter vouchers beside: numbers count by word.
	Word string
	// Maker is who is named as having made the vouchers (制单人). Default:
	// 校园账.
	Maker string
}

// Exporter makes vouchers of a book. It never changes, may be shared, and writes
// nothing to the book.
type Exporter struct {
	reader   ledger.Reader
	book     ledger.BookID
	mapping  *Mapping
	currency money.Currency
	word     string
	maker    string
}

// New returns an exporter of a book; nil options are the defaults. A
// ledger.Store is read at one moment by each call; any other reader must stay as
// it is meanwhile, and takes one query at a time. It fails with
// ledger.ErrInvalid if Word or Maker would break a line of a file.
func New(reader ledger.Reader, book ledger.BookID, options *Options) (*Exporter, error) {
	var o Options
	if options != nil {
		o = *options
	}
	e := &Exporter{reader: reader, book: book, mapping: o.Mapping, currency: o.Currency, word: o.Word, maker: o.Maker}
	if e.mapping == nil {
		e.mapping = DefaultMapping()
	}
	if !e.currency.IsValid() {
		e.currency = money.CNY
	}
	if e.word == "" {
		e.word = "记"
	}
	if e.maker == "" {
		e.maker = "校园账"
	}
	for _, text := range []string{e.word, e.maker} {
		if strings.ContainsFunc(text, breaks) {
			return nil, &ledger.InvalidError{Field: "options", Problem: fmt.Sprintf("%.40q has a comma, a quotation mark or a control character", text)}
		}
	}
	return e, nil
}

// atOneMoment reads a book's head and accounts and calls read with them.
func (e *Exporter) atOneMoment(ctx context.Context, read func(*reading) error) error {
	return days.AtOneMoment(ctx, e.reader, func(reader ledger.Reader) (err error) {
		r := &reading{Exporter: e, reader: reader, accounts: map[string]*account{}}
		if r.head, err = reader.Head(ctx, e.book); err != nil {
			return err
		}
		if err := r.readAccounts(ctx); err != nil {
			return err
		}
		return read(r)
	})
}
