package main

import (
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// TestStoppedServerFinishesWhatItAccepted ends the server by SIGTERM while tills
// sell. Each sale that was acknowledged is there; one without an answer was never
// begun, so that no request is cut off half done.
func TestStoppedServerFinishesWhatItAccepted(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "campusledger")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", output)
	for name, place := range map[string][]string{
		"embedded":   {"--data", t.TempDir()},
		"PostgreSQL": {"--data", t.TempDir(), "--database", pgtest.URL(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := startServer(t, binary, append(place, "--demo", "--demo-pupils", "24", "--demo-scans", "80")...)
			acknowledged, unanswered := server.sellUntilStopped(t, server.cards(t), 200)
			require.NoError(t, server.command.Wait(), "a stop that was asked for is no failure")
			require.GreaterOrEqual(t, len(acknowledged), 200)
			require.NotEmpty(t, unanswered, "tills sold until the server was gone")

			server = startServer(t, binary, append(place, "--simulator")...)
			for key, sale := range acknowledged {
				again, err := server.call(httpapi.Cashier, http.MethodPost, "/v1/sales", key, sale)
				require.NoError(t, err)
				require.Equal(t, http.StatusCreated, again.status, "%s", again.body)
				require.Equal(t, "true", again.replayed, "an acknowledged sale must be there")
			}
			for key, sale := range unanswered {
				again, err := server.call(httpapi.Cashier, http.MethodPost, "/v1/sales", key, sale)
				require.NoError(t, err)
				require.NotEqual(t, "true", again.replayed, "a sale was posted and its answer cut off")
			}
			require.NoError(t, server.command.Process.Signal(syscall.SIGTERM))
			require.NoError(t, server.command.Wait())
		})
	}
}

// sellUntilStopped sells from sixteen tills, asks the server to stop once enough
// sales were acknowledged, and goes on until no answer comes.
func (s *server) sellUntilStopped(t *testing.T, codes []string, enough int) (acknowledged, unanswered map[string]map[string]any) {
	t.Helper()
	acknowledged, unanswered = map[string]map[string]any{}, map[string]map[string]any{}
	var mu sync.Mutex
	var once sync.Once
	var tills sync.WaitGroup
	for till := range 16 {
		tills.Go(func() {
			for n := 0; ; n++ {
				key, sale := uuid.NewString(), saleOf(codes[(till+16*n)%len(codes)])
				sold, err := s.call(httpapi.Cashier, http.MethodPost, "/v1/sales", key, sale)
				mu.Lock()
				if err != nil {
					unanswered[key] = sale
					mu.Unlock()
					return // stopped
				}
				if sold.status == http.StatusCreated {
					acknowledged[key] = sale
				}
				count := len(acknowledged)
				mu.Unlock()
				if count >= enough || n > 100*enough {
					once.Do(func() { _ = s.command.Process.Signal(syscall.SIGTERM) })
				}
			}
		})
	}
	tills.Wait()
	return acknowledged, unanswered
}

func TestServeTellsThoseWhoRunIt(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "campusledger")
	output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", output)
	server := startServer(t, binary, "--data", t.TempDir(), "--operations", "127.0.0.1:0")
	require.NotEmpty(t, server.operations)
	for path, want := range map[string]string{
		"/healthz": "healthy", "/readyz": "ready", "/metrics": `campusledger_commits_total{outcome="committed"} `,
	} {
		response, err := http.Get(server.operations + path) //nolint:noctx // a test's own server
		require.NoError(t, err)
		text, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Contains(t, string(text), want)
	}
	response, err := server.client.Get(server.url + "/metrics") //nolint:noctx // a test's own server
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusNotFound, response.StatusCode, "the world does not see them")
	code, _, errs := call(t, "serve", "--listen", "127.0.0.1:0", "--operations", "nowhere:x", "--data", t.TempDir())
	require.Equal(t, exitFailed, code)
	require.Contains(t, errs, "--operations")
}

var operationsLine = regexp.MustCompile(`readiness are on (http://\S+)`)
