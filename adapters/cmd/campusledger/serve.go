package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/campusledger/campusledger/adapters/demo"
	"github.com/campusledger/campusledger/adapters/httpapi"
	"github.com/campusledger/campusledger/adapters/school"
)

type serveCmd struct {
	place
	Listen     string        `help:"Address to listen on." default:"127.0.0.1:8080"`
	Operations string        `help:"Address of /metrics, /healthz and /readyz, for those who run the server: keep it from the world. Default: none."`
	Simulator  bool          `help:"Take payments through the simulated gateway: for training, no money moves."`
	Drain      time.Duration `help:"How long to go on taking requests once asked to stop, while /readyz says so: what a load balancer needs to notice." default:"0s"`
	SealEvery  time.Duration `help:"How often to seal what was posted since the latest checkpoint; -1s for day closes only." default:"5m"`
	Font       string        `help:"TrueType font with Chinese, for receipts as pictures. Default: that of Debian's fonts-wqy-microhei." env:"CAMPUSLEDGER_FONT" type:"path"`
	Demo       bool          `help:"Play a day on a small school first; implies --simulator."`
	Size       demoSize      `embed:"" prefix:"demo-"`
	Profile    string        `help:"File for a CPU profile of the server." type:"path" hidden:""`
}

// Validate is called by kong.
func (c *serveCmd) Validate() error {
	err := errors.Join(c.place.Validate(), c.Size.check())
	if c.Drain < 0 {
		err = errors.Join(err, fmt.Errorf("--drain %s: must not be negative", c.Drain))
	}
	return err
}

// Run serves until it is interrupted: then it is not ready any more, goes on for
// as long as it drains, and finishes what it accepted.
func (c *serveCmd) Run(ctx context.Context, s streams) (err error) {
	if c.Profile != "" {
		stop, err := startProfile(c.Profile)
		if err != nil {
			return fmt.Errorf("--profile: %w", err)
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	defer collectLess()()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	defer func() { _ = listener.Close() }()
	watch, stopWatching, err := startWatch(ctx)
	if err != nil {
		return err
	}
	defer stopWatching()
	options := &school.Options{Number: c.School, SealEvery: c.SealEvery, Observe: watch.observe}
	if c.Demo {
		options.Name = demo.SchoolName
	}
	var gateway *demo.Gateway
	if c.Demo || c.Simulator {
		if gateway, err = demo.StartGateway(c.Size.Seed); err != nil {
			return err
		}
		defer func() { _ = gateway.Close(context.WithoutCancel(ctx)) }()
		options.Gateway = gateway.Client
	}
	opened, err := school.Open(ctx, c.location(), options)
	if err != nil {
		return err
	}
	err = c.serve(ctx, s, opened, gateway, listener, watch)
	return errors.Join(err, opened.Close())
}

// collectLess lets the heap grow to five times what is in use, unless GOGC says
// otherwise, until the result is called. A server keeps little and throws away much:
// by the default of twice it collects garbage a quarter of its time, to save some
// tens of megabytes.
func collectLess() (restore func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(400)
	return func() { debug.SetGCPercent(before) }
}

func (c *serveCmd) serve(ctx context.Context, s streams, opened *school.School, gateway *demo.Gateway, listener net.Listener, watch watch) error {
	credentials, err := loadCredentials(c.Data)
	if err != nil {
		return err
	}
	api := httpapi.Options{
		Credentials: credentials, ReceiptFont: c.Font, Metrics: watch.metrics, Traces: watch.traces,
		Log: slog.New(slog.NewTextHandler(s.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	if gateway != nil {
		desk, err := opened.Desk()
		if err != nil {
			return err
		}
		gateway.Deliver(desk)
		api.Gateway = gateway.Client.Name()
	}
	handler, err := httpapi.New(opened, &api)
	if err != nil {
		return err
	}
	if c.Demo {
		if err := playAndAudit(ctx, s, opened, gateway, c.Size); err != nil {
			return err
		}
	}
	stop, err := c.serveOperations(ctx, s, opened, watch.metrics)
	if err != nil {
		return err
	}
	defer stop() // last: until then it says that the server is stopping
	c.printWelcome(s, listener.Addr(), credentials)
	drained, cancel := endAfter(ctx, c.Drain)
	defer cancel()
	group, ctx := errgroup.WithContext(drained)
	group.Go(func() error { return httpapi.Serve(ctx, listener, handler) })
	group.Go(func() error { return tend(ctx, opened) })
	return group.Wait()
}

// endAfter returns a context that ends some time after the given one.
func endAfter(ctx context.Context, wait time.Duration) (context.Context, context.CancelFunc) {
	later, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unwatch := context.AfterFunc(ctx, func() {
		select {
		case <-time.After(wait):
		case <-later.Done():
		}
		cancel()
	})
	return later, func() { unwatch(); cancel() }
}

func (c *serveCmd) printWelcome(s streams, address net.Addr, credentials []httpapi.Credential) {
	_, _ = fmt.Fprintf(s.out, "\nServing school %d at http://%s (API description: http://%s/openapi.yaml)\n", c.School, address, address)
	if !c.Demo {
		_, _ = fmt.Fprintf(s.out, "Credentials are in %s\n", credentialsPath(c.Data))
		return
	}
	_, _ = fmt.Fprintf(s.out, "Credentials, from %s:\n", credentialsPath(c.Data))
	for _, credential := range credentials {
		_, _ = fmt.Fprintf(s.out, "  %-8s  Authorization: Bearer %s\n", credential.Role, credential.Token)
	}
	_, _ = fmt.Fprintln(s.out, "Stop with Ctrl-C.")
}

// tend does what a serving school needs now and then, until the context ends:
// see [school.School.Tend].
func tend(ctx context.Context, s *school.School) error {
	const every, patience = 30 * time.Second, time.Minute
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		err := s.Tend(ctx, patience)
		if err != nil && ctx.Err() == nil {
			slog.Error("tending the school", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
