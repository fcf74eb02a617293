package discord

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How much is remembered, so that a long run does not fill the memory.
const (
	keptMessages = 2000 // per channel
	keptStates   = 100  // per message
)

// secret makes a token.
func secret() string { return rand.Text() + rand.Text() }

// apply changes m as a payload asks, and holds the outcome against every limit.
// The caller holds s.mu and stores the result.
func (s *Server) apply(m Message, p *payload, create bool) (Message, error) {
	var bad problems
	checkMentions(&bad, p.AllowedMentions)
	if n := p.nonce(); length(n) > maxNonce {
		bad.add("nonce", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxNonce)
	}
	if p.Content.Set {
		m.Content = trimmed(p.Content.V)
	}
	if p.Embeds.Set {
		m.Embeds = slices.DeleteFunc(slices.Clone(p.Embeds.V), func(e Embed) bool { return e.empty() })
	}
	if p.Components.Set {
		m.Components = p.Components.V
	}
	if p.Flags.Set {
		const mayChange = flagSuppressEmbeds
		m.Flags = m.Flags&^mayChange | p.Flags.V&(mayChange|flagComponentsV2)
		if create {
			m.Flags |= p.Flags.V & flagSilent
		}
	}
	files, err := s.files(m, p, create)
	if err != nil {
		return m, err
	}
	if err := bad.err(); err != nil {
		return m, err
	}
	m.Attachments = files
	if p.Embeds.Set {
		m.Embeds = ownPictures(m.Embeds, files)
	}
	if err := checkMessage(&m, files); err != nil {
		return m, err
	}
	m.Attachments = markEmbedded(files, m.Embeds, m.Components)
	if p.AllowedMentions != nil || create {
		m.AllowedMentions = p.AllowedMentions
	}
	s.mention(&m)
	return m, nil
}

// ownPictures turns addresses of a message's own files back into attachment://: an
// embed that was read from a message and is sent again still shows its picture.
func ownPictures(embeds []Embed, files []Attachment) []Embed {
	out := slices.Clone(embeds)
	own := func(m *EmbedMedia) *EmbedMedia {
		for _, f := range files {
			if m != nil && strings.HasSuffix(m.URL, f.URL) {
				return &EmbedMedia{URL: attachmentScheme + f.Filename}
			}
		}
		return m
	}
	for i := range out {
		out[i].Image, out[i].Thumbnail = own(out[i].Image), own(out[i].Thumbnail)
	}
	return out
}

func (e *Embed) empty() bool {
	return e.Title == "" && e.Description == "" && len(e.Fields) == 0 && len(e.media()) == 0 && e.Footer == nil &&
		e.Author == nil && e.URL == "" && e.Timestamp == ""
}

// files gives the attachments after a payload: those kept and those uploaded.
func (s *Server) files(m Message, p *payload, create bool) ([]Attachment, error) {
	var out []Attachment
	notes := map[string]attachmentNote{}
	for _, n := range p.Attachments.V {
		notes[string(n.ID)] = n
	}
	for _, a := range m.Attachments {
		note, listed := notes[a.ID]
		if p.Attachments.Set && !listed && !create {
			continue
		}
		if note.Description != "" {
			a.Description = note.Description
		}
		out = append(out, a)
		delete(notes, a.ID)
	}
	for _, f := range p.files {
		note := notes[f.index]
		delete(notes, f.index)
		name := f.name
		if note.Filename != "" {
			name = note.Filename
		}
		a := Attachment{ID: s.newID(), Filename: fileName(name), Description: note.Description, ContentType: f.contentType,
			Size: len(f.data), Data: f.data, Ephemeral: m.Ephemeral()}
		if a.ContentType == "" || a.ContentType == "application/octet-stream" {
			a.ContentType = http.DetectContentType(f.data)
		}
		if length(a.Description) > 1024 {
			return nil, badRequest(50035, "Invalid Form Body")
		}
		a.URL = fmt.Sprintf("/attachments/%s/%s/%s", m.ChannelID, a.ID, a.Filename)
		out = append(out, a)
	}
	if len(notes) > 0 {
		var bad problems
		for id := range notes {
			bad.add("attachments", "ATTACHMENT_NOT_FOUND", "Attachment data cannot be found for id %q", id)
		}
		return nil, bad.err()
	}
	if len(out) > maxFiles {
		return nil, badRequest(30015, "Maximum number of attachments in a message reached (10)")
	}
	return out, nil
}

// fileName is a name as Discord stores it, by which attachment:// must refer to it.
func fileName(name string) string {
	clean := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		case r == ' ':
			return '_'
		}
		return -1
	}
	name = strings.TrimLeft(strings.Map(clean, name), ".")
	if name == "" {
		return "unknown"
	}
	return name
}

var pingPattern = regexp.MustCompile(`<@(!|&)?(\d+)>`)

