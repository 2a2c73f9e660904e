package domaindb

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
)

// flusher syncs the write-ahead log, once for all who wait when a sync begins.
type flusher struct {
	path string

	mu   sync.Mutex
	file *os.File
	next *flush // those who wait for the next sync

	syncing sync.Mutex // held during a sync
}

type flush struct {
	done chan struct{}
	err  error
}

// wait returns once all that was written to the log before the call is on
// disk.
func (f *flusher) wait() error {
	f.mu.Lock()
	mine, leads := f.next, false
	if mine == nil {
		mine, leads = &flush{done: make(chan struct{})}, true
		f.next = mine
	}
	f.mu.Unlock()
	if leads {
		f.lead(mine)
	}
	<-mine.done
	return mine.err
}

// lead waits for the sync under way, in which others join, and does the next.
func (f *flusher) lead(mine *flush) {
	f.syncing.Lock()
	f.mu.Lock()
	f.next = nil
	if f.file == nil {
		f.file, mine.err = os.OpenFile(f.path, os.O_RDWR, 0)
	}
	file := f.file
	f.mu.Unlock()
	if mine.err == nil {
		mine.err = file.Sync()
	}
	switch {
	case errors.Is(mine.err, fs.ErrNotExist):
		mine.err = nil // no log yet: nothing was written through it
	case mine.err != nil:
		mine.err = fmt.Errorf("sync of the write-ahead log: %w", mine.err)
	}
	f.syncing.Unlock()
	close(mine.done)
}

func (f *flusher) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file != nil {
		_ = f.file.Close()
		f.file = nil
	}
}
