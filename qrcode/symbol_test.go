package qrcode_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/qrcode"
)

func newSymbol(t *testing.T, text string) *qrcode.Symbol {
	t.Helper()
	symbol, err := qrcode.NewSymbol(text)
	require.NoError(t, err)
	return symbol
}

func pngOf(t *testing.T, symbol *qrcode.Symbol, opts *qrcode.RenderOptions) []byte {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, symbol.WritePNG(&out, opts))
	return out.Bytes()
}

func svgOf(t *testing.T, symbol *qrcode.Symbol, opts *qrcode.RenderOptions) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, symbol.WriteSVG(&out, opts))
	return out.String()
}

func picture(t *testing.T, drawn []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(drawn))
	require.NoError(t, err)
	return img
}

// zxingRead returns the text and the error correction level of a picture.
func zxingRead(t *testing.T, img image.Image) (text, level string) {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	require.NoError(t, err)
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}
	result, err := zxing.NewQRCodeReader().Decode(bitmap, hints)
	require.NoError(t, err)
	level, ok := result.GetResultMetadata()[gozxing.ResultMetadataType_ERROR_CORRECTION_LEVEL].(string)
	require.True(t, ok)
	return result.GetText(), level
}

func TestSealedCodeIsVersion3(t *testing.T) {
	t.Parallel()
	symbol := newSymbol(t, aliceText)
	require.Equal(t, 3, symbol.Version())
	require.Equal(t, 29, symbol.Size())
}

func TestPNG(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]*qrcode.RenderOptions{
		"by default": nil, "at 20 mm": {SideMM: 20}, "at 600 dpi": {DPI: 600}, "on a poster": {SideMM: 100, DPI: 96},
	} {
		t.Run("a reader reads the code "+name+" at level Q", func(t *testing.T) {
			t.Parallel()
			text, level := zxingRead(t, picture(t, pngOf(t, newSymbol(t, aliceText), opts)))
			require.Equal(t, aliceText, text)
			require.Equal(t, "Q", level)
		})
	}
	t.Run("other texts are read too", func(t *testing.T) {
		t.Parallel()
		for _, want := range []string{"2000000100012", "https://example.org/pay?bill=1", "米饭", strings.Repeat("A", 2420)} {
			text, level := zxingRead(t, picture(t, pngOf(t, newSymbol(t, want), &qrcode.RenderOptions{SideMM: 100})))
			require.Equal(t, want, text)
			require.Equal(t, "Q", level)
		}
	})
	t.Run("a dense symbol holds more, at level L", func(t *testing.T) {
		t.Parallel()
		want := strings.Repeat("A", 4296)
		symbol, err := qrcode.NewDenseSymbol(want)
		require.NoError(t, err)
		text, level := zxingRead(t, picture(t, pngOf(t, symbol, &qrcode.RenderOptions{SideMM: 100})))
		require.Equal(t, want, text)
		require.Equal(t, "L", level)
		_, err = qrcode.NewDenseSymbol(want + "A")
		require.ErrorIs(t, err, qrcode.ErrSymbol)
	})
	t.Run("modules are whole pixels inside four light modules", func(t *testing.T) {
		t.Parallel()
		symbol := newSymbol(t, aliceText)
		img := picture(t, pngOf(t, symbol, nil))
		const scale = 7 // 25 mm at 300 dpi are 295 pixels for 37 modules
		require.Equal(t, image.Rect(0, 0, 37*scale, 37*scale), img.Bounds())
		for y := range 37 * scale {
			for x := range 37 * scale {
				want := color.Gray16Model.Convert(color.White)
				if symbol.Dark(x/scale-4, y/scale-4) && x >= 4*scale && y >= 4*scale {
					want = color.Gray16Model.Convert(color.Black)
				}
				require.Equal(t, want, color.Gray16Model.Convert(img.At(x, y)), "pixel %d,%d", x, y)
			}
		}
	})
	t.Run("the same text gives the same bytes", func(t *testing.T) {
		t.Parallel()
		first := pngOf(t, newSymbol(t, aliceText), nil)
		require.Equal(t, first, pngOf(t, newSymbol(t, aliceText), nil))
	})
}

func TestWornSymbolIsStillRead(t *testing.T) {
	t.Parallel()
	// Level Q restores a quarter of the codewords: a scratch of 5 × 4 modules
	// clear of the finder patterns touches fewer.
	const scale = 7
	img := picture(t, pngOf(t, newSymbol(t, aliceText), nil))
	worn := image.NewGray(img.Bounds())
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			worn.Set(x, y, img.At(x, y))
			column, row := x/scale-qrcode.QuietZone, y/scale-qrcode.QuietZone
			if column >= 12 && column < 17 && row >= 12 && row < 16 {
				worn.Set(x, y, color.White)
			}
		}
	}
	text, _ := zxingRead(t, worn)
	require.Equal(t, aliceText, text)
}

