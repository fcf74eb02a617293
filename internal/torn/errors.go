package torn

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"consigliere/internal/faction"
)

// Reaction is what has to happen after an error: one per error, whoever meets it.
type Reaction int

// The reactions.
const (
	// Permanent: this call cannot succeed; nothing is wrong with the key.
	Permanent Reaction = iota
	// Retry: Torn's or the network's passing fault; the client tries again itself.
	Retry
	// PauseUser: every key of that Torn user rests for a minute; others go on.
	PauseUser
	// DropKey: the key is dead; delete it and tell its owner.
	DropKey
	// DisableKey: keep the key, do not use it, test it again daily.
	DisableKey
	// UseOtherKey: this key may not read this; another may.
	UseOtherKey
	// StopAll: this host's address is in trouble; no traffic at all.
	StopAll
	// Backoff: Torn is closed; everybody waits some minutes.
	Backoff
	// TellOperator: we asked wrongly, or the API changed under us.
	TellOperator
	// NotFound: there is no such thing.
	NotFound
)

var reactionNames = [...]string{
	"permanent", "retry", "pause_user", "drop_key", "disable_key",
	"use_other_key", "stop_all", "backoff", "tell_operator", "not_found",
}

// String is the reaction's name in logs and metrics.
func (r Reaction) String() string {
	if r < 0 || int(r) >= len(reactionNames) {
		return "reaction " + fmt.Sprint(int(r))
	}
	return reactionNames[r]
}

// One sentinel per code of Torn's error list (api-v2.md 1.1), for errors.Is.
var (
	ErrUnknown            = errors.New("unknown error")                                        // 0
	ErrKeyEmpty           = errors.New("no key was sent")                                      // 1
	ErrKeyIncorrect       = errors.New("incorrect key")                                        // 2
	ErrWrongType          = errors.New("wrong type")                                           // 3
	ErrWrongFields        = errors.New("wrong fields")                                         // 4
	ErrTooManyRequests    = errors.New("too many requests of this user")                       // 5
	ErrNotFound           = errors.New("no such id")                                           // 6
	ErrNoAccess           = errors.New("private data, or the owner lost faction API access")   // 7
	ErrBanned             = errors.New("this host's address is banned for a while")            // 8
	ErrAPIDisabled        = errors.New("the API is switched off")                              // 9
	ErrOwnerInFederalJail = errors.New("the key's owner is in federal jail")                   // 10
	ErrKeyChange          = errors.New("a key may be changed once a minute")                   // 11
	ErrKeyRead            = errors.New("Torn could not read the key")                          // 12
	ErrOwnerInactive      = errors.New("the key's owner was away for more than seven days")    // 13
	ErrDailyLimit         = errors.New("the owner's daily limit of stored records is used up") // 14
	ErrLogUnavailable     = errors.New("the log is not available now")                         // 15
	ErrAccessLevel        = errors.New("the key's access level is too low")                    // 16
	ErrBackend            = errors.New("Torn's backend failed")                                // 17
	ErrKeyPaused          = errors.New("the owner paused the key")                             // 18
	ErrOldCrimes1         = errors.New("the user has not moved to crimes 2.0")                 // 19
	ErrRaceRunning        = errors.New("the race has not finished")                            // 20
	ErrWrongCategory      = errors.New("wrong category")                                       // 21
	ErrOnlyV1             = errors.New("the selection exists in v1 only")                      // 22
	ErrOnlyV2             = errors.New("the selection exists in v2 only")                      // 23
	ErrClosed             = errors.New("closed temporarily")                                   // 24
	ErrWrongStat          = errors.New("wrong stat")                                           // 25
	ErrCategoryOrStat     = errors.New("a category or stats, not both")                        // 26
	ErrOldCrimes          = errors.New("the faction has not moved to organized crimes 2.0")    // 27
	ErrWrongLog           = errors.New("wrong log id")                                         // 28
	ErrLogCategory        = errors.New("the category does not go with interaction logs")       // 29
	ErrNoFile             = errors.New("no such file")                                         // 30
	ErrUnlisted           = errors.New("an error this version does not know")                  // any other
	ErrUnreachable        = errors.New("Torn did not answer properly")                         // transport, 5xx, HTML, cut bodies
	ErrShape              = errors.New("Torn's answer has another shape than documented")      // JSON, but not this
	ErrBlocked            = errors.New("this host's address is limited")                       // HTTP 429, Cloudflare
	ErrStopped            = errors.New("traffic to Torn is stopped")                           // our breaker
	ErrNoKey              = errors.New("no key can do this")                                   // our pool
)

