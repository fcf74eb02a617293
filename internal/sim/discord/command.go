package discord

import "encoding/json"

// Option types of a command.
const (
	optSub         = 1
	optGroup       = 2
	optString      = 3
	optInteger     = 4
	optBoolean     = 5
	optUser        = 6
	optChannel     = 7
	optRole        = 8
	optMentionable = 9
	optNumber      = 10
	optAttachment  = 11
)

// Command is a registered application command.
type Command struct {
	ID            string   `json:"id"`
	AppID         string   `json:"application_id"`
	GuildID       string   `json:"guild_id,omitempty"`
	Version       string   `json:"version"`
	Type          int      `json:"type"`
	Name          string   `json:"name"`
	Description   string   `json:"description"`
	Options       []Option `json:"options,omitempty"`
	Permissions   *string  `json:"default_member_permissions"`
	DMPermission  *bool    `json:"dm_permission,omitempty"`
	Contexts      []int    `json:"contexts"`
	Integrations  []int    `json:"integration_types,omitempty"`
	NSFW          bool     `json:"nsfw"`
	Localizations any      `json:"name_localizations"`
}

// Option is a sub-command, a group of them, or a parameter.
type Option struct {
	Type         int      `json:"type"`
	Name         string   `json:"name"`
	Description  string   `json:"description"`
	Required     bool     `json:"required,omitempty"`
	Autocomplete bool     `json:"autocomplete,omitempty"`
	Choices      []Choice `json:"choices,omitempty"`
	Options      []Option `json:"options,omitempty"`
	ChannelTypes []int    `json:"channel_types,omitempty"`
	MinValue     *float64 `json:"min_value,omitempty"`
	MaxValue     *float64 `json:"max_value,omitempty"`
	MinLength    *int     `json:"min_length,omitempty"`
	MaxLength    *int     `json:"max_length,omitempty"`
}

// Choice is one value on offer: a text, or a number.
type Choice struct {
	Name  string `json:"name"`
	Value any    `json:"value"`
}

// Text is the value as text.
func (c Choice) Text() string {
	if s, ok := c.Value.(string); ok {
		return s
	}
	b, err := json.Marshal(c.Value)
	if err != nil {
		return ""
	}
	return string(b)
}

func (o *Option) nests() bool { return o.Type == optSub || o.Type == optGroup }

// inDM tells whether the command is offered in a direct message with the bot.
func (c *Command) inDM() bool {
	if c.GuildID != "" {
		return false
	}
	if c.Contexts != nil {
		for _, x := range c.Contexts {
			if x == contextBotDM {
				return true
			}
		}
		return false
	}
	return c.DMPermission == nil || *c.DMPermission
}

// Where an interaction happens.
const (
	contextGuild = 0
	contextBotDM = 1
)
