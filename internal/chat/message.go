// Package chat is what the bot says and hears, free of any library: messages,
// embeds, buttons, modals, command descriptions and the requests people make.
// The discord edge turns it into Discord's own shapes; commands and notify never
// see those.
package chat

// Message is one thing the bot says. Limits stand in discord.md; the edge
// refuses what breaks them rather than letting Discord do it.
type Message struct {
	Content string
	Embeds  []Embed
	Rows    []Row // at most 5; each up to 5 buttons or one select
	Files   []File
	// Mention names who may be pinged. Nobody is unless named here: the edge
	// always sends allowed_mentions.
	Mention Mention
}

// Mention lists ids that the content may ping.
type Mention struct {
	Users []string
	Roles []string
}

// Embed is a framed block. Colour is 0xRRGGBB.
type Embed struct {
	Title       string
	Description string
	URL         string
	Color       int
	Fields      []Field
	Footer      string
	// Image names a File of the same message, shown inside the embed.
	Image string
}

// Field is a name and a value; inline ones stand side by side on a wide screen.
type Field struct {
	Name, Value string
	Inline      bool
}

// File is an attachment, at most 10 MiB. Alt is read by screen readers.
type File struct {
	Name, ContentType, Alt string
	Data                   []byte
}

// Row holds either buttons or one select.
type Row struct {
	Buttons []Button
	Select  *Select
}

// Style is a button's look.
type Style int

// Button styles. A Link has a URL and no id.
const (
	Secondary Style = iota
	Primary
	Success
	Danger
	Link
)

// Button is pressed; ID comes back as Request.CustomID (at most 100 bytes).
type Button struct {
	ID, Label, URL, Emoji string
	Style                 Style
	Disabled              bool
}

// Select offers up to 25 choices; those picked come back as Request.Values.
type Select struct {
	ID, Placeholder string
	Options         []SelectOption
	// Kind is empty for a list of Options, or "channel", "role" or "user" for
	// Discord's own pickers (whose values are ids).
	Kind     string
	Min, Max int // 0 means 1
	Disabled bool
}

// SelectOption is one line of a select.
type SelectOption struct {
	Label, Value, Description string
	Default                   bool
}

// Modal is a form of text inputs, at most 5; answers come back as Request.Fields.
type Modal struct {
	ID, Title string
	Inputs    []Input
}

// Input is one text field of a modal.
type Input struct {
	ID, Label, Placeholder, Value string
	Paragraph, Required           bool
	Min, Max                      int // length in characters; 0 means no limit
}
