package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/app"
	"consigliere/internal/clock"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/jobs"
	"consigliere/internal/roles"
	sim "consigliere/internal/sim/discord"
	"consigliere/internal/store/storetest"
)

const (
	wolves faction.ID = 101
	bears  faction.ID = 202
)

// court is a Discord server of two factions, with linked people whose places in their
// factions the test decides.
type court struct {
	t       *testing.T
	db      storetest.DB
	owner   *pgx.Conn
	discord *sim.Server
	guild   sim.Guild
	work    *jobs.Roles
	run     func() map[string]int
	now     time.Time
}

// Now lets the court be a clock.
func (c *court) Now() time.Time                             { return c.now }
func (c *court) Sleep(context.Context, time.Duration) error { return nil }
func (c *court) Real(d time.Duration) time.Duration         { return d }

var _ clock.Clock = (*court)(nil)

func newCourt(t *testing.T) *court {
	t.Helper()
	c := &court{t: t, db: storetest.Open(t), now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	var err error
	c.owner, err = pgx.Connect(t.Context(), c.db.AdminURL)
	c.must(err)
	t.Cleanup(func() { _ = c.owner.Close(context.Background()) })
	c.discord = sim.New(sim.Config{Token: "roles", Limits: sim.Limits{NoRates: true}})
	t.Cleanup(c.discord.Close)
	c.guild = c.discord.AddGuild(sim.GuildSpec{
		Name:  "Court",
		Roles: []sim.RoleSpec{{Name: "Linked"}, {Name: "Wolf"}, {Name: "Capo"}, {Name: "Bot", Bot: true, Permissions: sim.PermManageRoles | sim.PermManageNicknames}, {Name: "Admin", Permissions: sim.PermAdministrator}},
		Members: []sim.MemberSpec{{Name: "Owner"}, {Name: "Duke"}, {Name: "Vera"}, {Name: "Mick"}, {Name: "Boss", Roles: []string{"Admin"}},
			{Name: "Guest", Roles: []string{"Wolf"}}},
	})
	srv := httptest.NewServer(c.discord.Handler())
	t.Cleanup(srv.Close)
	session, err := discord.New(discord.Config{Token: "roles", APIBase: srv.URL})
	c.must(err)
	t.Cleanup(func() { _ = session.Stop(context.Background()) })
	for _, id := range []faction.ID{wolves, bears} {
		c.must(c.db.Store.Register(t.Context(), faction.Faction{ID: id, Name: "Faction"}, c.guild.ID, "Court", c.now))
	}
	c.work = &jobs.Roles{Store: c.db.Store, Log: c.db.Store, Guild: app.Guild(session), Clock: c, Slog: slog.New(slog.DiscardHandler)}
	c.run = func() map[string]int {
		t.Helper()
		counts, err := c.work.Job().Run(t.Context())
		c.must(err)
		return counts
	}
	return c
}

func (c *court) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

func (c *court) exec(sql string, args ...any) {
	c.t.Helper()
	_, err := c.owner.Exec(c.t.Context(), sql, args...)
	c.must(err)
}

// user is the Discord id of somebody by their name.
func (c *court) user(name string) string {
	c.t.Helper()
	for _, m := range c.guild.Members {
		if m.Name() == name {
			return m.User.ID
		}
	}
	c.t.Fatalf("nobody is called %s", name)
	return ""
}

func (c *court) role(name string) string { return c.guild.Role(name).ID }

// joins links somebody, with a position in a faction.
func (c *court) joins(name string, player int, id faction.ID, position string) {
	c.t.Helper()
	c.exec(`insert into discord_links (faction_id, discord_id, player_id, player_name, linked_at) values ($1, $2, $3, $4, $5)
		on conflict (discord_id) do update set faction_id = excluded.faction_id`, id, c.user(name), player, name, c.now)
	c.exec("update members set left_at = $2 where player_id = $1", player, c.now)
	c.exec(`insert into members (faction_id, of_faction, player_id, name, position, level, seen_at) values ($1, $1, $2, $3, $4, 1, $5)
		on conflict (faction_id, of_faction, player_id) do update set position = excluded.position, left_at = null, seen_at = excluded.seen_at`,
		id, player, name, position, c.now)
}

func (c *court) leaves(name string) {
	c.t.Helper()
	c.exec("delete from discord_links where discord_id = $1", c.user(name))
}

// wants maps roles for a faction and switches them on.
func (c *court) wants(id faction.ID, nickname string, rules ...roles.Rule) roles.Place {
	c.t.Helper()
	at := roles.Place{Faction: id, Guild: c.guild.ID}
	for _, r := range rules {
		_, err := c.db.Store.PutRole(c.t.Context(), at, r.Kind, r.Position, c.role(r.RoleID))
		c.must(err)
	}
	_, err := c.db.Store.SetNickname(c.t.Context(), at, nickname)
	c.must(err)
	c.confirm(at)
	return at
}

func (c *court) confirm(at roles.Place) {
	c.t.Helper()
	_, err := c.db.Store.ConfirmRoles(c.t.Context(), at, c.setup(at).Digest())
	c.must(err)
}

func (c *court) setup(at roles.Place) roles.Setup {
	c.t.Helper()
	set, err := c.db.Store.RoleSetup(c.t.Context(), at)
	c.must(err)
	return set
}

// has checks the roles and the nickname of somebody on Discord.
func (c *court) has(name, wantRoles, wantNick string) {
	c.t.Helper()
	g, _ := c.discord.Guild(c.guild.ID)
	m, _ := c.discord.Member(c.guild.ID, c.user(name))
	if got := g.RoleNames(m.User.ID); got != wantRoles || m.Nick != wantNick {
		c.t.Errorf("%s has the roles %q and the nickname %q, want %q and %q", name, got, m.Nick, wantRoles, wantNick)
	}
}

// given lists what the bot's record says it gave, by faction.
func (c *court) given(name string) string {
	c.t.Helper()
	rows, err := c.owner.Query(c.t.Context(), "select faction_id, role_id from discord_role_grants where discord_id = $1 order by 1, 2", c.user(name))
	c.must(err)
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (string, error) {
		var id faction.ID
		var role string
		err := row.Scan(&id, &role)
		i := slices.IndexFunc(c.guild.Roles, func(r sim.Role) bool { return r.ID == role })
		return fmt.Sprint(id, " ", c.guild.Roles[i].Name), err
	})
	c.must(err)
	return strings.Join(out, ", ")
}

