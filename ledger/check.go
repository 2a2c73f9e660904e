package ledger

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
)

const (
	pathBytesMax    = 128
	controlBytesMax = 32
	kindBytesMax    = 64
	byBytesMax      = 128
	nameBytesMax    = 128
	whyBytesMax     = 512
	postingsMax     = 1000
	accountsMax     = 1000
	requestsMax     = 1000

	metadataBytesMax = 4 << 10
)

func checkID(id uuid.UUID) error {
	if id == uuid.Nil {
		return &InvalidError{Field: "id", Problem: "is missing"}
	}
	return nil
}

func checkKind(kind string) error {
	switch {
	case kind == "":
		return &InvalidError{Field: "kind", Problem: "is missing"}
	case len(kind) > kindBytesMax:
		return &InvalidError{Field: "kind", Problem: fmt.Sprintf("has %d bytes, at most %d are allowed", len(kind), kindBytesMax)}
	case strings.HasPrefix(kind, "ledger."):
		return &InvalidError{Field: "kind", Problem: `begins with "ledger.", which only the ledger itself uses`}
	}
	for i := range len(kind) {
		c := kind[i]
		letter := c >= 'a' && c <= 'z'
		if !letter && (i == 0 || !(c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-')) {
			return &InvalidError{Field: "kind", Problem: fmt.Sprintf("%.70q: want lower-case words joined by '.', '_' or '-'", kind)}
		}
	}
	return nil
}

func checkText(field, text string, bytesMax int) error {
	switch {
	case len(text) > bytesMax:
		return &InvalidError{Field: field, Problem: fmt.Sprintf("has %d bytes, at most %d are allowed", len(text), bytesMax)}
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return &InvalidError{Field: field, Problem: "is not UTF-8 text without NUL"}
	}
	return nil
}

// checkReason checks who did something and the document that says why, which it
// makes canonical.
func checkReason(by string, document *json.RawMessage) error {
	if err := checkText("by", by, byBytesMax); err != nil {
		return err
	}
	canonical, err := canonicalDocument(*document)
	if err != nil {
		return &InvalidError{Field: "document", Problem: err.Error()}
	}
	*document = canonical
	return nil
}

// checkActor checks who did something and for what reason; both are required.
func checkActor(by, why string) error {
	if by == "" {
		return &InvalidError{Field: "by", Problem: "is missing"}
	}
	if err := checkText("by", by, byBytesMax); err != nil {
		return err
	}
	if why == "" {
		return &InvalidError{Field: "why", Problem: "is missing"}
	}
	return checkText("why", why, whyBytesMax)
}

// checkMetadata checks an account's metadata and makes it canonical.
func checkMetadata(field string, metadata *json.RawMessage) error {
	canonical, err := canonicalDocument(*metadata)
	switch {
	case err != nil:
		return &InvalidError{Field: field, Problem: err.Error()}
	case len(canonical) > metadataBytesMax:
		return &InvalidError{Field: field, Problem: fmt.Sprintf("%d bytes, at most %d are allowed", len(canonical), metadataBytesMax)}
	case len(canonical) > 0 && canonical[0] != '{':
		return &InvalidError{Field: field, Problem: "is no JSON object"}
	}
	*metadata = canonical
	return nil
}

func checkPath(field, path string) error {
	switch {
	case path == "":
		return &InvalidError{Field: field, Problem: "is missing"}
	case len(path) > pathBytesMax:
		return &InvalidError{Field: field, Problem: fmt.Sprintf("has %d bytes, at most %d are allowed", len(path), pathBytesMax)}
	}
	for segment := range strings.SplitSeq(path, "/") {
		if !isName(segment) {
			return &InvalidError{Field: field, Problem: fmt.Sprintf("%q: want segments of letters, digits, '.', '_' and '-' joined by '/'", path)}
		}
	}
	return nil
}

func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '_', c == '-':
		default:
			return false
		}
	}
	return s != ""
}

func checkPostings(postings []Posting) error {
	if len(postings) < 2 || len(postings) > postingsMax {
		return &InvalidError{Field: "postings", Problem: fmt.Sprintf("%d of them, 2 to %d are allowed", len(postings), postingsMax)}
	}
	for i := range postings {
		if checkPosting("", &postings[i]) != nil { // to name each field would cost more than to check it
			return checkPosting(fmt.Sprintf("postings[%d]", i), &postings[i])
		}
	}
	return nil
}

func checkPosting(field string, p *Posting) error {
	if err := checkPath(field+".account", p.Account); err != nil {
		return err
	}
	if err := checkSide(field, p.Side); err != nil {
		return err
	}
	return checkTake(field, p.Take, p.Amount)
}

func checkSide(field string, side Side) error {
	if side != DebitSide && side != CreditSide {
		return &InvalidError{Field: field + ".side", Problem: "is neither debit nor credit"}
	}
	return nil
}

func checkTake(field string, take Take, amount money.Amount) error {
	switch {
	case take < Exact || take > Rest:
		return &InvalidError{Field: field + ".take", Problem: "is none of exact, up to and rest"}
	case take == Rest && amount != money.Amount{}:
		return &InvalidError{Field: field + ".amount", Problem: "must be absent: the rest is whatever is lacking"}
	case take != Rest && !amount.IsValid():
		return &InvalidError{Field: field + ".amount", Problem: "is missing"}
	case take != Rest && amount.Sign() <= 0:
		return &InvalidError{Field: field + ".amount", Problem: fmt.Sprintf("is %s, must be positive: the side gives the direction", amount)}
	}
	return nil
}

func checkSpec(field string, spec *AccountSpec) error {
	if err := checkPath(field+".path", spec.Path); err != nil {
		return err
	}
	switch {
	case !isName(spec.Control) || len(spec.Control) > controlBytesMax:
		return &InvalidError{Field: field + ".control", Problem: fmt.Sprintf("%.40q: want 1 to %d letters, digits, '.', '_' and '-'", spec.Control, controlBytesMax)}
	case !spec.Currency.IsValid():
		return &InvalidError{Field: field + ".currency", Problem: "is missing"}
	case !spec.State.valid() || spec.State == StateClosed:
		return &InvalidError{Field: field + ".state", Problem: fmt.Sprintf("%.20q is no state to open an account in", spec.State)}
	}
	if err := checkSide(field, spec.Side); err != nil {
		return err
	}
	if err := checkBoundPair(field, spec); err != nil {
		return err
	}
	if err := checkLimits(field+".limits", spec.Limits, spec.Currency); err != nil {
		return err
	}
	empty := Account{AccountSpec: *spec}
	if err := empty.outside(); err != nil {
		return &InvalidError{Field: field, Problem: "its bounds do not allow the zero balance it begins with"}
	}
	return nil
}

func checkBoundPair(field string, spec *AccountSpec) error {
	for _, bound := range []money.Amount{spec.Floor, spec.Ceiling} {
		if bound.IsValid() && bound.Currency() != spec.Currency {
			return &InvalidError{Field: field, Problem: fmt.Sprintf("bound %s is not in %s", bound, spec.Currency)}
		}
	}
	if spec.Floor.IsValid() && spec.Ceiling.IsValid() && spec.Floor.Minor() > spec.Ceiling.Minor() {
		return &InvalidError{Field: field, Problem: fmt.Sprintf("floor %s is above ceiling %s", spec.Floor, spec.Ceiling)}
	}
	return nil
}
