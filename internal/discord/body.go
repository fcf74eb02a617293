package discord

import (
	"strings"

	"consigliere/internal/chat"
)

// What Discord's JSON looks like. Fields that must be explicit have no omitempty.

type messageBody struct {
	Content         string            `json:"content"`
	Embeds          []embedBody       `json:"embeds"`
	Components      []componentBody   `json:"components"`
	AllowedMentions mentionsBody      `json:"allowed_mentions"`
	Attachments     *[]attachmentBody `json:"attachments,omitempty"`
	Flags           int               `json:"flags,omitempty"`
	Nonce           string            `json:"nonce,omitempty"`
	EnforceNonce    bool              `json:"enforce_nonce,omitempty"`
}

// flagEphemeral shows a reply only to the one who asked.
const flagEphemeral = 64

// mentionsBody always has an empty parse list: nobody is pinged by what a text
// happens to contain.
type mentionsBody struct {
	Parse       []string `json:"parse"`
	Users       []string `json:"users,omitempty"`
	Roles       []string `json:"roles,omitempty"`
	RepliedUser bool     `json:"replied_user"`
}

type attachmentBody struct {
	ID          int    `json:"id"` // position among the files of the request
	Filename    string `json:"filename"`
	Description string `json:"description,omitempty"`
}

type embedBody struct {
	Title       string      `json:"title,omitempty"`
	Description string      `json:"description,omitempty"`
	URL         string      `json:"url,omitempty"`
	Color       int         `json:"color,omitempty"`
	Fields      []fieldBody `json:"fields,omitempty"`
	Footer      *footerBody `json:"footer,omitempty"`
	Image       *imageBody  `json:"image,omitempty"`
}

type fieldBody struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Inline bool   `json:"inline"`
}

type footerBody struct {
	Text string `json:"text"`
}

type imageBody struct {
	URL string `json:"url"`
}

// Kinds of component.
const (
	kindRow        = 1
	kindButton     = 2
	kindSelect     = 3
	kindInput      = 4
	kindUserPick   = 5
	kindRolePick   = 6
	kindChanPick   = 8
	inputShort     = 1
	inputParagraph = 2
)

// componentBody is a row, a button, a select or a text input.
type componentBody struct {
	Type        int             `json:"type"`
	Components  []componentBody `json:"components,omitempty"`
	CustomID    string          `json:"custom_id,omitempty"`
	Label       string          `json:"label,omitempty"`
	Style       int             `json:"style,omitempty"`
	URL         string          `json:"url,omitempty"`
	Emoji       *emojiBody      `json:"emoji,omitempty"`
	Disabled    bool            `json:"disabled,omitempty"`
	Placeholder string          `json:"placeholder,omitempty"`
	Options     []selectBody    `json:"options,omitempty"`
	MinValues   *int            `json:"min_values,omitempty"`
	MaxValues   *int            `json:"max_values,omitempty"`
	Value       string          `json:"value,omitempty"`
	Required    *bool           `json:"required,omitempty"`
	MinLength   int             `json:"min_length,omitempty"`
	MaxLength   int             `json:"max_length,omitempty"`
}

