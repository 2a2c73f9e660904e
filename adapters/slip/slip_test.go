package slip_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/campusledger/campusledger/adapters/slip"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// proves checks that what was scanned proves a record.
func (b *books) proves(t *testing.T, scanned string, want *seal.Receipt) {
	t.Helper()
	verifier, err := seal.NewVerifier(b.keys.Verifiers(), nil)
	require.NoError(t, err)
	receipt, err := seal.ParseReceipt([]byte(scanned))
	require.NoError(t, err)
	_, _, err = verifier.Receipt(&receipt)
	require.NoError(t, err)
	require.Equal(t, want, &receipt)
}

func TestAPictureOfASlipIsProvenByWhatIsScannedFromIt(t *testing.T) {
	t.Parallel()
	b, font := mustBooks(t), mustFont(t)
	printed, receipt := b.slipOf(t, "实验小学", "香蕉")
	var file, again bytes.Buffer
	require.NoError(t, printed.WritePNG(&file, font))
	require.NoError(t, printed.WritePNG(&again, font))
	require.Equal(t, file.Bytes(), again.Bytes())
	picture, err := png.Decode(&file)
	require.NoError(t, err)
	require.Equal(t, 576, picture.Bounds().Dx())
	require.Len(t, picture.(*image.Paletted).Palette, 2, "a printer has no grey")
	b.proves(t, scan(t, picture), &receipt)

	other, err := slip.New("另一小学", &receipt)
	require.NoError(t, err)
	var renamed bytes.Buffer
	require.NoError(t, other.WritePNG(&renamed, font))
	require.NotEqual(t, again.Bytes(), renamed.Bytes(), "the name is drawn")
}

// reading is what a printer makes of a slip's bytes.
type reading struct {
	text   string
	raster *image.Gray
}

// read obeys the commands that there may be, and fails at any other.
func read(t *testing.T, commands []byte) (r reading) {
	t.Helper()
	rest, ok := bytes.CutPrefix(commands, []byte("\x1b@\x1c&"))
	require.True(t, ok)
	text, rest, ok := bytes.Cut(rest, []byte("\x1dv0"))
	require.True(t, ok)
	for _, c := range bytes.ReplaceAll(text, []byte("\n"), nil) {
		require.GreaterOrEqual(t, c, byte(' '), "a command in the text")
	}
	decoded, err := simplifiedchinese.GBK.NewDecoder().Bytes(text)
	require.NoError(t, err)
	r.text = string(decoded)
	var dots []byte
	rest = append([]byte("\x1dv0"), rest...)
	for bytes.HasPrefix(rest, []byte("\x1dv0\x00")) {
		width, rows := binary.LittleEndian.Uint16(rest[4:]), binary.LittleEndian.Uint16(rest[6:])
		require.EqualValues(t, 72, width)
		size := int(width) * int(rows)
		dots, rest = append(dots, rest[8:8+size]...), rest[8+size:]
	}
	r.raster = image.NewGray(image.Rect(0, 0, 576, len(dots)/72))
	for i := range r.raster.Pix {
		if dots[i/8]&(0x80>>(i%8)) == 0 {
			r.raster.Pix[i] = 0xff
		}
	}
	require.Equal(t, "\x1bd\x04\x1dV\x42\x00", string(rest))
	return r
}

func TestAPrinterIsSentTheSameSlip(t *testing.T) {
	t.Parallel()
	b := mustBooks(t)
	printed, receipt := b.slipOf(t, "实验小学", "香蕉")
	var commands bytes.Buffer
	require.NoError(t, printed.WriteESCPOS(&commands))
	got := read(t, commands.Bytes())
	require.Equal(t, printed.Text(), got.text)
	b.proves(t, scan(t, got.raster), &receipt)
}

func TestTextsOfOthersAreNoCommandsToAPrinter(t *testing.T) {
	t.Parallel()
	b := mustBooks(t)
	printed, _ := b.slipOf(t, "实验\x1b@小学\n", "香\x1d蕉🍌\u2028\u202e皮")
	require.Contains(t, printed.Text(), "香 蕉🍌")
	var commands bytes.Buffer
	require.NoError(t, printed.WriteESCPOS(&commands))
	text := read(t, commands.Bytes()).text
	require.Contains(t, text, "实验 @小学")
	require.Contains(t, text, "香 蕉？")
}

