package simulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/campusledger/campusledger/ledger/money"
)

// Merchant is an account at the simulated gateway.
type Merchant struct {
	ID  string // the merchant number: 1 to 32 letters and digits
	Key []byte // the shared secret, at least 16 bytes
}

// Options of a [Server].
type Options struct {
	// Seed makes a run repeatable; default 0.
	Seed uint64
	// Odds of faults; default none.
	Odds Odds
	// Retries are the waits between attempts to deliver a notification;
	// default WeChat Pay's: 15 s, 15 s, 30 s, 3 min … 6 h, 15 in all.
	Retries []time.Duration
	// DelayMax is the longest FaultDelay; default 5 s.
	DelayMax time.Duration
	// AnswerWithin is how long a merchant may take to answer a notification;
	// default 5 s.
	AnswerWithin time.Duration
	// Deliveries is how many notifications are under way at once; default 16.
	Deliveries int
	// FeePercent is the gateway's fee of each payment; default "0.6".
	FeePercent string
	// Currency is what the gateway takes; default CNY.
	Currency money.Currency
	// OrdersMax is how many orders the server remembers; more are refused.
	// Default: 1,000,000.
	OrdersMax int
	// Place is where a settlement's day begins and ends; default UTC+8.
	Place *time.Location
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Server is the simulated gateway. It is an [http.Handler], to be mounted
// anywhere, and can listen by itself with [Server.Listen].
type Server struct {
	merchants map[string]Merchant
	mux       *http.ServeMux
	nonces    nonces

	mu     sync.Mutex
	orders map[string]*order // by number, which is unique among all merchants
	http   *http.Server      // nil until Listen

	client     *http.Client
	slots      chan struct{}
	deliveries deliveries
	closing    chan struct{}
	closeOnce  sync.Once
	life       context.Context // ends when Close gives up waiting
	endLife    context.CancelFunc

	seed         uint64
	odds         Odds
	retries      []time.Duration
	delayMax     time.Duration
	answerWithin time.Duration
	feePercent   string
	ordersMax    int
	currency     money.Currency
	place        *time.Location
	now          func() time.Time
}

// New returns a gateway with these merchants. Close it in the end.
func New(merchants []Merchant, options *Options) (*Server, error) {
	o, err := options.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("new simulator: %w", err)
	}
	byID, err := index(merchants)
	if err != nil {
		return nil, fmt.Errorf("new simulator: %w", err)
	}
	life, endLife := context.WithCancel(context.Background())
	s := &Server{
		merchants: byID, orders: map[string]*order{},
		client: newHTTPClient(o.Deliveries), slots: make(chan struct{}, o.Deliveries),
		closing: make(chan struct{}), life: life, endLife: endLife,
		seed: o.Seed, odds: o.Odds, retries: o.Retries, delayMax: o.DelayMax, answerWithin: o.AnswerWithin,
		feePercent: o.FeePercent, ordersMax: o.OrdersMax, currency: o.Currency, place: o.Place, now: o.Now,
	}
	s.mux = s.routes()
	return s, nil
}

// Listen serves on the address, such as "127.0.0.1:0" for any free port of
// loopback, and returns the base URL. It may be called once.
func (s *Server) Listen(address string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.http != nil {
		return "", errors.New("simulator listens already")
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return "", fmt.Errorf("simulator: %w", err)
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	go func(server *http.Server) { _ = server.Serve(listener) }(s.http) // returns when Close shuts it down
	return "http://" + listener.Addr().String(), nil
}

// Drain waits until no notification is under way or waiting to be tried again.
func (s *Server) Drain(ctx context.Context) error { return s.deliveries.wait(ctx) }

// Close stops listening, tries every outstanding notification once more
// without waiting, and returns when that is done. If the context ends first,
// what is left is given up and the context's error returned.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	server := s.http
	s.mu.Unlock()
	var err error
	if server != nil {
		err = server.Shutdown(ctx)
	}
	s.deliveries.refuse()
	s.closeOnce.Do(func() { close(s.closing) })
	err = errors.Join(err, s.deliveries.wait(ctx))
	s.endLife()
	if server != nil {
		err = errors.Join(err, server.Close())
	}
	_ = s.deliveries.wait(context.Background()) // they end at once now
	s.client.CloseIdleConnections()
	return err
}

// ServeHTTP serves the gateway's API and the payers' page.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// newHTTPClient keeps one connection per worker open; the default of two per
// host would open a new one for nearly every call.
func newHTTPClient(connections int) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			MaxIdleConns: connections, MaxIdleConnsPerHost: connections, IdleConnTimeout: 30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
