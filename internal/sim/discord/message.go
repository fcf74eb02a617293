package discord

import (
	"strings"
	"time"
)

// Message flags.
const (
	flagSuppressEmbeds = 1 << 2
	flagEphemeral      = 1 << 6
	flagLoading        = 1 << 7
	flagSilent         = 1 << 12
	flagComponentsV2   = 1 << 15
)

// Message types.
const (
	typeDefault = 0
	typeReply   = 19
	typeSlash   = 20
)

// Message is one state of a message. Its slices are never changed: an edit makes
// a new Message.
type Message struct {
	ID          string       `json:"id"`
	ChannelID   string       `json:"channel_id"`
	GuildID     string       `json:"guild_id,omitempty"`
	Type        int          `json:"type"`
	Author      User         `json:"author"`
	Content     string       `json:"content"`
	Embeds      []Embed      `json:"embeds"`
	Components  []Component  `json:"components"`
	Attachments []Attachment `json:"attachments"`
	Flags       int          `json:"flags"`
	Timestamp   time.Time    `json:"timestamp"`
	Edited      *time.Time   `json:"edited_timestamp"`
	Nonce       string       `json:"nonce,omitempty"`
	WebhookID   string       `json:"webhook_id,omitempty"`
	AppID       string       `json:"application_id,omitempty"`

	// Who is pinged, after allowed_mentions.
	Mentions        []User   `json:"mentions"`
	MentionRoles    []string `json:"mention_roles"`
	MentionEveryone bool     `json:"mention_everyone"`

	TTS         bool                 `json:"tts"`
	Pinned      bool                 `json:"pinned"`
	Reference   *Reference           `json:"message_reference,omitempty"`
	Interaction *MessageInteraction  `json:"interaction,omitempty"`
	Metadata    *InteractionMetadata `json:"interaction_metadata,omitempty"`

	// AllowedMentions is what the sender asked for last; nil when it was left out,
	// which the bot must never do.
	AllowedMentions *AllowedMentions `json:"-"`
	// VisibleTo is the one user who sees an ephemeral message, or empty.
	VisibleTo string `json:"-"`

	made time.Time // wall clock, for limits
}

// Ephemeral tells whether only one person sees the message.
func (m Message) Ephemeral() bool { return m.Flags&flagEphemeral != 0 }

// Thinking tells whether the message is a deferral that waits for its content.
func (m Message) Thinking() bool { return m.Flags&flagLoading != 0 }

// Attachment finds an attachment by file name, those shown inside an embed too.
func (m Message) Attachment(name string) (Attachment, bool) {
	for i := len(m.Attachments) - 1; i >= 0; i-- {
		if m.Attachments[i].Filename == name {
			return m.Attachments[i], true
		}
	}
	return Attachment{}, false
}

// Reference points at the message that is answered.
type Reference struct {
	MessageID string `json:"message_id"`
	ChannelID string `json:"channel_id,omitempty"`
	GuildID   string `json:"guild_id,omitempty"`
}

// MessageInteraction tells which command a message answers.
type MessageInteraction struct {
	ID   string `json:"id"`
	Type int    `json:"type"`
	Name string `json:"name"`
	User User   `json:"user"`
}

// InteractionMetadata is the newer form of MessageInteraction.
type InteractionMetadata struct {
	ID     string            `json:"id"`
	Type   int               `json:"type"`
	User   User              `json:"user"`
	Owners map[string]string `json:"authorizing_integration_owners"`
}

// AllowedMentions is a sender's word on who may be pinged.
type AllowedMentions struct {
	Parse       []string `json:"parse"`
	Users       []string `json:"users,omitempty"`
	Roles       []string `json:"roles,omitempty"`
	RepliedUser bool     `json:"replied_user,omitempty"`
}

// Attachment is a file of a message.
type Attachment struct {
	ID          string `json:"id"`
	Filename    string `json:"filename"`
	Description string `json:"description,omitempty"` // alternative text
	ContentType string `json:"content_type"`
	Size        int    `json:"size"`
	URL         string `json:"url"`
	ProxyURL    string `json:"proxy_url"`
	Ephemeral   bool   `json:"ephemeral,omitempty"`
	// InEmbed is set while an embed shows the file; Discord then leaves it out of
	// the message's list of attachments.
	InEmbed bool   `json:"-"`
	Data    []byte `json:"-"`
}

