package school

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/campusledger/campusledger/qrcode"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// keys are a school's secrets.
type keys struct {
	codes    *qrcode.Keyring
	identity *identity.Keys
}

// keyFile is keys.json. The first code key seals; all open.
type keyFile struct {
	Codes    []codeKey       `json:"codes"`
	Identity json.RawMessage `json:"identity"`
}

type codeKey struct {
	ID     uint8  `json:"id"`
	Secret []byte `json:"secret"`
}

// loadKeys reads keys.json, or makes it if the directory has none and the
// database was not written with other keys: those must be found, not replaced.
func loadKeys(ctx context.Context, dir string, domain *sql.DB) (*keys, error) {
	path := filepath.Join(dir, "keys.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		var written int
		if err := domain.QueryRowContext(ctx, "select count(*) from keyring").Scan(&written); err != nil {
			return nil, fmt.Errorf("read keyring: %w", err)
		}
		if written > 0 {
			return nil, fmt.Errorf("%s is missing: %w", path, identity.ErrKeys)
		}
		return createKeys(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	loaded, err := parseKeys(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrKeyFile, err)
	}
	return loaded, nil
}

func parseKeys(text []byte) (*keys, error) {
	var file keyFile
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	if len(file.Codes) == 0 {
		return nil, errors.New("it has no code key")
	}
	var ring []qrcode.Key
	for _, k := range file.Codes {
		key, err := qrcode.NewKey(k.ID, k.Secret)
		if err != nil {
			return nil, err
		}
		ring = append(ring, key)
	}
	codes, err := qrcode.NewKeyring(ring[0], ring[1:]...)
	if err != nil {
		return nil, err
	}
	people, err := identity.ParseKeys(file.Identity)
	if err != nil {
		return nil, err
	}
	return &keys{codes: codes, identity: people}, nil
}

func createKeys(path string) (*keys, error) {
	code, err := qrcode.GenerateKey(1)
	if err != nil {
		return nil, err
	}
	people, err := identity.NewKeys()
	if err != nil {
		return nil, err
	}
	peopleText, err := people.Bytes()
	if err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(keyFile{Codes: []codeKey{{ID: code.ID(), Secret: code.Secret()}}, Identity: peopleText}, "", " ")
	if err != nil {
		return nil, err
	}
	if err := WriteDurably(path, append(text, '\n'), os.Link); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLocation, err)
	}
	return parseKeys(text)
}

// WriteDurably writes a file for its owner alone, durably before it has its name.
// Put gives it that: os.Link if no such file may exist, os.Rename if it takes the
// place of one.
func WriteDurably(path string, text []byte, put func(from, to string) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".campusledger-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err := put(file.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory durable.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
