package commands_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/commands"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/roles"
	"consigliere/internal/say"
)

// roleCommand sends a command of /config roles as the Wolves' leader.
func (w *world) roleCommand(t *testing.T, path string, options ...string) chat.Reply {
	t.Helper()
	r := w.registry().Handle(t.Context(), slash(leader, wolvesGuild, "config roles "+path, options...))
	if err := discord.Validate(r.Message); err != nil {
		t.Errorf("/config roles %s: %v", path, err)
	}
	return r
}

func text(r chat.Reply) string {
	var b strings.Builder
	b.WriteString(r.Content)
	for _, e := range r.Embeds {
		b.WriteString("\n" + e.Title + "\n" + e.Description)
		for _, f := range e.Fields {
			b.WriteString("\n" + f.Name + ": " + f.Value)
		}
	}
	return b.String()
}

func TestARoleIsMappedOnlyWhenTheBotMayGiveItAndTheCallerCould(t *testing.T) {
	for _, tc := range []struct {
		name    string
		change  func(*discordRoles)
		options []string
		want    string
		written bool
	}{
		{"fine", nil, []string{"who", "member", "role", membersRole}, "Members who are linked are to get <@&" + membersRole + ">", true},
		{"a position, however it is typed", nil, []string{"who", "position", "position", "officer", "role", membersRole}, "Members with the position **Officer** are to get", true},
		{"no such position", nil, []string{"who", "position", "position", "King", "role", membersRole}, "no position “King”", false},
		{"a position without one", nil, []string{"who", "position", "role", membersRole}, "Say which position", false},
		{"a position too much", nil, []string{"who", "member", "position", "Officer", "role", membersRole}, "goes with", false},
		{"forged", nil, []string{"who", "everyone", "role", membersRole}, "pick from the list", false},
		{"power over the server", nil, []string{"who", "member", "role", officersRole}, "Manage Roles: a role that the bot gives", false},
		{"above the bot", nil, []string{"who", "member", "role", adminRole}, "above the bot's own role", false},
		{"of a bot", nil, []string{"who", "member", "role", botRole}, "belongs to a bot", false},
		{"everybody", nil, []string{"who", "member", "role", wolvesGuild}, "everybody has it", false},
		{"gone", nil, []string{"who", "member", "role", "123"}, "deleted", false},
		{"the caller could not", func(d *discordRoles) { d.me.Roles = []string{membersRole} }, []string{"who", "member", "role", membersRole}, "You could not give that role yourself", false},
		{"Discord is down", func(d *discordRoles) { d.trouble = errors.New("timeout") }, []string{"who", "member", "role", membersRole}, "Discord did not answer. Nothing was changed", false},
		{"the bot is not there", func(d *discordRoles) { d.trouble = roles.ErrNoServer }, []string{"who", "member", "role", membersRole}, "Invite it again", false},
	} {
		w := newWorld(t)
		if tc.change != nil {
			tc.change(w.roles)
		}
		r := w.roleCommand(t, "set", tc.options...)
		if got := text(r); !strings.Contains(got, tc.want) {
			t.Errorf("%s: %s", tc.name, got)
		}
		if written := len(w.roles.set.Rules) > 0; written != tc.written {
			t.Errorf("%s: mapped: %t", tc.name, written)
		}
		if tc.written && !strings.Contains(text(r), "Nothing has happened yet") {
			t.Errorf("%s: it does not say that nothing happens yet: %s", tc.name, text(r))
		}
	}
}

func TestTheSettingsSayWhetherDiscordRolesAreOn(t *testing.T) {
	for _, tc := range []struct {
		name, guild string
		change      func(*discordRoles)
		want        string
		amber       bool
	}{
		{"never set", wolvesGuild, nil, "Off on this server.", false},
		{"set and not switched on", wolvesGuild, func(d *discordRoles) { d.set.Nickname = "{name}" }, "Off on this server: 0 roles and nicknames set", false},
		{"on", wolvesGuild, readyRoles, "**On** on this server: 1 role.", false},
		{"on, and hindered", wolvesGuild, func(d *discordRoles) { readyRoles(d); d.set.Trouble = "The bot is away." }, "**On** on this server: 1 role. ⚠ The bot is away.", true},
		{"changed since", wolvesGuild, func(d *discordRoles) { readyRoles(d); d.set.Nickname = "{name}" }, "⚠ Changed since it was switched on", true},
		{"asked elsewhere", direct, readyRoles, "Set for each server", false},
	} {
		w := newWorld(t)
		if tc.change != nil {
			tc.change(w.roles)
		}
		w.grants[wolves] = map[string]rbac.Set{"Officer": rbac.All(), "Member": rbac.All()} // nothing else is amber
		r := w.registry().Handle(t.Context(), slash(leader, tc.guild, "config show"))
		if got := text(r); !strings.Contains(got, "Discord roles: "+tc.want) {
			t.Errorf("%s: %s", tc.name, got)
		}
		if amber := len(r.Embeds) == 1 && r.Embeds[0].Color == say.Amber; amber != tc.amber {
			t.Errorf("%s: amber is %v: %s", tc.name, amber, text(r))
		}
	}
}

