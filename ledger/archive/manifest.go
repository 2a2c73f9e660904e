package archive

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/campusledger/campusledger/ledger"
)

// format is the version of files that this package writes and reads.
const format = "campusledger/archive@v1"

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

// Manifest says what is in an archive. [Open] and [Archive.Verify] check all of
// it but the name of a book whose first record is not in the archive.
type Manifest struct {
	Format string        `json:"format"`
	Book   ledger.BookID `json:"book"`
	Name   string        `json:"name"` // of the book
	First  int64         `json:"first"`
	Last   int64         `json:"last"`
	Until  ledger.Date   `json:"until"` // the date that the last record closes
	Root   hash          `json:"root"`  // of the journal's tree at Last
	// Edge are nodes of the journal's tree before First: those of the blocks
	// of 256 that the archive's own nodes complete, level by level.
	Edge []node `json:"edge"`
}

// node is a node of the journal's tree: see [ledger.Node].
type node struct {
	Level  int   `json:"level"`
	Number int64 `json:"number"`
	Hash   hash  `json:"hash"`
}

// seqMax is the largest number that every JSON reader reads as it is.
const seqMax = 1<<53 - 1

// parseManifest reads a manifest in the one spelling that it has.
func parseManifest(text []byte) (Manifest, error) {
	var m Manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return Manifest{}, fmt.Errorf("%s: %w: %w", manifestEntry, ErrFormat, err)
	}
	problem := ""
	switch {
	case m.Format != format:
		problem = fmt.Sprintf("format %.40q, want %q", m.Format, format)
	case m.First < 1 || m.Last < m.First || m.Last > seqMax:
		problem = fmt.Sprintf("records %d to %d", m.First, m.Last)
	case !slices.EqualFunc(m.Edge, edgeOf(m.First), func(n node, at place) bool { return place{n.Level, n.Number} == at }):
		problem = fmt.Sprintf("the edge is not that before record %d", m.First)
	case !bytes.Equal(m.text(), text):
		problem = "another spelling"
	}
	if problem != "" {
		return Manifest{}, fmt.Errorf("%s: %w: %s", manifestEntry, ErrFormat, problem)
	}
	return m, nil
}

// text returns the entry.
func (m *Manifest) text() []byte {
	text, _ := json.MarshalIndent(m, "", " ") // all of it always can be
	return append(text, '\n')
}

// edgeOf returns the places of the edge before a record: at most 255 of each
// stored level.
func edgeOf(first int64) []place {
	var edge []place
	level := 0
	for before := first - 1; before > 0; before >>= ledger.NodeLevels {
		for number := before &^ (1<<ledger.NodeLevels - 1); number < before; number++ {
			edge = append(edge, place{level, number})
		}
		level += ledger.NodeLevels
	}
	return edge
}
