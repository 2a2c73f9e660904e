package slip

import (
	"fmt"
	"os"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
)

// FontPath is where Debian's package fonts-wqy-microhei has its font.
const FontPath = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"

const (
	fontDots = 26 // 3.25 mm
	lineDots = 34
)

// Font draws the text of a slip.
type Font struct{ font *sfnt.Font }

// OpenFont reads a TrueType or OpenType font, or the first of a collection. One
// that is missing, or that has no Chinese, is [ErrFont].
func OpenFont(path string) (*Font, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFont, err)
	}
	aligned, err := firstFont(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrFont, err)
	}
	first, err := sfnt.Parse(aligned)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", path, ErrFont, err)
	}
	for _, r := range "0凭条缴费" {
		glyph, err := first.GlyphIndex(nil, r)
		if err != nil || glyph == 0 {
			return nil, fmt.Errorf("%s has no %c: %w", path, r, ErrFont)
		}
	}
	return &Font{first}, nil
}

// face returns what draws for one goroutine.
func (f *Font) face() (font.Face, error) {
	const pointsPerInch = 72 // so that the size is in dots
	face, err := opentype.NewFace(f.font, &opentype.FaceOptions{Size: fontDots, DPI: pointsPerInch, Hinting: font.HintingFull})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFont, err)
	}
	return face, nil
}