type rule struct {
	sentinel error
	reaction Reaction
	kind     faction.Kind
	say      string
}

const (
	sayLater  = "Torn has a passing problem. Nothing was lost; try again in a minute."
	sayClosed = "Torn's API is closed right now. Nothing was lost; we try again by ourselves in a few minutes."
	sayLimit  = "Torn limits our requests right now. Nothing was lost; we go on by ourselves in a minute or two."
	sayBug    = "Torn did not understand our request. That is our fault; the operator has been told."
)

// codes is Torn's error list in order: the one place where a code gets its meaning.
var codes = [...]rule{
	0:  {ErrUnknown, Retry, faction.Unavailable, sayLater},
	1:  {ErrKeyEmpty, TellOperator, faction.Internal, sayBug},
	2:  {ErrKeyIncorrect, DropKey, faction.Invalid, "Torn does not know this key: it was deleted or mistyped. Make a new one and use /link."},
	3:  {ErrWrongType, TellOperator, faction.Internal, sayBug},
	4:  {ErrWrongFields, TellOperator, faction.Internal, sayBug},
	5:  {ErrTooManyRequests, PauseUser, faction.Unavailable, "The owner of this key has used up the requests that Torn grants in a minute. Try again in a minute."},
	6:  {ErrNotFound, NotFound, faction.NotFound, "Torn knows nothing under this id."},
	7:  {ErrNoAccess, UseOtherKey, faction.Denied, "The key's owner may not read this: it is private, or their position lost Faction API Access."},
	8:  {ErrBanned, StopAll, faction.Unavailable, sayLimit},
	9:  {ErrAPIDisabled, Backoff, faction.Unavailable, sayClosed},
	10: {ErrOwnerInFederalJail, DisableKey, faction.Unavailable, "The key's owner is in federal jail; Torn does not answer to such keys. It is tested again every day."},
	11: {ErrKeyChange, Permanent, faction.Conflict, "Torn lets a key be changed once a minute. Try again in a minute."},
	12: {ErrKeyRead, Retry, faction.Unavailable, sayLater},
	13: {ErrOwnerInactive, DisableKey, faction.Unavailable, "The key's owner was away for more than seven days; Torn does not answer to such keys. It is tested again every day."},
	14: {ErrDailyLimit, UseOtherKey, faction.Unavailable, "The key's owner has used up today's reads of stored records. It recovers within a day."},
	15: {ErrLogUnavailable, Retry, faction.Unavailable, sayLater},
	16: {ErrAccessLevel, UseOtherKey, faction.Denied, "The key's access level is too low for this. Make one with more access and use /link."},
	17: {ErrBackend, Retry, faction.Unavailable, sayLater},
	18: {ErrKeyPaused, DisableKey, faction.Unavailable, "The key is paused. Resume it in Torn's settings under API keys; it is tested again every day."},
	19: {ErrOldCrimes1, Permanent, faction.Unavailable, "This player still has the old crimes, which Torn does not show."},
	20: {ErrRaceRunning, Permanent, faction.Unavailable, "The race has not finished."},
	21: {ErrWrongCategory, TellOperator, faction.Internal, sayBug},
	22: {ErrOnlyV1, TellOperator, faction.Internal, sayBug},
	23: {ErrOnlyV2, TellOperator, faction.Internal, sayBug},
	24: {ErrClosed, Backoff, faction.Unavailable, sayClosed},
	25: {ErrWrongStat, TellOperator, faction.Internal, sayBug},
	26: {ErrCategoryOrStat, TellOperator, faction.Internal, sayBug},
	27: {ErrOldCrimes, Permanent, faction.Unavailable, "This faction still has the old organized crimes, which Torn does not show. We look again every day."},
	28: {ErrWrongLog, TellOperator, faction.Internal, sayBug},
	29: {ErrLogCategory, TellOperator, faction.Internal, sayBug},
	30: {ErrNoFile, NotFound, faction.NotFound, "Torn has no such file."},
}

