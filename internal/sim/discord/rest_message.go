package discord

import (
	"slices"
	"strconv"
	"time"
)

func (s *Server) messageBucket(r *request) []bucket {
	return []bucket{{"create-message", r.PathValue("channel"), s.cfg.Limits.ChannelMessages}}
}

// editBucket also counts edits of old messages apart.
func (s *Server) editBucket(r *request) []bucket {
	ch := r.PathValue("channel")
	out := []bucket{{"edit-message", ch, s.cfg.Limits.ChannelEdits}}
	if m, ok := s.messages[r.PathValue("message")]; ok && r.now.Sub(m.made) > s.cfg.Limits.OldAfter {
		out = append(out, bucket{"edit-old-message", ch, s.cfg.Limits.OldEdits})
	}
	return out
}

func (s *Server) renameBucket(r *request) []bucket {
	return []bucket{{"edit-channel", r.PathValue("channel"), s.cfg.Limits.ChannelRename}}
}

// channelOf finds the channel of a request. The caller holds s.mu.
func (s *Server) channelOf(r *request) (*channel, error) {
	c := s.channels[r.PathValue("channel")]
	if c == nil {
		return nil, unknownChannel()
	}
	return c, nil
}

func (s *Server) postMessage(r *request) (reply, error) {
	p, err := readPayload(r.Request)
	if err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channelOf(r)
	if err != nil {
		return reply{}, err
	}
	if c.Type == channelDM && s.noDMs[c.peer] {
		return reply{}, forbidden(50007, "Cannot send messages to this user")
	}
	nonce := p.nonce()
	if nonce != "" && p.EnforceNonce {
		if m, ok := s.sameNonce(c, nonce, r.now); ok {
			return ok200(m.wire(r.base))
		}
	}
	m, err := s.apply(Message{ChannelID: c.ID, Author: s.app, AppID: s.app.ID, Nonce: nonce, TTS: p.TTS}, p, true)
	if err != nil {
		return reply{}, err
	}
	if p.Reference != nil {
		m.Type, m.Reference = typeReply, p.Reference
	}
	m = s.post(c, m)
	if nonce != "" {
		c.nonces[nonce] = nonceUse{m.ID, r.now}
	}
	return ok200(m.wire(r.base))
}

// sameNonce finds the message that a nonce made a short while ago.
func (s *Server) sameNonce(c *channel, nonce string, now time.Time) (Message, bool) {
	for n, use := range c.nonces {
		if now.Sub(use.at) > s.cfg.Limits.NonceWindow {
			delete(c.nonces, n)
		}
	}
	use, known := c.nonces[nonce]
	if !known {
		return Message{}, false
	}
	m, exists := s.messages[use.message]
	return m, exists
}

func (s *Server) getMessages(r *request) (reply, error) {
	q := r.URL.Query()
	limit := 50
	if raw := q.Get("limit"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 1 || n > 100 {
			var p problems
			p.add("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
			return reply{}, p.err()
		}
		limit = n
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channelOf(r)
	if err != nil {
		return reply{}, err
	}
	visible := []Message{}
	for _, id := range c.messages {
		if m := s.messages[id]; !m.Ephemeral() {
			visible = append(visible, m)
		}
	}
	visible = page(visible, q.Get("after"), q.Get("before"), q.Get("around"), limit)
	out := []Message{}
	for _, m := range slices.Backward(visible) {
		out = append(out, m.wire(r.base))
	}
	return ok200(out)
}

// page cuts a list (oldest first) as the API's parameters ask: after takes the
// oldest ones behind it, everything else the newest.
func page(list []Message, after, before, around string, limit int) []Message {
	if around != "" {
		i, _ := slices.BinarySearchFunc(list, around, func(m Message, id string) int {
			switch {
			case newer(id, m.ID):
				return -1
			case newer(m.ID, id):
				return 1
			}
			return 0
		})
		from := max(i-limit/2, 0)
		return list[from:min(from+limit, len(list))]
	}
	kept := []Message{}
	for _, m := range list {
		if (after == "" || newer(m.ID, after)) && (before == "" || newer(before, m.ID)) {
			kept = append(kept, m)
		}
	}
	if len(kept) <= limit {
		return kept
	}
	if after != "" {
		return kept[:limit]
	}
	return kept[len(kept)-limit:]
}

// messageOf finds the message of a request that the bot may see by channel.
func (s *Server) messageOf(r *request) (Message, error) {
	c, err := s.channelOf(r)
	if err != nil {
		return Message{}, err
	}
	m, known := s.messages[r.PathValue("message")]
	if !known || m.ChannelID != c.ID || m.Ephemeral() {
		return Message{}, unknownMessage()
	}
	return m, nil
}

func (s *Server) getMessage(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.messageOf(r)
	if err != nil {
		return reply{}, err
	}
	return ok200(m.wire(r.base))
}

func (s *Server) patchMessage(r *request) (reply, error) {
	p, err := readPayload(r.Request)
	if err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.messageOf(r)
	if err != nil {
		return reply{}, err
	}
	if m.Author.ID != s.app.ID {
		return reply{}, forbidden(50005, "Cannot edit a message authored by another user")
	}
	m, err = s.edit(m, p)
	if err != nil {
		return reply{}, err
	}
	return ok200(m.wire(r.base))
}

func (s *Server) deleteMessageCall(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.messageOf(r)
	if err != nil {
		return reply{}, err
	}
	if m.Author.ID != s.app.ID && s.botPermissions(m.GuildID)&PermManageMessages == 0 {
		return reply{}, missingPermissions()
	}
	s.deleteMessage(m.ID)
	return noContent()
}

func (s *Server) putPin(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, err := s.messageOf(r)
	if err != nil {
		return reply{}, err
	}
	if s.botPermissions(m.GuildID)&PermManageMessages == 0 {
		return reply{}, missingPermissions()
	}
	m.Pinned = true
	s.replace(m, false, true)
	return noContent()
}

func (s *Server) postTyping(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.channelOf(r); err != nil {
		return reply{}, err
	}
	return noContent()
}

// botPermissions are the bot's own in a guild; in a direct message everybody's.
func (s *Server) botPermissions(guildID string) uint64 {
	g := s.guilds[guildID]
	if g == nil {
		return permEverybody
	}
	return g.permissions(g.members[s.app.ID])
}
