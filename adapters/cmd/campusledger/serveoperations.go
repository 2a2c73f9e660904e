package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"

	"github.com/campusledger/campusledger/adapters/httpapi"
	"github.com/campusledger/campusledger/adapters/school"
)

// operatorsMax is how many connections those who run the server have at once.
const operatorsMax = 64

// serveOperations answers those who run the server until the result is called,
// also while it stops.
func (c *serveCmd) serveOperations(ctx context.Context, s streams, opened *school.School, metrics *httpapi.Metrics) (func(), error) {
	if c.Operations == "" {
		return func() {}, nil
	}
	listener, err := net.Listen("tcp", c.Operations)
	if err != nil {
		return nil, fmt.Errorf("--operations: %w", err)
	}
	stopping := func() bool { return ctx.Err() != nil }
	server := &http.Server{
		Handler:           httpapi.OperationsHandler(opened, metrics, stopping),
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 5 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10,
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(netutil.LimitListener(listener, operatorsMax)) // ends when it is closed
	}()
	_, _ = fmt.Fprintf(s.out, "Metrics, health and readiness are on http://%s\n", listener.Addr())
	return func() { _ = server.Close(); <-ended }, nil
}
