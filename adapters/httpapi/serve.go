package httpapi

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/net/netutil"
)

// connectionsMax is how many connections are open at once, twice the requests that
// may be under way by default: most of a till's are idle. More wait to be accepted.
const connectionsMax = 8192

// StopWithin is how long [Serve] lets requests under way finish.
const StopWithin = 15 * time.Second

// Serve answers on the listener until the context ends, then takes no new
// requests, lets those under way finish, and returns nil. Clients that send or
// read slowly are cut off: what a request may take to come in is less than
// [StopWithin], so that none keeps a server from stopping well. At most 8,192
// connections are open. Add TLS by wrapping the listener, or in front.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	return serve(ctx, listener, handler, connectionsMax)
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler, connections int) error {
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
	listener = netutil.LimitListener(listener, connections)
	stopped := make(chan error, 1)
	go func() { stopped <- server.Serve(listener) }()
	select {
	case err := <-stopped:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), StopWithin)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return errors.Join(fmt.Errorf("stop serving: %w", err), server.Close())
	}
	return nil
}
