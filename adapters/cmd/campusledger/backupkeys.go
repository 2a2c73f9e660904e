package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/campusledger/campusledger/adapters/school"
)

// keepKeys copies the secrets of a data directory to another directory: the keys
// of codes and names, those that sign checkpoints, and who may call.
func keepKeys(s streams, from, to string) error {
	names, err := filepath.Glob(filepath.Join(from, "seal-keys-*.json"))
	if err != nil {
		return err
	}
	names = append(names, filepath.Join(from, "keys.json"), credentialsPath(from))
	if err := os.MkdirAll(to, 0o700); err != nil {
		return fmt.Errorf("--keys-to: %w", err)
	}
	for _, name := range names {
		err := copySecret(name, filepath.Join(to, filepath.Base(name)))
		if os.IsNotExist(err) && name == credentialsPath(from) {
			continue // it never served
		}
		if err != nil {
			return fmt.Errorf("--keys-to: %w", err)
		}
		_, _ = fmt.Fprintf(s.out, "%s: kept. Keep it apart from the backup.\n", filepath.Join(to, filepath.Base(name)))
	}
	return nil
}

// takeKeys gives a restored school its keys, and says which are missing.
func takeKeys(from, to string, number int) (faults []string) {
	for _, path := range []string{filepath.Join(from, "keys.json"), school.SealKeyPath(from, number)} {
		if err := copySecret(path, filepath.Join(to, filepath.Base(path))); err != nil {
			faults = append(faults, fmt.Sprintf("a key of the restored school is missing: %v", err))
		}
	}
	return faults
}

// copySecret copies a small file for its owner alone, as a whole or not at all.
func copySecret(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	d, err := newDraft(to)
	if err != nil {
		return err
	}
	defer d.discard()
	if err := d.file.Chmod(0o600); err != nil {
		return err
	}
	if _, err := d.file.Write(text); err != nil {
		return err
	}
	if err := d.file.Sync(); err != nil {
		return err
	}
	_, err = d.keep()
	return err
}
