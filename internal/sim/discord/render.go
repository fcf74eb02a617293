package discord

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	mentionPattern = regexp.MustCompile(`<(@!?|@&|#)(\d+)>`)
	timePattern    = regexp.MustCompile(`<t:(-?\d{1,13})(?::([tTdDfFR]))?>`)
)

// RenderText writes a message as plain text, for a transcript: author, content,
// embeds with their fields, buttons and files. Times such as <t:1700000000:R> are
// written as a reader sees them at the server's present time, mentions by name.
func (s *Server) RenderText(m Message) string {
	return renderMessage(s.named(m), s.cfg.Now())
}

// named is a copy of the message whose mentions are names.
func (s *Server) named(m Message) Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := func(text string) string {
		return mentionPattern.ReplaceAllStringFunc(text, func(hit string) string {
			part := mentionPattern.FindStringSubmatch(hit)
			return s.nameOf(m.GuildID, part[1], part[2])
		})
	}
	m.Content = name(m.Content)
	embeds := make([]Embed, len(m.Embeds))
	for i, e := range m.Embeds {
		e.Title, e.Description = name(e.Title), name(e.Description)
		fields := make([]EmbedField, len(e.Fields))
		for j, f := range e.Fields {
			fields[j] = EmbedField{Name: name(f.Name), Value: name(f.Value), Inline: f.Inline}
		}
		e.Fields = fields
		embeds[i] = e
	}
	m.Embeds = embeds
	return m
}

// nameOf gives the text for a mention; kind is "@", "@!", "@&" or "#". The caller
// holds s.mu.
func (s *Server) nameOf(guildID, kind, id string) string {
	g := s.guilds[guildID]
	switch kind {
	case "#":
		if c := s.channels[id]; c != nil {
			return "#" + c.Name
		}
		return "#unknown"
	case "@&":
		if g != nil && g.role(id) != nil {
			return "@" + g.role(id).Name
		}
		return "@unknown-role"
	}
	if g != nil && g.members[id] != nil {
		return "@" + g.members[id].Name()
	}
	if u := s.users[id]; u != nil {
		return "@" + displayName(*u)
	}
	return "@unknown"
}

func renderMessage(m Message, now time.Time) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	head := displayName(m.Author)
	if m.Ephemeral() {
		head += " (only you can see this)"
	}
	if m.Edited != nil {
		head += " (edited)"
	}
	line("%s:", head)
	if m.Thinking() {
		line("  thinking…")
	}
	indent(&b, "  ", renderTimes(m.Content, now))
	for _, e := range m.Embeds {
		renderEmbed(&b, e, now)
	}
	renderComponents(&b, m.Components, now)
	for _, a := range m.Attachments {
		line("  [file %s, %s, %d bytes]", a.Filename, a.ContentType, a.Size)
	}
	return strings.TrimRight(b.String(), "\n")
}

func renderEmbed(b *strings.Builder, e Embed, now time.Time) {
	if e.Author != nil {
		indent(b, "  | ", e.Author.Name)
	}
	if e.Title != "" {
		indent(b, "  | ", "# "+renderTimes(e.Title, now))
	}
	indent(b, "  | ", renderTimes(e.Description, now))
	for _, f := range e.Fields {
		value := renderTimes(f.Value, now)
		if strings.Contains(value, "\n") {
			indent(b, "  | ", f.Name+":")
			indent(b, "  |   ", value)
		} else {
			indent(b, "  | ", f.Name+": "+value)
		}
	}
	if e.Image != nil {
		indent(b, "  | ", "[picture "+strings.TrimPrefix(e.Image.URL, attachmentScheme)+"]")
	}
	if e.Footer != nil {
		indent(b, "  | ", "-- "+e.Footer.Text)
	}
}

func renderComponents(b *strings.Builder, list []Component, now time.Time) {
	for _, c := range list {
		switch {
		case c.Type == compButton:
			label := c.Label
			if c.Emoji != nil {
				label = strings.TrimSpace(c.Emoji.Name + " " + label)
			}
			if c.Style == styleLink {
				label += " -> " + c.URL
			}
			if c.Disabled {
				label += " (disabled)"
			}
			indent(b, "  ", "[ "+label+" ]")
		case c.isSelect():
			names := []string{}
			for _, o := range c.Options {
				names = append(names, o.Label)
			}
			indent(b, "  ", strings.TrimSpace(fmt.Sprintf("[ %s v ] %s", c.Placeholder, strings.Join(names, ", "))))
		case c.Type == compTextDisplay:
			indent(b, "  ", renderTimes(c.Content, now))
		}
		renderComponents(b, c.Components, now)
		if c.Accessory != nil {
			renderComponents(b, []Component{*c.Accessory}, now)
		}
	}
}

func renderModal(m *Modal) string {
	var b strings.Builder
	fmt.Fprintf(&b, "form %q:\n", m.Title)
	for _, in := range m.Inputs {
		need := ""
		if in.Required {
			need = " (required)"
		}
		fmt.Fprintf(&b, "  %s%s: %s\n", in.Label, need, in.Value)
	}
	return strings.TrimRight(b.String(), "\n")
}

func indent(b *strings.Builder, with, text string) {
	if text == "" {
		return
	}
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		b.WriteString(strings.TrimRight(with+line, " ") + "\n")
	}
}

// renderTimes replaces <t:unix:style> by what a reader sees.
func renderTimes(text string, now time.Time) string {
	return timePattern.ReplaceAllStringFunc(text, func(hit string) string {
		part := timePattern.FindStringSubmatch(hit)
		unix, err := strconv.ParseInt(part[1], 10, 64)
		if err != nil {
			return hit
		}
		at := time.Unix(unix, 0).UTC()
		switch part[2] {
		case "t":
			return at.Format("15:04")
		case "T":
			return at.Format("15:04:05")
		case "d":
			return at.Format("02/01/2006")
		case "D":
			return at.Format("2 January 2006")
		case "F":
			return at.Format("Monday, 2 January 2006 15:04")
		case "R":
			return relative(at.Sub(now))
		}
		return at.Format("2 January 2006 15:04")
	})
}

// relative words the distance to a time as a client does: rounded, in the unit
// that suits.
func relative(d time.Duration) string {
	units := []struct {
		name string
		size time.Duration
		most int // of these there are fewer; then the next unit suits better
	}{
		{"second", time.Second, 60}, {"minute", time.Minute, 60}, {"hour", time.Hour, 24},
		{"day", 24 * time.Hour, 30}, {"month", 30 * 24 * time.Hour, 12}, {"year", 365 * 24 * time.Hour, 1 << 30},
	}
	for _, u := range units {
		n := int((d.Abs() + u.size/2) / u.size)
		if n >= u.most {
			continue
		}
		text := fmt.Sprintf("%d %ss", n, u.name)
		if n == 1 {
			text = "1 " + u.name
		}
		if d < 0 {
			return text + " ago"
		}
		return "in " + text
	}
	return "" // no duration is that long
}
