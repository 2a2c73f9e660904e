package qrcode

import (
	"encoding/binary"
	"fmt"
	"time"
)

// The largest values that the fields of a [Payload] hold.
const (
	MaxSchool uint32 = 99_999
	MaxHolder uint64 = 9_999_999_999
	MaxRandom uint8  = 1<<7 - 1
)

// PayloadSize is the number of bytes of a packed [Payload].
const PayloadSize = 10

// Payload is what a code says, whatever codec wrote it. It holds no name and
// no student number. It is a comparable value.
type Payload struct {
	// School is the school's number, 0 to [MaxSchool].
	School uint32
	// Holder is the holder's opaque number, 0 to [MaxHolder].
	Holder uint64
	// Random is chosen once per card, 0 to [MaxRandom], and kept with it: it
	// sets apart two cards that agree in everything else.
	Random uint8
	// Expires is the last day on which the code is valid, in Asia/Shanghai.
	Expires Day
	// Serial counts the issues of a holder's card. A reissue takes the next
	// serial and voids the one before; the server compares it on every use.
	Serial uint8
}

// Validate returns a [RangeError] for the first field, in the order they are
// declared, whose value does not fit.
func (p Payload) Validate() error {
	switch {
	case p.School > MaxSchool:
		return &RangeError{Field: "school", Value: int64(p.School), Max: int64(MaxSchool)}
	case p.Holder > MaxHolder:
		return &RangeError{Field: "holder", Value: int64(p.Holder), Max: int64(MaxHolder)}
	case p.Random > MaxRandom:
		return &RangeError{Field: "random", Value: int64(p.Random), Max: int64(MaxRandom)}
	case p.Expires > MaxDay:
		return &RangeError{Field: "expires", Value: int64(p.Expires), Max: int64(MaxDay)}
	}
	return nil
}

// Check tells whether a genuine code is of this school, then whether it is
// valid at the instant: [ErrOtherSchool], then [ErrExpired]. For a sale that
// was made offline the instant is that of the sale, not of its upload.
func (p Payload) Check(school uint32, at time.Time) error {
	if p.School != school {
		return fmt.Errorf("school %05d, wanted %05d: %w", p.School, school, ErrOtherSchool)
	}
	if !at.Before(p.Expires.End()) {
		return fmt.Errorf("valid through %s: %w", p.Expires, ErrExpired)
	}
	return nil
}

// Pack returns the payload as 80 bits, most significant first: school 17,
// holder 34, random 7, expiry 14, serial 8. It fails as [Payload.Validate].
func (p Payload) Pack() ([PayloadSize]byte, error) {
	var packed [PayloadSize]byte
	if err := p.Validate(); err != nil {
		return packed, err
	}
	high := uint64(p.School)<<47 | p.Holder<<13 | uint64(p.Random)<<6 | uint64(p.Expires>>8)
	binary.BigEndian.PutUint64(packed[:8], high)
	packed[8] = byte(p.Expires)
	packed[9] = p.Serial
	return packed, nil
}

// Unpack reads what [Payload.Pack] wrote. Bits that no payload packs to (a
// school of 100000 fits 17 bits) are a [RangeError].
func Unpack(packed [PayloadSize]byte) (Payload, error) {
	high := binary.BigEndian.Uint64(packed[:8])
	p := Payload{
		School:  uint32(high >> 47),
		Holder:  high >> 13 & (1<<34 - 1),
		Random:  uint8(high >> 6 & (1<<7 - 1)),
		Expires: Day(high&(1<<6-1))<<8 | Day(packed[8]),
		Serial:  packed[9],
	}
	if err := p.Validate(); err != nil {
		return Payload{}, err
	}
	return p, nil
}
