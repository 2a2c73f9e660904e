package faults_test

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/storetest/faults"
)

func TestTheEndOfAnAnswerTellsTheStateOfPostgreSQL(t *testing.T) {
	t.Parallel()
	for tail, want := range map[string]faults.State{
		"C\x00\x00\x00\x0bCOMMIT\x00Z\x00\x00\x00\x05I": faults.Idle,
		"Z\x00\x00\x00\x05T":                            faults.Transaction,
		"Z\x00\x00\x00\x05E":                            faults.Transaction,
		"Z\x00\x00\x00\x05":                             faults.Working,
		"":                                              faults.Working,
		"T\x00\x00\x00\x05T":                            faults.Working,
	} {
		require.Equal(t, want, faults.PostgresState([]byte(tail)), "%q", tail)
	}
}

// toy is a database that opens a transaction when it is sent "b" and ends it with
// anything else. It answers "T" or "I".
type toy struct {
	listener net.Listener
	got      chan string
}

func newToy(t *testing.T) *toy {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, listener.Close()) })
	d := &toy{listener, make(chan string, 10)}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go d.serve(conn)
		}
	}()
	return d
}

func (d *toy) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	buffer := make([]byte, 100)
	for {
		n, err := conn.Read(buffer)
		if err != nil {
			d.got <- "end"
			return
		}
		d.got <- string(buffer[:n])
		answer := "I"
		if buffer[0] == 'b' {
			answer = "T"
		}
		_, _ = conn.Write([]byte(answer))
	}
}

func toyState(tail []byte) faults.State {
	switch {
	case len(tail) == 0:
		return faults.Working
	case tail[len(tail)-1] == 'T':
		return faults.Transaction
	}
	return faults.Idle
}

func (d *toy) behind(t *testing.T) (*faults.Proxy, net.Conn) {
	t.Helper()
	proxy, err := faults.NewProxy(func(ctx context.Context) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "tcp", d.listener.Addr().String())
	}, toyState)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, proxy.Close()) })
	client, err := net.Dial("tcp", proxy.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { _ = client.Close() })
	return proxy, client
}

// ask sends a text and returns the answer, "" if the connection has ended.
func ask(t *testing.T, client net.Conn, text string) string {
	t.Helper()
	_, err := client.Write([]byte(text))
	require.NoError(t, err)
	answer := make([]byte, 1)
	if _, err := io.ReadFull(client, answer); err != nil {
		return ""
	}
	return string(answer)
}

func TestAProxyCutsTheTransactionThatEndsNext(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		where faults.Cut
		got   []string // by the database
	}{
		"before": {faults.BeforeCommit, []string{"begin", "end"}},
		"within": {faults.WithinCommit, []string{"begin", "com", "end"}},
		"after":  {faults.AfterCommit, []string{"begin", "commit", "end"}},
		"any":    {faults.AnyAnswer, []string{"begin", "commit", "end"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newToy(t)
			proxy, client := d.behind(t)
			done := make(chan error, 1)
			require.Equal(t, "I", ask(t, client, "select"))
			require.Equal(t, "select", <-d.got)
			require.Equal(t, "T", ask(t, client, "begin"))
			armed, arm := context.WithCancel(t.Context())
			arm()
			require.ErrorIs(t, proxy.Cut(armed, c.where, 1), context.Canceled)
			require.Empty(t, ask(t, client, "commit"))
			for _, want := range c.got {
				require.Equal(t, want, <-d.got)
			}
			go func() { done <- proxy.Cut(t.Context(), c.where, 0) }()
			require.NoError(t, <-done, "nothing is left to cut")
		})
	}
}

func TestAProxyCutsAnswersOutsideOfTransactions(t *testing.T) {
	t.Parallel()
	d := newToy(t)
	proxy, client := d.behind(t)
	require.Equal(t, "I", ask(t, client, "select"))
	armed, arm := context.WithCancel(t.Context())
	arm()
	require.ErrorIs(t, proxy.Cut(armed, faults.AnyAnswer, 1), context.Canceled)
	require.Empty(t, ask(t, client, "insert"))
	for _, want := range []string{"select", "insert", "end"} {
		require.Equal(t, want, <-d.got)
	}
}

func TestAProxyIsSlowAndCutsAll(t *testing.T) {
	t.Parallel()
	proxy, client := newToy(t).behind(t)
	const delay = 30 * time.Millisecond
	proxy.Slow(delay)
	start := time.Now()
	require.Equal(t, "I", ask(t, client, "select"))
	require.GreaterOrEqual(t, time.Since(start), 2*delay)
	proxy.Slow(0)
	proxy.CutAll()
	_, err := client.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
}
