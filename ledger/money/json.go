package money

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// The members of an amount in JSON.
const (
	amountMember   = "amount"
	currencyMember = "currency"
)

// MarshalJSON writes {"amount":"12.50","currency":"CNY"}, always in this form
// and order. An amount without a currency is [ErrUnknownCurrency].
func (a Amount) MarshalJSON() ([]byte, error) {
	if !a.IsValid() {
		return nil, fmt.Errorf("marshal amount: %w", ErrUnknownCurrency)
	}
	// Digits, signs, points and ISO codes need no escapes.
	return []byte(`{"` + amountMember + `":"` + a.Decimal() + `","` + currencyMember + `":"` + a.currency.Code() + `"}`), nil
}

// UnmarshalJSON reads what [Amount.MarshalJSON] writes, in any order and with
// any blanks, and nothing that two readers could take for two amounts: null,
// JSON numbers (they may have been through a float), and missing, repeated,
// unknown or differently cased members are [ErrSyntax]; the texts themselves
// are read as [Parse] and [ParseCurrency] do. What fails leaves a as it was.
func (a *Amount) UnmarshalJSON(data []byte) error {
	members, err := stringMembers(data)
	if err != nil {
		return fmt.Errorf("amount in JSON: %w", err)
	}
	for _, name := range []string{amountMember, currencyMember} {
		if _, ok := members[name]; !ok {
			return fmt.Errorf("amount in JSON: no %q: %w", name, ErrSyntax)
		}
	}
	c, err := ParseCurrency(members[currencyMember])
	if err != nil {
		return fmt.Errorf("amount in JSON: %q: %w", currencyMember, err)
	}
	parsed, err := Parse(members[amountMember], c)
	if err != nil {
		return fmt.Errorf("amount in JSON: %w", err)
	}
	*a = parsed
	return nil
}

// stringMembers reads one object of amount and currency, both strings, and
// nothing after it. encoding/json's struct decoding would let the last of two
// equal names win, and take "AMOUNT" for "amount".
func stringMembers(data []byte) (map[string]string, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, fmt.Errorf("not an object: %w", ErrSyntax)
	}
	members := make(map[string]string, 2)
	for decoder.More() {
		name, value, err := stringMember(decoder)
		if err != nil {
			return nil, err
		}
		if _, repeated := members[name]; repeated {
			return nil, fmt.Errorf("%q twice: %w", name, ErrSyntax)
		}
		members[name] = value
	}
	if _, err := decoder.Token(); err != nil {
		return nil, malformed(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("more after the object: %w", ErrSyntax)
	}
	return members, nil
}

func stringMember(decoder *json.Decoder) (name, value string, err error) {
	key, err := decoder.Token()
	if err != nil {
		return "", "", malformed(err)
	}
	name, _ = key.(string) // the decoder takes nothing else for a key
	if name != amountMember && name != currencyMember {
		return "", "", fmt.Errorf("unknown member %.20q: %w", name, ErrSyntax)
	}
	token, err := decoder.Token()
	if err != nil {
		return "", "", malformed(err)
	}
	value, ok := token.(string)
	if !ok {
		return "", "", fmt.Errorf("%q is not a string: %w", name, ErrSyntax)
	}
	return name, value, nil
}

func malformed(err error) error { return fmt.Errorf("%w: %w", err, ErrSyntax) }
