package school

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/campusledger/campusledger/billing"
	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/qrcode"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// Names of the accounts every school has once.
const (
	MainBank = "main"
	MainDesk = "main"
)

// School is one school, assembled.
type School struct {
	Book      *ledger.Book
	Chart     *campus.Chart
	Directory *identity.Directory
	Menu      *canteen.Menu
	Counter   *canteen.Counter
	Merchants *canteen.Merchants
	Billing   *billing.Office

	number  int
	now     func() time.Time
	store   Ledger
	sealing sealing
	rhythm  rhythm
	codec   qrcode.Codec
	reader  *qrcode.Reader
	limits  gateways.TopUpLimits
	desk    *gateways.Desk
	data    *databases
}

// Options of a [School]. The zero value of each field is its default.
type Options struct {
	// Number is the school's number, 1 to 99,999, and that of its book.
	// Default: 1.
	Number int
	// Name is the book's name if it is created now. Default: "学校".
	Name string
	// OpenDate is the first business date if the book is created now.
	// Default: today in China.
	OpenDate ledger.Date
	// Gateway takes payments. Default: none, see [ErrNoGateway].
	Gateway gateways.Gateway
	// Chart tunes accounts and rules. The book is given it as its chart of
	// accounts, anew whenever it has changed, and opens no account outside
	// it. Default: see [campus.Options]; but a book that has a chart keeps
	// it, so that a command without a configuration does not replace it.
	Chart *campus.Options
	// SingleTopUp is the most one top-up may be. Default: 1,000.00. The
	// balance after it is bounded by the chart's wallet cap.
	SingleTopUp money.Amount
	// Ledger tunes the book. Default: see [ledger.Options].
	Ledger *ledger.Options
	// Observe may put a store before the one that the book writes to, such as
	// one that counts. Default: nothing.
	Observe func(ledger.Store) ledger.Store
	// Identity tunes the directory. Default: see [identity.Options].
	Identity *identity.Options
	// SealOrigin names the book in its checkpoints if the keys that sign them
	// are made now: see [seal.GenerateKeys]. Default: a name that no other
	// school has.
	SealOrigin string
	// SealEvery is how often [School.Tend] seals what was posted since the
	// latest checkpoint; negative for day closes only. A witness is to cosign
	// such checkpoints too: a receipt is of the first one that covers it.
	// Default: 5 minutes.
	SealEvery time.Duration
	// Log takes what failed while the school was opened and does not keep it
	// shut: a checkpoint that could not be signed. Default: slog.Default().
	Log *slog.Logger
	// Now is the clock. Default: time.Now.
	Now func() time.Time
}

// China is the time zone of business dates: UTC+8 without daylight saving.
var China = time.FixedZone("UTC+8", 8*60*60)

func (o *Options) withDefaults() Options {
	var options Options
	if o != nil {
		options = *o
	}
	if options.Number == 0 {
		options.Number = 1
	}
	if options.Name == "" {
		options.Name = "学校"
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.SealEvery == 0 {
		options.SealEvery = 5 * time.Minute
	}
	if options.Log == nil {
		options.Log = slog.Default()
	}
	if options.OpenDate.IsZero() {
		options.OpenDate = ledger.DateIn(options.Now(), China)
	}
	return options
}

// Open opens a school where its data is, and creates what is missing: the
// directory, the keys, the tables, the book, its chart, the accounts every
// school has. Day closes that a crash left without a checkpoint get theirs.
func Open(ctx context.Context, where Location, options *Options) (*School, error) {
	o := options.withDefaults()
	data, err := where.open(ctx)
	if err != nil {
		return nil, fmt.Errorf("open school: %w", err)
	}
	s, err := assemble(ctx, where, data, o)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open school: %w", err), data.Close())
	}
	return s, nil
}

func assemble(ctx context.Context, where Location, data *databases, o Options) (*School, error) {
	s := &School{number: o.Number, now: o.Now, store: data.store, data: data}
	s.sealing = sealing{store: data.store, book: ledger.BookID(o.Number), dir: where.Dir, now: o.Now}
	s.rhythm = rhythm{every: o.SealEvery, due: o.Now().Add(o.SealEvery)}
	var err error
	if s.Chart, err = campus.New(o.Chart); err != nil {
		return nil, err
	}
	keys, err := loadKeys(ctx, where.Dir, data.domain)
	if err != nil {
		return nil, err
	}
	if s.Directory, err = identity.New(ctx, data.domain, keys.identity, o.Identity); err != nil {
		return nil, err
	}
	if s.codec, err = qrcode.NewSealed(keys.codes); err != nil {
		return nil, err
	}
	if s.reader, err = qrcode.NewReader(s.codec); err != nil {
		return nil, err
	}
	if err := s.openBook(ctx, o); err != nil {
		return nil, err
	}
	if err := s.openSeals(ctx, o); err != nil {
		return nil, err
	}
	if err := s.openRooms(ctx, o); err != nil {
		return nil, err
	}
	if err := s.openDesk(ctx, o); err != nil {
		return nil, err
	}
	return s, nil
}

