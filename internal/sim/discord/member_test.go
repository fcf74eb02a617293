package discord

import (
	"net/http"
	"strings"
	"testing"
)

// ranked is a guild with roles below and above the bot's own.
func ranked(t *testing.T, w *world) (g Guild, leader, member string) {
	t.Helper()
	g = w.AddGuild(GuildSpec{
		Name: "Ranks",
		Roles: []RoleSpec{{Name: "Members"}, {Name: "Officers"}, {Name: "Booster", Managed: true},
			{Name: "Bot", Bot: true, Permissions: PermManageRoles | PermManageNicknames}, {Name: "Admins"}},
		Members: []MemberSpec{{Name: "Leader"}, {Name: "Admin", Roles: []string{"Admins"}}, {Name: "Member"}},
	})
	return g, g.Members[1].User.ID, g.Members[3].User.ID
}

func TestTheBotGivesAndTakesOnlyRolesBelowItsOwn(t *testing.T) {
	w := newWorld(t, Config{Limits: Limits{NoRates: true}})
	g, _, member := ranked(t, w)
	path := func(role string) string { return "guilds/" + g.ID + "/members/" + member + "/roles/" + g.Role(role).ID }
	for _, tc := range []struct {
		role         string
		status, code int
	}{
		{"Members", http.StatusNoContent, 0}, {"Members", http.StatusNoContent, 0}, {"Officers", http.StatusNoContent, 0},
		{"Booster", http.StatusForbidden, 50013}, {"Bot", http.StatusForbidden, 50013}, {"Admins", http.StatusForbidden, 50013},
		{"@everyone", http.StatusBadRequest, 50028}, {"nothing of that name", http.StatusNotFound, 10011},
	} {
		for _, method := range []string{"PUT", "DELETE", "PUT"} {
			p := path(tc.role)
			if tc.code == 10011 {
				p += "1"
			}
			if a := w.call(t, method, p, nil); a.status != tc.status || a.code() != tc.code {
				t.Errorf("%s %s: %d %d, want %d %d", method, tc.role, a.status, a.code(), tc.status, tc.code)
			}
		}
	}
	now, _ := w.Guild(g.ID)
	if got := now.RoleNames(member); got != "Members, Officers" {
		t.Errorf("has %q", got)
	}
	// An administrator who moves the bot's role down, or takes its right, ends that.
	w.ChangeRole(g.ID, g.Role("Bot").ID, func(r *Role) { r.Position = 2 })
	if a := w.call(t, "DELETE", path("Officers"), nil); a.code() != 50013 {
		t.Errorf("a role above the bot's own was taken: %d %d", a.status, a.code())
	}
	if a := w.call(t, "DELETE", path("Members"), nil); a.status != http.StatusNoContent {
		t.Errorf("a role below was not taken: %d %d", a.status, a.code())
	}
	w.ChangeRole(g.ID, g.Role("Bot").ID, func(r *Role) { r.Permissions = 0 })
	if a := w.call(t, "PUT", path("Members"), nil); a.code() != 50013 {
		t.Errorf("without the right a role was given: %d %d", a.status, a.code())
	}
	w.DeleteRole(g.ID, g.Role("Officers").ID)
	if a := w.call(t, "DELETE", path("Officers"), nil); a.code() != 10011 {
		t.Errorf("a deleted role was taken: %d %d", a.status, a.code())
	}
	if m, _ := w.Member(g.ID, member); len(m.Roles) != 0 {
		t.Errorf("still has %v", m.Roles)
	}
}

func TestNicknamesHaveALimitAndAreNotForWhoeverStandsAbove(t *testing.T) {
	w := newWorld(t, Config{Limits: Limits{NoRates: true}})
	g, leader, member := ranked(t, w)
	admin := g.Members[2].User.ID
	patch := func(user, nick string) answer {
		return w.call(t, "PATCH", "guilds/"+g.ID+"/members/"+user, map[string]any{"nick": nick})
	}
	if a := patch(member, " "+strings.Repeat("é", 32)); a.status != http.StatusOK || a.body["nick"] != strings.Repeat("é", 32) {
		t.Errorf("32 characters: %d %v", a.status, a.body)
	}
	if a := patch(member, strings.Repeat("é", 33)); a.status != http.StatusBadRequest || a.errorsAt("nick") != "BASE_TYPE_BAD_LENGTH" {
		t.Errorf("33 characters: %d %v", a.status, a.body)
	}
	if a := patch(member, ""); a.status != http.StatusOK || a.body["nick"] != nil {
		t.Errorf("taken away: %d %v", a.status, a.body)
	}
	for who, id := range map[string]string{"the owner": leader, "an administrator": admin} {
		if a := patch(id, "X"); a.status != http.StatusForbidden || a.code() != 50013 {
			t.Errorf("%s was renamed: %d %d", who, a.status, a.code())
		}
	}
	if a := patch("@me", "Bot"); a.status != http.StatusOK {
		t.Errorf("the bot could not name itself: %d", a.status)
	}
	w.RemoveMember(g.ID, member)
	if a := patch(member, "X"); a.code() != 10007 {
		t.Errorf("renamed who is not there: %d %d", a.status, a.code())
	}
	w.RemoveMember(g.ID, w.AppID())
	if a := w.call(t, "GET", "guilds/"+g.ID+"/members/"+admin, nil); a.code() != 10004 {
		t.Errorf("the bot still sees a guild that it is not in: %d %d", a.status, a.code())
	}
}

func TestChangesToMembersAreCountedByServer(t *testing.T) {
	w := newWorld(t, Config{})
	g, _, member := ranked(t, w)
	path := "guilds/" + g.ID + "/members/" + member + "/roles/" + g.Role("Members").ID
	for i := range 10 {
		if a := w.call(t, "PUT", path, nil); a.status != http.StatusNoContent {
			t.Fatalf("call %d: %d", i+1, a.status)
		}
	}
	if a := w.call(t, "PATCH", "guilds/"+g.ID+"/members/"+member, map[string]any{"nick": "X"}); a.status != http.StatusTooManyRequests {
		t.Errorf("the eleventh change within ten seconds: %d", a.status)
	}
}
