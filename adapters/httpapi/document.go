package httpapi

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
)

//go:embed openapi.yaml
var documentText []byte

// OpenAPI returns the document that describes the API: the text served at
// /openapi.yaml.
func OpenAPI() []byte { return slices.Clone(documentText) }

// operation is one operation of the document.
type operation struct {
	id    string
	roles []Role
	route *routers.Route // for the validator
}

// isOpen reports whether the operation takes no credential.
func (o *operation) isOpen() bool { return slices.Contains(o.roles, anyone) }

// operations are the document's, by method and path: "GET /v1/bindings".
type operations map[string]*operation

func loadOperations() (operations, error) {
	document, err := openapi3.NewLoader().LoadFromData(documentText)
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	if err := document.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("check openapi.yaml: %w", err)
	}
	all := operations{}
	for path, item := range document.Paths.Map() {
		for method, op := range item.Operations() {
			roles, err := rolesOf(op)
			if err != nil {
				return nil, fmt.Errorf("openapi.yaml: %s %s: %w", method, path, err)
			}
			op.Security = openapi3.NewSecurityRequirements() // identify has asked before the validator
			all[method+" "+path] = &operation{
				id: op.OperationID, roles: roles,
				route: &routers.Route{Spec: document, Path: path, PathItem: item, Method: method, Operation: op},
			}
		}
	}
	return all, nil
}

// rolesOf reads x-roles. An operation without it, or with a word that is no
// role, is an error: nothing is open by omission.
func rolesOf(op *openapi3.Operation) ([]Role, error) {
	names, _ := op.Extensions["x-roles"].([]any)
	if len(names) == 0 {
		return nil, fmt.Errorf("no x-roles")
	}
	var roles []Role
	for _, name := range names {
		text, _ := name.(string)
		role := Role(text)
		if !slices.Contains([]Role{Guardian, Cashier, Office, Finance, Auditor, anyone}, role) {
			return nil, fmt.Errorf("x-roles: unknown role %v", name)
		}
		roles = append(roles, role)
	}
	if open := op.Security != nil && len(*op.Security) == 0; open != slices.Equal(roles, []Role{anyone}) {
		return nil, fmt.Errorf("x-roles and security contradict each other")
	}
	return roles, nil
}
