package discord

import (
	"slices"
	"strconv"
	"strings"
)

// GuildSpec describes a guild to add. Ids that are empty are made up.
type GuildSpec struct {
	ID, Name string
	Owner    string // user id; default the first member
	Channels []ChannelSpec
	Roles    []RoleSpec
	Members  []MemberSpec
}

// ChannelSpec describes a text channel.
type ChannelSpec struct{ ID, Name, Topic string }

// RoleSpec describes a role. Later ones stand above earlier ones.
type RoleSpec struct {
	ID, Name    string
	Color       int
	Permissions uint64
	Mentionable bool
	Managed     bool // by an integration: nobody can give or take it
	// Bot makes it the role that inviting the bot made, which the bot has.
	Bot bool
}

// MemberSpec describes a person. The same id in several guilds is one person.
type MemberSpec struct {
	ID, Name string
	Nick     string
	Roles    []string // ids or names
	// Permissions are granted beside everybody's and those of the roles;
	// ManageGuild is a short form of PermManageGuild.
	Permissions uint64
	ManageGuild bool
	About       string // shown at the chat page: "leader"
}

// AddGuild makes a guild with the bot in it, and tells sessions that are
// connected. The returned copy holds all ids.
func (s *Server) AddGuild(spec GuildSpec) Guild {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &guild{id: spec.ID, name: spec.Name, owner: spec.Owner, joined: s.cfg.Now().UTC(), members: map[string]*Member{}}
	if g.id == "" {
		g.id = s.newID()
	}
	s.guilds[g.id] = g
	s.guildOrder = append(s.guildOrder, g.id)
	g.roles = append(g.roles, &Role{ID: g.id, Name: "@everyone", Permissions: permEverybody})
	for _, r := range spec.Roles {
		s.addRole(g, r)
	}
	for _, c := range spec.Channels {
		s.addChannel(g, c)
	}
	s.addMember(g, MemberSpec{ID: s.app.ID, Name: s.app.Username, Permissions: PermEmbedLinks | PermAttachFiles, Roles: []string{g.botRole}})
	for _, m := range spec.Members {
		s.addMember(g, m)
	}
	if g.owner == "" && len(g.order) > 1 {
		g.owner = g.order[1]
	}
	s.gateway.dispatch(g.id, "GUILD_CREATE", s.guildCreate(g))
	s.bump()
	return s.guildCopy(g)
}

// AddChannel adds a text channel to a guild.
func (s *Server) AddChannel(guildID string, spec ChannelSpec) Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	if g == nil {
		return Channel{}
	}
	c := s.addChannel(g, spec)
	s.gateway.dispatch(g.id, "CHANNEL_CREATE", c.wire())
	s.feed.all("world")
	s.bump()
	return c.wire()
}

// AddMember adds a person to a guild.
func (s *Server) AddMember(guildID string, spec MemberSpec) Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	if g == nil {
		return Member{}
	}
	m := s.addMember(g, spec)
	s.feed.all("world")
	s.bump()
	return *m
}

// DeleteChannel removes a channel; later calls on it answer 10003.
func (s *Server) DeleteChannel(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deleteChannel(id)
}

func (s *Server) deleteChannel(id string) {
	c := s.channels[id]
	if c == nil {
		return
	}
	for _, m := range c.messages {
		delete(s.messages, m)
		delete(s.history, m)
	}
	delete(s.channels, id)
	for hook, w := range s.webhooks {
		if w.ChannelID == id {
			delete(s.webhooks, hook)
		}
	}
	if g := s.guilds[c.GuildID]; g != nil {
		g.channels = slices.DeleteFunc(g.channels, func(x string) bool { return x == id })
		s.gateway.dispatch(g.id, "CHANNEL_DELETE", c.wire())
	}
	s.feed.all("world")
	s.bump()
}

// DeleteMessage removes a message, as a moderator would.
func (s *Server) DeleteMessage(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deleteMessage(id)
}

// CloseDMs makes direct messages to a user fail with 50007, or work again.
func (s *Server) CloseDMs(userID string, closed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.noDMs[userID] = closed
}

// AddWebhook makes a webhook for a channel and returns the path of its address
// ("/api/webhooks/{id}/{token}").
func (s *Server) AddWebhook(channelID, name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.channels[channelID]
	if c == nil {
		return ""
	}
	w := s.newWebhook(c, name)
	return "/api/webhooks/" + w.ID + "/" + w.Token
}

// DeleteWebhook removes the webhook of an id; its address then answers 10015.
func (s *Server) DeleteWebhook(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.webhooks, id)
}

