package simulator

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	authorizationScheme = "SIMPAY-HMAC-SHA256"

	headerTimestamp = "Simpay-Timestamp"
	headerNonce     = "Simpay-Nonce"
	headerSignature = "Simpay-Signature"

	// clockSkewMax is how far a signature's time may be from the reader's.
	clockSkewMax = 5 * time.Minute
	// maxBody bounds every body on both sides.
	maxBody = 64 << 10
)

var errAuthorization = errors.New("authorization header cannot be read")

// authorization is what a request's header says.
type authorization struct {
	merchant, nonce, signature string
	timestamp                  int64
}

// String writes the header value.
func (a authorization) String() string {
	return authorizationScheme + ` merchant="` + a.merchant + `",nonce="` + a.nonce +
		`",timestamp="` + strconv.FormatInt(a.timestamp, 10) + `",signature="` + a.signature + `"`
}

// parseAuthorization reads exactly what String writes, its parameters in any
// order, each once.
func parseAuthorization(value string) (authorization, error) {
	rest, ok := strings.CutPrefix(value, authorizationScheme+" ")
	if !ok {
		return authorization{}, errAuthorization
	}
	found := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, quoted, ok := strings.Cut(part, "=")
		if !ok || len(quoted) < 3 || quoted[0] != '"' || quoted[len(quoted)-1] != '"' {
			return authorization{}, errAuthorization
		}
		text := quoted[1 : len(quoted)-1]
		if _, twice := found[name]; twice || strings.ContainsAny(text, "\"\n") {
			return authorization{}, errAuthorization
		}
		found[name] = text
	}
	a := authorization{merchant: found["merchant"], nonce: found["nonce"], signature: found["signature"]}
	timestamp, err := parseTimestamp(found["timestamp"])
	if err != nil || len(found) != 4 || a.merchant == "" || a.nonce == "" || a.signature == "" {
		return authorization{}, errAuthorization
	}
	a.timestamp = timestamp
	return a, nil
}

// parseTimestamp accepts the one way to write a number: the text is signed, and
// must not have two readings.
func parseTimestamp(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != text {
		return 0, errors.New("not a timestamp")
	}
	return n, nil
}

func signRequest(key []byte, method, target string, a authorization, body []byte) string {
	return sign(key, body, method, target, strconv.FormatInt(a.timestamp, 10), a.nonce)
}

func signResponse(key []byte, status int, timestamp int64, nonce string, body []byte) string {
	return sign(key, body, "RESPONSE "+strconv.Itoa(status), strconv.FormatInt(timestamp, 10), nonce)
}

func signNotification(key []byte, timestamp int64, nonce string, body []byte) string {
	return sign(key, body, "NOTIFICATION", strconv.FormatInt(timestamp, 10), nonce)
}

func sign(key, body []byte, lines ...string) string {
	mac := hmac.New(sha256.New, key)
	for _, line := range lines {
		mac.Write([]byte(line))
		mac.Write([]byte{'\n'})
	}
	mac.Write(body)
	mac.Write([]byte{'\n'})
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// matches compares signatures in constant time.
func matches(want, got string) bool { return hmac.Equal([]byte(want), []byte(got)) }

func setSignature(header http.Header, timestamp int64, nonce, signature string) {
	header.Set(headerTimestamp, strconv.FormatInt(timestamp, 10))
	header.Set(headerNonce, nonce)
	header.Set(headerSignature, signature)
}

// newNonce returns 128 random bits in hexadecimal.
func newNonce() string {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails, see crypto/rand
	return hex.EncodeToString(nonce[:])
}

func inWindow(now time.Time, timestamp int64) bool {
	return now.Sub(time.Unix(timestamp, 0)).Abs() < clockSkewMax
}
