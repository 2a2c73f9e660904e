package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/campusledger/campusledger/adapters/slip"
)

// writeQR draws a proof as a QR code, for printing dot by dot.
func writeQR(path string, proof []byte) error {
	var picture bytes.Buffer
	if err := slip.WriteSymbol(&picture, proof); err != nil {
		return handOut(fmt.Errorf("--qr: %w", err))
	}
	return os.WriteFile(path, picture.Bytes(), 0o666)
}

// handOut says what to do with a proof that is too long to be printed.
func handOut(err error) error {
	if errors.Is(err, slip.ErrTooLong) {
		return fmt.Errorf("%w: hand out the file instead (prove --out)", err)
	}
	return err
}
