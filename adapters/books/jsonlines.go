package books

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/campusledger/campusledger/ledger"
)

// LineBytesMax is the longest line that [ReadJournal] reads, in bytes without
// its line break: 32 MiB. The longest record that a book takes, the opening of
// 1,000 accounts with all their limits and metadata, is shorter.
const LineBytesMax = 32 << 20

// ReadJournal yields the lines of an export by [WriteJournal], without their
// line breaks, as they are read. A line is the caller's to keep. It says nothing
// of what a line contains: ledger.ParseRecord reads it.
//
// The first error ends it, and names the line, counted from 1: the reader's, or
// [ledger.ErrInvalid] for a line that is empty, longer than [LineBytesMax], or
// ends without a line break, which an export that was cut off does. Memory
// holds one line and no more than it has.
func ReadJournal(r io.Reader) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		in := bufio.NewReaderSize(r, 64<<10)
		for number := 1; ; number++ {
			line, err := readLine(in, number)
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, fmt.Errorf("read the journal: %w", err))
				return
			}
			if !yield(line, nil) {
				return
			}
		}
	}
}

// readLine returns the next line, or io.EOF if there is none.
func readLine(in *bufio.Reader, number int) ([]byte, error) {
	wrong := func(problem string) error {
		return &ledger.InvalidError{Field: fmt.Sprintf("line %d", number), Problem: problem}
	}
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > LineBytesMax+1, len(line) == LineBytesMax+1 && err != nil:
			return nil, wrong(fmt.Sprintf("has more than %d bytes", LineBytesMax))
		case err == nil && len(line) == 1:
			return nil, wrong("is empty")
		case err == nil:
			return line[: len(line)-1 : len(line)-1], nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, wrong("ends without a line break: the export was cut off")
		case errors.Is(err, io.EOF):
			return nil, io.EOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
}
