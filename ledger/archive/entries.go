package archive

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"

	"github.com/campusledger/campusledger/ledger"
)

// The entries of a file.
const (
	manifestEntry    = "manifest.json"
	journalEntry     = "journal.jsonl"
	closingsEntry    = "closings.jsonl"
	checkpointPrefix = "checkpoints/"
)

// What is read of a file is bounded, so that a small one which unpacks to a large
// one is refused.
const (
	// recordBytesMax bounds a record: the opening of 1,000 accounts with all
	// their limits and metadata is shorter.
	recordBytesMax = 32 << 20
	// recordBytesMin is less than a record's time, id and date alone.
	recordBytesMin = 100
	// closingBytesMax bounds a closing: a path has at most 128 bytes.
	closingBytesMax = 1 << 10
	// manifestBytesMax is more than the longest edge has.
	manifestBytesMax = 1 << 20
	// checkpointBytesMax is what package seal takes as a checkpoint.
	checkpointBytesMax = 32 << 10
)

// index finds the entries. Others than those of an archive, and two of one name,
// of which programs show one or the other, are refused. A directory for the
// checkpoints, which other programs add, is let through.
func (a *Archive) index(files []*zip.File) error {
	for _, file := range files {
		_, twice := a.entries[file.Name]
		switch size, isCheckpoint := checkpointSize(file.Name); {
		case twice:
			return fmt.Errorf("%w: two entries %.60q", ErrFormat, file.Name)
		case isCheckpoint:
			a.sizes = append(a.sizes, size)
		case file.Name == checkpointPrefix && file.UncompressedSize64 == 0:
		case file.Name != manifestEntry && file.Name != journalEntry && file.Name != closingsEntry:
			return fmt.Errorf("%w: entry %.60q", ErrFormat, file.Name)
		}
		a.entries[file.Name] = file
	}
	return nil
}

func checkpointName(size int64) string {
	return checkpointPrefix + strconv.FormatInt(size, 10) + ".txt"
}

func checkpointSize(name string) (int64, bool) {
	digits := strings.TrimSuffix(strings.TrimPrefix(name, checkpointPrefix), ".txt")
	size, err := strconv.ParseInt(digits, 10, 64)
	return size, err == nil && name == checkpointName(size)
}

// entry returns an entry of at most some bytes.
func (a *Archive) entry(name string, bytesMax int64) ([]byte, error) {
	r, err := a.open(name)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(r, bytesMax+1))
	if err := errors.Join(err, r.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, ErrFormat, err)
	}
	if int64(len(text)) > bytesMax {
		return nil, fmt.Errorf("%s: %w: more than %d bytes", name, ErrFormat, bytesMax)
	}
	return text, nil
}

func (a *Archive) open(name string) (io.ReadCloser, error) {
	file, ok := a.entries[name]
	if !ok {
		return nil, fmt.Errorf("%w: no %s", ErrFormat, name)
	}
	r, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, ErrFormat, err)
	}
	return r, nil
}

// Lines yields the records' canonical bytes in order. Each line is the caller's.
func (a *Archive) Lines(ctx context.Context) iter.Seq2[[]byte, error] {
	return a.lines(ctx, journalEntry, recordBytesMax)
}

// lines yields the lines of an entry, each with at least one byte and its line
// feed, which is not yielded.
func (a *Archive) lines(ctx context.Context, name string, bytesMax int) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		r, err := a.open(name)
		if err != nil {
			yield(nil, err)
			return
		}
		defer func() { _ = r.Close() }()
		scanner := bufio.NewScanner(r)
		scanner.Buffer(nil, bytesMax+1)
		scanner.Split(splitLine)
		for number := 1; ; number++ {
			if err := ctx.Err(); err != nil {
				yield(nil, err)
				return
			}
			if !scanner.Scan() {
				if err := scanner.Err(); err != nil {
					yield(nil, fmt.Errorf("%s, line %d: %w: %w", name, number, ErrFormat, err))
				}
				return
			}
			if !yield(bytes.Clone(scanner.Bytes()), nil) { // an audit keeps it
				return
			}
		}
	}
}

var (
	errLineEmpty = errors.New("it is empty")
	errLineEnd   = errors.New("it does not end with a line feed")
)

func splitLine(data []byte, atEnd bool) (int, []byte, error) {
	switch end := bytes.IndexByte(data, '\n'); {
	case end == 0:
		return 0, nil, errLineEmpty
	case end > 0:
		return end + 1, data[:end], nil
	case atEnd && len(data) > 0:
		return 0, nil, errLineEnd
	}
	return 0, nil, nil
}

// Seals yields the checkpoints after a position, in the order of their sizes.
func (a *Archive) Seals(_ context.Context, _ ledger.BookID, after int64) iter.Seq2[ledger.Seal, error] {
	return func(yield func(ledger.Seal, error) bool) {
		for _, size := range a.sizes {
			if size <= after {
				continue
			}
			note, err := a.entry(checkpointName(size), checkpointBytesMax)
			if !yield(ledger.Seal{Seq: size, Note: string(note)}, err) || err != nil {
				return
			}
		}
	}
}
