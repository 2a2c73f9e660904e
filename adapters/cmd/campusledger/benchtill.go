package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// benchTill is a cashier's machine on a connection that it keeps. It writes its
// requests as bytes: on the same processors as the server, a client of
// everybody's comfort would cost what it measures.
type benchTill struct {
	conn   net.Conn
	answer *bufio.Reader
	head   string // of a request, up to the idempotency key
	sales  *benchCanteen
	dice   *rand.Rand
	number int
	buffer []byte
	sold   []uuid.UUID
}

// benchTills are all tills of a run.
type benchTills []*benchTill

// connectTills connects so many tills, each of which sells once.
func connectTills(ctx context.Context, server *benchServer, sales *benchCanteen, count int) (benchTills, error) {
	head := "POST /v1/sales HTTP/1.1\r\nHost: " + server.address + "\r\nAuthorization: Bearer " + sales.token +
		"\r\nContent-Type: application/json\r\nIdempotency-Key: "
	var dialer net.Dialer
	tills := make(benchTills, 0, count)
	for i := range count {
		conn, err := dialer.DialContext(ctx, "tcp", server.address)
		if err != nil {
			tills.close()
			return nil, err
		}
		tills = append(tills, &benchTill{conn: conn, answer: bufio.NewReader(conn), head: head, sales: sales, dice: benchDice(i), number: i})
	}
	_, err := tills.atOnce(ctx, func(t *benchTill) ([]time.Duration, error) { return nil, t.sell() })
	if err != nil {
		tills.close()
		return nil, err
	}
	return tills, nil
}

func (t benchTills) close() {
	for _, till := range t {
		_ = till.conn.Close() // what it was to hear, it has heard
	}
}

// sold returns the ids of all sales that were acknowledged.
func (t benchTills) sold() []uuid.UUID {
	var all []uuid.UUID
	for _, till := range t {
		all = append(all, till.sold...)
	}
	return all
}

// run lets the tills sell until the time is over, each at least once. An answer
// other than 201 ends the run and is its error.
func (t benchTills) run(ctx context.Context, lasts time.Duration) (*load.Run, error) {
	end := time.Now().Add(lasts)
	return t.atOnce(ctx, func(till *benchTill) (took []time.Duration, err error) {
		for begin := time.Now(); len(took) == 0 || begin.Before(end); {
			if err := till.sell(); err != nil {
				return took, err
			}
			now := time.Now()
			took, begin = append(took, now.Sub(begin)), now
		}
		return took, nil
	})
}

// atOnce lets each till do something; the first error ends the others' waiting.
func (t benchTills) atOnce(ctx context.Context, act func(*benchTill) ([]time.Duration, error)) (*load.Run, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(ctx, t.close)()
	latencies := make([][]time.Duration, len(t))
	begin := time.Now()
	var group sync.WaitGroup
	for i, till := range t {
		group.Go(func() {
			var err error
			if latencies[i], err = act(till); err != nil {
				cancel(fmt.Errorf("till %d: %w", i+1, err))
			}
		})
	}
	group.Wait()
	return newRun(time.Since(begin), latencies), context.Cause(ctx)
}

// sell sells a lunch and returns once it is acknowledged.
func (t *benchTill) sell() error {
	pupil, merchant := t.sales.next(t.dice)
	body := `{"code":"` + t.sales.codes[pupil] + `","merchant":"` + benchMerchant(merchant) +
		`","terminal":"T` + strconv.Itoa(t.number) + `","lines":` + benchLines + `}`
	t.buffer = append(append(t.buffer[:0], t.head...), uuid.NewString()...)
	t.buffer = append(t.buffer, "\r\nContent-Length: "...)
	t.buffer = append(strconv.AppendInt(t.buffer, int64(len(body)), 10), "\r\n\r\n"...)
	if _, err := t.conn.Write(append(t.buffer, body...)); err != nil {
		return err
	}
	answer, err := http.ReadResponse(t.answer, nil)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusCreated {
		return fmt.Errorf("answered %d: %s", answer.StatusCode, text)
	}
	var sale struct {
		ID uuid.UUID `json:"id"`
	}
	if err := json.Unmarshal(text, &sale); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	t.sold = append(t.sold, sale.ID)
	return nil
}
