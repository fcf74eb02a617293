package discord

import "strings"

func (s *Server) getMe(*request) (reply, error) { return ok200(s.app) }

func (s *Server) getUser(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[r.PathValue("user")]
	if u == nil {
		return reply{}, unknownUser()
	}
	return ok200(*u)
}

func (s *Server) getApplication(*request) (reply, error) {
	return ok200(map[string]any{
		"id": s.app.ID, "name": s.app.Username, "description": "", "bot_public": false, "bot_require_code_grant": false,
		"verify_key": strings.Repeat("0", 64), "flags": 0, "bot": s.app, "owner": s.app, "team": nil,
	})
}

func (s *Server) getMyGuilds(*request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := []map[string]any{}
	for _, id := range s.guildOrder {
		out = append(out, map[string]any{"id": id, "name": s.guilds[id].name, "owner": false,
			"permissions": permissionText(s.botPermissions(id)), "features": []any{}})
	}
	return ok200(out)
}

func (s *Server) postDM(r *request) (reply, error) {
	var body struct {
		Recipient string `json:"recipient_id"`
	}
	if _, err := readBody(r.Request, &body); err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[body.Recipient]
	if u == nil {
		return reply{}, unknownUser()
	}
	if u.Bot {
		return reply{}, forbidden(50007, "Cannot send messages to this user")
	}
	return ok200(s.dm(u.ID).wire())
}

// guildOf finds the guild of a request. The caller holds s.mu.
func (s *Server) guildOf(r *request) (*guild, error) {
	g := s.guilds[r.PathValue("guild")]
	if g == nil || g.members[s.app.ID] == nil {
		return nil, unknownGuild()
	}
	return g, nil
}

func (s *Server) getGuild(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.guildOf(r)
	if err != nil {
		return reply{}, err
	}
	return ok200(g.wire())
}

func (s *Server) getGuildChannels(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.guildOf(r)
	if err != nil {
		return reply{}, err
	}
	return ok200(s.guildCopy(g).Channels)
}

func (s *Server) getGuildRoles(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, err := s.guildOf(r)
	if err != nil {
		return reply{}, err
	}
	return ok200(s.guildCopy(g).Roles)
}

// memberOf finds the member of a request. The caller holds s.mu.
func (s *Server) memberOf(r *request) (*guild, *Member, error) {
	g, err := s.guildOf(r)
	if err != nil {
		return nil, nil, err
	}
	id := r.PathValue("user")
	if id == "@me" {
		id = s.app.ID
	}
	m := g.members[id]
	switch {
	case m != nil:
		return g, m, nil
	case s.users[id] == nil:
		return nil, nil, unknownUser()
	}
	return nil, nil, unknownMember()
}

func (s *Server) getGuildMember(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, m, err := s.memberOf(r)
	if err != nil {
		return reply{}, err
	}
	return ok200(*m)
}

func (s *Server) getChannel(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channelOf(r)
	if err != nil {
		return reply{}, err
	}
	return ok200(c.wire())
}

func (s *Server) patchChannel(r *request) (reply, error) {
	var body struct {
		Name  opt[string] `json:"name"`
		Topic opt[string] `json:"topic"`
	}
	if _, err := readBody(r.Request, &body); err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channelOf(r)
	if err != nil {
		return reply{}, err
	}
	if s.botPermissions(c.GuildID)&PermManageChannels == 0 {
		return reply{}, missingPermissions()
	}
	var p problems
	if body.Name.Set {
		p.between("name", body.Name.V, 100)
	}
	p.maxLen("topic", body.Topic.V, 1024)
	if err := p.err(); err != nil {
		return reply{}, err
	}
	if body.Name.Set {
		c.Name = body.Name.V
	}
	if body.Topic.Set {
		c.Topic = body.Topic.V
	}
	s.feed.all("world")
	s.bump()
	return ok200(c.wire())
}

func (s *Server) deleteChannelCall(r *request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.channelOf(r)
	if err != nil {
		return reply{}, err
	}
	if s.botPermissions(c.GuildID)&PermManageChannels == 0 {
		return reply{}, missingPermissions()
	}
	w := c.wire()
	s.deleteChannel(c.ID)
	return ok200(w)
}
