package slip

import (
	"bytes"
	"fmt"
	"image"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// The commands of ESC/POS that are used, which printers for 80 mm that print
// Chinese have in common.
const (
	escReset   = "\x1b@"         // ESC @
	escChinese = "\x1c&"         // FS &: two bytes above 127 are a character of GBK
	escRaster  = "\x1dv0\x00"    // GS v 0: dots, in rows of whole bytes
	escFeed    = "\x1bd\x04"     // ESC d 4: four lines up to the knife
	escCut     = "\x1dV\x42\x00" // GS V 66 0
)

// What the encoder writes for a character that is not in GBK would be a command
// to a printer. No character of GBK has that byte.
const (
	unsupported  = "\x1a"
	questionMark = "\xa3\xbf" // as wide as what it stands for
)

// bandRows is how many rows of dots are sent at once: small printers have little
// memory.
const bandRows = 128

// WriteESCPOS writes the slip as the bytes that a receipt printer takes: the text
// in its own font, as GBK, and the QR code in dots. They can be sent to its
// device, or to port 9100 of one with a network.
func (s *Slip) WriteESCPOS(w io.Writer) error {
	text, err := encoding.ReplaceUnsupported(simplifiedchinese.GBK.NewEncoder()).String(s.Text())
	if err != nil {
		return fmt.Errorf("write the slip: %w", err)
	}
	var b bytes.Buffer
	b.WriteString(escReset + escChinese)
	b.WriteString(strings.ReplaceAll(text, unsupported, questionMark))
	writeRaster(&b, s.symbol)
	b.WriteString(escFeed + escCut)
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the slip: %w", err)
	}
	return nil
}

// writeRaster writes a picture of whole bytes' width, dark dots as ones, the
// leftmost the highest bit.
func writeRaster(b *bytes.Buffer, picture *image.Paletted) {
	width, height := picture.Rect.Dx()/8, picture.Rect.Dy()
	for top := 0; top < height; top += bandRows {
		rows := min(bandRows, height-top)
		b.WriteString(escRaster)
		b.Write([]byte{byte(width), byte(width >> 8), byte(rows), byte(rows >> 8)})
		for y := top; y < top+rows; y++ {
			dots := picture.Pix[y*picture.Stride:][:picture.Rect.Dx()]
			for ; len(dots) > 0; dots = dots[8:] {
				packed := byte(0)
				for _, dot := range dots[:8] {
					packed = packed<<1 | dot
				}
				b.WriteByte(packed)
			}
		}
	}
}
