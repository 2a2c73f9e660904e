package simulator_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/gateways/simulator"
)

// mailbox is a merchant's endpoint: it notes each notification and whether its
// signature was good, and answers as told.
type mailbox struct {
	*httptest.Server
	mu     sync.Mutex
	client *simulator.Client
	got    map[string][]string // per order
	answer func(delivery int) int
	count  int
}

func newMailbox(t *testing.T, answer func(delivery int) int) *mailbox {
	t.Helper()
	m := &mailbox{got: map[string][]string{}, answer: answer}
	m.client = newClient(t, "http://127.0.0.1:1", school, nil)
	m.Server = httptest.NewServer(m)
	t.Cleanup(m.Close)
	return m
}

func (m *mailbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	_, err := m.client.ParseNotification(r.Header, body)
	var content struct {
		Event    string `json:"event_type"`
		Resource struct {
			Number string `json:"out_trade_no"`
			Amount struct{ Total int64 }
		}
	}
	_ = json.Unmarshal(body, &content)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count++
	note := fmt.Sprintf("%s %d signed=%t", content.Event, content.Resource.Amount.Total, err == nil)
	m.got[content.Resource.Number] = append(m.got[content.Resource.Number], note)
	status := http.StatusNoContent
	if m.answer != nil {
		status = m.answer(m.count)
	}
	w.WriteHeader(status)
}

// play creates and pays n orders.
func play(t *testing.T, server *simulator.Server, m *mailbox, n int) {
	t.Helper()
	client := newClient(t, listen(t, server), school, &simulator.ClientOptions{NotifyURL: m.URL})
	for i := range n {
		_, err := client.Create(t.Context(), anOrder(i))
		require.NoError(t, err)
		require.NoError(t, server.Pay(anOrder(i).Number()))
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	retries := []time.Duration{time.Microsecond, time.Microsecond, time.Microsecond}
	t.Run("go on until the merchant takes it", func(t *testing.T) {
		t.Parallel()
		m := newMailbox(t, func(delivery int) int { return []int{500, 302, 204}[delivery-1] })
		server := newServer(t, &simulator.Options{Retries: retries})
		play(t, server, m, 1)
		require.NoError(t, server.Drain(t.Context()))
		require.Equal(t, 3, m.count)
	})
	t.Run("end with the schedule", func(t *testing.T) {
		t.Parallel()
		m := newMailbox(t, func(int) int { return 500 })
		server := newServer(t, &simulator.Options{Retries: retries})
		play(t, server, m, 1)
		require.NoError(t, server.Drain(t.Context()))
		require.Equal(t, 4, m.count)
	})
	t.Run("are not waited for by Close, which tries once more", func(t *testing.T) {
		t.Parallel()
		first := make(chan struct{}, 2)
		m := newMailbox(t, func(int) int { first <- struct{}{}; return 500 })
		server := newServer(t, &simulator.Options{Retries: []time.Duration{time.Hour, time.Hour}})
		play(t, server, m, 1)
		<-first
		require.NoError(t, server.Close(t.Context()))
		require.LessOrEqual(t, m.count, 2)
	})
}

func TestCloseDeliversWhatIsDelayed(t *testing.T) {
	t.Parallel()
	m := newMailbox(t, nil)
	server := newServer(t, &simulator.Options{DelayMax: time.Hour, Odds: simulator.Odds{simulator.FaultDelay: 100}})
	play(t, server, m, 5)
	require.Empty(t, m.got)
	require.NoError(t, server.Close(t.Context()))
	require.Len(t, m.got, 5)
}

func TestCloseGivesUpWithItsContext(t *testing.T) {
	t.Parallel()
	reached, release := make(chan struct{}), make(chan struct{})
	m := newMailbox(t, func(int) int { close(reached); <-release; return 204 })
	server := newServer(t, &simulator.Options{AnswerWithin: time.Hour})
	play(t, server, m, 1)
	<-reached
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, server.Drain(ctx), context.Canceled)
	require.ErrorIs(t, server.Close(ctx), context.Canceled)
	close(release)
}

func TestAPaymentAfterCloseIsNotAnnounced(t *testing.T) {
	t.Parallel()
	m := newMailbox(t, nil)
	server := newServer(t, nil)
	client := newClient(t, listen(t, server), school, &simulator.ClientOptions{NotifyURL: m.URL})
	_, err := client.Create(t.Context(), anOrder(1))
	require.NoError(t, err)
	require.NoError(t, server.Close(t.Context()))
	require.NoError(t, server.Pay(anOrder(1).Number()))
	require.Zero(t, m.count)
}

// The same seed and the same orders give the same day, whatever the timing.
func TestTheSeedDecides(t *testing.T) {
	t.Parallel()
	day := func(seed uint64) map[string][]string {
		m := newMailbox(t, nil)
		server := newServer(t, &simulator.Options{
			Seed: seed, DelayMax: time.Millisecond, Retries: []time.Duration{time.Microsecond},
			Odds: simulator.Odds{
				simulator.FaultDelay: 50, simulator.FaultDuplicate: 30, simulator.FaultReorder: 30,
				simulator.FaultLose: 20, simulator.FaultWrongAmount: 20, simulator.FaultBadSignature: 20,
			},
		})
		play(t, server, m, 60)
		require.NoError(t, server.Drain(t.Context()))
		return m.got
	}
	first := day(7)
	require.Equal(t, first, day(7))
	require.NotEqual(t, first, day(8))
	lost := 60 - len(first)
	require.Greater(t, lost, 2)
	require.Less(t, lost, 30)
	notes := map[string]bool{}
	for _, order := range first {
		for _, note := range order {
			notes[note] = true
		}
	}
	for _, note := range []string{
		"TRANSACTION.SUCCESS 10000 signed=true", "TRANSACTION.SUCCESS 10001 signed=true",
		"TRANSACTION.SUCCESS 10000 signed=false", "TRANSACTION.NOTPAY 10000 signed=true",
	} {
		require.Contains(t, notes, note)
	}
}
