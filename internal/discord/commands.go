package discord

import (
	"regexp"
	"strconv"
	"strings"

	"consigliere/internal/chat"
)

// Discord's limits for commands.
const (
	maxCommands        = 100 // per scope
	maxCommandText     = 100 // description, and both sides of a choice
	maxCommandOptions  = 25
	maxChoices         = 25
	maxCommandTotal    = 8000 // names, descriptions and values of one command
	maxOptionLength    = 6000
	maxInteger         = 1 << 53
	commandChatInput   = 1
	optionSub          = 1
	optionGroup        = 2
	optionString       = 3
	optionInteger      = 4
	optionBoolean      = 5
	optionUser         = 6
	optionChannel      = 7
	optionRole         = 8
	maxSubcommandDepth = 2
)

var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}]{1,32}$`)

// ValidateCommands tells everything about the commands that Discord would
// refuse, as one error that is an ErrInvalid.
func ValidateCommands(commands []chat.Command) error {
	var p problems
	p.count("commands", len(commands), 0, maxCommands)
	seen := make(map[string]bool)
	for _, c := range commands {
		at := "/" + c.Name
		if seen[c.Name] {
			p.add("%s is there twice", at)
		}
		seen[c.Name] = true
		if total := p.command(at, c, 0); total > maxCommandTotal {
			p.add("%s has %d characters in all, at most %d are allowed", at, total, maxCommandTotal)
		}
	}
	return p.err()
}

// command checks one command or subcommand and counts its characters.
func (p *problems) command(at string, c chat.Command, depth int) (total int) {
	p.commandName(at, c.Name)
	p.text(at+" description", c.Description, 1, maxCommandText)
	total = length(c.Name) + length(c.Description)
	if len(c.Sub) > 0 && len(c.Options) > 0 {
		p.add("%s has both subcommands and options", at)
	}
	if len(c.Sub) > 0 && depth == maxSubcommandDepth {
		p.add("%s is nested too deep", at)
	}
	p.count(at+" options", len(c.Options), 0, maxCommandOptions)
	p.count(at+" subcommands", len(c.Sub), 0, maxCommandOptions)
	seen := make(map[string]bool)
	for _, sub := range c.Sub {
		if seen[sub.Name] {
			p.add("%s %s is there twice", at, sub.Name)
		}
		seen[sub.Name] = true
		total += p.command(at+" "+sub.Name, sub, depth+1)
	}
	optional := false
	for _, o := range c.Options {
		if seen[o.Name] {
			p.add("%s has the option %s twice", at, o.Name)
		}
		seen[o.Name] = true
		if o.Required && optional {
			p.add("%s has the required option %s after an optional one", at, o.Name)
		}
		optional = optional || !o.Required
		total += p.option(at+" "+o.Name, o)
	}
	return total
}

func (p *problems) commandName(at, name string) {
	if !commandName.MatchString(name) || strings.ToLower(name) != name {
		p.add("%s: a name has 1 to 32 lower-case letters, digits, dashes and underscores", at)
	}
}

func (p *problems) option(at string, o chat.Option) (total int) {
	p.commandName(at, o.Name)
	p.text(at+" description", o.Description, 1, maxCommandText)
	total = length(o.Name) + length(o.Description)
	typed := o.Type == chat.String || o.Type == chat.Integer
	if optionType(o.Type) == 0 {
		p.add("%s is of an unknown type", at)
	}
	if (o.Autocomplete || len(o.Choices) > 0 || o.Min != nil || o.Max != nil) && !typed {
		p.add("%s: only text and numbers have choices, suggestions and bounds", at)
	}
	if o.Autocomplete && len(o.Choices) > 0 {
		p.add("%s has both choices and suggestions", at)
	}
	p.bounds(at, o)
	p.count(at+" choices", len(o.Choices), 0, maxChoices)
	for _, c := range o.Choices {
		p.text(at+" choice name", c.Name, 1, maxCommandText)
		p.text(at+" choice value", c.Value, 1, maxCommandText)
		if _, err := parseInteger(c.Value); err != nil && o.Type == chat.Integer {
			p.add("%s has the choice %q, which is no whole number", at, c.Value)
		}
		total += length(c.Name) + length(c.Value)
	}
	return total
}

func (p *problems) bounds(at string, o chat.Option) {
	lo, hi := float64(-maxInteger), float64(maxInteger)
	if o.Type == chat.String {
		lo, hi = 0, maxOptionLength
	}
	for _, b := range []*float64{o.Min, o.Max} {
		if b != nil && (*b < lo || *b > hi || *b != float64(int64(*b))) {
			p.add("%s has the bound %v, which Discord does not take", at, *b)
		}
	}
	if o.Min != nil && o.Max != nil && *o.Min > *o.Max {
		p.add("%s has a minimum above its maximum", at)
	}
}

type commandBody struct {
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Type        int          `json:"type"`
	Options     []optionBody `json:"options,omitempty"`
}

type optionBody struct {
	Type         int          `json:"type"`
	Name         string       `json:"name"`
	Description  string       `json:"description"`
	Required     bool         `json:"required,omitempty"`
	Autocomplete bool         `json:"autocomplete,omitempty"`
	Choices      []choiceBody `json:"choices,omitempty"`
	Options      []optionBody `json:"options,omitempty"`
	MinValue     *int64       `json:"min_value,omitempty"`
	MaxValue     *int64       `json:"max_value,omitempty"`
	MinLength    *int64       `json:"min_length,omitempty"`
	MaxLength    *int64       `json:"max_length,omitempty"`
}

// choiceBody's value is a string or a number, as the option declares.
type choiceBody struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// commandBodies converts commands that have passed ValidateCommands.
func commandBodies(commands []chat.Command) []commandBody {
	out := make([]commandBody, 0, len(commands))
	for _, c := range commands {
		out = append(out, commandBody{
			Name: c.Name, Description: c.Description, Type: commandChatInput, Options: optionBodies(c),
		})
	}
	return out
}

func optionBodies(c chat.Command) []optionBody {
	var out []optionBody
	for _, sub := range c.Sub {
		kind := optionSub
		if len(sub.Sub) > 0 {
			kind = optionGroup
		}
		out = append(out, optionBody{
			Type: kind, Name: sub.Name, Description: sub.Description, Options: optionBodies(sub),
		})
	}
	for _, o := range c.Options {
		b := optionBody{
			Type: optionType(o.Type), Name: o.Name, Description: o.Description,
			Required: o.Required, Autocomplete: o.Autocomplete, Choices: choiceBodies(o.Choices, o.Type),
		}
		if o.Type == chat.String {
			b.MinLength, b.MaxLength = whole(o.Min), whole(o.Max)
		} else {
			b.MinValue, b.MaxValue = whole(o.Min), whole(o.Max)
		}
		out = append(out, b)
	}
	return out
}

func choiceBodies(choices []chat.Choice, t chat.OptionType) []choiceBody {
	out := make([]choiceBody, 0, len(choices))
	for _, c := range choices {
		body := choiceBody{Name: c.Name, Value: c.Value}
		if t == chat.Integer {
			if n, err := parseInteger(c.Value); err == nil {
				body.Value = n
			}
		}
		out = append(out, body)
	}
	return out
}

// parseInteger reads a whole number that Discord's clients can hold exactly.
func parseInteger(s string) (int64, error) { return strconv.ParseInt(s, 10, 54) }

func whole(f *float64) *int64 {
	if f == nil {
		return nil
	}
	n := int64(*f)
	return &n
}

func optionType(t chat.OptionType) int {
	switch t {
	case chat.String:
		return optionString
	case chat.Integer:
		return optionInteger
	case chat.Boolean:
		return optionBoolean
	case chat.Channel:
		return optionChannel
	case chat.Role:
		return optionRole
	case chat.UserOption:
		return optionUser
	default:
		return 0
	}
}

// checkSuggestions drops what Discord would refuse: one bad suggestion would
// cost the user all of them. Numbers are checked against the option's type,
// which the interaction names.
func checkSuggestions(choices []chat.Choice, number bool) []choiceBody {
	out := make([]choiceBody, 0, min(len(choices), maxChoices))
	for _, c := range choices {
		if len(out) == maxChoices {
			break
		}
		if strings.TrimSpace(c.Name) == "" || c.Value == "" || length(c.Value) > maxCommandText {
			continue
		}
		body := choiceBody{Name: shorten(c.Name, maxCommandText), Value: c.Value}
		if number {
			n, err := parseInteger(c.Value)
			if err != nil {
				continue
			}
			body.Value = n
		}
		out = append(out, body)
	}
	return out
}

// shorten cuts a label to n UTF-16 units. Only what a user picks from is ever
// cut; what the bot says is not.
func shorten(s string, n int) string {
	if length(s) <= n {
		return s
	}
	used := 0
	for i, r := range s {
		if used += length(string(r)); used > n-1 {
			return s[:i] + "…"
		}
	}
	return s
}