// mention works out who a message pings, after allowed_mentions.
func (s *Server) mention(m *Message) {
	text := m.Content
	walk(m.Components, func(c *Component) { text += "\n" + c.Content })
	m.Mentions, m.MentionRoles, m.MentionEveryone = []User{}, []string{}, false
	allow := m.AllowedMentions
	if allow == nil {
		allow = &AllowedMentions{Parse: []string{"users", "roles", "everyone"}}
	}
	for _, hit := range pingPattern.FindAllStringSubmatch(text, -1) {
		id := hit[2]
		if hit[1] == "&" {
			if (slices.Contains(allow.Parse, "roles") || slices.Contains(allow.Roles, id)) && !slices.Contains(m.MentionRoles, id) {
				m.MentionRoles = append(m.MentionRoles, id)
			}
			continue
		}
		u := s.users[id]
		known := slices.ContainsFunc(m.Mentions, func(x User) bool { return x.ID == id })
		if u != nil && !known && (slices.Contains(allow.Parse, "users") || slices.Contains(allow.Users, id)) {
			m.Mentions = append(m.Mentions, *u)
		}
	}
	if strings.Contains(text, "@everyone") || strings.Contains(text, "@here") {
		m.MentionEveryone = slices.Contains(allow.Parse, "everyone")
	}
}

// post stores a new message. The caller holds s.mu.
func (s *Server) post(c *channel, m Message) Message {
	if m.ID == "" {
		m.ID = s.newID()
	}
	m.ChannelID, m.GuildID = c.ID, c.GuildID
	m.Timestamp = s.cfg.Now().UTC().Truncate(time.Microsecond)
	m.made = time.Now()
	if m.Author.Bot && m.WebhookID == "" && m.AllowedMentions == nil && !m.Thinking() {
		s.complain("a message in channel %s was sent without allowed_mentions", c.ID)
	}
	if m.MentionEveryone {
		s.complain("a message in channel %s pings everyone", c.ID)
	}
	s.messages[m.ID] = m
	s.history[m.ID] = []Message{m}
	c.messages = append(c.messages, m.ID)
	if !m.Ephemeral() {
		c.lastPublic = m.ID
	}
	if extra := len(c.messages) - keptMessages; extra > 0 {
		for _, id := range c.messages[:extra] {
			delete(s.messages, id)
			delete(s.history, id)
		}
		c.messages = slices.Clone(c.messages[extra:])
	}
	s.feed.message("message", c, m)
	s.bump()
	return m
}

// replace stores the next state of a message. The caller holds s.mu.
func (s *Server) replace(m Message, sentContent, explicit bool) Message {
	if sentContent && m.Content != "" && !explicit && m.Author.Bot {
		s.complain("message %s was edited without allowed_mentions", m.ID)
	}
	s.messages[m.ID] = m
	h := append(s.history[m.ID], m)
	if len(h) > keptStates {
		h = slices.Clone(h[len(h)-keptStates:])
	}
	s.history[m.ID] = h
	if c := s.channels[m.ChannelID]; c != nil {
		s.feed.message("edit", c, m)
	}
	s.bump()
	return m
}

// edit applies a payload to a stored message and marks it edited. A deferral that
// gets its content is not marked.
func (s *Server) edit(m Message, p *payload) (Message, error) {
	wasThinking := m.Thinking()
	m.Flags &^= flagLoading
	next, err := s.apply(m, p, false)
	if err != nil {
		return m, err
	}
	if !wasThinking {
		now := s.cfg.Now().UTC().Truncate(time.Microsecond)
		next.Edited = &now
	}
	return s.replace(next, p.Content.Set, p.AllowedMentions != nil), nil
}

func (s *Server) deleteMessage(id string) {
	m, ok := s.messages[id]
	if !ok {
		return
	}
	delete(s.messages, id)
	if c := s.channels[m.ChannelID]; c != nil {
		c.messages = slices.DeleteFunc(c.messages, func(x string) bool { return x == id })
		s.feed.message("delete", c, m)
	}
	s.bump()
}

func (s *Server) complain(format string, args ...any) {
	const kept = 1000
	if len(s.complaints) < kept {
		s.complaints = append(s.complaints, fmt.Sprintf(format, args...))
	}
}

// serveAttachment gives the bytes of a file of a message that still exists.
func (s *Server) serveAttachment(w http.ResponseWriter, r *http.Request) {
	a, ok := s.attachment(r.PathValue("id"), "")
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.ContentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(a.Data)))
	_, _ = w.Write(a.Data) // the caller has gone; nothing to do about it
}

// attachment finds a file by id; a viewer limits it to what that person sees.
func (s *Server) attachment(id, viewer string) (Attachment, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.messages {
		if viewer != "" && !s.sees(viewer, m) {
			continue
		}
		for _, a := range m.Attachments {
			if a.ID == id {
				return a, true
			}
		}
	}
	return Attachment{}, false
}

// sees tells whether a person sees a message.
func (s *Server) sees(userID string, m Message) bool {
	c := s.channels[m.ChannelID]
	return c != nil && (m.VisibleTo == "" || m.VisibleTo == userID) && s.inChannel(userID, c)
}

func (s *Server) inChannel(userID string, c *channel) bool {
	if c.Type == channelDM {
		return c.peer == userID
	}
	g := s.guilds[c.GuildID]
	return g != nil && g.members[userID] != nil
}
