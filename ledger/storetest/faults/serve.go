package faults

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// question and reply are the lines between a round and the process of [Serve].
type question struct {
	Number  int64
	Book    ledger.BookID
	Client  int
	Timeout time.Duration // for the answer
	Commit  time.Duration // CommitTimeout of the book
	Keys    *seal.Keys    // that the book is sealed with
	Request request
}

type reply struct {
	Number int64
	Answer answer
}

// Serve answers the requests of a round in another process, until its input
// ends. It is for the program that Fault.Server starts, which gives it a store on
// the database under test, of the same kind as the [Subject]'s, its standard input
// and its standard output. Package faultstest has such a program; by hand it is
//
//	func TestServerProcess(t *testing.T) {
//		path := os.Getenv("MY_SERVER_PROCESS")
//		if path == "" {
//			t.Skip("runs as the process of another test")
//		}
//		…
//		require.NoError(t, faults.Serve(t.Context(), store, os.Stdin, os.Stdout))
//	}
func Serve(ctx context.Context, store ledger.Store, in io.Reader, out io.Writer) error {
	s := serving{store: store, out: out}
	var calls sync.WaitGroup
	defer calls.Wait()
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var q question
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return fmt.Errorf("serve: %w", err)
		}
		calls.Go(func() { s.answer(ctx, &q) })
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

type serving struct {
	store ledger.Store

	mu     sync.Mutex // guards what follows
	id     ledger.BookID
	server *local

	writing sync.Mutex
	out     io.Writer
}

func (s *serving) answer(ctx context.Context, q *question) {
	ctx, cancel := context.WithTimeout(ctx, q.Timeout)
	defer cancel()
	var a answer
	if server, err := s.open(ctx, q); err != nil {
		a = answer{Outcome: unwritten, Code: ledger.CodeOf(err), Message: err.Error()}
	} else {
		a = server.send(ctx, q.Client, &q.Request)
	}
	line, err := json.Marshal(reply{Number: q.Number, Answer: a})
	if err != nil {
		line = fmt.Appendf(nil, `{"Number":%d,"Answer":{"Outcome":%q,"Message":%q}}`, q.Number, unknown, err)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	_, _ = s.out.Write(append(line, '\n')) // the round has gone, and this process goes
}

// open opens the book of the question once.
func (s *serving) open(ctx context.Context, q *question) (*local, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.server != nil && s.id == q.Book {
		return s.server, nil
	}
	server, err := newLocal(ctx, s.store, q.Book, q.Keys, &ledger.Options{CommitTimeout: q.Commit})
	if err != nil {
		return nil, err
	}
	s.id, s.server = q.Book, server
	return server, nil
}

var errNoProcess = errors.New("the fault has no Server to kill")