// slowPreview does not end before it is let go.
type slowPreview struct {
	commands.RoleWork
	begun, end chan struct{}
}

func (s slowPreview) Preview(context.Context, roles.Place) (roles.Preview, error) {
	s.begun <- struct{}{}
	<-s.end
	return roles.Preview{}, nil
}

func TestAPreviewOfRolesIsMadeOnceAtATimeForAFaction(t *testing.T) {
	w := newWorld(t)
	slow := slowPreview{RoleWork: w.roles, begun: make(chan struct{}), end: make(chan struct{})}
	r := w.registry(func(d *commands.Deps) { d.RoleWork = slow })
	answers := make(chan chat.Reply)
	ask := func(who, guild string) { answers <- r.Handle(t.Context(), slash(who, guild, "config roles preview")) }
	go ask(leader, wolvesGuild)
	<-slow.begun
	for _, who := range []string{leader, officer} {
		if reply := r.Handle(t.Context(), slash(who, wolvesGuild, "config roles preview")); !strings.Contains(reply.Content, "still being made. Nothing was changed") {
			t.Errorf("%s asks again: %s", who, show(reply))
		}
	}
	w.grants[bears] = map[string]rbac.Set{"Member": rbac.SetOf(rbac.DiscordManage)}
	go ask(foreign, bearsGuild) // another faction waits for nobody
	<-slow.begun
	close(slow.end)
	for range 2 {
		if reply := <-answers; len(reply.Embeds) == 0 {
			t.Errorf("got %s", show(reply))
		}
	}
	go func() { <-slow.begun }()
	if reply := r.Handle(t.Context(), slash(officer, wolvesGuild, "config roles preview")); len(reply.Embeds) == 0 {
		t.Errorf("afterwards: %s", show(reply))
	}
}

func TestRolesAreSwitchedOnOnlyAsThePreviewShowedThem(t *testing.T) {
	w := newWorld(t)
	w.roleCommand(t, "set", "who", "verified", "role", membersRole)
	if got := text(w.roleCommand(t, "apply")); !strings.Contains(got, "switched off") {
		t.Errorf("applied before it was switched on: %s", got)
	}
	w.roles.people = []roles.Person{{DiscordID: "401", Player: 1, Name: "Duke", Member: true}, {DiscordID: "402", Given: []string{membersRole}}}
	p := w.roleCommand(t, "preview")
	if got := text(p); !strings.Contains(got, "Nothing was changed") || !strings.Contains(got, "<@401> <@&"+membersRole+">") || !strings.Contains(got, "Lose, since the bot gave it: <@402>") {
		t.Errorf("the preview says: %s", got)
	}
	button := p.Rows[0].Buttons[0].ID
	// Somebody changes what is set before the button is pressed.
	w.roleCommand(t, "nickname", "template", "{name} [{id}]")
	r := w.registry().Handle(t.Context(), click(leader, wolvesGuild, button))
	if w.roles.set.Confirmed != "" || !strings.Contains(text(r), "changed after this preview") {
		t.Errorf("switched on what nobody saw: %s", text(r))
	}
	button = w.roleCommand(t, "preview").Rows[0].Buttons[0].ID
	r = w.registry().Handle(t.Context(), click(leader, wolvesGuild, button))
	if w.roles.set.State() != roles.On || !strings.Contains(text(r), "Switched on") {
		t.Errorf("not switched on: %s", text(r))
	}
	if p := w.roleCommand(t, "preview"); len(p.Rows) != 0 {
		t.Error("a preview of what is on has a button to switch it on")
	}
	if got := text(w.roleCommand(t, "apply")); !strings.Contains(got, "looked at anew") {
		t.Errorf("not applied: %s", got)
	}
	w.roleCommand(t, "remove", "who", "verified")
	if w.roles.set.State() != roles.Changed {
		t.Error("a change is followed without a preview")
	}
	if got := text(w.roleCommand(t, "show")); !strings.Contains(got, "nothing is done until it is confirmed") {
		t.Errorf("the change is not told: %s", got)
	}
	w.registry().Handle(t.Context(), click(leader, wolvesGuild, "roles:off:777"))
	if w.roles.set.State() != roles.Off {
		t.Error("not switched off")
	}
	for _, id := range []string{"roles:on:777", "roles:on:888:" + readyDigest(), "roles:on:777:x:y", "roles:on:777:", "roles:off", "roles:off:888", "roles:off:777:1"} {
		r := w.registry().Handle(t.Context(), click(leader, wolvesGuild, id))
		if w.roles.set.Confirmed != "" || r.Content == "" {
			t.Errorf("%s did something: %s", id, text(r))
		}
	}
}

