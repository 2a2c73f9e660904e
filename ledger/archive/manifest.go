package archive

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/campusledger/campusledger/ledger"
)

// format is the version of files that this package writes and reads.
const format = "campusledger/archive@v1"

// The entries of a file.
const (
	manifestEntry    = "manifest.json"
	journalEntry     = "journal.jsonl"
	closingsEntry    = "closings.jsonl"
	checkpointPrefix = "checkpoints/"
)

var (
	// ErrFormat is a file that is not an archive, or is damaged.
	ErrFormat = errors.New("no archive, or a damaged one")
	// ErrGap are archives that do not follow one another.
	ErrGap = errors.New("the archives do not follow one another")
)

// Stretch is a part of a journal, both ends included.
type Stretch struct {
	First int64
	Last  int64 // a day close
}

// Manifest says what is in an archive.
type Manifest struct {
	Format string        `json:"format"`
	Book   ledger.BookID `json:"book"`
	Name   string        `json:"name"` // of the book
	First  int64         `json:"first"`
	Last   int64         `json:"last"`
	Until  ledger.Date   `json:"until"` // the date that the last record closes
	Root   hash          `json:"root"`  // of the journal's tree at Last
	// Edge are nodes of the journal's tree before First: those of the blocks
	// of 256 that the archive's own nodes complete.
	Edge []node `json:"edge"`
}

// node is a node of the journal's tree: see [ledger.Node].
type node struct {
	Level  int   `json:"level"`
	Number int64 `json:"number"`
	Hash   hash  `json:"hash"`
}

func parseManifest(text []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return Manifest{}, fmt.Errorf("%s: %w: %w", manifestEntry, ErrFormat, err)
	}
	switch {
	case m.Format != format:
		return Manifest{}, fmt.Errorf("%s: %w: format %.40q, want %q", manifestEntry, ErrFormat, m.Format, format)
	case m.First < 1 || m.Last < m.First:
		return Manifest{}, fmt.Errorf("%s: %w: records %d to %d", manifestEntry, ErrFormat, m.First, m.Last)
	}
	return m, nil
}
