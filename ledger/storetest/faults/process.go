package faults

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// process is a server in a process of its own.
type process struct {
	command func() *exec.Cmd
	book    ledger.BookID
	keys    *seal.Keys
	commit  time.Duration

	mu      sync.Mutex // guards what follows
	number  int64
	running *running // nil while there is none
}

// running is one life of a process.
type running struct {
	cmd   *exec.Cmd
	input io.WriteCloser
	gone  chan struct{} // closed once its output ended

	mu      sync.Mutex // guards what follows
	waiting map[int64]chan answer
}

func (p *process) start() error {
	cmd := p.command()
	input, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	r := &running{cmd: cmd, input: input, gone: make(chan struct{}), waiting: make(map[int64]chan answer)}
	go r.listen(output)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running = r
	return nil
}

// listen hands out the answers. What else a process prints is not for us.
func (r *running) listen(output io.Reader) {
	defer close(r.gone)
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var a reply
		if json.Unmarshal(line, &a) != nil {
			continue
		}
		r.mu.Lock()
		if wanted, ok := r.waiting[a.Number]; ok {
			wanted <- a.Answer
			delete(r.waiting, a.Number)
		}
		r.mu.Unlock()
	}
}

func (p *process) send(ctx context.Context, client int, q *request) answer {
	p.mu.Lock()
	p.number++
	r, number := p.running, p.number
	p.mu.Unlock()
	if r == nil {
		return answer{Outcome: unwritten, Message: "the server is not running"}
	}
	deadline, _ := ctx.Deadline()
	line, err := json.Marshal(question{
		Number: number, Book: p.book, Client: client, Timeout: time.Until(deadline), Commit: p.commit, Keys: p.keys, Request: *q,
	})
	if err != nil {
		return answer{Outcome: unwritten, Message: err.Error()}
	}
	wanted := make(chan answer, 1)
	r.mu.Lock()
	r.waiting[number] = wanted
	_, err = r.input.Write(append(line, '\n'))
	r.mu.Unlock()
	if err != nil {
		return answer{Outcome: unknown, Message: err.Error()}
	}
	select {
	case a := <-wanted:
		return a
	case <-r.gone:
	case <-ctx.Done():
	}
	select {
	case a := <-wanted: // it came with the end
		return a
	default:
		return answer{Outcome: unknown, Message: "the server did not answer"}
	}
}

func (p *process) kill() error {
	p.mu.Lock()
	r := p.running
	p.running = nil
	p.mu.Unlock()
	if err := r.cmd.Process.Kill(); err != nil {
		return fmt.Errorf("kill the server: %w", err)
	}
	<-r.gone
	_ = r.cmd.Wait() // killed
	return p.start()
}

func (p *process) end() error {
	p.mu.Lock()
	r := p.running
	p.mu.Unlock()
	if r == nil {
		return nil
	}
	_ = r.input.Close()
	<-r.gone
	return r.cmd.Wait()
}

func (p *process) abandon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil {
		_ = p.running.cmd.Process.Kill()
	}
}

// KillServer is the fault of a server that is killed while it posts, up to three times a
// round. The command is of a process that calls [Serve].
func KillServer(command func(ctx context.Context) *exec.Cmd) Fault {
	return Fault{Name: "kill -9 of the server", Server: command, Strike: func(ctx context.Context, load *Load) error {
		for range load.Between(1, 3) {
			if err := load.Moment(ctx, 5, 60); err != nil {
				return err
			}
			if err := load.KillServer(); err != nil {
				return err
			}
		}
		return nil
	}}
}
