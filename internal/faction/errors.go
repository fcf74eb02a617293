package faction

import (
	"errors"
	"fmt"
)

// Kind sorts errors by what the person who meets them can do about it.
type Kind int

// The kinds of error. Anything without a kind is Internal.
const (
	Internal    Kind = iota // our fault; nothing the user can do but tell the operator
	NotFound                // no such thing, or not in this faction
	Invalid                 // the input is wrong; nothing was changed
	Denied                  // the caller may not do this
	Conflict                // somebody or something was faster; look again
	Unavailable             // Torn, Discord or the database did not answer; try later
)

// Error carries a kind and the words a person may see beside the cause that only logs see.
type Error struct {
	Kind Kind
	Say  string // what happened, whether anything was lost, what to do
	Err  error  // the cause; may be nil
}

// Error is for logs.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Say
	}
	return e.Say + ": " + e.Err.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an error of a kind from words a person may see.
func Errorf(k Kind, format string, args ...any) error {
	return &Error{Kind: k, Say: fmt.Sprintf(format, args...)}
}

// KindOf finds the kind of an error, Internal when none is known.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
