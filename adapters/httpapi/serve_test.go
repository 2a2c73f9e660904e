package httpapi

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// counted is a listener that counts the connections which are open.
type counted struct {
	net.Listener
	open, most atomic.Int32
}

func (c *counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	if err != nil {
		return nil, err
	}
	open := c.open.Add(1)
	for most := c.most.Load(); open > most && !c.most.CompareAndSwap(most, open); most = c.most.Load() {
	}
	return &countedConn{Conn: conn, of: c}, nil
}

type countedConn struct {
	net.Conn
	of   *counted
	once sync.Once
}

func (c *countedConn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() { c.of.open.Add(-1) })
	return err
}

func TestConnectionsWaitToBeAcceptedWhenThereAreMany(t *testing.T) {
	t.Parallel()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	listener := &counted{Listener: inner}
	clients := make([]net.Conn, 16)
	for i := range clients {
		clients[i], err = net.Dial("tcp", inner.Addr().String()) // taken by the kernel
		require.NoError(t, err)
		t.Cleanup(func() { _ = clients[i].Close() })
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	go func() { ended <- serve(ctx, listener, handler, 2) }()
	require.Eventually(t, func() bool { return listener.open.Load() == 2 }, 10*time.Second, time.Millisecond)
	for _, client := range clients { // each in its turn, so that all are answered
		_, err := io.Copy(client, strings.NewReader("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
		require.NoError(t, err)
		answer, err := io.ReadAll(client)
		require.NoError(t, err)
		require.Contains(t, string(answer), "204 No Content")
	}
	stop()
	require.NoError(t, <-ended)
	require.Equal(t, int32(2), listener.most.Load())
}