// openRooms opens the canteen and the fee office.
func (s *School) openRooms(ctx context.Context, o Options) error {
	var err error
	s.Menu, err = canteen.OpenMenu(ctx, s.data.domain, o.Number, &canteen.MenuOptions{Currency: s.Chart.Currency(), Now: o.Now})
	if err != nil {
		return err
	}
	s.Counter, err = canteen.NewCounter(canteen.CounterParts{
		Book: s.Book, Chart: s.Chart, Menu: s.Menu, Codes: s.reader, Directory: s.Directory,
	}, &canteen.CounterOptions{Now: o.Now})
	if err != nil {
		return err
	}
	s.Merchants, err = canteen.NewMerchants(canteen.MerchantParts{
		DB: s.data.domain, School: o.Number, Book: s.Book, Chart: s.Chart,
	}, &canteen.MerchantOptions{Now: o.Now})
	if err != nil {
		return err
	}
	s.Billing, err = billing.New(s.data.domain, s.Book, s.Chart, &billing.Options{Now: o.Now})
	return err
}

func (s *School) openBook(ctx context.Context, o Options) error {
	id, store := ledger.BookID(o.Number), ledger.Store(s.store)
	if o.Observe != nil {
		store = o.Observe(store)
	}
	book, err := ledger.Open(ctx, store, id, o.Ledger)
	if errors.Is(err, ledger.ErrBookUnknown) {
		book, err = ledger.Create(ctx, store, id, ledger.Genesis{Name: o.Name, OpenDate: o.OpenDate}, o.Ledger)
	}
	if err != nil {
		return err
	}
	s.Book = book
	if err := s.enforceChart(ctx, o); err != nil {
		return err
	}
	return campus.Ensure(ctx, book, "system", s.Chart.Treasury(MainBank, MainDesk)...)
}

func (s *School) enforceChart(ctx context.Context, o Options) error {
	if o.Chart == nil {
		present, err := s.Book.Chart(ctx)
		if err != nil || len(present) > 0 {
			return err
		}
	}
	return s.Chart.Enforce(ctx, s.Book, "system")
}

// openSeals makes sure of the keys, and signs what a crash left out. A journal
// that cannot be sealed is still open for business: an audit says what is wrong
// with it.
func (s *School) openSeals(ctx context.Context, o Options) error {
	if err := s.sealing.ensure(ctx, o.SealOrigin); err != nil {
		return err
	}
	if err := s.sealCloses(ctx); err != nil {
		o.Log.ErrorContext(ctx, "day closes are not sealed", "school", o.Number, "error", err)
	}
	return nil
}

func (s *School) openDesk(ctx context.Context, o Options) error {
	s.limits = gateways.TopUpLimits{Single: o.SingleTopUp, Balance: s.Chart.WalletCap()}
	if !s.limits.Single.IsValid() {
		s.limits.Single = money.MustParse("1000", s.Chart.Currency())
	}
	if o.Gateway == nil {
		return nil
	}
	if err := campus.Ensure(ctx, s.Book, "system", s.Chart.Gateway(o.Gateway.Name())...); err != nil {
		return err
	}
	desk, err := gateways.NewDesk(s.data.domain, o.Gateway, s.settle, &gateways.Options{School: int64(o.Number), Now: o.Now})
	if err != nil {
		return err
	}
	s.desk = desk
	_, err = desk.Replay(ctx) // finish what a crash cut short
	return err
}

// Close closes the databases. Nothing may be under way.
func (s *School) Close() error { return s.data.Close() }

// Number returns the school's number.
func (s *School) Number() int { return s.number }

// Store returns the ledger's store, for audit, export and proofs.
func (s *School) Store() Ledger { return s.store }

// Desk returns the payment desk, or [ErrNoGateway].
func (s *School) Desk() (*gateways.Desk, error) {
	if s.desk == nil {
		return nil, ErrNoGateway
	}
	return s.desk, nil
}
