package chat

import (
	"strconv"
	"strings"
)

// Kind tells how a request came in.
type Kind int

// The kinds of request.
const (
	Slash        Kind = iota // a slash command was sent
	Autocomplete             // somebody is still typing one
	Component                // a button was pressed or a select changed
	ModalSubmit              // a modal was sent
)

// Request is one interaction. Who the user is in Torn and what they may do is
// never taken from it: only ids that Discord vouches for are in here.
type Request struct {
	Kind          Kind
	CorrelationID string
	GuildID       string // empty in a direct message
	ChannelID     string
	MessageID     string // the message a component sits on
	UserID        string // Discord snowflake
	UserName      string // for greeting only
	// Path is a slash command's words without the slash: "war track start".
	Path string
	// Options holds what was filled in, as text, whatever its declared type: a
	// half-typed number must not end the process.
	Options map[string]string
	Focused string            // autocomplete: the option being typed
	ID      string            // component or modal: its custom id
	Values  []string          // select: what was picked
	Fields  map[string]string // modal: what was typed
	// Progress shows how a Long answer comes along, in its place; nil when it cannot.
	// It is called by the handler only, before it returns.
	Progress func(Message)
}

// Int reads a whole-number option. ok is false when it is absent; err tells that
// it is no number.
func (r Request) Int(name string) (n int64, ok bool, err error) {
	s := strings.TrimSpace(r.Options[name])
	if s == "" {
		return 0, false, nil
	}
	n, err = strconv.ParseInt(s, 10, 64)
	return n, err == nil, err
}

// Reply is the answer to a request.
type Reply struct {
	Message
	Ephemeral bool
	// Update replaces the message the component sits on instead of adding one.
	Update bool
	// Modal opens a form; nothing else of the reply is used then.
	Modal *Modal
}

// Choice is one autocomplete suggestion (both at most 100 characters).
type Choice struct{ Name, Value string }

// Plan is what must be known before a handler has finished.
type Plan struct {
	// Ephemeral is chosen when the answer is deferred and cannot change later.
	Ephemeral bool
	// Slow defers at once; otherwise only when the handler takes its time.
	Slow bool
	// Long: the handler may take minutes, not seconds. It goes with Slow.
	Long bool
	// Modal: the handler may answer with a form, so it is never deferred.
	Modal bool
}

// OptionType is what an option takes.
type OptionType int

// The option types.
const (
	String OptionType = iota
	Integer
	Boolean
	Channel
	Role
	UserOption
)

// Option is one parameter of a command.
type Option struct {
	Name, Description string
	Type              OptionType
	Required          bool
	Autocomplete      bool
	Choices           []Choice
	Min, Max          *float64
}

// Command is a slash command, or with Sub a group of them (two levels at most).
type Command struct {
	Name, Description string
	Options           []Option
	Sub               []Command
}
