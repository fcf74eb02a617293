package discord

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// What can be wrong with a call, told apart by what the caller should do next.
// Match with errors.Is.
var (
	// ErrGone: the channel, message, webhook or interaction no longer exists. Do
	// not try again.
	ErrGone = errors.New("gone from discord")
	// ErrForbidden: the bot may not see or do this. Try again when somebody has
	// changed the permissions.
	ErrForbidden = errors.New("forbidden by discord")
	// ErrInvalid: the message or command breaks a limit, whether Validate or
	// Discord found it. Repeating it cannot help.
	ErrInvalid = errors.New("not valid for discord")
	// ErrUnauthorized: Discord refuses the bot's token.
	ErrUnauthorized = errors.New("discord refuses the bot token")
	// ErrTransient: nothing was done; try again later (see RetryAfter).
	ErrTransient = errors.New("discord is unavailable for now")
	// ErrUnknownOutcome: the request may have been carried out, but the answer was
	// lost. Look before doing it again (FindOwn).
	ErrUnknownOutcome = errors.New("answer from discord was lost")
)

// Discord's own error codes that need to be told apart.
const (
	codeUnknownInteraction  = 10062
	codeAlreadyAcknowledged = 40060
)

// Error is a call that failed. It never holds a token: calls are named by
// their route's template.
type Error struct {
	Kind    error  // one of the sentinels above
	Call    string // method and route template
	Status  int    // HTTP status, 0 when there was no answer
	Code    int    // Discord's error code, 0 when it gave none
	Message string // Discord's own words, or what happened on the way
	// RetryAfter is how long Discord asked to wait; 0 when it did not say.
	RetryAfter time.Duration
	// afterLoss: an earlier attempt at the same call may have been carried out.
	afterLoss bool
	cause     error
}

// Error names the call, what kind of failure it is, and Discord's words.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %v", e.Call, e.Kind)
	if e.Status != 0 {
		fmt.Fprintf(&b, " (HTTP %d", e.Status)
		if e.Code != 0 {
			fmt.Fprintf(&b, ", code %d", e.Code)
		}
		b.WriteString(")")
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	return b.String()
}

// Unwrap gives the sentinel and, where there is one, the cause.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.cause}
}

// RetryAfter is how long Discord asked to wait before err's call is made again,
// 0 when it did not say.
func RetryAfter(err error) time.Duration {
	if e := asError(err); e != nil {
		return e.RetryAfter
	}
	return 0
}

func asError(err error) *Error {
	var e *Error
	errors.As(err, &e)
	return e
}

func hasCode(err error, code int) bool {
	e := asError(err)
	return e != nil && e.Code == code
}

// maxErrorText bounds what of Discord's error body is repeated in an error.
const maxErrorText = 300

// refusal turns an answer that is not 2xx into an error. Server errors and rate
// limits are the transport's to judge and do not come here.
func refusal(call string, status int, body []byte) *Error {
	e := &Error{Call: call, Status: status, Kind: ErrInvalid}
	var said struct {
		Code    int             `json:"code"`
		Message string          `json:"message"`
		Errors  json.RawMessage `json:"errors"`
	}
	unmarshal := json.Unmarshal(body, &said)
	if unmarshal == nil {
		e.Code, e.Message = said.Code, said.Message
		if len(said.Errors) > 0 {
			e.Message += " " + string(said.Errors)
		}
	}
	if len(e.Message) > maxErrorText {
		e.Message = strings.ToValidUTF8(e.Message[:maxErrorText], "") + "…"
	}
	switch {
	// A proxy's page and Cloudflare's refusal tell nothing of the channel: it passes.
	case unmarshal != nil && (status == http.StatusForbidden || status == http.StatusNotFound), e.Code == 40333:
		e.Kind = ErrTransient
	case status == http.StatusUnauthorized:
		e.Kind = ErrUnauthorized
	// 50001 missing access, 50007 cannot message this user, 50013 missing permissions.
	case status == http.StatusForbidden, e.Code == 50001, e.Code == 50007, e.Code == 50013:
		e.Kind = ErrForbidden
	// 10003 unknown channel, 10008 unknown message, 10015 unknown webhook.
	case status == http.StatusNotFound, e.Code == 10003, e.Code == 10008, e.Code == 10015:
		e.Kind = ErrGone
	}
	return e
}