func TestWhatGoesWrongWithRolesIsShown(t *testing.T) {
	w := newWorld(t)
	readyRoles(w.roles)
	d := w.roles
	d.set.Rules[0].Broken = roles.Deleted
	d.set.Trouble, d.set.LookedAt = "The bot is not on this server any more.", now.Add(-time.Hour)
	for i := range 60 {
		d.people = append(d.people, roles.Person{DiscordID: fmt.Sprint(4000000000000000000 + i), Player: 7, Given: []string{membersRole}, Trouble: roles.Owner})
	}
	got := text(w.roleCommand(t, "show"))
	for _, want := range []string{"It is switched on", "not on this server any more", "**60** have it from the bot", "it was deleted on this server", "nobody rename the owner", "**60** are still to be looked at"} {
		if !strings.Contains(got, want) {
			t.Errorf("does not say %q: %s", want, got)
		}
	}
	d.preview.Absent, d.preview.Unread = 3, 12
	got = text(w.roleCommand(t, "preview"))
	for _, want := range []string{"3 are linked and not on this server", "**12** more were not looked at"} {
		if !strings.Contains(got, want) {
			t.Errorf("does not say %q: %s", want, got)
		}
	}
	d.set.Rules[0].RoleID = "123"
	if got := text(w.roleCommand(t, "preview")); !strings.Contains(got, "<@&123> is given to nobody: it was deleted") {
		t.Errorf("the preview hides a deleted role: %s", got)
	}
	d.preview.Trouble = "too old"
	if p := w.roleCommand(t, "preview"); len(p.Rows) != 0 || !strings.Contains(text(p), "too old") {
		t.Errorf("the preview says: %s", text(p))
	}
}

func TestNicknameTemplatesAreCheckedAndShownAsTheyWillLook(t *testing.T) {
	w := newWorld(t)
	for template, want := range map[string]string{"{nick}": "must be one of", "@everyone": "needs {name}", "{name": "must be one of"} {
		if got := text(w.roleCommand(t, "nickname", "template", template)); !strings.Contains(got, want) || !strings.Contains(got, "Nothing was changed") {
			t.Errorf("%s: %s", template, got)
		}
	}
	if got := text(w.roleCommand(t, "nickname", "template", "**{name}** [{id}]")); !strings.Contains(got, `\*\*Duke\*\* \[1234567\]`) {
		t.Errorf("the example: %s", got)
	}
	if got := text(w.roleCommand(t, "nickname")); !strings.Contains(got, "left alone") || w.roles.set.Nickname != "" {
		t.Errorf("taken away: %s", got)
	}
	if !slices.ContainsFunc(w.audited, func(e faction.AuditEntry) bool { return e.Action == "roles.nickname" }) {
		t.Errorf("audited: %v", w.audited)
	}
}

func TestRolesBelongToAServerOfTheFaction(t *testing.T) {
	w := newWorld(t)
	for _, guild := range []string{"", bearsGuild} {
		r := w.registry().Handle(t.Context(), slash(leader, guild, "config roles set", "who", "verified", "role", membersRole))
		if len(w.roles.set.Rules) != 0 {
			t.Errorf("in server %q a role was mapped: %s", guild, text(r))
		}
	}
}
