package discord

import (
	"fmt"
	"math"
	"regexp"
	"strings"
)

const (
	maxCommands     = 100
	maxDescription  = 100
	maxCommandTotal = 8000
)

// commandName is the pattern for names of commands and options.
var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

// checkCommands holds a whole scope against the limits.
func checkCommands(list []Command) error {
	var p problems
	seen := map[string]bool{}
	chat := 0
	for i := range list {
		at := fmt.Sprint(i)
		if list[i].Type == 1 {
			chat++
		}
		key := fmt.Sprint(list[i].Type, list[i].Name)
		if seen[key] {
			p.add(at, "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
		}
		seen[key] = true
		checkCommand(&p, at, &list[i])
	}
	if chat > maxCommands {
		return badRequest(30032, fmt.Sprintf("Maximum number of application commands reached (%d)", maxCommands))
	}
	return p.err()
}

func checkOneCommand(c *Command) error {
	var p problems
	checkCommand(&p, "", c)
	return p.err()
}

func checkCommand(p *problems, at string, c *Command) {
	dot := func(s string) string { return strings.TrimPrefix(at+"."+s, ".") }
	if c.Type != 1 {
		p.between(dot("name"), c.Name, 32)
		if c.Description != "" || len(c.Options) > 0 {
			p.add(dot("description"), "APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_CANNOT_BE_SET",
				"Context menu commands cannot have description")
		}
		return
	}
	k := &commandCheck{p: p}
	k.named(at, c.Name, c.Description)
	k.options(dot("options"), c.Options, 0)
	if k.chars > maxCommandTotal {
		p.add(dot("name"), "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (%d)", maxCommandTotal)
	}
}

type commandCheck struct {
	p     *problems
	chars int // of names, descriptions and choices, over the whole command
}

func (k *commandCheck) named(at, name, description string) {
	dot := func(s string) string { return strings.TrimPrefix(at+"."+s, ".") }
	k.chars += length(name) + length(description)
	if !commandName.MatchString(name) || name != strings.ToLower(name) {
		k.p.add(dot("name"), "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
	}
	k.p.between(dot("description"), description, maxDescription)
}

// options checks one level: 0 below the command, 1 below a group, 2 below a
// sub-command, where only parameters may stand.
func (k *commandCheck) options(at string, list []Option, level int) {
	if len(list) > maxOptions {
		k.p.add(at, "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxOptions)
	}
	seen := map[string]bool{}
	nested, plain, optional := false, false, false
	for i := range list {
		o, in := &list[i], fmt.Sprintf("%s.%d", at, i)
		k.named(in, o.Name, o.Description)
		if seen[o.Name] {
			k.p.add(at, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option with name %s already exists", o.Name)
		}
		seen[o.Name] = true
		if o.nests() {
			nested = true
			k.nesting(in, o, level)
			continue
		}
		plain = true
		if o.Required && optional {
			k.p.add(in, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before non-required options")
		}
		optional = optional || !o.Required
		k.parameter(in, o)
	}
	if nested && plain {
		k.p.add(at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command and sub-command group option types are mutually exclusive to all other types")
	}
	if level == 1 && (plain || len(list) == 0) {
		k.p.add(at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "A sub-command group holds sub-commands only")
	}
}

func (k *commandCheck) nesting(at string, o *Option, level int) {
	if o.Required || o.Autocomplete || len(o.Choices) > 0 {
		k.p.add(at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "A sub-command has neither choices nor is it required")
	}
	switch {
	case level == 2, level == 1 && o.Type == optGroup:
		k.p.add(at+".type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands cannot be nested here")
	case o.Type == optGroup:
		k.options(at+".options", o.Options, 1)
	default:
		k.options(at+".options", o.Options, 2)
	}
}

func (k *commandCheck) parameter(at string, o *Option) {
	if o.Type < optString || o.Type > optAttachment {
		k.p.add(at+".type", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11).")
		return
	}
	if len(o.Options) > 0 {
		k.p.add(at+".options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Only sub-commands hold options")
	}
	number := o.Type == optInteger || o.Type == optNumber
	if o.Autocomplete && len(o.Choices) > 0 {
		k.p.add(at, "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES_MUTUALLY_EXCLUSIVE", "Autocomplete cannot be enabled with choices")
	}
	if (o.Autocomplete || len(o.Choices) > 0) && o.Type != optString && !number {
		k.p.add(at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Only text and number options have choices or autocomplete")
	}
	if (o.MinValue != nil || o.MaxValue != nil) && !number {
		k.p.add(at+".min_value", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Only number options have min_value and max_value")
	}
	if o.MinValue != nil && o.MaxValue != nil && *o.MinValue > *o.MaxValue {
		k.p.add(at+".max_value", "NUMBER_TYPE_MIN", "max_value is below min_value")
	}
	if (o.MinLength != nil || o.MaxLength != nil) && o.Type != optString {
		k.p.add(at+".min_length", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Only text options have min_length and max_length")
	}
	if len(o.ChannelTypes) > 0 && o.Type != optChannel {
		k.p.add(at+".channel_types", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Only channel options have channel_types")
	}
	k.chars += checkChoices(k.p, at, o.Type, o.Choices)
}

// checkChoices returns how many characters the choices count for.
func checkChoices(p *problems, at string, kind int, list []Choice) (chars int) {
	if len(list) > maxOptions {
		p.add(at+".choices", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxOptions)
	}
	names := map[string]bool{}
	for i, c := range list {
		in := fmt.Sprintf("%s.choices.%d", at, i)
		p.between(in+".name", c.Name, 100)
		if names[c.Name] {
			p.add(in+".name", "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", "Option choice %s already exists", c.Name)
		}
		names[c.Name] = true
		chars += length(c.Name)
		switch v := c.Value.(type) {
		case string:
			chars += length(v)
			p.between(in+".value", v, 100)
			if kind != optString {
				p.add(in+".value", "NUMBER_TYPE_COERCE", "Value %q is not a number.", v)
			}
		case float64:
			if kind == optString {
				p.add(in+".value", "BASE_TYPE_BAD_TYPE", "Could not interpret %v as string.", v)
			}
			if kind == optInteger && v != math.Trunc(v) {
				p.add(in+".value", "NUMBER_TYPE_COERCE", "Value %v is not int.", v)
			}
		default:
			p.add(in+".value", "BASE_TYPE_BAD_TYPE", "Must be text or a number.")
		}
	}
	return chars
}
