package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/gorilla/mux"

	"github.com/campusledger/campusledger/adapters/httpapi/wire"
)

// validateRequest holds a request against the document, and answers every
// fault that it finds. Afterwards the body can be read again.
func validateRequest(r *http.Request, op *operation) error {
	if op.route.Operation.RequestBody != nil {
		if err := checkJSON(r); err != nil {
			return err
		}
	}
	err := openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: mux.Vars(r), Route: op.route,
		Options: &openapi3filter.Options{
			MultiError: true, SkipSettingDefaults: true,
		},
	})
	if err == nil {
		return nil
	}
	return &requestError{condition: errInvalidRequest, items: faults(err)}
}

// checkJSON reads the body, which must be one JSON value and nothing after it:
// decoders alone would stop at the value's end. An empty body is left to the
// validator.
func checkJSON(r *http.Request) error {
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return errMediaType
	}
	body, err := readBody(r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return errBodyTooLarge
	case err != nil:
		return &requestError{condition: errMalformedJSON, items: []wire.ProblemItem{{Detail: "the body broke off", Pointer: pointer("")}}}
	case len(body) > 0 && !json.Valid(body):
		return malformed(body)
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return nil
}

// bodyLikely is how much is made room for before a body was seen, at most: its
// length is what a sender says.
const bodyLikely = 16 << 10

// readBody reads the body at once if it is as long as the sender says.
func readBody(r *http.Request) ([]byte, error) {
	var body bytes.Buffer
	if 0 < r.ContentLength && r.ContentLength <= bodyLikely {
		body.Grow(int(r.ContentLength) + bytes.MinRead) // what ReadFrom wants to see the end
	}
	_, err := body.ReadFrom(r.Body)
	return body.Bytes(), err
}

// malformed says where a body stops being JSON.
func malformed(body []byte) error {
	detail := "is not JSON"
	var value any
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(body, &value), &syntax) {
		detail = fmt.Sprintf("byte %d: %v", syntax.Offset, syntax)
	}
	return &requestError{condition: errMalformedJSON, items: []wire.ProblemItem{{Detail: detail, Pointer: pointer("")}}}
}

// faults flattens the validator's errors, which nest, into items.
func faults(err error) []wire.ProblemItem {
	if many, ok := err.(openapi3.MultiError); ok { //nolint:errorlint // one level at a time, so that no fault is lost
		return eachFault(many, faults)
	}
	var request *openapi3filter.RequestError
	switch {
	case errors.As(err, &request) && request.Parameter != nil:
		return []wire.ProblemItem{{Detail: reason(request), Parameter: &request.Parameter.Name}}
	case errors.As(err, &request) && request.RequestBody != nil:
		return bodyFaults(request)
	}
	return []wire.ProblemItem{{Detail: "does not fit the document"}}
}

func bodyFaults(request *openapi3filter.RequestError) []wire.ProblemItem {
	if request.Err == nil || errors.Is(request.Err, openapi3filter.ErrInvalidRequired) {
		return []wire.ProblemItem{{Detail: "a JSON body is required", Pointer: pointer("")}}
	}
	return schemaFaults(request.Err)
}

func schemaFaults(err error) []wire.ProblemItem {
	if many, ok := err.(openapi3.MultiError); ok { //nolint:errorlint // one level at a time, so that no fault is lost
		return eachFault(many, schemaFaults)
	}
	var fault *openapi3.SchemaError
	if errors.As(err, &fault) {
		return []wire.ProblemItem{{Detail: schemaReason(fault), Pointer: pointer(fault.JSONPointer()...)}}
	}
	return []wire.ProblemItem{{Detail: "does not fit the document", Pointer: pointer("")}}
}

func eachFault(many openapi3.MultiError, of func(error) []wire.ProblemItem) []wire.ProblemItem {
	var items []wire.ProblemItem
	for _, err := range many {
		items = append(items, of(err)...)
	}
	return items
}

func reason(request *openapi3filter.RequestError) string {
	var fault *openapi3.SchemaError
	switch {
	case errors.As(request.Err, &fault):
		return schemaReason(fault)
	case errors.Is(request.Err, openapi3filter.ErrInvalidRequired):
		return "is required"
	case errors.Is(request.Err, openapi3filter.ErrInvalidEmptyValue):
		return "must not be empty"
	}
	return "cannot be read as what the document asks for"
}

// schemaReason is the validator's own words, which name the rule and never
// repeat the value, but for patterns, which say little to a person.
func schemaReason(fault *openapi3.SchemaError) string {
	if fault.SchemaField == "pattern" && fault.Schema != nil && fault.Schema.Description != "" {
		return "does not match " + fault.Schema.Pattern + ": " + fault.Schema.Description
	}
	return fault.Reason
}

// pointer is a JSON pointer (RFC 6901) as a URI fragment, as RFC 9457 shows it.
func pointer(tokens ...string) *string {
	text := "#"
	for _, token := range tokens {
		if token != "" {
			text += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(token)
		}
	}
	return &text
}
