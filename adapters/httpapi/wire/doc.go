// Package wire holds the types of the HTTP API as JSON carries them, and the
// server's frame on gorilla/mux. All else in it is generated from
// ../openapi.yaml by `make generate`. A Go client may use the types.
package wire
