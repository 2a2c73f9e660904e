package pgstore

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/campusledger/campusledger/ledger"
)

// The SQLSTATEs of a write that lost against another one (PostgreSQL manual,
// appendix A). A duplicate key is one of them: under the book's lock the rules
// have looked up every key they write.
const (
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"
)

// The SQLSTATEs of statements that came upon damage: a position in a body that is
// no number, and the number of rows that should have been there.
const (
	invalidText    = "22P02"
	divisionByZero = "22012"
)

// translate adds the ledger's condition to an error of the database.
func translate(err error) error {
	var answer *pgconn.PgError
	if !errors.As(err, &answer) {
		return err
	}
	switch answer.Code {
	case uniqueViolation, serializationFailure, deadlockDetected, lockNotAvailable:
		return fmt.Errorf("%w: %w", ledger.ErrConflict, err)
	case invalidText, divisionByZero:
		return fmt.Errorf("%w: %w", ledger.ErrCorrupt, err)
	}
	return err
}

// refused reports whether the error is an answer of a server that goes on
// serving the connection, so that the transaction is known to be undone. A
// server that ends the connection (FATAL) may do so with the commit done.
func refused(err error) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.SeverityUnlocalized == "ERROR"
}
