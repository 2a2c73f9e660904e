package slip

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"

	"golang.org/x/image/font"
	"golang.org/x/image/math/fixed"
)

// WritePNG draws the slip in black and white, 576 dots wide, to be printed dot by
// dot at 203 dpi. The same slip and font give the same bytes.
func (s *Slip) WritePNG(w io.Writer, f *Font) error {
	face, err := f.face()
	if err != nil {
		return err
	}
	text := drawText(s.rows, face)
	if err := face.Close(); err != nil {
		return fmt.Errorf("%w: %w", ErrFont, err)
	}
	height := text.Rect.Dy()
	picture := newPicture(widthDots, height+s.symbol.Rect.Dy())
	for i, gray := range text.Pix { // as wide as the picture, so at the same place
		if gray < 0x80 {
			picture.Pix[i] = dark
		}
	}
	copy(picture.Pix[height*picture.Stride:], s.symbol.Pix)
	if err := png.Encode(w, picture); err != nil {
		return fmt.Errorf("write the slip: %w", err)
	}
	return nil
}

// drawText draws the rows in shades, which a printer does not have.
func drawText(rows []row, face font.Face) *image.Gray {
	lines := paper{widthDots, func(text string) int { return font.MeasureString(face, text).Ceil() }}.lay(rows)
	picture := image.NewGray(image.Rect(0, 0, widthDots, len(lines)*lineDots))
	draw.Draw(picture, picture.Rect, image.White, image.Point{}, draw.Src)
	pen := font.Drawer{Dst: picture, Src: image.Black, Face: face}
	for i, l := range lines {
		top := i * lineDots
		if l == nil {
			drawRule(picture, top+lineDots/2)
		}
		for _, s := range l {
			pen.Dot = fixed.P(s.x, top+fontDots)
			pen.DrawString(s.text)
		}
	}
	return picture
}

func drawRule(picture *image.Gray, y int) {
	const thick = 2
	for x := range widthDots {
		for dy := range thick {
			picture.SetGray(x, y+dy, color.Gray{})
		}
	}
}
