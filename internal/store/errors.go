package store

import (
	"errors"
	"io"
	"net"

	"github.com/jackc/pgx/v5/pgconn"
)

const uniqueViolation = "23505"

// isUnique tells whether an insert met a row that is already there, and under which constraint.
func isUnique(err error) (constraint string, ok bool) {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == uniqueViolation {
		return pg.ConstraintName, true
	}
	return "", false
}

func isNetwork(err error) bool {
	var n net.Error
	return errors.As(err, &n) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// scrub keeps a connection string's password out of errors: pgx already hides it
// in parse errors; a connect error names host, user and database only.
func scrub(err error) error {
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) {
		return errors.New("the connection string cannot be read; expected postgres://user:password@host:port/database")
	}
	return err
}
