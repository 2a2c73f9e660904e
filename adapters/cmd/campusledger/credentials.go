package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/campusledger/campusledger/adapters/httpapi"
)

// credentialFile is an entry of credentials.json: who may call the API.
type credentialFile struct {
	Role    httpapi.Role `json:"role"`
	Subject string       `json:"subject,omitempty"`
	Token   string       `json:"token"`
}

func credentialsPath(dir string) string { return filepath.Join(dir, "credentials.json") }

// loadCredentials reads credentials.json of the data directory, or makes it
// with a new token for each role.
func loadCredentials(dir string) ([]httpapi.Credential, error) {
	path := credentialsPath(dir)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = createCredentials(path)
	}
	if err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	var entries []credentialFile
	if err := json.Unmarshal(text, &entries); err != nil {
		return nil, fmt.Errorf("credentials %s: %w", path, err)
	}
	credentials := make([]httpapi.Credential, len(entries))
	for i, e := range entries {
		credentials[i] = httpapi.Credential{Role: e.Role, Subject: e.Subject, Token: e.Token}
	}
	return credentials, nil
}

func createCredentials(path string) ([]byte, error) {
	entries := []credentialFile{
		{Role: httpapi.Guardian, Subject: "demo-guardian-1", Token: rand.Text()},
		{Role: httpapi.Cashier, Subject: "1", Token: rand.Text()},
		{Role: httpapi.Office, Subject: "1", Token: rand.Text()},
		{Role: httpapi.Finance, Subject: "1", Token: rand.Text()},
		{Role: httpapi.Auditor, Subject: "1", Token: rand.Text()},
	}
	text, err := json.MarshalIndent(entries, "", " ")
	if err != nil {
		return nil, err
	}
	return text, os.WriteFile(path, append(text, '\n'), 0o600)
}