// Embed is a framed block of a message.
type Embed struct {
	Type        string       `json:"type,omitempty"`
	Title       string       `json:"title,omitempty"`
	Description string       `json:"description,omitempty"`
	URL         string       `json:"url,omitempty"`
	Timestamp   string       `json:"timestamp,omitempty"`
	Color       int          `json:"color,omitempty"`
	Footer      *EmbedFooter `json:"footer,omitempty"`
	Image       *EmbedMedia  `json:"image,omitempty"`
	Thumbnail   *EmbedMedia  `json:"thumbnail,omitempty"`
	Author      *EmbedAuthor `json:"author,omitempty"`
	Fields      []EmbedField `json:"fields,omitempty"`
}

// EmbedFooter is an embed's last line.
type EmbedFooter struct {
	Text    string `json:"text,omitempty"`
	IconURL string `json:"icon_url,omitempty"`
}

// EmbedMedia is a picture; "attachment://name" shows a file of the same message.
type EmbedMedia struct {
	URL string `json:"url"`
}

// EmbedAuthor is an embed's first line.
type EmbedAuthor struct {
	Name    string `json:"name"`
	URL     string `json:"url,omitempty"`
	IconURL string `json:"icon_url,omitempty"`
}

// EmbedField is a name and a value.
type EmbedField struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Inline bool   `json:"inline,omitempty"`
}

// Field finds an embed's field by name.
func (e Embed) Field(name string) (string, bool) {
	for _, f := range e.Fields {
		if f.Name == name {
			return f.Value, true
		}
	}
	return "", false
}

const attachmentScheme = "attachment://"

// attached gives the file name that a media URL refers to.
func attached(url string) (string, bool) { return strings.CutPrefix(url, attachmentScheme) }

// media lists the pictures of an embed.
func (e *Embed) media() []*string {
	var out []*string
	if e.Image != nil {
		out = append(out, &e.Image.URL)
	}
	if e.Thumbnail != nil {
		out = append(out, &e.Thumbnail.URL)
	}
	if e.Footer != nil && e.Footer.IconURL != "" {
		out = append(out, &e.Footer.IconURL)
	}
	if e.Author != nil && e.Author.IconURL != "" {
		out = append(out, &e.Author.IconURL)
	}
	return out
}

// markEmbedded sets InEmbed on the files that the message's embeds show. When two
// files share a name the newest is meant.
func markEmbedded(files []Attachment, embeds []Embed, comps []Component) []Attachment {
	used := map[string]bool{}
	for i := range embeds {
		for _, u := range embeds[i].media() {
			if name, ok := attached(*u); ok {
				used[name] = true
			}
		}
	}
	walk(comps, func(c *Component) {
		for _, u := range c.mediaURLs() {
			if name, ok := attached(u); ok {
				used[name] = true
			}
		}
	})
	out := make([]Attachment, len(files))
	copy(out, files)
	for i := len(out) - 1; i >= 0; i-- {
		out[i].InEmbed = used[out[i].Filename]
		used[out[i].Filename] = false
	}
	return out
}

// wire is the message as the API gives it, with addresses under base.
func (m Message) wire(base string) Message {
	byName := map[string]string{}
	kept := []Attachment{}
	for _, a := range m.Attachments {
		a.URL = base + a.URL
		a.ProxyURL = a.URL
		byName[a.Filename] = a.URL
		if !a.InEmbed {
			kept = append(kept, a)
		}
	}
	m.Attachments = kept
	embeds := make([]Embed, len(m.Embeds))
	for i, e := range m.Embeds {
		embeds[i] = e.resolved(byName)
	}
	m.Embeds = embeds
	if m.Components == nil {
		m.Components = []Component{}
	}
	if m.Mentions == nil {
		m.Mentions = []User{}
	}
	if m.MentionRoles == nil {
		m.MentionRoles = []string{}
	}
	return m
}

// resolved is a copy of the embed whose attachment:// addresses are real ones.
func (e Embed) resolved(byName map[string]string) Embed {
	e.Type = "rich"
	fix := func(m *EmbedMedia) *EmbedMedia {
		if m == nil {
			return nil
		}
		if name, ok := attached(m.URL); ok {
			return &EmbedMedia{URL: byName[name]}
		}
		return m
	}
	e.Image, e.Thumbnail = fix(e.Image), fix(e.Thumbnail)
	return e
}
