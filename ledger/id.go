package ledger

import (
	"strings"

	"github.com/google/uuid"
)

// BookID names one book within a store: a positive number the caller chooses,
// such as the school's code. Books share nothing but the database.
type BookID int64

// keyNamespace is the UUIDv5 namespace of [KeyID].
var keyNamespace = uuid.MustParse("6f1d9f0c-59a1-5d4e-8f6a-1f1e7b9a4c21")

// NewID returns a new transaction id: a UUIDv7 (RFC 9562), which sorts by time.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// keyEscapes keep the parts of a key apart.
var keyEscapes = strings.NewReplacer("%", "%25", "/", "%2F")

// KeyID derives a stable transaction id (UUIDv5) from a key of another system,
// so that the same event always asks for the same transaction:
//
//	ledger.KeyID("wechatpay", "4200000925202101284997714292")
//
// Each part is kept apart: KeyID("a", "bc") and KeyID("ab", "c") differ.
func KeyID(parts ...string) uuid.UUID {
	var key strings.Builder
	for _, part := range parts {
		key.WriteString(keyEscapes.Replace(part))
		key.WriteByte('/')
	}
	return uuid.NewSHA1(keyNamespace, []byte(key.String()))
}

// reversalID is the id of the only reversal a record can have. Deriving it
// makes "reversed exactly once" a case of the unique id.
func reversalID(of uuid.UUID) uuid.UUID { return KeyID("ledger", "reverse", of.String()) }
