// Package roles decides which roles and which nickname somebody has on a Discord
// server, from what is known of them in Torn. It knows what the bot may touch: roles
// that were mapped, that stand below its own and give no power over the server; and
// what it gave itself, which is all that it takes away.
package roles

import (
	"slices"
	"strings"
)

// Server is a Discord server as far as roles go.
type Server struct {
	ID, OwnerID string
	Roles       []Role
	Bot         Member // the bot itself
}

// Role is a group of a server's members. That with the server's own id is @everyone.
type Role struct {
	ID, Name    string
	Position    int // higher ones stand above lower ones
	Managed     bool
	Permissions uint64
}

// Member is somebody on a server.
type Member struct {
	DiscordID string
	Nick      string // empty: they have none there
	Roles     []string
}

// Permission bits, as Discord numbers them.
const (
	kickMembers     = 1 << 1
	banMembers      = 1 << 2
	administrator   = 1 << 3
	manageChannels  = 1 << 4
	manageGuild     = 1 << 5
	mentionEveryone = 1 << 17
	manageNicknames = 1 << 27
	manageRoles     = 1 << 28
)

// dangerous names the permissions that a role must not have which the bot gives: they
// are power over the server and not a sign of who somebody is.
func dangerous(permissions uint64) []string {
	var out []string
	for _, p := range []struct {
		bit  uint64
		name string
	}{
		{administrator, "Administrator"}, {manageGuild, "Manage Server"}, {manageRoles, "Manage Roles"}, {manageChannels, "Manage Channels"},
		{banMembers, "Ban Members"}, {kickMembers, "Kick Members"}, {mentionEveryone, "Mention Everyone"},
	} {
		if permissions&p.bit != 0 {
			out = append(out, p.name)
		}
	}
	return out
}

// Role finds a role by its id.
func (s Server) Role(id string) (Role, bool) {
	i := slices.IndexFunc(s.Roles, func(r Role) bool { return r.ID == id })
	if i < 0 {
		return Role{}, false
	}
	return s.Roles[i], true
}

// may tells whether a member has a permission on the whole server.
func (s Server) may(m Member, bit uint64) bool {
	if m.DiscordID == s.OwnerID {
		return true
	}
	var all uint64
	for _, r := range s.Roles {
		if r.ID == s.ID || slices.Contains(m.Roles, r.ID) {
			all |= r.Permissions
		}
	}
	return all&(bit|administrator) != 0
}

// height is the position of a member's highest role.
func (s Server) height(m Member) int {
	top := 0
	for _, r := range s.Roles {
		if slices.Contains(m.Roles, r.ID) {
			top = max(top, r.Position)
		}
	}
	return top
}

// above tells whether a member stands above a position, as Discord has it.
func (s Server) above(m Member, position int) bool {
	return m.DiscordID == s.OwnerID || s.height(m) > position
}

// Reason says in words why something cannot be done; empty: it can.
type Reason string

// Reasons why the bot leaves a role or a nickname alone.
const (
	NoRight    Reason = "the bot lacks the permission Manage Roles on this server"
	Deleted    Reason = "it was deleted on this server"
	Everyone   Reason = "everybody has it"
	Managed    Reason = "it belongs to a bot or an integration, so nobody can give it"
	TooHigh    Reason = "it stands above the bot's own role: move the bot's role above it in the server's settings"
	NoNickname Reason = "the bot lacks the permission Manage Nicknames on this server"
	Owner      Reason = "Discord lets nobody rename the owner of a server"
	AboveBot   Reason = "their highest role stands above the bot's own"
)

// CanGive tells why the bot will not give a role.
func (s Server) CanGive(roleID string) Reason {
	if why := s.CanTake(roleID); why != "" {
		return why
	}
	r, _ := s.Role(roleID)
	if powers := dangerous(r.Permissions); len(powers) > 0 {
		return Reason("it has " + strings.Join(powers, ", ") + ": a role that the bot gives must not have power over the server")
	}
	return ""
}

// CanTake tells why the bot cannot take a role away that it gave.
func (s Server) CanTake(roleID string) Reason {
	r, ok := s.Role(roleID)
	switch {
	case !ok:
		return Deleted
	case r.ID == s.ID:
		return Everyone
	case r.Managed:
		return Managed
	case !s.may(s.Bot, manageRoles):
		return NoRight
	case !s.above(s.Bot, r.Position):
		return TooHigh
	default:
		return ""
	}
}

// CanHand tells why a member could not give a role by themselves; they may not have
// the bot do it then.
func (s Server) CanHand(m Member, roleID string) Reason {
	r, ok := s.Role(roleID)
	switch {
	case !ok:
		return Deleted
	case !s.may(m, manageRoles):
		return "you lack the permission Manage Roles on this server"
	case !s.above(m, r.Position):
		return "it stands above your own roles on this server"
	default:
		return ""
	}
}

// CanRename tells why the bot cannot change a member's nickname.
func (s Server) CanRename(m Member) Reason {
	switch {
	case m.DiscordID == s.OwnerID:
		return Owner
	case !s.may(s.Bot, manageNicknames):
		return NoNickname
	case !s.above(s.Bot, s.height(m)):
		return AboveBot
	default:
		return ""
	}
}
