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
	// ErrKeyFile means that keys.json, or the file of the keys that sign
	// checkpoints, cannot be read.
	ErrKeyFile = errors.New("key file cannot be read")
	// ErrSealKeys means that the book's checkpoints were signed with keys that
	// the data directory does not have.
	ErrSealKeys = errors.New("the checkpoints were signed with other keys: find their file; if it is lost for good, make new ones with 'key generate --lost'")
	// ErrSealed means that the book is sealed with the keys there are.
	ErrSealed = errors.New("the book is sealed with the keys there are: rotate them instead")
)