func (c *court) changes() int {
	return c.discord.Count("PUT", "guilds/*/members/*/roles/*") + c.discord.Count("DELETE", "guilds/*/members/*/roles/*") + c.discord.Count("PATCH", "guilds/*/members/*")
}

func pack() []roles.Rule {
	return []roles.Rule{{Kind: roles.Verified, RoleID: "Linked"}, {Kind: roles.InFaction, RoleID: "Wolf"}, {Kind: roles.AtPosition, Position: "Capo", RoleID: "Capo"}}
}

func TestRolesAndNicknamesFollowTheGame(t *testing.T) {
	c := newCourt(t)
	c.joins("Duke", 1, wolves, "Capo")
	c.joins("Vera", 2, wolves, "Member")
	at := c.wants(wolves, "{name} [{id}]", pack()...)
	c.run()
	c.has("Duke", "Capo, Linked, Wolf", "Duke [1]")
	c.has("Vera", "Linked, Wolf", "Vera [2]")
	c.has("Mick", "", "")      // not linked
	c.has("Guest", "Wolf", "") // has it from somebody else
	before := c.changes()
	if counts := c.run(); len(counts) != 0 || c.changes() != before {
		t.Errorf("with nothing new: %v, and %d changes", counts, c.changes()-before)
	}
	// A demotion, a promotion, a new link and one that ended show within a minute.
	c.joins("Duke", 1, wolves, "Member")
	c.joins("Mick", 3, wolves, "Capo")
	c.leaves("Vera")
	if counts := c.run(); counts["roles given"] != 3 || counts["roles taken"] != 3 || counts["renamed"] != 1 || counts["looked at"] != 3 {
		t.Errorf("counted %v", counts)
	}
	c.has("Duke", "Linked, Wolf", "Duke [1]")
	c.has("Mick", "Capo, Linked, Wolf", "Mick [3]")
	c.has("Vera", "", "Vera [2]")
	people, err := c.db.Store.RolePeople(t.Context(), at)
	c.must(err)
	if len(people) != 2 {
		t.Errorf("%d people are remembered, want those who are linked", len(people))
	}
	// What others change on Discord is put right within the hour.
	c.discord.SetMemberRole(c.guild.ID, c.user("Duke"), c.role("Wolf"), false)
	c.run()
	c.has("Duke", "Linked", "Duke [1]")
	c.now = c.now.Add(time.Hour)
	c.exec("update members set seen_at = $1", c.now)
	c.run()
	c.has("Duke", "Linked, Wolf", "Duke [1]")
	if set := c.setup(at); set.Trouble != "" || !set.LookedAt.Equal(c.now) {
		t.Errorf("remembered: %+v", set)
	}
	trail, err := c.db.Store.AuditTrail(t.Context(), wolves, 10)
	c.must(err)
	if len(trail) == 0 || trail[0].Action != "roles.changed" {
		t.Errorf("the log holds %v", trail)
	}
}