// Guild is a copy of a guild as it is now; ok is false when there is none.
func (s *Server) Guild(id string) (Guild, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[id]
	if g == nil {
		return Guild{}, false
	}
	return s.guildCopy(g), true
}

func (s *Server) newWebhook(c *channel, name string) *webhook {
	w := &webhook{ID: s.newID(), Type: 1, GuildID: c.GuildID, ChannelID: c.ID, Name: name, Token: secret(), AppID: s.app.ID}
	s.webhooks[w.ID] = w
	return w
}

func (s *Server) addChannel(g *guild, spec ChannelSpec) *channel {
	if spec.ID == "" {
		spec.ID = s.newID()
	}
	c := &channel{
		Channel: Channel{ID: spec.ID, Type: channelText, GuildID: g.id, Name: spec.Name, Topic: spec.Topic, Position: len(g.channels)},
		nonces:  map[string]nonceUse{},
	}
	s.channels[c.ID] = c
	g.channels = append(g.channels, c.ID)
	return c
}

func (s *Server) addMember(g *guild, spec MemberSpec) *Member {
	u := s.users[spec.ID]
	if u == nil {
		if spec.ID == "" {
			spec.ID = s.newID()
		}
		name := spec.Name
		u = &User{ID: spec.ID, Username: handle(spec.Name, spec.ID), Discriminator: "0", GlobalName: &name}
		s.users[u.ID] = u
	}
	m := &Member{User: *u, Nick: spec.Nick, Roles: []string{}, JoinedAt: s.cfg.Now().UTC(), GuildID: g.id,
		Permissions: spec.Permissions, About: spec.About}
	if spec.ManageGuild {
		m.Permissions |= PermManageGuild
	}
	for _, r := range g.roles {
		if r.ID != g.id && slices.Contains(spec.Roles, r.ID) || slices.Contains(spec.Roles, r.Name) {
			m.Roles = append(m.Roles, r.ID)
		}
	}
	g.members[u.ID] = m
	g.order = append(g.order, u.ID)
	return m
}

// handle makes a user name of a display name, in the form Discord allows.
func handle(name, id string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '.' {
			b.WriteRune(r)
		}
	}
	if b.Len() < 2 {
		return "user" + id
	}
	return b.String()
}

// dm gives the direct-message channel of a person and the bot.
func (s *Server) dm(userID string) *channel {
	for _, c := range s.channels {
		if c.peer == userID {
			return c
		}
	}
	c := &channel{
		Channel: Channel{ID: s.newID(), Type: channelDM, Recipients: []User{*s.users[userID]}},
		peer:    userID, nonces: map[string]nonceUse{},
	}
	s.channels[c.ID] = c
	s.feed.all("world")
	return c
}

func (s *Server) guildCopy(g *guild) Guild {
	out := Guild{ID: g.id, Name: g.name, OwnerID: g.owner}
	for _, id := range g.channels {
		out.Channels = append(out.Channels, s.channels[id].wire())
	}
	for _, r := range g.roles {
		out.Roles = append(out.Roles, *r)
	}
	for _, id := range g.order {
		out.Members = append(out.Members, *g.members[id])
	}
	return out
}

// guildCreate is the gateway's form of a guild.
func (s *Server) guildCreate(g *guild) map[string]any {
	c := s.guildCopy(g)
	out := g.wire()
	out["channels"] = c.Channels
	out["roles"] = c.Roles
	out["members"] = []Member{*g.members[s.app.ID]}
	out["member_count"] = len(c.Members)
	out["joined_at"] = g.joined
	out["large"] = false
	out["unavailable"] = false
	for _, list := range []string{"threads", "presences", "voice_states", "stage_instances", "guild_scheduled_events"} {
		out[list] = []any{}
	}
	return out
}

// wire is the REST form of a guild.
func (g *guild) wire() map[string]any {
	roles := []Role{}
	for _, r := range g.roles {
		roles = append(roles, *r)
	}
	return map[string]any{
		"id": g.id, "name": g.name, "owner_id": g.owner, "icon": nil, "roles": roles, "emojis": []any{}, "stickers": []any{},
		"features": []any{}, "preferred_locale": "en-US", "verification_level": 0, "default_message_notifications": 1,
		"explicit_content_filter": 0, "mfa_level": 0, "premium_tier": 0, "nsfw_level": 0, "system_channel_flags": 0,
		"afk_timeout": 300, "approximate_member_count": len(g.members),
	}
}

func (c *channel) wire() Channel {
	out, last := c.Channel, c.lastPublic
	out.Overwrites = []any{}
	if last != "" {
		out.LastMessageID = &last
	}
	return out
}

func permissionText(p uint64) string { return strconv.FormatUint(p, 10) }