type selectBody struct {
	Label       string `json:"label"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
	Default     bool   `json:"default,omitempty"`
}

type emojiBody struct {
	ID       string `json:"id,omitempty"`
	Name     string `json:"name"`
	Animated bool   `json:"animated,omitempty"`
}

type modalBody struct {
	CustomID   string          `json:"custom_id"`
	Title      string          `json:"title"`
	Components []componentBody `json:"components"`
}

// newMessage converts a message that is sent for the first time.
func newMessage(m chat.Message, ephemeral bool) messageBody {
	b := messageBody{
		Content:    m.Content,
		Embeds:     make([]embedBody, 0, len(m.Embeds)),
		Components: make([]componentBody, 0, len(m.Rows)),
		AllowedMentions: mentionsBody{
			Parse: []string{}, Users: m.Mention.Users, Roles: m.Mention.Roles,
		},
	}
	if ephemeral {
		b.Flags = flagEphemeral
	}
	for _, e := range m.Embeds {
		b.Embeds = append(b.Embeds, embed(e))
	}
	for _, r := range m.Rows {
		b.Components = append(b.Components, row(r))
	}
	if len(m.Files) > 0 {
		files := make([]attachmentBody, len(m.Files))
		for i, f := range m.Files {
			files[i] = attachmentBody{ID: i, Filename: f.Name, Description: f.Alt}
		}
		b.Attachments = &files
	}
	return b
}

// editedMessage converts a message that replaces another one as a whole: its
// files take the place of the old ones. The old ones stay only when the message
// brings none and an embed still shows one of them.
func editedMessage(m chat.Message) messageBody {
	b := newMessage(m, false)
	if len(m.Files) == 0 && !showsOldFile(m) {
		b.Attachments = &[]attachmentBody{}
	}
	return b
}

func showsOldFile(m chat.Message) bool {
	for _, e := range m.Embeds {
		if e.Image != "" {
			return true
		}
	}
	return false
}

func embed(e chat.Embed) embedBody {
	b := embedBody{Title: e.Title, Description: e.Description, URL: e.URL, Color: e.Color}
	for _, f := range e.Fields {
		b.Fields = append(b.Fields, fieldBody(f))
	}
	if e.Footer != "" {
		b.Footer = &footerBody{Text: e.Footer}
	}
	if e.Image != "" {
		b.Image = &imageBody{URL: "attachment://" + e.Image}
	}
	return b
}

func row(r chat.Row) componentBody {
	b := componentBody{Type: kindRow}
	for _, btn := range r.Buttons {
		b.Components = append(b.Components, button(btn))
	}
	if r.Select != nil {
		b.Components = append(b.Components, selection(*r.Select))
	}
	return b
}

func button(b chat.Button) componentBody {
	c := componentBody{
		Type: kindButton, Label: b.Label, Style: buttonStyle(b.Style),
		Emoji: emoji(b.Emoji), Disabled: b.Disabled,
	}
	if b.Style == chat.Link {
		c.URL = b.URL
	} else {
		c.CustomID = b.ID
	}
	return c
}

func buttonStyle(s chat.Style) int {
	switch s {
	case chat.Primary:
		return 1
	case chat.Success:
		return 3
	case chat.Danger:
		return 4
	case chat.Link:
		return 5
	default:
		return 2
	}
}

// emoji reads a plain emoji, or a server's own one as it stands in a message:
// <:name:id>, <a:name:id> when it moves.
func emoji(s string) *emojiBody {
	if s == "" {
		return nil
	}
	inner, ok := strings.CutPrefix(s, "<")
	if !ok {
		return &emojiBody{Name: s}
	}
	parts := strings.Split(strings.TrimSuffix(inner, ">"), ":")
	if len(parts) != 3 {
		return &emojiBody{Name: s}
	}
	return &emojiBody{Name: parts[1], ID: parts[2], Animated: parts[0] == "a"}
}

func selection(s chat.Select) componentBody {
	lo, hi := pickRange(s)
	b := componentBody{
		Type: selectKind(s.Kind), CustomID: s.ID, Placeholder: s.Placeholder,
		MinValues: &lo, MaxValues: &hi, Disabled: s.Disabled,
	}
	for _, o := range s.Options {
		b.Options = append(b.Options, selectBody(o))
	}
	return b
}

// pickRange is how many choices a select asks for; chat says that 0 means 1.
func pickRange(s chat.Select) (lo, hi int) {
	return max(s.Min, 1), max(s.Max, 1)
}

func selectKind(kind string) int {
	switch kind {
	case "user":
		return kindUserPick
	case "role":
		return kindRolePick
	case "channel":
		return kindChanPick
	default:
		return kindSelect
	}
}

func modal(m chat.Modal) modalBody {
	b := modalBody{CustomID: m.ID, Title: m.Title}
	for _, in := range m.Inputs {
		style := inputShort
		if in.Paragraph {
			style = inputParagraph
		}
		b.Components = append(b.Components, componentBody{Type: kindRow, Components: []componentBody{{
			Type: kindInput, CustomID: in.ID, Label: in.Label, Style: style,
			Placeholder: in.Placeholder, Value: in.Value, Required: &in.Required,
			MinLength: in.Min, MaxLength: in.Max,
		}}})
	}
	return b
}
