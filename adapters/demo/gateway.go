package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/gateways/simulator"
)

// Gateway is a simulated payment gateway on loopback, its merchant account, and
// the endpoint that it notifies.
type Gateway struct {
	Server *simulator.Server
	Client *simulator.Client

	endpoint *http.Server
	desk     atomic.Pointer[http.Handler]
}

// notifyPath is where the endpoint takes notifications.
const notifyPath = "/notifications"

// StartGateway starts the simulator and the endpoint, each on a port of its
// own. The endpoint answers 503 until [Gateway.Deliver] says to whom
// notifications go.
func StartGateway(seed uint64) (*Gateway, error) {
	merchant := simulator.Merchant{ID: "1900000001", Key: []byte("campusledger demo, no money here")}
	g := &Gateway{}
	var err error
	g.Server, err = simulator.New([]simulator.Merchant{merchant}, &simulator.Options{
		Seed: seed,
		Odds: simulator.Odds{
			simulator.FaultDelay: 10, simulator.FaultDuplicate: 10, simulator.FaultReorder: 5,
			simulator.FaultLose: 5, simulator.FaultWrongAmount: 1, simulator.FaultBadSignature: 2,
		},
		Retries: []time.Duration{20 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond, time.Second}, DelayMax: 200 * time.Millisecond,
	})
	if err != nil {
		return nil, fmt.Errorf("demo gateway: %w", err)
	}
	if err := g.listen(merchant); err != nil {
		return nil, errors.Join(fmt.Errorf("demo gateway: %w", err), g.Close(context.Background()))
	}
	return g, nil
}

func (g *Gateway) listen(merchant simulator.Merchant) error {
	base, err := g.Server.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	g.endpoint = &http.Server{Handler: http.HandlerFunc(g.notify), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: time.Minute, IdleTimeout: time.Minute}
	go func() { _ = g.endpoint.Serve(listener) }()
	g.Client, err = simulator.NewClient(base, merchant, &simulator.ClientOptions{
		NotifyURL: "http://" + listener.Addr().String() + notifyPath,
	})
	return err
}

func (g *Gateway) notify(w http.ResponseWriter, r *http.Request) {
	handler := g.desk.Load()
	if handler == nil {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	(*handler).ServeHTTP(w, r)
}

// Deliver sends notifications to the desk from now on.
func (g *Gateway) Deliver(desk *gateways.Desk) {
	handler := gateways.NotificationHandler(desk)
	g.desk.Store(&handler)
}

// Close waits for notifications under way and stops both servers.
func (g *Gateway) Close(ctx context.Context) error {
	err := g.Server.Close(ctx)
	if g.endpoint != nil {
		err = errors.Join(err, g.endpoint.Shutdown(ctx))
	}
	return err
}