func TestARoleThatSomebodyElseGaveIsNeitherTakenNorClaimed(t *testing.T) {
	c := newCourt(t)
	c.discord.SetMemberRole(c.guild.ID, c.user("Duke"), c.role("Wolf"), true)
	c.joins("Duke", 1, wolves, "Member")
	c.wants(wolves, "", pack()...)
	c.run()
	c.has("Duke", "Linked, Wolf", "")
	if got := c.given("Duke"); got != "101 Linked" {
		t.Errorf("on record: %s", got)
	}
	c.leaves("Duke")
	c.run()
	c.has("Duke", "Wolf", "")
}

func TestNothingIsDoneBeforeItIsConfirmedNorAfterItWasChanged(t *testing.T) {
	c := newCourt(t)
	c.joins("Duke", 1, wolves, "Capo")
	at := roles.Place{Faction: wolves, Guild: c.guild.ID}
	_, err := c.db.Store.PutRole(t.Context(), at, roles.Verified, "", c.role("Linked"))
	c.must(err)
	p, err := c.work.Preview(t.Context(), at)
	c.must(err)
	if len(p.Changes) != 1 || !slices.Equal(p.Changes[0].Give, []string{c.role("Linked")}) {
		t.Errorf("the preview shows %+v", p.Changes)
	}
	c.run()
	if c.changes() != 0 {
		t.Error("something was changed before anybody confirmed it")
	}
	c.confirm(at)
	c.run()
	c.has("Duke", "Linked", "")
	_, err = c.db.Store.PutRole(t.Context(), at, roles.AtPosition, "Capo", c.role("Capo"))
	c.must(err)
	_, err = c.db.Store.PutRole(t.Context(), at, roles.Verified, "", "")
	c.must(err)
	c.run()
	c.has("Duke", "Linked", "")
	c.confirm(at)
	c.run()
	c.has("Duke", "Capo", "") // what a removed mapping gave is taken back
}

func TestWhatTheBotCannotDoIsSkippedAndTold(t *testing.T) {
	c := newCourt(t)
	c.joins("Owner", 1, wolves, "Leader")
	c.joins("Boss", 2, wolves, "Capo")
	c.joins("Duke", 3, wolves, "Capo")
	at := c.wants(wolves, "{name}!", pack()...)
	c.discord.DeleteRole(c.guild.ID, c.role("Capo"))
	c.discord.ChangeRole(c.guild.ID, c.role("Wolf"), func(r *sim.Role) { r.Permissions = sim.PermBanMembers })
	c.run()
	c.has("Owner", "Linked", "")
	c.has("Boss", "Admin, Linked", "")
	c.has("Duke", "Linked", "Duke!")
	broken := map[roles.Kind]roles.Reason{}
	for _, r := range c.setup(at).Rules {
		broken[r.Kind] = r.Broken
	}
	if broken[roles.Verified] != "" || broken[roles.AtPosition] != roles.Deleted || !strings.Contains(string(broken[roles.InFaction]), "Ban Members") {
		t.Errorf("broken: %v", broken)
	}
	people, err := c.db.Store.RolePeople(t.Context(), at)
	c.must(err)
	for _, p := range people {
		if want := map[faction.PlayerID]roles.Reason{1: roles.Owner, 2: roles.AboveBot}[p.Player]; want != "" && p.Trouble != want {
			t.Errorf("player %d: %q, want %q", p.Player, p.Trouble, want)
		}
	}
	for _, call := range c.discord.Calls() {
		if call.Status == 403 {
			t.Errorf("%s %s was tried although it could not work", call.Method, call.Path)
		}
	}
	trail, err := c.db.Store.AuditTrail(t.Context(), wolves, 10)
	c.must(err)
	if n := len(slices.DeleteFunc(trail, func(e faction.AuditEntry) bool { return e.Action != "roles.health" })); n != 2 {
		t.Errorf("%d entries tell of broken roles, want 2", n)
	}
}

