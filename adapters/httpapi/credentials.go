package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"net/http"
	"strings"
)

// Role is what a caller may do. The document's x-roles says which operations
// each role may call.
type Role string

// The roles.
const (
	Guardian Role = "guardian" // pays, for bound holders only
	Cashier  Role = "cashier"  // sells
	Office   Role = "office"   // people and cards
	Finance  Role = "finance"  // the books
	Auditor  Role = "auditor"  // reads the books

	// anyone stands in the document for operations without a credential.
	anyone Role = "anyone"
)

// Credential is a bearer token (RFC 6750) and whom it stands for.
type Credential struct {
	// Token is the secret: 16 to 256 characters of those RFC 6750 allows.
	Token string
	// Role is what the bearer may do.
	Role Role
	// Subject tells callers of a role apart: for a guardian the subject of
	// the login, whose bindings decide; for the others the name that the
	// journal keeps, so it must be no person's. Default, except for a
	// guardian: the role.
	Subject string
}

const (
	tokenLeast = 16
	tokenMost  = 256
)

// credentials finds callers by their tokens. Tokens are kept as digests only:
// a digest is found by its first bytes, which tell nothing about the token, and
// compared in constant time.
type credentials map[uint64][]storedCredential

type storedCredential struct {
	digest [sha256.Size]byte
	caller caller
}

// caller is who sent a request.
type caller struct {
	role    Role
	subject string
}

// by is the caller as the journal names it: never a guardian's login, which
// may be a phone number.
func (c caller) by() string {
	if c.role == Guardian {
		return string(Guardian)
	}
	return string(c.role) + ":" + c.subject
}

func newCredentials(given []Credential) (credentials, error) {
	stored := make(credentials, len(given))
	for i, c := range given {
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("credential %d: %w", i, err)
		}
		if _, twice := stored.find(c.Token); twice {
			return nil, fmt.Errorf("credential %d: an earlier one has the same token", i)
		}
		if c.Subject == "" {
			c.Subject = string(c.Role)
		}
		digest := sha256.Sum256([]byte(c.Token))
		bucket := binary.BigEndian.Uint64(digest[:])
		stored[bucket] = append(stored[bucket], storedCredential{digest, caller{c.Role, c.Subject}})
	}
	return stored, nil
}

func (c *Credential) check() error {
	switch c.Role {
	case Guardian, Cashier, Office, Finance, Auditor:
	default:
		return fmt.Errorf("unknown role %q", c.Role)
	}
	switch {
	case c.Role == Guardian && c.Subject == "":
		return fmt.Errorf("a guardian needs a subject")
	case len(c.Subject) > 64:
		return fmt.Errorf("subject has more than 64 bytes")
	case len(c.Token) < tokenLeast || len(c.Token) > tokenMost || strings.ContainsFunc(c.Token, notInToken):
		return fmt.Errorf("token has not %d to %d of the characters A-Z a-z 0-9 - . _ ~ + / =", tokenLeast, tokenMost)
	}
	return nil
}

func notInToken(r rune) bool {
	isLetterOrDigit := 'A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
	return !isLetterOrDigit && !strings.ContainsRune("-._~+/=", r)
}

func (c credentials) find(token string) (caller, bool) {
	digest := sha256.Sum256([]byte(token))
	for _, stored := range c[binary.BigEndian.Uint64(digest[:])] {
		if subtle.ConstantTimeCompare(stored.digest[:], digest[:]) == 1 {
			return stored.caller, true
		}
	}
	return caller{}, false
}

// authenticate returns the caller of a request.
func (c credentials) authenticate(r *http.Request) (caller, error) {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return caller{}, errUnauthorized
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	found, ok := c.find(strings.TrimSpace(token))
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return caller{}, errUnauthorized
	}
	return found, nil
}
