package school

import "errors"

var (
	// ErrInUse means that another process has the data directory open for
	// writing.
	ErrInUse = errors.New("data directory is in use by another process")
	// ErrLocation means that the place of the data cannot be used: the text
	// says why.
	ErrLocation = errors.New("cannot use the data location")
	// ErrNoGateway means that the school was opened without a payment
	// gateway.
	ErrNoGateway = errors.New("no payment gateway is configured")
	// ErrKeyFile means that keys.json cannot be read.
	ErrKeyFile = errors.New("key file is damaged")
)
