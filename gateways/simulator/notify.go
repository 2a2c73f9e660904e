package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"
)

// message is one notification: the same bytes in every delivery.
type message struct {
	url  string
	key  []byte
	body []byte
}

// announce starts telling the merchant about an order. It is called with the
// server's mutex held and does not wait.
func (s *Server) announce(o *order) {
	fate := s.choose(o)
	// The older message has to exist before the newer one overtakes it.
	older := s.write(o, tradeNotPay, false)
	newer := s.write(o, o.state, fate.has(FaultWrongAmount))
	if fate.has(FaultLose) || !s.deliveries.begin() {
		return
	}
	go func() {
		defer s.deliveries.end()
		s.deliver(fate, older, newer)
	}()
}

// write makes the bytes of a message about the order.
func (s *Server) write(o *order, state tradeState, wrong bool) message {
	o.messages++
	resource := o.wire()
	if resource.State = state; state != tradeSuccess {
		resource.TransactionID, resource.PaidAt = "", nil
	}
	if wrong {
		resource.Amount.Total++
	}
	body, err := json.Marshal(notificationWire{
		ID: o.content.Number + "-" + strconv.Itoa(o.messages), Created: o.attempted,
		Event: "TRANSACTION." + string(state), Resource: resource,
	})
	if err != nil {
		panic("simulator: a notification has no JSON: " + err.Error()) // strings, integers and times only
	}
	return message{url: o.content.NotifyURL, key: o.merchant.Key, body: body}
}

func (s *Server) deliver(fate misfortune, older, newer message) {
	if fate.has(FaultDelay) {
		s.wait(fate.delay)
	}
	s.deliverUntilTaken(newer, fate.has(FaultBadSignature))
	if fate.has(FaultDuplicate) {
		s.post(newer, false)
	}
	if fate.has(FaultReorder) {
		s.deliverUntilTaken(older, false)
	}
}

// deliverUntilTaken tries until a 2xx or the end of the retry schedule. While
// the server closes, nothing is waited for, and the try at hand is the last.
func (s *Server) deliverUntilTaken(m message, firstIsForged bool) {
	forged := firstIsForged
	for attempt := 0; ; attempt++ {
		last := attempt == len(s.retries) || s.isClosing()
		if s.post(m, forged) || last {
			return
		}
		forged = false
		s.wait(s.retries[attempt])
	}
}

// post delivers once and reports whether the merchant took it.
func (s *Server) post(m message, forged bool) bool {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-s.life.Done():
		return false
	}
	ctx, cancel := context.WithTimeout(s.life, s.answerWithin)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, bytes.NewReader(m.body))
	if err != nil {
		return false
	}
	key := m.key
	if forged {
		key = append([]byte("not "), m.key...)
	}
	now, nonce := s.now().Unix(), newNonce()
	request.Header.Set("Content-Type", "application/json")
	setSignature(request.Header, now, nonce, signNotification(key, now, nonce, m.body))
	response, err := s.client.Do(request)
	if err != nil {
		return false
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, maxBody)) // so that the connection is used again
	return response.StatusCode >= 200 && response.StatusCode <= 299
}

func (s *Server) wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.closing:
	}
}

func (s *Server) isClosing() bool {
	select {
	case <-s.closing:
		return true
	default:
		return false
	}
}
