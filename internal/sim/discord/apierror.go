package discord

import (
	"fmt"
	"net/http"
	"strings"
)

// apiError is an answer that Discord gives in its own JSON form.
type apiError struct {
	status int
	code   int
	msg    string
	fields problems
}

func (e *apiError) Error() string {
	s := fmt.Sprintf("%d: %s (code %d)", e.status, e.msg, e.code)
	for _, p := range e.fields {
		s += fmt.Sprintf("; %s: %s", p.path, p.msg)
	}
	return s
}

// body is what goes on the wire: for a bad form a tree that names each field.
func (e *apiError) body() any {
	out := map[string]any{"message": e.msg, "code": e.code}
	if len(e.fields) == 0 {
		return out
	}
	tree := map[string]any{}
	for _, p := range e.fields {
		at := tree
		for part := range strings.SplitSeq(p.path, ".") {
			next, ok := at[part].(map[string]any)
			if !ok {
				next = map[string]any{}
				at[part] = next
			}
			at = next
		}
		list, _ := at["_errors"].([]any)
		at["_errors"] = append(list, map[string]any{"code": p.code, "message": p.msg})
	}
	out["errors"] = tree
	return out
}

func notFound(code int, what string) *apiError {
	return &apiError{status: http.StatusNotFound, code: code, msg: "Unknown " + what}
}

func badRequest(code int, msg string) *apiError {
	return &apiError{status: http.StatusBadRequest, code: code, msg: msg}
}

func forbidden(code int, msg string) *apiError {
	return &apiError{status: http.StatusForbidden, code: code, msg: msg}
}

func unknownChannel() *apiError     { return notFound(10003, "Channel") }
func unknownGuild() *apiError       { return notFound(10004, "Guild") }
func unknownMember() *apiError      { return notFound(10007, "Member") }
func unknownMessage() *apiError     { return notFound(10008, "Message") }
func unknownRole() *apiError        { return notFound(10011, "Role") }
func unknownUser() *apiError        { return notFound(10013, "User") }
func unknownWebhook() *apiError     { return notFound(10015, "Webhook") }
func unknownInteraction() *apiError { return notFound(10062, "interaction") }
func unknownCommand() *apiError     { return notFound(10063, "application command") }
func missingAccess() *apiError      { return forbidden(50001, "Missing Access") }
func missingPermissions() *apiError { return forbidden(50013, "Missing Permissions") }
func emptyMessage() *apiError       { return badRequest(50006, "Cannot send an empty message") }
func unauthorized() *apiError {
	return &apiError{status: http.StatusUnauthorized, code: 0, msg: "401: Unauthorized"}
}
func invalidToken() *apiError {
	return &apiError{status: http.StatusUnauthorized, code: 50027, msg: "Invalid Webhook Token"}
}
func tooLarge() *apiError {
	return &apiError{status: http.StatusRequestEntityTooLarge, code: 40005, msg: "Request entity too large"}
}

// problem is one field of a form that is wrong.
type problem struct{ path, code, msg string }

// problems collects what is wrong with a form, all of it, as Discord does.
type problems []problem

func (p *problems) add(path, code, format string, args ...any) {
	*p = append(*p, problem{path, code, fmt.Sprintf(format, args...)})
}

// required adds a problem for a text that is empty.
func (p *problems) required(path, text string) bool {
	if strings.TrimSpace(text) == "" {
		p.add(path, "BASE_TYPE_REQUIRED", "This field is required")
		return false
	}
	return true
}

// maxLen adds a problem for a text of more than n characters.
func (p *problems) maxLen(path, text string, n int) {
	if length(text) > n {
		p.add(path, "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", n)
	}
}

// between adds a problem for a required text of more than n characters.
func (p *problems) between(path, text string, n int) {
	if p.required(path, text) {
		p.maxLen(path, text, n)
	}
}

// err is nil when nothing is wrong.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &apiError{status: http.StatusBadRequest, code: 50035, msg: "Invalid Form Body", fields: p}
}

// length counts characters as Discord does: code points.
func length(s string) int { return len([]rune(s)) }