// ruleOf finds what a code means. Codes of tomorrow end the call and leave the key alone.
func ruleOf(code int) rule {
	if code < 0 || code >= len(codes) {
		return rule{ErrUnlisted, Permanent, faction.Unavailable, "Torn refused this with an error that we do not know yet. The operator can find it in the log."}
	}
	return codes[code]
}

// noCode marks an Error that is not from Torn's list.
const noCode = -1

// Error is a failed call: Torn's own error, or what the way to Torn did. It
// matches its sentinel by errors.Is, and faction.KindOf finds its kind. It never
// holds a key.
type Error struct {
	Code     int    // Torn's code; -1 when the fault lies outside its list
	Text     string // Torn's words, or what went wrong on the way
	Endpoint string // such as "faction/{id}/members"
	Reaction Reaction

	rule  rule
	cause error
	// wait is how long Torn asked to stay away (Retry-After); 0 when it did not.
	wait time.Duration
}

// Error is for logs.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.rule.sentinel.Error())
	if e.Code != noCode {
		fmt.Fprintf(&b, " (Torn error %d)", e.Code)
	}
	if e.Text != "" {
		b.WriteString(": ")
		b.WriteString(e.Text)
	}
	return b.String()
}

// Unwrap gives the sentinel and, when there is one, the cause.
func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{e.rule.sentinel}
	}
	return []error{e.rule.sentinel, e.cause}
}

// As shows the error as a faction.Error, with words that a person may see.
func (e *Error) As(target any) bool {
	t, ok := target.(**faction.Error)
	if ok {
		*t = &faction.Error{Kind: e.rule.kind, Say: e.rule.say, Err: e.rule.sentinel}
	}
	return ok
}

// ReactionOf finds the reaction that an error asks for, Permanent when it is none of ours.
func ReactionOf(err error) Reaction {
	var e *Error
	if errors.As(err, &e) {
		return e.Reaction
	}
	return Permanent
}

// codeError makes the error of a code that Torn sent.
func codeError(code int, text, endpoint string) *Error {
	r := ruleOf(code)
	return &Error{Code: code, Text: clip(text), Endpoint: endpoint, Reaction: r.reaction, rule: r}
}

func unreachable(endpoint, text string, cause error) *Error {
	r := rule{ErrUnreachable, Retry, faction.Unavailable, "Torn did not answer. Nothing was lost; we try again by ourselves."}
	return &Error{Code: noCode, Text: clip(text), Endpoint: endpoint, Reaction: Retry, rule: r, cause: cause}
}

func wrongShape(endpoint, text string) *Error {
	r := rule{ErrShape, TellOperator, faction.Unavailable, "Torn's answer could not be read. Nothing was lost; the operator has been told."}
	return &Error{Code: noCode, Text: clip(text), Endpoint: endpoint, Reaction: TellOperator, rule: r}
}

func blocked(endpoint, text string, wait time.Duration) *Error {
	r := rule{ErrBlocked, StopAll, faction.Unavailable, sayLimit}
	return &Error{Code: noCode, Text: clip(text), Endpoint: endpoint, Reaction: StopAll, rule: r, wait: wait}
}

func stopped(endpoint string, until time.Time, reason string) *Error {
	r := rule{ErrStopped, Backoff, faction.Unavailable, "We have stopped talking to Torn until " + until.UTC().Format("15:04:05") + " UTC: " + reason + "."}
	return &Error{
		Code: noCode, Text: "until " + until.UTC().Format(time.RFC3339) + ": " + reason,
		Endpoint: endpoint, Reaction: Backoff, rule: r,
	}
}

// clip keeps foreign words short and on one line.
func clip(s string) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "?")), " ")
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}
