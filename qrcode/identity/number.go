package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Number is a holder's number within a school: positive, at most ten decimal
// digits, opaque. It says nothing about the person, so ledger documents, codes
// and logs may carry it.
type Number int64

// NumberMax is the largest number a code has room for.
const NumberMax Number = 9_999_999_999

// Ref is the number as the ledger's account paths write it: "h102938" in
// "wallet/h102938".
func (n Number) Ref() string { return "h" + strconv.FormatInt(int64(n), 10) }

// ParseRef reads what [Number.Ref] wrote.
func ParseRef(ref string) (Number, error) {
	digits, ok := strings.CutPrefix(ref, "h")
	value, err := strconv.ParseInt(digits, 10, 64)
	if !ok || err != nil || value < 1 || Number(value) > NumberMax || Number(value).Ref() != ref {
		return 0, fmt.Errorf("%w: holder reference is not of the form h102938", ErrInvalid)
	}
	return Number(value), nil
}

const (
	halfBits   = 13
	halfMask   = 1<<halfBits - 1
	holdersMax = 1 << (2 * halfBits) // 67,108,864 a school
	rounds     = 8
)

// permute turns the count-th holder of a school into its number: a balanced
// Feistel network under a secret key, so that numbers never repeat, do not show
// the order of the import, and cannot be guessed from a neighbour's.
func permute(key []byte, school, count int64) (Number, error) {
	if count < 1 || count > holdersMax {
		return 0, ErrSchoolFull
	}
	block := count - 1
	left, right := block>>halfBits, block&halfMask
	for round := range byte(rounds) {
		left, right = right, left^roundValue(key, school, round, right)
	}
	return Number(left<<halfBits|right) + 1, nil
}

func roundValue(key []byte, school int64, round byte, half int64) int64 {
	message := []byte{round}
	message = binary.BigEndian.AppendUint64(message, uint64(school))
	message = binary.BigEndian.AppendUint64(message, uint64(half))
	mac := hmac.New(sha256.New, key)
	_, _ = mac.Write(message) // never fails
	return int64(binary.BigEndian.Uint16(mac.Sum(nil))) & halfMask
}
