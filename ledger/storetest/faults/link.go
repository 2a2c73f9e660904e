package faults

import (
	"context"
	"net"
	"sync"
)

// link is one connection through a [Proxy].
type link struct {
	proxy            *Proxy
	client, database net.Conn

	mu    sync.Mutex // guards what follows
	tail  []byte     // of what the database has sent
	muted bool       // the answer that ends the transaction is dropped
	any   bool       // or the next one, if muted
	held  []byte     // of the answer meanwhile
}

func (l *link) close() {
	_ = l.client.Close()
	_ = l.database.Close()
}

// requests carries what the client sends until either side is gone.
func (l *link) requests() {
	defer l.close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.client.Read(buffer)
		if n > 0 && !l.request(buffer[:n]) {
			return
		}
		if err != nil {
			return
		}
	}
}

// request passes a message on, or cuts the connection.
func (l *link) request(message []byte) bool {
	_ = pause(context.Background(), l.proxy.latency())
	l.mu.Lock()
	state := l.proxy.state(l.tail)
	muted := l.muted
	if state != Working {
		l.tail = l.tail[:0] // what follows belongs to the same message
	}
	l.mu.Unlock()
	if !muted {
		where, cut := l.proxy.takeCut(state)
		switch {
		case cut && where == BeforeCommit:
			return false
		case cut && where == WithinCommit:
			_, _ = l.database.Write(message[:len(message)/2])
			return false
		case cut:
			l.mu.Lock()
			l.muted, l.any = true, where == AnyAnswer
			l.mu.Unlock()
		}
	}
	_, err := l.database.Write(message)
	return err == nil
}

// answers carries what the database sends until either side is gone.
func (l *link) answers() {
	defer l.close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := l.database.Read(buffer)
		if n > 0 && !l.answer(buffer[:n]) {
			return
		}
		if err != nil {
			return
		}
	}
}

// answer passes an answer on. One that is to be dropped is held back until it is
// complete: if the transaction has ended, the connection ends with it.
func (l *link) answer(message []byte) bool {
	_ = pause(context.Background(), l.proxy.latency())
	l.mu.Lock()
	l.tail = append(l.tail, message...)
	l.tail = append(l.tail[:0], l.tail[max(0, len(l.tail)-tailMax):]...)
	if l.muted {
		l.held = append(l.held, message...)
		message = nil
		switch state := l.proxy.state(l.tail); {
		case state == Idle, state == Transaction && l.any:
			l.mu.Unlock()
			return false
		case state == Transaction: // it was something else, such as a statement to prepare
			message, l.held = l.held, nil
		}
	}
	l.mu.Unlock()
	_, err := l.client.Write(message)
	return err == nil
}
