package main

import (
	"fmt"
	"os"

	"github.com/campusledger/campusledger/adapters/books/voucher"
)

// mapped is the mapping that an export goes by.
type mapped struct {
	Mapping string `help:"Mapping file of the school's own. Default: what 'export mapping' prints." type:"existingfile"`
}

func (m *mapped) mapping() (*voucher.Mapping, error) {
	if m.Mapping == "" {
		return voucher.DefaultMapping(), nil
	}
	file, err := os.Open(m.Mapping)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	mapping, err := voucher.ParseMapping(file)
	if err != nil {
		return nil, fmt.Errorf("--mapping %s: %w", m.Mapping, err)
	}
	return mapping, nil
}
