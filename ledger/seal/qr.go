package seal

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"strings"
)

// qrPrefix begins the text in a QR code.
const qrPrefix = "CLR1:"

// base45 is the alphabet of RFC 9285: what a QR code's alphanumeric mode holds in
// 11 bits for 2 characters.
const base45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// QRText returns a file as the text of a QR code: "CLR1:" and the Base45 (RFC
// 9285) of the file compressed with zlib (RFC 1950). A receipt of one of a
// million records takes about 1,800 characters of alphanumeric mode.
func QRText(file []byte) string {
	var packed bytes.Buffer
	w, _ := zlib.NewWriterLevel(&packed, zlib.BestCompression) // the level is one that there is
	_, _ = w.Write(file)                                       // a buffer takes everything
	_ = w.Close()
	return qrPrefix + encode45(packed.Bytes())
}

// unpack returns the file in the text of a QR code, or a file as it is.
func unpack(file []byte) ([]byte, error) {
	if len(file) > fileBytesMax {
		return nil, fmt.Errorf("%w: %d bytes", ErrFormat, len(file))
	}
	text, ok := strings.CutPrefix(strings.TrimRight(string(file), "\r\n"), qrPrefix)
	if !ok {
		return file, nil
	}
	packed, ok := decode45(text)
	if !ok {
		return nil, fmt.Errorf("%w: not Base45 after %s", ErrFormat, qrPrefix)
	}
	stream := bytes.NewReader(packed)
	r, err := zlib.NewReader(stream)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	unpacked, err := io.ReadAll(io.LimitReader(r, fileBytesMax+1))
	if err != nil || len(unpacked) > fileBytesMax || stream.Len() > 0 {
		return nil, fmt.Errorf("%w: not a zlib stream of at most %d bytes", ErrFormat, fileBytesMax)
	}
	return unpacked, nil
}

// encode45 writes 2 bytes as 3 digits, the lowest first, and a last one as 2.
func encode45(data []byte) string {
	var b strings.Builder
	for ; len(data) > 1; data = data[2:] {
		n := int(data[0])<<8 | int(data[1])
		b.Write([]byte{base45[n%45], base45[n/45%45], base45[n/45/45]})
	}
	if len(data) == 1 {
		b.Write([]byte{base45[data[0]%45], base45[data[0]/45]})
	}
	return b.String()
}

func decode45(text string) ([]byte, bool) {
	var data []byte
	for len(text) > 0 {
		width := min(len(text), 3)
		n := 0
		for i := width - 1; i >= 0; i-- {
			digit := strings.IndexByte(base45, text[i])
			if digit < 0 {
				return nil, false
			}
			n = n*45 + digit
		}
		switch {
		case width == 3 && n < 1<<16:
			data = append(data, byte(n>>8), byte(n))
		case width == 2 && n < 1<<8:
			data = append(data, byte(n))
		default:
			return nil, false
		}
		text = text[width:]
	}
	return data, true
}
