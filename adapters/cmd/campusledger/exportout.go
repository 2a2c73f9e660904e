package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// output is where an export goes.
type output struct {
	Out string `help:"File to write, as a whole or not at all. Default: standard output, also for -." type:"path"`
}

// write calls export with where it goes.
func (o *output) write(s streams, export func(io.Writer) error) error {
	if o.Out == "" || o.Out == "-" {
		out := bufio.NewWriterSize(s.out, 64<<10)
		if err := export(out); err != nil {
			return err
		}
		return out.Flush()
	}
	d, err := newDraft(o.Out)
	if err != nil {
		return err
	}
	defer d.discard()
	if err := d.fill(export); err != nil {
		return err
	}
	size, err := d.keep()
	if err == nil {
		_, err = fmt.Fprintf(s.out, "%s: %d bytes.\n", o.Out, size)
	}
	return err
}

// draft is a file that does not have its name yet: nobody takes half of it, or
// one that was not verified, for the whole.
type draft struct {
	file *os.File
	path string // that it gets
}

// newDraft begins a file in the directory that it is for.
func newDraft(path string) (*draft, error) {
	if path == "-" {
		return nil, errors.New("it cannot go to standard output, where it would be given away unverified: name a file")
	}
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is there and no regular file", path)
	}
	name := filepath.Join(filepath.Dir(path), ".campusledger-"+rand.Text())
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // the umask decides, as for any file
	return &draft{file: file, path: path}, err
}

// fill writes the file and makes it durable. What is written is read by the
// draft's name until it is kept.
func (d *draft) fill(write func(io.Writer) error) error {
	out := bufio.NewWriterSize(d.file, 64<<10)
	err := write(out)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = d.file.Sync()
	}
	return errors.Join(err, d.file.Close())
}

// keep gives the file its name, in place of what had it, and returns its size.
func (d *draft) keep() (int64, error) {
	info, err := os.Stat(d.file.Name())
	if err != nil {
		return 0, err
	}
	if err := os.Rename(d.file.Name(), d.path); err != nil {
		return 0, err
	}
	dir, err := os.Open(filepath.Dir(d.path))
	if err != nil {
		return 0, err
	}
	return info.Size(), errors.Join(dir.Sync(), dir.Close())
}

// discard removes a file that was not kept.
func (d *draft) discard() {
	_ = d.file.Close()
	_ = os.Remove(d.file.Name())
}

// refused ends a command with exit code 1 and says why, if the error is one of
// the conditions; any other error is returned.
func refused(s streams, err error, conditions ...error) error {
	if !slices.ContainsFunc(conditions, func(condition error) bool { return errors.Is(err, condition) }) {
		return err
	}
	_, failed := fmt.Fprintf(s.err, "Refused: %v\n", err)
	return errors.Join(failed, errFindings)
}
