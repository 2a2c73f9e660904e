package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/campusledger/campusledger/ledger"
)

const (
	backupFormat   = "campusledger-backup/1"
	manifestFile   = "backup.json"
	manifestMaxLen = 1 << 20
)

// backupManifest is backup.json: what a backup has, and how far its book goes.
// It is not signed: whether the book is the school's, its checkpoints say.
type backupManifest struct {
	Format string        `json:"format"`
	Book   ledger.BookID `json:"book"`
	At     time.Time     `json:"at"` // when the backup began
	Seq    int64         `json:"seq"`
	Root   string        `json:"root"` // RFC 6962 root over the first Seq records, in hexadecimal
	Files  []backupFile  `json:"files"`
}

type backupFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// add notes files of the directory. They must not be open as databases: closing
// a file gives up all locks that the process has on it.
func (m *backupManifest) add(dir string, names ...string) error {
	for _, name := range names {
		file, err := describe(dir, name)
		if err != nil {
			return err
		}
		m.Files = append(m.Files, file)
	}
	return nil
}

func (m *backupManifest) write(dir string) error {
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	path := filepath.Join(dir, manifestFile)
	if err := os.WriteFile(path, append(text, '\n'), 0o600); err != nil {
		return err
	}
	return errors.Join(syncPath(path), syncPath(dir))
}

func readManifest(dir string) (m backupManifest, err error) {
	file, err := os.Open(filepath.Join(dir, manifestFile))
	if err != nil {
		return m, fmt.Errorf("%s is no backup: %w", dir, err)
	}
	defer func() { _ = file.Close() }()
	if err := json.NewDecoder(io.LimitReader(file, manifestMaxLen)).Decode(&m); err != nil {
		return m, fmt.Errorf("%s: %w", file.Name(), err)
	}
	if m.Format != backupFormat {
		return m, fmt.Errorf("%s: format %q, want %q", file.Name(), m.Format, backupFormat)
	}
	return m, nil
}

// has reports whether the backup has a file of the name.
func (m *backupManifest) has(name string) bool {
	for _, file := range m.Files {
		if file.Name == name {
			return true
		}
	}
	return false
}

// faults says which files are no longer what was backed up.
func (m *backupManifest) faults(dir string) (faults []string) {
	for _, want := range m.Files {
		switch got, err := describe(dir, filepath.Base(want.Name)); {
		case err != nil:
			faults = append(faults, fmt.Sprintf("%s cannot be read: %v", want.Name, err))
		case got != want:
			faults = append(faults, fmt.Sprintf("%s is not what was backed up: its SHA-256 is %s, not %s", want.Name, got.SHA256, want.SHA256))
		}
	}
	return faults
}

func describe(dir, name string) (backupFile, error) {
	file, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return backupFile{}, err
	}
	defer func() { _ = file.Close() }()
	hash := sha256.New()
	size, err := io.Copy(hash, file)
	return backupFile{Name: name, Bytes: size, SHA256: hex.EncodeToString(hash.Sum(nil))}, err
}

// syncPath makes a file, or the names in a directory, durable.
func syncPath(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
