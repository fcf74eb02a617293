package discord

import (
	"net/http"
	"slices"
)

// hookBucket counts calls on an interaction's token apart from those of a real
// webhook, which share the channel's limit. The caller holds s.mu.
func (s *Server) hookBucket(r *request) []bucket {
	if w := s.webhooks[r.PathValue("hook")]; w != nil {
		return []bucket{{"execute-webhook", w.ChannelID, s.cfg.Limits.Webhook}}
	}
	return []bucket{{"interaction", r.PathValue("token"), s.cfg.Limits.Interaction}}
}

// executeWebhook posts through a webhook, or follows up on an interaction.
func (s *Server) executeWebhook(r *request) (reply, error) {
	p, err := readPayload(r.Request)
	if err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.PathValue("hook") == s.app.ID {
		return s.followUp(r, p)
	}
	w, err := s.webhookOf(r)
	if err != nil {
		return reply{}, err
	}
	c := s.channels[w.ChannelID]
	name := w.Name
	if p.Username != "" {
		name = p.Username
	}
	m, err := s.apply(Message{ChannelID: c.ID, WebhookID: w.ID,
		Author: User{ID: w.ID, Username: name, Discriminator: "0000", Bot: true}}, p, true)
	if err != nil {
		return reply{}, err
	}
	if p.AllowedMentions == nil {
		s.complain("a webhook of channel %s was used without allowed_mentions", c.ID)
	}
	m = s.post(c, m)
	if r.URL.Query().Get("wait") != "true" {
		return noContent()
	}
	return ok200(m.wire(r.base))
}

// webhookOf finds the real webhook of a request. The caller holds s.mu.
func (s *Server) webhookOf(r *request) (*webhook, error) {
	w := s.webhooks[r.PathValue("hook")]
	if w == nil {
		return nil, unknownWebhook()
	}
	if token := r.PathValue("token"); token != "" && token != w.Token {
		return nil, invalidToken()
	}
	return w, nil
}

// interactionOf finds the interaction whose token a request carries. It must have
// been answered, and its token lives for a quarter of an hour.
func (s *Server) interactionOf(r *request) (*interaction, error) {
	in := s.interactions[r.PathValue("token")]
	if in == nil {
		return nil, invalidToken()
	}
	if r.now.Sub(in.made) > s.cfg.Limits.TokenLife {
		return nil, invalidToken()
	}
	if in.answer == 0 {
		return nil, unknownWebhook()
	}
	return in, nil
}

// followUp adds a message to an interaction. Right after a deferral it fills the
// deferred message instead, whatever flags it brings.
func (s *Server) followUp(r *request, p *payload) (reply, error) {
	in, err := s.interactionOf(r)
	if err != nil {
		return reply{}, err
	}
	if orig, exists := s.messages[in.originalID]; exists && orig.Thinking() {
		m, err := s.edit(orig, p)
		if err != nil {
			return reply{}, err
		}
		in.finish()
		return ok200(m.wire(r.base))
	}
	c := s.channels[in.channelID]
	if c == nil {
		return reply{}, unknownChannel()
	}
	follow := *in
	follow.ephemeral = p.Flags.V&flagEphemeral != 0
	m, err := s.answerMessage(&follow, p, false)
	if err != nil {
		return reply{}, err
	}
	if in.originalID != "" {
		m.Type = typeReply
		m.Reference = &Reference{MessageID: in.originalID, ChannelID: c.ID, GuildID: c.GuildID}
	}
	m.Interaction = nil
	m = s.post(c, m)
	in.followups = append(in.followups, m.ID)
	in.finish()
	s.bump()
	return ok200(m.wire(r.base))
}

// hookMessage finds the message of a request on a webhook or an interaction, and
// the interaction, if it is one. The caller holds s.mu.
func (s *Server) hookMessage(r *request) (Message, *interaction, error) {
	id := r.PathValue("message")
	if r.PathValue("hook") != s.app.ID {
		w, err := s.webhookOf(r)
		if err != nil {
			return Message{}, nil, err
		}
		m, exists := s.messages[id]
		if !exists || m.WebhookID != w.ID {
			return Message{}, nil, unknownMessage()
		}
		return m, nil, nil
	}
	in, err := s.interactionOf(r)
	if err != nil {
		return Message{}, nil, err
	}
	if id == "@original" {
		id = in.originalID
	}
	m, exists := s.messages[id]
	if !exists || id != in.originalID && !slices.Contains(in.followups, id) {
		return Message{}, nil, unknownMessage()
	}
	return m, in, nil
}

func (s *Server) getHookMessage(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, _, err := s.hookMessage(r)
	if err != nil {
		return reply{}, err
	}
	return ok200(m.wire(r.base))
}

func (s *Server) patchHookMessage(r *request) (reply, error) {
	p, err := readPayload(r.Request)
	if err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m, in, err := s.hookMessage(r)
	if err != nil {
		return reply{}, err
	}
	m, err = s.edit(m, p)
	if err != nil {
		return reply{}, err
	}
	if in != nil {
		in.finish()
	}
	return ok200(m.wire(r.base))
}

func (s *Server) deleteHookMessage(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, in, err := s.hookMessage(r)
	if err != nil {
		return reply{}, err
	}
	s.deleteMessage(m.ID)
	if in != nil && m.ID == in.originalID {
		in.deleted = true
		in.finish()
	}
	return noContent()
}

func (s *Server) getWebhook(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, err := s.webhookOf(r)
	if err != nil {
		return reply{}, err
	}
	return ok200(*w)
}

func (s *Server) deleteWebhookCall(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w, err := s.webhookOf(r)
	if err != nil {
		return reply{}, err
	}
	delete(s.webhooks, w.ID)
	return noContent()
}

func (s *Server) getChannelWebhooks(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channelOf(r)
	if err != nil {
		return reply{}, err
	}
	if s.botPermissions(c.GuildID)&PermManageWebhooks == 0 {
		return reply{}, missingPermissions()
	}
	out := []webhook{}
	for _, w := range s.webhooks {
		if w.ChannelID == c.ID {
			out = append(out, *w)
		}
	}
	return ok200(out)
}

func (s *Server) postWebhook(r *request) (reply, error) {
	var body struct {
		Name string `json:"name"`
	}
	if _, err := readBody(r.Request, &body); err != nil {
		return reply{}, err
	}
	var p problems
	p.between("name", body.Name, 80)
	if err := p.err(); err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channelOf(r)
	if err != nil {
		return reply{}, err
	}
	if s.botPermissions(c.GuildID)&PermManageWebhooks == 0 {
		return reply{}, missingPermissions()
	}
	return reply{http.StatusOK, *s.newWebhook(c, body.Name)}, nil
}
