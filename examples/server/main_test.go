package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/httpapi"
)

func TestServerAnswersAndStops(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	token := "example-office-token"
	go func() {
		stopped <- run(ctx, t.TempDir(), listener, []httpapi.Credential{{Role: httpapi.Office, Subject: "1", Token: token}})
	}()
	require.Equal(t, http.StatusOK, get(t, listener, "/healthz", ""))
	require.Equal(t, http.StatusUnauthorized, get(t, listener, "/v1/holders", ""))
	require.Equal(t, http.StatusOK, get(t, listener, "/v1/holders", token))
	stop()
	require.NoError(t, <-stopped)
}

func get(t *testing.T, listener net.Listener, path, token string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+listener.Addr().String()+path, http.NoBody)
	require.NoError(t, err)
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, response.Body)
	require.NoError(t, err)
	return response.StatusCode
}
