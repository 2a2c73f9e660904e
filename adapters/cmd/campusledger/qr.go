package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/campusledger/campusledger/ledger/seal"
	"github.com/campusledger/campusledger/qrcode"
)

// A receipt printer for paper of 80 mm prints 72 mm, 576 dots of 1/8 mm. Up to
// 2,369 characters have modules of 4 dots (0.5 mm), up to the most that are drawn
// of 3 (0.375 mm). Above that most photographs of a print were not read any more;
// error correction beyond level L makes smaller modules and was read less often.
const (
	qrSideMM        = 72
	qrDPI           = 203
	qrCharactersMax = 3_000
)

// writeQR draws a proof as a QR code, for printing dot by dot.
func writeQR(path string, proof []byte) error {
	text := seal.QRText(proof)
	if len(text) > qrCharactersMax {
		return fmt.Errorf("--qr: a code of %d characters cannot be read from a receipt, at most %d can: "+
			"hand out the file instead (--out)", len(text), qrCharactersMax)
	}
	symbol, err := qrcode.NewDenseSymbol(text)
	if err != nil {
		return fmt.Errorf("--qr: %w", err)
	}
	var picture bytes.Buffer
	if err := symbol.WritePNG(&picture, &qrcode.RenderOptions{SideMM: qrSideMM, DPI: qrDPI}); err != nil {
		return fmt.Errorf("--qr: %w", err)
	}
	return os.WriteFile(path, picture.Bytes(), 0o666)
}
