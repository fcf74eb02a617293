package discord

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"encoding/json"
	"strings"

	"consigliere/internal/chat"
)

// Kinds of interaction.
const (
	interactionCommand      = 2
	interactionComponent    = 3
	interactionAutocomplete = 4
	interactionModal        = 5
)

// interaction is what the gateway delivers, read from the raw event: discordgo's
// own types panic on the half-typed numbers and the newer form elements that
// really arrive.
type interaction struct {
	ID            string `json:"id"`
	ApplicationID string `json:"application_id"`
	Type          int    `json:"type"`
	Token         string `json:"token"`
	GuildID       string `json:"guild_id"`
	ChannelID     string `json:"channel_id"`
	Member        *struct {
		Nick string `json:"nick"`
		User user   `json:"user"`
	} `json:"member"` // in a server
	User    *user `json:"user"` // in a direct message
	Message *struct {
		ID string `json:"id"`
	} `json:"message"`
	Data struct {
		Name       string           `json:"name"`
		Options    []receivedOption `json:"options"`
		CustomID   string           `json:"custom_id"`
		Values     []string         `json:"values"`
		Components []receivedInput  `json:"components"`
	} `json:"data"`
}

type user struct {
	ID         string `json:"id"`
	Username   string `json:"username"`
	GlobalName string `json:"global_name"`
}

type receivedOption struct {
	Type    int              `json:"type"`
	Name    string           `json:"name"`
	Value   json.RawMessage  `json:"value"`
	Focused bool             `json:"focused"`
	Options []receivedOption `json:"options"`
}

// receivedInput is any element of a submitted form: inputs sit in rows, or in
// labels, which hold one component.
type receivedInput struct {
	CustomID   string          `json:"custom_id"`
	Value      json.RawMessage `json:"value"`
	Values     []string        `json:"values"`
	Components []receivedInput `json:"components"`
	Component  *receivedInput  `json:"component"`
}

// request is the interaction in the program's own words. focusedNumber tells
// that the option being typed takes a number.
func (i *interaction) request(reference string) (r chat.Request, focusedNumber bool, known bool) {
	r = chat.Request{
		CorrelationID: reference,
		GuildID:       i.GuildID,
		ChannelID:     i.ChannelID,
		ID:            i.Data.CustomID,
		Values:        i.Data.Values,
	}
	switch {
	case i.Member != nil:
		r.UserID = i.Member.User.ID
		r.UserName = firstOf(i.Member.Nick, i.Member.User.GlobalName, i.Member.User.Username)
	case i.User != nil:
		r.UserID = i.User.ID
		r.UserName = firstOf(i.User.GlobalName, i.User.Username)
	}
	if i.Message != nil {
		r.MessageID = i.Message.ID
	}
	switch i.Type {
	case interactionCommand:
		r.Kind = chat.Slash
	case interactionAutocomplete:
		r.Kind = chat.Autocomplete
	case interactionComponent:
		r.Kind = chat.Component
	case interactionModal:
		r.Kind = chat.ModalSubmit
	default:
		return r, false, false
	}
	if i.Data.Name != "" {
		path := []string{i.Data.Name}
		r.Options = make(map[string]string)
		focusedNumber = collectOptions(i.Data.Options, &path, &r)
		r.Path = strings.Join(path, " ")
	}
	if i.Type == interactionModal {
		r.Fields = make(map[string]string)
		for _, c := range i.Data.Components {
			c.collect(r.Fields, 0)
		}
	}
	// Without these there is nobody to answer, or no way to.
	known = i.ID != "" && i.Token != "" && r.UserID != ""
	return r, focusedNumber, known
}

func collectOptions(options []receivedOption, path *[]string, r *chat.Request) (focusedNumber bool) {
	for _, o := range options {
		if o.Type == optionSub || o.Type == optionGroup {
			if len(*path) > maxSubcommandDepth {
				return focusedNumber
			}
			*path = append(*path, o.Name)
			return collectOptions(o.Options, path, r)
		}
		r.Options[o.Name] = plainText(o.Value)
		if o.Focused {
			r.Focused = o.Name
			focusedNumber = o.Type == optionInteger
		}
	}
	return focusedNumber
}

// maxFormDepth bounds the recursion into a form; Discord nests two levels.
const maxFormDepth = 4

func (c receivedInput) collect(into map[string]string, depth int) {
	if depth > maxFormDepth {
		return
	}
	if c.CustomID != "" {
		into[c.CustomID] = plainText(c.Value)
		if len(c.Values) > 0 {
			into[c.CustomID] = strings.Join(c.Values, ",")
		}
	}
	for _, inner := range c.Components {
		inner.collect(into, depth+1)
	}
	if c.Component != nil {
		c.Component.collect(into, depth+1)
	}
}

// plainText is a JSON value as text: strings without quotes, the rest as it
// stands. Discord sends numbers as numbers once complete, and as text before.
func plainText(raw json.RawMessage) string {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

func firstOf(names ...string) string {
	for _, n := range names {
		if n != "" {
			return n
		}
	}
	return ""
}

var referenceAlphabet = base32.NewEncoding("abcdefghjkmnpqrstvwxyz0123456789").WithPadding(base32.NoPadding)

// newReference is the short id that ties a user's words ("reference k3f…") to the log.
func newReference() string {
	var b [5]byte
	rand.Read(b[:]) // never fails
	return referenceAlphabet.EncodeToString(b[:])
}
