package slip

import (
	"encoding/binary"
	"errors"
)

var errFontFile = errors.New("not a TrueType font or collection")

// The parts of a font's file (OpenType, "Organization of an OpenType Font").
const (
	collectionTag  = "ttcf"
	collectionHead = 16 // up to the place of the first font
	fontHead       = 12
	tableEntry     = 16 // tag, checksum, place, length
)

// firstFont returns the first font of a collection, or the font that the file
// is, with each table where the standard wants it: at a multiple of four. Debian's
// font has them anywhere, and package sfnt refuses that.
func firstFont(file []byte) ([]byte, error) {
	at := uint32(0)
	if len(file) >= collectionHead && string(file[:4]) == collectionTag {
		at = binary.BigEndian.Uint32(file[12:])
	}
	head, ok := part(file, at, fontHead)
	if !ok {
		return nil, errFontFile
	}
	tables := uint32(binary.BigEndian.Uint16(head[4:]))
	directory, ok := part(file, at, fontHead+tables*tableEntry)
	if !ok {
		return nil, errFontFile
	}
	font := append([]byte(nil), directory...)
	for i := range tables {
		entry := font[fontHead+i*tableEntry:][:tableEntry]
		table, ok := part(file, binary.BigEndian.Uint32(entry[8:]), binary.BigEndian.Uint32(entry[12:]))
		if !ok {
			return nil, errFontFile
		}
		for len(font)%4 != 0 {
			font = append(font, 0)
		}
		binary.BigEndian.PutUint32(font[fontHead+i*tableEntry+8:], uint32(len(font)))
		font = append(font, table...)
	}
	return font, nil
}

// part returns so many bytes from a place, if the file has them.
func part(file []byte, at, length uint32) ([]byte, bool) {
	if uint64(at)+uint64(length) > uint64(len(file)) {
		return nil, false
	}
	return file[at:][:length], true
}
