package faults

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// Disk is a small file system, mounted at Dir, that holds a database under test
// and nothing else.
type Disk struct{ Dir string }

func (d Disk) ballast() string { return filepath.Join(d.Dir, "ballast") }

// Fill writes a file until there is no room.
func (d Disk) Fill() error {
	file, err := os.Create(d.ballast())
	if err != nil {
		return err
	}
	for block := make([]byte, 1<<20); len(block) > 0 && err == nil; {
		if _, err = file.Write(block); errors.Is(err, syscall.ENOSPC) {
			block, err = block[:len(block)/2], nil
		}
	}
	return errors.Join(err, file.Close())
}

// Free makes room again.
func (d Disk) Free() error { return os.Remove(d.ballast()) }

// FullDisk is the fault of a disk without room, until postings fail. revive, if
// given, starts a database that has ended itself for it.
func FullDisk(disk Disk, revive func(ctx context.Context) error) Fault {
	return Fault{Name: "full disk", Strike: func(ctx context.Context, load *Load) error {
		for range 2 {
			if err := load.Moment(ctx, 5, 50); err != nil {
				return err
			}
			if err := errors.Join(disk.Fill(), load.Unanswered(ctx, 10), disk.Free()); err != nil {
				return err
			}
			if revive == nil {
				continue
			}
			if err := revive(ctx); err != nil {
				return err
			}
		}
		return nil
	}}
}
