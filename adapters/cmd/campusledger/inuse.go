package main

import (
	"errors"
	"fmt"

	"github.com/campusledger/campusledger/adapters/school"
)

// What to do while a server has the embedded database, by what was wanted.
const (
	insteadOfSeal   = "let the server seal (POST /v1/checkpoint), or stop it first"
	insteadOfCosign = "give it to the server (POST /v1/checkpoint/{size}/cosignatures), or stop it first"
	insteadOfRotate = "stop the server first: keys are rotated by nobody else"
)

// inUse adds to the error of a data directory in use what to do instead.
func inUse(err error, instead string) error {
	if errors.Is(err, school.ErrInUse) {
		return fmt.Errorf("%w: %s", err, instead)
	}
	return err
}
