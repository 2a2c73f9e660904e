package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
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
		_, err = fmt.Fprintf(s.out, "%s: %s.\n", o.Out, counted(size, "byte"))
	}
	return err
}

// draft is a file that does not have its name yet: nobody takes half of it, or
// one that was not verified, for the whole.
type draft struct {
	file *os.File
	path string // that it gets
	name string // that it has
}

// notThere fails if a file is there that is not to be replaced.
func notThere(path string) error {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(fmt.Errorf("%s is there already: give another name, or --force to replace it", path), err)
	}
	return nil
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
	d := &draft{file: file, path: path, name: name}
	if err != nil {
		return nil, d.named(err)
	}
	return d, nil
}

// named is an error that names the file as its user does.
func (d *draft) named(err error) error {
	if err == nil {
		return nil
	}
	return &draftError{error: err, draft: d}
}

// draftError is an error about a draft.
type draftError struct {
	error

	draft *draft
}

func (e *draftError) Error() string {
	return strings.ReplaceAll(e.error.Error(), e.draft.name, e.draft.path)
}

func (e *draftError) Unwrap() error { return e.error }

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
	return d.named(errors.Join(err, d.file.Close()))
}

// keep gives the file its name, in place of what had it, and returns its size.
func (d *draft) keep() (int64, error) {
	info, err := os.Stat(d.name)
	if err != nil {
		return 0, d.named(err)
	}
	if err := os.Rename(d.name, d.path); err != nil {
		return 0, d.named(err)
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
	_ = os.Remove(d.name)
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
