package load

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
)

// bookID is the book that is loaded; a floor writes the same.
const bookID ledger.BookID = 1

// Options say how much a [Load] prepares. The zero value of each field is its
// default.
type Options struct {
	// Wallets is how many wallets pay. Default: 10,000.
	Wallets int
	// Entries is how many entries the account has of which [Statements] reads
	// pages. Default: 1,000,000.
	Entries int
}

func (o *Options) withDefaults() (Options, error) {
	var options Options
	if o != nil {
		options = *o
	}
	if options.Wallets < 0 || options.Entries < 0 {
		return options, fmt.Errorf("a load of %d wallets and %d entries: want no negative number", options.Wallets, options.Entries)
	}
	if options.Wallets == 0 {
		options.Wallets = 10_000
	}
	if options.Entries == 0 {
		options.Entries = 1_000_000
	}
	return options, nil
}

// Load is a workload made ready on a store.
type Load struct {
	workload *workload
	options  Options
	store    *counter
	book     *ledger.Book
	wallets  []string    // their paths
	shops    []string    // those of the merchants
	before   ledger.Head // as prepared
	prepared []ledger.Account
}

// Prepare opens book 1 of an empty store and the accounts of the workload. Nil
// options are the defaults.
func Prepare(ctx context.Context, store ledger.Store, name string, options *Options) (*Load, error) {
	w, err := find(name)
	if err != nil {
		return nil, err
	}
	l := &Load{workload: w, store: &counter{Store: store}}
	if l.options, err = options.withDefaults(); err != nil {
		return nil, err
	}
	for i := range l.options.Wallets {
		l.wallets = append(l.wallets, wallet(i))
	}
	for i := range merchants {
		l.shops = append(l.shops, merchant(i))
	}
	if err := l.prepare(ctx); err != nil {
		return nil, fmt.Errorf("prepare %s: %w", name, err)
	}
	return l, nil
}

func (l *Load) prepare(ctx context.Context) error {
	if err := openSchool(ctx, l); err != nil {
		return err
	}
	if err := l.workload.prepare(ctx, l); err != nil {
		return err
	}
	var err error
	if l.before, err = l.store.Head(ctx, bookID); err != nil {
		return err
	}
	l.prepared, err = collect(l.store.Accounts(ctx, bookID, ledger.AccountQuery{}))
	return err
}

// Book returns the book that is loaded.
func (l *Load) Book() *ledger.Book { return l.book }
