package commands_test

import (
	"context"
	"slices"

	"consigliere/internal/roles"
)

// discordRoles is one server's roles as the bot finds and keeps them.
type discordRoles struct {
	w      *world
	set    roles.Setup
	server roles.Server
	me     roles.Member
	people []roles.Person
	// trouble is what the preview and every look at Discord end with.
	trouble error
	preview roles.Preview
}

// Ids of the world's Discord roles.
const (
	membersRole  = "500000000000000001"
	officersRole = "500000000000000002"
	botRole      = "500000000000000003"
	adminRole    = "500000000000000004"
)

func newDiscordRoles(w *world) *discordRoles {
	const manageRoles, manageNicknames, administrator = 1 << 28, 1 << 27, 1 << 3
	return &discordRoles{
		w:   w,
		set: roles.Setup{Name: "Wolves", ListRead: w.now},
		server: roles.Server{ID: wolvesGuild, OwnerID: "400000000000000009", Roles: []roles.Role{
			{ID: wolvesGuild, Name: "@everyone"}, {ID: membersRole, Name: "Members", Position: 1}, {ID: officersRole, Name: "Officers", Position: 2, Permissions: manageRoles},
			{ID: botRole, Name: "Bot", Position: 3, Managed: true, Permissions: manageRoles | manageNicknames}, {ID: adminRole, Name: "Admins", Position: 4, Permissions: administrator},
		}, Bot: roles.Member{DiscordID: "600000000000000001", Roles: []string{botRole}}},
		me: roles.Member{Roles: []string{adminRole}},
	}
}

// readyRoles is a setup that is switched on.
func readyRoles(d *discordRoles) {
	d.set.Rules = []roles.Rule{{Kind: roles.Verified, RoleID: membersRole}}
	d.set.Confirmed = d.set.Digest()
}

func readyDigest() string {
	return roles.Setup{Rules: []roles.Rule{{Kind: roles.Verified, RoleID: membersRole}}}.Digest()
}

func (d *discordRoles) RoleSetup(_ context.Context, at roles.Place) (roles.Setup, error) {
	set := d.set
	set.Place, set.Rules = at, slices.Clone(d.set.Rules)
	return set, d.w.failAll
}

func (d *discordRoles) PutRole(_ context.Context, at roles.Place, kind roles.Kind, position, roleID string) (before string, err error) {
	d.set.Rules = slices.DeleteFunc(d.set.Rules, func(r roles.Rule) bool {
		if r.Kind == kind && r.Position == position {
			before = r.RoleID
			return true
		}
		return false
	})
	if roleID != "" {
		d.set.Rules = append(d.set.Rules, roles.Rule{Kind: kind, Position: position, RoleID: roleID})
	}
	d.w.note("role of %d for %s %q: %s", at.Faction, kind, position, roleID)
	return before, d.w.failAll
}

func (d *discordRoles) SetNickname(_ context.Context, at roles.Place, template string) (before string, err error) {
	before, d.set.Nickname = d.set.Nickname, template
	d.w.note("nickname of %d: %s", at.Faction, template)
	return before, d.w.failAll
}

func (d *discordRoles) ConfirmRoles(_ context.Context, at roles.Place, digest string) (before string, err error) {
	before, d.set.Confirmed = d.set.Confirmed, digest
	d.w.note("roles of %d confirmed: %t", at.Faction, digest != "")
	return before, d.w.failAll
}

func (d *discordRoles) RolesDue(_ context.Context, at roles.Place) error {
	d.w.note("roles of %d due", at.Faction)
	return d.w.failAll
}

func (d *discordRoles) Preview(ctx context.Context, at roles.Place) (roles.Preview, error) {
	p := d.preview
	var err error
	if p.Setup, err = d.RoleSetup(ctx, at); err != nil {
		return p, err
	}
	p.Server = d.server
	for _, who := range d.people {
		p.Changes = append(p.Changes, p.Setup.Plan(d.server, who, roles.Member{DiscordID: who.DiscordID, Roles: who.Given}))
	}
	return p, d.trouble
}

func (d *discordRoles) Look(_ context.Context, _, userID string) (roles.Server, roles.Member, error) {
	d.me.DiscordID = userID
	return d.server, d.me, d.trouble
}

func (d *discordRoles) People(context.Context, roles.Place) ([]roles.Person, error) {
	return d.people, d.w.failAll
}
