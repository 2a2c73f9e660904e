package qrcode

import (
	"errors"
	"fmt"

	qr "github.com/piglig/go-qr"
)

// QuietZone is the number of light modules that a symbol needs on every side
// (ISO/IEC 18004). [Symbol.WritePNG] and [Symbol.WriteSVG] draw it.
const QuietZone = 4

// Symbol is a QR symbol (ISO/IEC 18004, model 2). It is immutable and safe for
// concurrent use.
type Symbol struct {
	code *qr.QrCode
}

// NewSymbol returns the smallest symbol that holds the text at error correction
// level Q, which still reads when a quarter of its codewords are worn off: it is
// for what is carried about. A sealed code gives version 3, 29 modules a side.
// The same text always gives the same symbol. An empty text, or one above the
// capacity of version 40 (2,420 alphanumeric characters), is [ErrSymbol].
func NewSymbol(text string) (*Symbol, error) { return newSymbol(text, qr.Quartile) }

// NewDenseSymbol is [NewSymbol] at level L, which restores 7% of the codewords:
// it is for long texts on fresh paper, where larger modules are worth more than
// correction. Version 40 holds 4,296 alphanumeric characters.
func NewDenseSymbol(text string) (*Symbol, error) { return newSymbol(text, qr.Low) }

func newSymbol(text string, level qr.Ecc) (*Symbol, error) {
	if text == "" {
		return nil, fmt.Errorf("empty text: %w", ErrSymbol)
	}
	segments, err := qr.MakeSegments(text)
	if err != nil {
		return nil, fmt.Errorf("symbol of %d bytes: %w: %w", len(text), ErrSymbol, err)
	}
	const anyMask, boost = -1, false
	code, err := qr.EncodeSegments(segments, level, qr.MinVersion, qr.MaxVersion, anyMask, boost)
	var tooLong *qr.DataTooLongException
	if errors.As(err, &tooLong) {
		return nil, fmt.Errorf("symbol of %d bytes: %w", len(text), ErrSymbol)
	}
	if err != nil {
		return nil, fmt.Errorf("symbol of %d bytes: %w", len(text), err)
	}
	return &Symbol{code: code}, nil
}

// Size returns the number of modules a side, without the quiet zone.
func (s *Symbol) Size() int { return s.code.GetSize() }

// Version returns the symbol's version, 1 to 40.
func (s *Symbol) Version() int { return (s.Size() - 17) / 4 }

// Dark reports whether a module is dark. Column x and row y count from 0 at the
// top left; outside the symbol, in the quiet zone, every module is light.
func (s *Symbol) Dark(x, y int) bool { return s.code.GetModule(x, y) }

// modulesAcross is the side of the drawing in modules.
func (s *Symbol) modulesAcross() int { return s.Size() + 2*QuietZone }
