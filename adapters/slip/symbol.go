package slip

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"

	"github.com/campusledger/campusledger/ledger/seal"
	"github.com/campusledger/campusledger/qrcode"
)

// widthDots is what a receipt printer for paper of 80 mm prints: 72 mm of 8 dots.
const widthDots = 576

// charactersMax is the most that is drawn. Up to 2,369 characters have modules of
// 4 dots (0.5 mm), up to the most of 3 (0.375 mm). Above that most photographs
// of a print were not read any more; error correction beyond level L makes
// smaller modules and was read less often.
const charactersMax = 3_000

const dark = 1 // in a picture's palette

func newPicture(width, height int) *image.Paletted {
	return image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
}

// WriteSymbol writes the QR code of a proof as a PNG, to be printed dot by dot.
// One that is too long is [ErrTooLong].
func WriteSymbol(w io.Writer, proof []byte) error {
	picture, err := newSymbol(proof)
	if err != nil {
		return err
	}
	return png.Encode(w, picture)
}

// newSymbol draws the QR code of a proof in the middle of the paper.
func newSymbol(proof []byte) (*image.Paletted, error) {
	text := seal.QRText(proof)
	if len(text) > charactersMax {
		return nil, fmt.Errorf("%d characters, at most %d can be read: %w", len(text), charactersMax, ErrTooLong)
	}
	symbol, err := qrcode.NewDenseSymbol(text)
	if err != nil {
		return nil, err
	}
	across := symbol.Size() + 2*qrcode.QuietZone
	scale := widthDots / across
	side := across * scale
	left := (widthDots - side) / 2
	picture := newPicture(widthDots, side)
	for y := range side {
		for x := range side {
			if symbol.Dark(x/scale-qrcode.QuietZone, y/scale-qrcode.QuietZone) {
				picture.SetColorIndex(left+x, y, dark)
			}
		}
	}
	return picture, nil
}
