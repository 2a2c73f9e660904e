package qrcode

import (
	"bufio"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
)

// moduleMin is the smallest module, in millimetres, that good scanners still
// read; cheap ones and worn cards want 0.38.
const moduleMin = 0.25

const mmPerInch = 25.4

// sidePixelsMax bounds the memory that one picture takes to 100 MB.
const sidePixelsMax = 10_000

// RenderOptions says how large a symbol is drawn. The zero value and nil mean
// the defaults, which suit a card of the ID-1 size.
type RenderOptions struct {
	// SideMM is the side of the drawing with its quiet zone, in millimetres.
	// Default 25: a sealed code then has modules of 0.68 mm in SVG, 0.59 mm
	// in PNG at the default resolution.
	SideMM int
	// DPI is the resolution that a PNG is going to be printed at, in pixels
	// per inch. Default 300. SVG has no use for it.
	DPI int
}

// settled returns the options with the defaults filled in. A negative one is
// [ErrSize].
func (o *RenderOptions) settled() (RenderOptions, error) {
	out := RenderOptions{SideMM: 25, DPI: 300}
	if o == nil {
		return out, nil
	}
	if o.SideMM < 0 || o.DPI < 0 {
		return out, fmt.Errorf("%d mm at %d dpi: %w", o.SideMM, o.DPI, ErrSize)
	}
	return RenderOptions{SideMM: cmp.Or(o.SideMM, out.SideMM), DPI: cmp.Or(o.DPI, out.DPI)}, nil
}

// WritePNG writes the symbol in black on white. Every module is the same whole
// number of pixels, the most that fit SideMM at DPI, so the drawing may be a
// little smaller than asked for. Modules under 0.25 mm, or more than 10,000
// pixels a side, are [ErrSize]; other errors are the writer's. The same input
// gives the same bytes.
func (s *Symbol) WritePNG(w io.Writer, opts *RenderOptions) error {
	o, err := opts.settled()
	if err != nil {
		return err
	}
	sidePixels := float64(o.SideMM) / mmPerInch * float64(o.DPI)
	if sidePixels > sidePixelsMax {
		return fmt.Errorf("%d mm at %d dpi, more than %d pixels: %w", o.SideMM, o.DPI, sidePixelsMax, ErrSize)
	}
	scale := int(sidePixels) / s.modulesAcross()
	if err := checkModule(float64(scale) * mmPerInch / float64(o.DPI)); err != nil {
		return err
	}
	if err := png.Encode(w, s.picture(scale)); err != nil {
		return fmt.Errorf("write PNG: %w", err)
	}
	return nil
}

// picture draws each module as scale × scale pixels.
func (s *Symbol) picture(scale int) *image.Paletted {
	const dark = 1
	side := s.modulesAcross() * scale
	picture := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if s.Dark(x/scale-QuietZone, y/scale-QuietZone) {
				picture.SetColorIndex(x, y, dark)
			}
		}
	}
	return picture
}

// WriteSVG writes the symbol in black on white, exactly SideMM wide and high,
// one unit of its view box a module. Modules under 0.25 mm are [ErrSize]; other
// errors are the writer's. The same input gives the same bytes.
func (s *Symbol) WriteSVG(w io.Writer, opts *RenderOptions) error {
	o, err := opts.settled()
	if err != nil {
		return err
	}
	across := s.modulesAcross()
	if err := checkModule(float64(o.SideMM) / float64(across)); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	// bufio keeps the first error until Flush, so none is looked at before.
	_, _ = fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" width="%dmm" height="%dmm" viewBox="0 0 %d %d" shape-rendering="crispEdges">`,
		o.SideMM, o.SideMM, across, across)
	_, _ = fmt.Fprintf(out, `<path fill="#fff" d="M0 0h%dv%dH0z"/><path d="`, across, across)
	s.writeRuns(out)
	_, _ = out.WriteString("\"/></svg>\n")
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write SVG: %w", err)
	}
	return nil
}

// writeRuns writes each run of dark modules in a row as one rectangle: touching
// squares would show hairlines in some viewers.
func (s *Symbol) writeRuns(out *bufio.Writer) {
	for y := range s.Size() {
		for x := 0; x < s.Size(); x++ {
			start := x
			for s.Dark(x, y) {
				x++
			}
			if n := x - start; n > 0 {
				_, _ = fmt.Fprintf(out, "M%d %dh%dv1h-%dz", start+QuietZone, y+QuietZone, n, n)
			}
		}
	}
}

func checkModule(mm float64) error {
	if mm < moduleMin {
		return fmt.Errorf("modules of %.2f mm, at least %.2f: %w", mm, moduleMin, ErrSize)
	}
	return nil
}