func TestLinesFitThePaper(t *testing.T) {
	t.Parallel()
	b := mustBooks(t)
	printed, _ := b.slipOf(t, strings.Repeat("很长的校名", 12), strings.Repeat("五香", 22))
	joined := ""
	for text := range strings.Lines(printed.Text()) {
		text = strings.TrimSuffix(text, "\n")
		wide := strings.Count(text, "") - 1 + strings.Count(strings.Map(func(r rune) rune {
			if r < utf8.RuneSelf {
				return -1
			}
			return '.'
		}, text), ".")
		require.LessOrEqual(t, wide, 48, text)
		joined += strings.TrimSpace(text)
	}
	require.Contains(t, joined, strings.Repeat("很长的校名", 12))
	require.Contains(t, joined, strings.Repeat("五香", 22)+" x1")
	require.Contains(t, printed.Text(), "\n"+strings.Repeat(" ", 43)+"12.50\n", "an amount without room has its own line")
}

func TestAProofThatNoTelephoneReadsIsNotPrinted(t *testing.T) {
	t.Parallel()
	b := mustBooks(t)
	long := ""
	for i := range 400 {
		long += ledger.KeyID("dish", string(rune(i))).String()
	}
	id, err := b.sell(t.Context(), long)
	require.NoError(t, err)
	receipt, err := b.prove(t.Context(), id)
	require.NoError(t, err)
	_, err = slip.New("实验小学", &receipt)
	require.ErrorIs(t, err, slip.ErrTooLong)
	require.ErrorIs(t, slip.WriteSymbol(&bytes.Buffer{}, receipt.Marshal()), slip.ErrTooLong)
}

func TestWhatIsNoReceiptIsNotPrinted(t *testing.T) {
	t.Parallel()
	_, err := slip.New("实验小学", &seal.Receipt{Record: []byte("{}")})
	require.Error(t, err)
	_, receipt := mustBooks(t).slipOf(t, "实验小学", "香蕉")
	receipt.Checkpoint = "hello"
	_, err = slip.New("实验小学", &receipt)
	require.ErrorIs(t, err, seal.ErrFormat)
}

func TestOpenFontWantsChinese(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	refused := func(file []byte, why string) {
		t.Helper()
		path := filepath.Join(dir, "font.ttf")
		require.NoError(t, os.WriteFile(path, file, 0o600))
		_, err := slip.OpenFont(path)
		require.ErrorIs(t, err, slip.ErrFont)
		require.ErrorContains(t, err, why)
	}
	_, err := slip.OpenFont(filepath.Join(dir, "none.ttf"))
	require.ErrorIs(t, err, slip.ErrFont)
	refused([]byte("no font"), "not a TrueType font")
	refused(goregular.TTF[:len(goregular.TTF)/2], "not a TrueType font")
	refused(goregular.TTF[:20], "not a TrueType font")
	refused(goregular.TTF, "has no 凭")
	refused(append([]byte("ttcf\x00\x01\x00\x00\x00\x00\x00\x01\xff\xff\xff\xff"), goregular.TTF...), "not a TrueType font")
}

func TestOtherRecordsAreSaidInPlainWords(t *testing.T) {
	t.Parallel()
	b := mustBooks(t)
	id, err := b.sell(t.Context(), "香蕉")
	require.NoError(t, err)
	reversed, err := b.book.Reverse(t.Context(), ledger.Reversal{Of: id, By: "finance"})
	require.NoError(t, err)
	for name, test := range map[string]struct {
		record ledger.Record
		want   []string
	}{
		"a top-up":   {b.mustRecord(t, "top-up"), []string{"业务  充值\n", "支付渠道 wechat", "+100.00 CNY", "钱包 h102938"}},
		"a reversal": {reversed.Record, []string{"业务  冲销\n", "钱包 h102938                          +14.50 CNY", "-14.50 CNY"}},
		"an opening": {b.mustRecord(t, "chart"), []string{"业务  开户\n"}},
	} {
		t.Run(name, func(t *testing.T) {
			receipt, err := b.prove(t.Context(), test.record.ID)
			require.NoError(t, err)
			printed, err := slip.New("实验小学", &receipt)
			require.NoError(t, err)
			for _, want := range test.want {
				require.Contains(t, printed.Text(), want)
			}
		})
	}
}

func (b *books) mustRecord(t *testing.T, key string) ledger.Record {
	t.Helper()
	record, err := b.book.Record(t.Context(), ledger.KeyID(key))
	require.NoError(t, err)
	return record
}