func TestAPlayerWhoChangesFactionWithinOneServerKeepsARoleOfBoth(t *testing.T) {
	c := newCourt(t)
	c.joins("Duke", 1, wolves, "Member")
	c.joins("Vera", 2, bears, "Member")
	linked := roles.Rule{Kind: roles.Verified, RoleID: "Linked"}
	c.wants(wolves, "", linked, roles.Rule{Kind: roles.InFaction, RoleID: "Wolf"})
	c.wants(bears, "", linked)
	c.run()
	c.joins("Duke", 1, bears, "Member")
	c.joins("Vera", 2, wolves, "Member")
	before := c.discord.Count("DELETE", "guilds/*/members/*/roles/"+c.role("Linked"))
	c.run()
	c.has("Duke", "Linked", "")
	c.has("Vera", "Linked, Wolf", "")
	if c.discord.Count("DELETE", "guilds/*/members/*/roles/"+c.role("Linked")) != before {
		t.Error("the role of both was taken in between")
	}
	if a, b := c.given("Duke"), c.given("Vera"); a != "202 Linked" || !strings.HasPrefix(b, "101 ") || strings.Contains(b, "202") {
		t.Errorf("on record: %q and %q", a, b)
	}
	c.leaves("Duke")
	c.run()
	c.has("Duke", "", "")
}

func TestARunThatIsCutOffAnywhereLeavesNoRoleUnknown(t *testing.T) {
	c := newCourt(t)
	c.joins("Duke", 1, wolves, "Capo")
	c.wants(wolves, "", pack()...)
	for _, name := range []string{"Linked", "Wolf", "Capo"} { // the answer to one role's call is lost, whichever it is
		fault := c.discord.Fault(sim.Fault{Kind: sim.LoseAnswer, Method: "PUT", Path: "guilds/*/members/*/roles/" + c.role(name), Times: -1})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err := c.work.Job().Run(ctx)
		cancel()
		if err == nil {
			t.Errorf("that the call for %s was lost did not show", name)
		}
		fault.Disarm()
		m, _ := c.discord.Member(c.guild.ID, c.user("Duke"))
		for _, r := range m.Roles {
			if !strings.Contains(c.given("Duke"), c.roleName(r)) {
				t.Errorf("Duke has %s, of which nothing is on record", c.roleName(r))
			}
		}
	}
	c.run()
	c.has("Duke", "Capo, Linked, Wolf", "")
	c.leaves("Duke")
	c.run()
	c.has("Duke", "", "")
}

func (c *court) roleName(id string) string {
	i := slices.IndexFunc(c.guild.Roles, func(r sim.Role) bool { return r.ID == id })
	return c.guild.Roles[i].Name
}

func TestAServerWithoutTheBotAndAnOldMemberListAreTold(t *testing.T) {
	c := newCourt(t)
	c.joins("Duke", 1, wolves, "Member")
	at := c.wants(wolves, "", pack()...)
	c.discord.RemoveMember(c.guild.ID, c.discord.AppID())
	c.run()
	if got := c.setup(at).Trouble; !strings.Contains(got, "not on this server") {
		t.Errorf("trouble: %q", got)
	}
	c.now = c.now.Add(25 * time.Hour)
	c.run()
	if got := c.setup(at).Trouble; !strings.Contains(got, "more than a day old") {
		t.Errorf("trouble: %q", got)
	}
	if c.changes() != 0 {
		t.Error("something was changed")
	}
}
