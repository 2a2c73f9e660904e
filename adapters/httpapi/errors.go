package httpapi

import (
	"errors"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
)

// The conditions of the transport itself. They are answered as problems and do
// not leave the package.
var (
	errUnauthorized   = errors.New("no valid credential")
	errForbidden      = errors.New("the credential's role may not do this")
	errNoRoute        = errors.New("no such resource")
	errMethod         = errors.New("the resource does not know this method")
	errInvalidRequest = errors.New("the request does not fit the document")
	errMalformedJSON  = errors.New("the body is not JSON")
	errBodyTooLarge   = errors.New("the body is too large")
	errMediaType      = errors.New("the body must be application/json")
	errSaleUnknown    = errors.New("no such sale")
	errCardChanged    = errors.New("the holder's card is another one by now")
	errTimeout        = errors.New("the request took too long")
)

// requestError says where a request is wrong. It unwraps to errInvalidRequest
// or errMalformedJSON.
type requestError struct {
	condition error
	items     []wire.ProblemItem
}

func (e *requestError) Error() string { return e.condition.Error() }

// Unwrap returns the condition.
func (e *requestError) Unwrap() error { return e.condition }

// invalidField is a requestError about one place in the body.
func invalidField(detail string, tokens ...string) error {
	return &requestError{condition: errInvalidRequest, items: []wire.ProblemItem{{Detail: detail, Pointer: pointer(tokens...)}}}
}

// invalidParameter is a requestError about a path or query parameter, or a header.
func invalidParameter(name, detail string) error {
	return &requestError{condition: errInvalidRequest, items: []wire.ProblemItem{{Detail: detail, Parameter: &name}}}
}
