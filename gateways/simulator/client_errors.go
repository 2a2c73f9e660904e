package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/campusledger/campusledger/gateways"
)

// codeError is a refusal that the gateway signed.
type codeError struct {
	status int
	code   string
}

func (e *codeError) Error() string { return fmt.Sprintf("status %d, code %q", e.status, e.code) }

func readCode(status int, body []byte) error {
	var wire errorWire
	if err := json.Unmarshal(body, &wire); err != nil || wire.Code == "" {
		return fmt.Errorf("answer with status %d has no code", status)
	}
	return &codeError{status: status, code: wire.Code}
}

// translate turns what a call met into the errors of the port: a definite
// refusal is one, everything else leaves the outcome unknown.
func (c *Client) translate(err error) error {
	var refused *codeError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &refused), refused.status >= http.StatusInternalServerError, refused.status == http.StatusTooManyRequests:
		return fmt.Errorf("%s: %w: %w", c.name, gateways.ErrUnavailable, err)
	case refused.code == codeOrderPaid:
		return fmt.Errorf("%s: %w", c.name, gateways.ErrOrderPaid)
	}
	return &gateways.RefusedError{Gateway: c.name, Code: refused.code}
}
