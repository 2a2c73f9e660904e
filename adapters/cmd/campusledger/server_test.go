package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi"
)

// buildBinary builds the command once for all tests that run it.
var buildBinary = sync.OnceValues(func() (string, error) {
	var err error
	if binaryDir, err = os.MkdirTemp("", "campusledger"); err != nil {
		return "", err
	}
	binary := filepath.Join(binaryDir, "campusledger")
	if output, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	return binary, nil
})

// binaryDir is where buildBinary built, if it did.
var binaryDir string

// TestMain lets the bench start its server, which is the program that it is
// itself, and removes the binary in the end.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		main()
	}
	code := m.Run()
	if binaryDir != "" {
		_ = os.RemoveAll(binaryDir)
	}
	os.Exit(code)
}

// server is a running campusledger.
type server struct {
	command *exec.Cmd
	url     string
	// operations is where metrics are, if it was told.
	operations string
	tokens     map[httpapi.Role]string
	client     *http.Client
}

// startServer starts the binary and waits until it says that it serves.
func startServer(t *testing.T, flags ...string) *server {
	t.Helper()
	return startServerIn(t, nil, flags...)
}

// startServerIn adds variables to the environment.
func startServerIn(t *testing.T, environment []string, flags ...string) *server {
	t.Helper()
	binary, err := buildBinary()
	require.NoError(t, err)
	s := &server{tokens: map[httpapi.Role]string{}, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}}}
	s.command = exec.CommandContext(t.Context(), binary, append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...)...)
	s.command.Env = append(os.Environ(), environment...)
	s.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var errs bytes.Buffer
	s.command.Stderr = &errs
	out, err := s.command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, s.command.Start())
	t.Cleanup(func() { _ = s.command.Process.Kill(); _ = s.command.Wait() })
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if found := operationsLine.FindStringSubmatch(lines.Text()); found != nil {
			s.operations = found[1]
		}
		if _, after, ok := strings.Cut(lines.Text(), " at http://"); ok {
			address, _, _ := strings.Cut(after, " ")
			s.url = "http://" + address
			go func() { _, _ = io.Copy(io.Discard, out) }()
			break
		}
	}
	require.NotEmpty(t, s.url, "the server ended: %s", &errs)
	s.readTokens(t, flags)
	return s
}

func (s *server) readTokens(t *testing.T, flags []string) {
	t.Helper()
	text, err := os.ReadFile(credentialsPath(flags[1])) // flags begin with --data DIR
	require.NoError(t, err)
	var entries []credentialFile
	require.NoError(t, json.Unmarshal(text, &entries))
	for _, e := range entries {
		s.tokens[e.Role] = e.Token
	}
}

// answer is what the server said.
type answer struct {
	status   int
	replayed string
	body     []byte
}

// call sends a request; an error means that there is no answer.
func (s *server) call(role httpapi.Role, method, path, key string, body any) (answer, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequest(method, s.url+path, bytes.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+s.tokens[role])
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	said, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header.Get("Idempotency-Replayed"), said}, err
}

// cards returns the codes of all cards.
func (s *server) cards(t *testing.T) []string {
	t.Helper()
	listed, err := s.call(httpapi.Office, http.MethodGet, "/v1/holders?limit=100", "", nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, listed.status, "%s", listed.body)
	var page struct {
		Holders []struct {
			Holder string `json:"holder"`
		} `json:"holders"`
	}
	require.NoError(t, json.Unmarshal(listed.body, &page))
	var codes []string
	for _, holder := range page.Holders {
		issued, err := s.call(httpapi.Office, http.MethodPost, "/v1/holders/"+holder.Holder+"/card", "", nil)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, issued.status, "%s", issued.body)
		var card struct {
			Code string `json:"code"`
		}
		require.NoError(t, json.Unmarshal(issued.body, &card))
		codes = append(codes, card.Code)
	}
	require.NotEmpty(t, codes)
	return codes
}

func saleOf(code string) map[string]any {
	return map[string]any{
		"code": code, "merchant": "canteen1", "terminal": "T01", "allow_credit": true,
		"lines": []map[string]any{{"dish": "2000000100029", "quantity": 1}},
	}
}

func (s *server) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, s.command.Process.Kill())
	_ = s.command.Wait()
}