func TestZbarReadsThePNG(t *testing.T) {
	t.Parallel()
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("zbarimg is missing; install zbar-tools")
		}
		t.Skip("zbarimg is not installed")
	}
	file := filepath.Join(t.TempDir(), "code.png")
	require.NoError(t, os.WriteFile(file, pngOf(t, newSymbol(t, aliceText), nil), 0o600))
	out, err := exec.CommandContext(t.Context(), zbarimg, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file).Output()
	require.NoError(t, err)
	require.Equal(t, aliceText, strings.TrimSpace(string(out)))
}

func TestSVG(t *testing.T) {
	t.Parallel()
	t.Run("draws the modules of the symbol at the size asked for", func(t *testing.T) {
		t.Parallel()
		symbol := newSymbol(t, aliceText)
		drawn := svgOf(t, symbol, &qrcode.RenderOptions{SideMM: 30})
		require.Contains(t, drawn, `width="30mm" height="30mm" viewBox="0 0 37 37"`)
		text, level := zxingRead(t, rasterised(t, drawn, symbol))
		require.Equal(t, aliceText, text)
		require.Equal(t, "Q", level)
	})
	t.Run("is 25 mm wide by default and the same each time", func(t *testing.T) {
		t.Parallel()
		drawn := svgOf(t, newSymbol(t, aliceText), nil)
		require.Contains(t, drawn, `width="25mm"`)
		require.Equal(t, drawn, svgOf(t, newSymbol(t, aliceText), &qrcode.RenderOptions{DPI: 72}))
	})
}

// rasterised draws the runs of the last path, four pixels a module.
func rasterised(t *testing.T, drawn string, symbol *qrcode.Symbol) image.Image {
	t.Helper()
	var svg struct {
		Paths []struct {
			D string `xml:"d,attr"`
		} `xml:"path"`
	}
	require.NoError(t, xml.Unmarshal([]byte(drawn), &svg))
	require.Len(t, svg.Paths, 2)
	const scale = 4
	side := (symbol.Size() + 2*qrcode.QuietZone) * scale
	img := image.NewGray(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	for run := range strings.SplitSeq(strings.TrimSuffix(svg.Paths[1].D, "z"), "z") {
		x, y, width := parseRun(t, run)
		for py := y * scale; py < (y+1)*scale; py++ {
			for px := x * scale; px < (x+width)*scale; px++ {
				img.SetGray(px, py, color.Gray{})
			}
		}
	}
	return img
}

func parseRun(t *testing.T, run string) (x, y, width int) {
	t.Helper()
	var back int
	_, err := fmt.Sscanf(run, "M%d %dh%dv1h-%d", &x, &y, &width, &back)
	require.NoError(t, err, "%q", run)
	require.Equal(t, width, back)
	return x, y, width
}

func TestDrawingRefuses(t *testing.T) {
	t.Parallel()
	symbol := newSymbol(t, aliceText)
	for name, opts := range map[string]qrcode.RenderOptions{
		"modules under 0.25 mm": {SideMM: 9},
		"a negative size":       {SideMM: -25},
		"a negative resolution": {DPI: -300},
		"both negative":         {SideMM: -25, DPI: -300},
	} {
		t.Run(name+" in either form", func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, symbol.WritePNG(io.Discard, &opts), qrcode.ErrSize)
			require.ErrorIs(t, symbol.WriteSVG(io.Discard, &opts), qrcode.ErrSize)
		})
	}
	t.Run("a PNG with less than a pixel a module", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, symbol.WritePNG(io.Discard, &qrcode.RenderOptions{DPI: 30}), qrcode.ErrSize)
	})
	t.Run("a PNG of more than 10,000 pixels a side", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, symbol.WritePNG(io.Discard, &qrcode.RenderOptions{SideMM: 1000, DPI: 600}), qrcode.ErrSize)
	})
	t.Run("a text that is empty or too long", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{"", strings.Repeat("A", 2421), strings.Repeat("a", 1664)} {
			_, err := qrcode.NewSymbol(text)
			require.ErrorIs(t, err, qrcode.ErrSymbol, "%d bytes", len(text))
		}
	})
	t.Run("a writer that fails, with its error", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, symbol.WritePNG(brokenWriter{}, nil), errBroken)
		require.ErrorIs(t, symbol.WriteSVG(brokenWriter{}, nil), errBroken)
	})
}

var errBroken = errors.New("disk full")

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }
