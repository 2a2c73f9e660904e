package audit

import "errors"

// ErrState reports a [State] that cannot be gone on from: it is of another book
// or of another format, is damaged, or lies behind a checkpoint that should be
// compared.
var ErrState = errors.New("not a state to go on from")
