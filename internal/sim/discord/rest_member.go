package discord

import (
	"net/http"
	"slices"
	"strings"
)

// maxNick is the longest nickname, in characters.
const maxNick = 32

func (s *Server) putMemberRole(r *request) (reply, error) { return s.changeRole(r, true) }

func (s *Server) deleteMemberRole(r *request) (reply, error) { return s.changeRole(r, false) }

// changeRole gives a role or takes it. The bot may do so with roles below its own
// highest one that no integration manages. Doing what is done already is no error.
func (s *Server) changeRole(r *request, has bool) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, m, err := s.memberOf(r)
	if err != nil {
		return reply{}, err
	}
	role := g.role(r.PathValue("role"))
	switch {
	case role == nil:
		return reply{}, unknownRole()
	case role.ID == g.id:
		return reply{}, badRequest(50028, "Invalid Role")
	case s.botPermissions(g.id)&PermManageRoles == 0, role.Managed, !g.above(s.app.ID, role.Position):
		return reply{}, missingPermissions()
	}
	s.setRoles(g, m, role.ID, has)
	return noContent()
}

// setRoles stores a member with or without a role. The caller holds s.mu.
func (s *Server) setRoles(g *guild, m *Member, roleID string, has bool) {
	next := *m
	next.Roles = slices.DeleteFunc(slices.Clone(m.Roles), func(x string) bool { return x == roleID })
	if has {
		next.Roles = append(next.Roles, roleID)
	}
	g.members[m.User.ID] = &next
	s.bump()
}

func (s *Server) patchMember(r *request) (reply, error) {
	var body struct {
		Nick opt[string] `json:"nick"` // null takes it away
	}
	if _, err := readBody(r.Request, &body); err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g, m, err := s.memberOf(r)
	if err != nil {
		return reply{}, err
	}
	if !body.Nick.Set {
		return ok200(*m)
	}
	nick := trimmed(body.Nick.V)
	if length(nick) > maxNick {
		var p problems
		p.add("nick", "BASE_TYPE_BAD_LENGTH", "Must be %d or fewer in length.", maxNick)
		return reply{}, p.err()
	}
	// Nobody may rename the owner, nor whoever stands as high as they do.
	self := m.User.ID == s.app.ID
	may := s.botPermissions(g.id)
	switch {
	case self && may&PermChangeNickname == 0,
		!self && may&PermManageNicknames == 0,
		!self && m.User.ID == g.owner,
		!self && !g.above(s.app.ID, g.height(m.User.ID)):
		return reply{}, missingPermissions()
	}
	next := *m
	next.Nick = nick
	g.members[m.User.ID] = &next
	s.feed.all("world")
	s.bump()
	return reply{http.StatusOK, next}, nil
}

// memberBucket is the limit of changes to members, which Discord counts by server.
func (s *Server) memberBucket(r *request) []bucket {
	return []bucket{{"member", r.PathValue("guild"), s.cfg.Limits.MemberChanges}}
}

// height is the position of a member's highest role; 0 with none but everybody's.
func (g *guild) height(userID string) int {
	top := 0
	if m := g.members[userID]; m != nil {
		for _, id := range m.Roles {
			if r := g.role(id); r != nil {
				top = max(top, r.Position)
			}
		}
	}
	return top
}

// above tells whether somebody stands above a position in the list of roles. The owner
// stands above all.
func (g *guild) above(userID string, position int) bool {
	return userID == g.owner || g.height(userID) > position
}

// AddRole adds a role at the top of a guild's list, below its bot's own.
func (s *Server) AddRole(guildID string, spec RoleSpec) Role {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	if g == nil {
		return Role{}
	}
	r := s.addRole(g, spec)
	if own := g.role(g.botRole); own != nil && own != r {
		own.Position, r.Position = r.Position, own.Position
	}
	s.bump()
	return *r
}

func (s *Server) addRole(g *guild, spec RoleSpec) *Role {
	if spec.ID == "" {
		spec.ID = s.newID()
	}
	r := &Role{ID: spec.ID, Name: spec.Name, Color: spec.Color, Position: len(g.roles),
		Permissions: spec.Permissions, Mentionable: spec.Mentionable, Managed: spec.Managed || spec.Bot}
	g.roles = append(g.roles, r)
	if spec.Bot {
		g.botRole = r.ID
	}
	return r
}

// ChangeRole changes a role as an administrator would; see Role. A position that
// another role has is swapped with it.
func (s *Server) ChangeRole(guildID, roleID string, change func(*Role)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	if g == nil || g.role(roleID) == nil {
		return
	}
	r := g.role(roleID)
	was := r.Position
	change(r)
	for _, other := range g.roles {
		if other != r && other.Position == r.Position {
			other.Position = was
		}
	}
	s.bump()
}

// DeleteRole removes a role, and from everybody who has it; later calls on it answer
// 10011.
func (s *Server) DeleteRole(guildID, roleID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	if g == nil {
		return
	}
	g.roles = slices.DeleteFunc(g.roles, func(r *Role) bool { return r.ID == roleID })
	for _, m := range g.members {
		s.setRoles(g, m, roleID, false)
	}
}

// SetMemberRole gives a member a role or takes it, as an administrator would.
func (s *Server) SetMemberRole(guildID, userID, roleID string, has bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.guilds[guildID]; g != nil && g.members[userID] != nil && g.role(roleID) != nil {
		s.setRoles(g, g.members[userID], roleID, has)
	}
}

// RemoveMember takes somebody out of a guild: kicked, or gone. The bot itself can be
// removed, too; its calls on the guild then answer 10004.
func (s *Server) RemoveMember(guildID, userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	if g == nil {
		return
	}
	delete(g.members, userID)
	g.order = slices.DeleteFunc(g.order, func(id string) bool { return id == userID })
	if userID == s.app.ID {
		s.guildOrder = slices.DeleteFunc(s.guildOrder, func(id string) bool { return id == guildID })
		s.gateway.dispatch(g.id, "GUILD_DELETE", map[string]any{"id": g.id})
	}
	s.feed.all("world")
	s.bump()
}

// Member is a copy of somebody in a guild as they are now; ok is false when they are not.
func (s *Server) Member(guildID, userID string) (m Member, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if g := s.guilds[guildID]; g != nil && g.members[userID] != nil {
		return *g.members[userID], true
	}
	return Member{}, false
}

// RoleNames are the names of the roles that a member has, sorted.
func (g Guild) RoleNames(userID string) string {
	var names []string
	for _, m := range g.Members {
		for _, r := range g.Roles {
			if m.User.ID == userID && slices.Contains(m.Roles, r.ID) {
				names = append(names, r.Name)
			}
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
