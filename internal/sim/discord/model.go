package discord

import (
	"slices"
	"time"
)

// Permission bits of a member, as Discord numbers them.
const (
	PermKickMembers     uint64 = 1 << 1
	PermBanMembers      uint64 = 1 << 2
	PermAdministrator   uint64 = 1 << 3
	PermManageChannels  uint64 = 1 << 4
	PermManageGuild     uint64 = 1 << 5
	PermViewChannel     uint64 = 1 << 10
	PermSendMessages    uint64 = 1 << 11
	PermManageMessages  uint64 = 1 << 13
	PermEmbedLinks      uint64 = 1 << 14
	PermAttachFiles     uint64 = 1 << 15
	PermReadHistory     uint64 = 1 << 16
	PermMentionEveryone uint64 = 1 << 17
	PermChangeNickname  uint64 = 1 << 26
	PermManageNicknames uint64 = 1 << 27
	PermManageRoles     uint64 = 1 << 28
	PermManageWebhooks  uint64 = 1 << 29
	PermUseCommands     uint64 = 1 << 31

	permEverybody = PermViewChannel | PermSendMessages | PermEmbedLinks | PermAttachFiles | PermReadHistory | PermUseCommands | PermChangeNickname
	permAll       = permEverybody | PermAdministrator | PermKickMembers | PermBanMembers | PermManageChannels | PermManageGuild | PermManageMessages |
		PermMentionEveryone | PermManageNicknames | PermManageRoles | PermManageWebhooks
)

// Channel types that the stand-in knows.
const (
	channelText = 0
	channelDM   = 1
)

// User is an account.
type User struct {
	ID            string  `json:"id"`
	Username      string  `json:"username"`
	Discriminator string  `json:"discriminator"`
	GlobalName    *string `json:"global_name"`
	Avatar        *string `json:"avatar"`
	Bot           bool    `json:"bot,omitempty"`
}

// Channel is a text channel of a guild or a direct message.
type Channel struct {
	ID            string  `json:"id"`
	Type          int     `json:"type"`
	GuildID       string  `json:"guild_id,omitempty"`
	Name          string  `json:"name,omitempty"`
	Topic         string  `json:"topic,omitempty"`
	Position      int     `json:"position"`
	LastMessageID *string `json:"last_message_id"`
	Recipients    []User  `json:"recipients,omitempty"`
	Overwrites    []any   `json:"permission_overwrites,omitempty"`
}

// Role is a named set of permissions.
type Role struct {
	ID          string `json:"id"`
	Name        string `json:"name"`
	Color       int    `json:"color"`
	Hoist       bool   `json:"hoist"`
	Position    int    `json:"position"`
	Permissions uint64 `json:"permissions,string"`
	Managed     bool   `json:"managed"`
	Mentionable bool   `json:"mentionable"`
}

// Member is a user within a guild.
type Member struct {
	User        User      `json:"user"`
	Nick        string    `json:"nick,omitempty"`
	Roles       []string  `json:"roles"`
	JoinedAt    time.Time `json:"joined_at"`
	Deaf        bool      `json:"deaf"`
	Mute        bool      `json:"mute"`
	Flags       int       `json:"flags"`
	GuildID     string    `json:"-"`
	Permissions uint64    `json:"-"` // granted beside those of the roles
	About       string    `json:"-"` // shown at the chat page: "leader"
}

// Name is what the guild calls the member.
func (m Member) Name() string {
	if m.Nick != "" {
		return m.Nick
	}
	return displayName(m.User)
}

func displayName(u User) string {
	if u.GlobalName != nil && *u.GlobalName != "" {
		return *u.GlobalName
	}
	return u.Username
}

// Guild is a Discord server and all that is in it, as a copy.
type Guild struct {
	ID, Name, OwnerID string
	Channels          []Channel
	Roles             []Role
	Members           []Member
}

// Channel finds a channel by name; the zero Channel when there is none.
func (g Guild) Channel(name string) Channel {
	for _, c := range g.Channels {
		if c.Name == name {
			return c
		}
	}
	return Channel{}
}

// Role finds a role by name; the zero Role when there is none.
func (g Guild) Role(name string) Role {
	for _, r := range g.Roles {
		if r.Name == name {
			return r
		}
	}
	return Role{}
}

// guild is the stored form.
type guild struct {
	id, name, owner string
	joined          time.Time
	channels        []string // in order; the channels themselves are in Server.channels
	roles           []*Role
	botRole         string // the id of the bot's own; empty: it has none
	members         map[string]*Member
	order           []string // member ids in the order they were added
}

func (g *guild) role(id string) *Role {
	for _, r := range g.roles {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// permissions are what a member may do in any channel of the guild.
func (g *guild) permissions(m *Member) uint64 {
	if m == nil {
		return 0 // not in it any more
	}
	if m.User.ID == g.owner {
		return permAll
	}
	p := permEverybody | m.Permissions
	for _, r := range g.roles {
		if r.ID == g.id || slices.Contains(m.Roles, r.ID) {
			p |= r.Permissions
		}
	}
	if p&PermAdministrator != 0 {
		return permAll
	}
	return p
}
