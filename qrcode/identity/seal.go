package identity

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
)

// sealer turns personal data into what the database may hold, and back. The
// place a value belongs to is authenticated with it, so that a row copied onto
// another holder does not open.
type sealer struct {
	keys   *Keys
	index  []byte
	number []byte
}

func newSealer(keys *Keys) (*sealer, error) {
	index, err := hkdf.Key(sha256.New, keys.index, nil, "campusledger identity index", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive index key: %w", err)
	}
	number, err := hkdf.Key(sha256.New, keys.index, nil, "campusledger identity number", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive number key: %w", err)
	}
	return &sealer{keys: keys, index: index, number: number}, nil
}

func (s *sealer) seal(place string, plain []byte) ([]byte, error) {
	sealed, err := s.keys.aead.Encrypt(plain, []byte(place))
	if err != nil {
		return nil, fmt.Errorf("seal %s: %w", place, err)
	}
	return sealed, nil
}

func (s *sealer) open(place string, sealed []byte) ([]byte, error) {
	plain, err := s.keys.aead.Decrypt(sealed, []byte(place))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", place, err)
	}
	return plain, nil
}

func (s *sealer) openPerson(school, holder int64, sealed []byte) (Person, error) {
	place := personPlace(school, holder)
	plain, err := s.open(place, sealed)
	if err != nil {
		return Person{}, err
	}
	var person Person
	if err := json.Unmarshal(plain, &person); err != nil {
		return Person{}, fmt.Errorf("read %s: %w", place, err)
	}
	return person, nil
}

// fresh tells whether a value was sealed with the primary key: Tink puts the
// key's id into the first five bytes.
func (s *sealer) fresh(sealed []byte) (bool, error) {
	primary, err := s.keys.sealing.Primary()
	if err != nil {
		return false, fmt.Errorf("primary key: %w", err)
	}
	return len(sealed) >= 5 && binary.BigEndian.Uint32(sealed[1:5]) == primary.KeyID(), nil
}

// The blind indexes: equal inputs meet, and nobody without the key can tell
// which input it was, not even by trying all student numbers.
func (s *sealer) studentIndex(school int64, studentNo string) []byte {
	return s.blind("student", school, matchForm(studentNo))
}

func (s *sealer) idIndex(school int64, idNo string) []byte {
	if idNo == "" {
		return nil
	}
	return s.blind("id", school, matchForm(idNo))
}

func (s *sealer) guardianIndex(subject string) []byte {
	// A login subject is an identifier of another system: compared byte by byte.
	return s.blind("guardian", 0, subject)
}

func (s *sealer) blind(kind string, school int64, value string) []byte {
	mac := hmac.New(sha256.New, s.index)
	_, _ = fmt.Fprintf(mac, "%s\x00%d\x00%s", kind, school, value)
	return mac.Sum(nil)
}

func personPlace(school, holder int64) string { return fmt.Sprintf("holder %d/%d", school, holder) }

func eventPlace(school, holder, change int64) string {
	return fmt.Sprintf("event %d/%d/%d", school, holder, change)
}

func bindingPlace(school, holder int64) string { return fmt.Sprintf("binding %d/%d", school, holder) }
