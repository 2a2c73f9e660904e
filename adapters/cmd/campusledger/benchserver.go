package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/campusledger/campusledger/adapters/school"
)

// benchServer is this program, serving a school in a process of its own.
type benchServer struct {
	command *exec.Cmd
	address string // of the API
	watch   string // URL of its metrics
	said    bytes.Buffer
	reading sync.WaitGroup
}

// startBenchServer returns once the server answers. The address of the database
// goes by the environment, which others cannot read.
func startBenchServer(ctx context.Context, where school.Location, profile string) (*benchServer, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	s := &benchServer{command: exec.CommandContext(ctx, program, "serve", "--data", where.Dir, "--listen", "127.0.0.1:0", "--operations", "127.0.0.1:0")}
	s.command.Env = append(os.Environ(), "CAMPUSLEDGER_DATABASE="+where.Database, "CAMPUSLEDGER_SCHOOL=1")
	if profile != "" {
		s.command.Args = append(s.command.Args, "--profile", profile)
	}
	s.command.Cancel = func() error { return s.command.Process.Signal(syscall.SIGTERM) }
	s.command.WaitDelay = 30 * time.Second
	s.command.Stderr = &s.said
	out, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.command.Start(); err != nil {
		return nil, fmt.Errorf("start a server: %w", err)
	}
	if s.listen(out); s.address == "" || s.watch == "" {
		return nil, errors.Join(errors.New("the server did not start"), s.stop())
	}
	return s, nil
}

// listen reads where the server is to be found.
func (s *benchServer) listen(out io.Reader) {
	lines := bufio.NewScanner(out)
	for s.address == "" && lines.Scan() {
		if _, after, ok := strings.Cut(lines.Text(), " are on "); ok {
			s.watch = after
		}
		if _, after, ok := strings.Cut(lines.Text(), " at http://"); ok {
			s.address, _, _ = strings.Cut(after, " ")
		}
	}
	s.reading.Go(func() { _, _ = io.Copy(io.Discard, out) })
}

// stop lets the server finish what it accepted.
func (s *benchServer) stop() error {
	_ = s.command.Process.Signal(syscall.SIGTERM) // it may have ended
	s.reading.Wait()
	if err := s.command.Wait(); err != nil {
		return fmt.Errorf("server: %w\n%s", err, &s.said)
	}
	return nil
}

// serverMeters are the meters of a site and of the server on it.
type serverMeters struct {
	meters
	serving            time.Duration
	mallocs, allocated uint64
}

func (s *benchServer) meter(ctx context.Context, site *site) (m serverMeters, err error) {
	if m.mallocs, m.allocated, err = s.allocations(ctx); err != nil {
		return m, fmt.Errorf("the server's metrics: %w", err)
	}
	m.serving = max(serverCPU(s.command.Process.Pid), 0)
	m.meters, err = site.meter(ctx, s.command.Process.Pid)
	return m, err
}

// allocations asks what the server allocated since it began.
func (s *benchServer) allocations(ctx context.Context) (objects, size uint64, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.watch+"/metrics", http.NoBody)
	if err != nil {
		return 0, 0, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		number, _ := strconv.ParseFloat(value, 64)
		switch name {
		case "go_memstats_mallocs_total":
			objects = uint64(number)
		case "go_memstats_alloc_bytes_total":
			size = uint64(number)
		}
	}
	return objects, size, nil
}
