package roles_test

import (
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/roles"
)

const (
	administrator = 1 << 3
	nicknames     = 1 << 27
	manageRoles   = 1 << 28
)

// house is a server whose bot stands between its members' roles and those above it.
func house() roles.Server {
	return roles.Server{ID: "1", OwnerID: "owner", Roles: []roles.Role{
		{ID: "1", Name: "@everyone"},
		{ID: "members", Position: 1}, {ID: "lieutenants", Position: 2}, {ID: "booster", Position: 3, Managed: true}, {ID: "moderators", Position: 4, Permissions: 1 << 1},
		{ID: "bot", Position: 5, Managed: true, Permissions: manageRoles | nicknames},
		{ID: "admins", Position: 6, Permissions: administrator},
	}, Bot: roles.Member{DiscordID: "bot", Roles: []string{"bot"}}}
}

func TestTheBotGivesOnlyRolesBelowItsOwnThatHaveNoPower(t *testing.T) {
	for id, want := range map[string]string{
		"members": "", "lieutenants": "", "1": "everybody", "booster": "integration", "bot": "integration", "admins": "above the bot's",
		"moderators": "Kick Members", "gone": "deleted",
	} {
		got := string(house().CanGive(id))
		if (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want it to say %q", id, got, want)
		}
	}
	for bit, name := range map[uint64]string{
		1 << 3: "Administrator", 1 << 5: "Manage Server", 1 << 28: "Manage Roles", 1 << 4: "Manage Channels", 1 << 2: "Ban Members", 1 << 1: "Kick Members", 1 << 17: "Mention Everyone",
	} {
		s := house()
		s.Roles[1].Permissions = bit
		if got := string(s.CanGive("members")); !strings.Contains(got, name) {
			t.Errorf("a role with %s: %q", name, got)
		}
		if got := s.CanTake("members"); got != "" {
			t.Errorf("a role that has %s by now cannot be taken back: %q", name, got)
		}
	}
	s := house()
	s.Roles[5].Permissions = 0
	if got := s.CanGive("members"); got != roles.NoRight {
		t.Errorf("without the right: %q", got)
	}
	s.Roles[0].Permissions = manageRoles // everybody's counts
	if got := s.CanGive("members"); got != "" {
		t.Errorf("with everybody's right: %q", got)
	}
}

func TestNobodyHasTheBotGiveWhatTheyCouldNotGive(t *testing.T) {
	s := house()
	s.Roles[2].Permissions = manageRoles
	for _, tc := range []struct {
		who  string
		role string
		may  bool
	}{{"members", "members", false}, {"lieutenants", "members", true}, {"lieutenants", "lieutenants", false}, {"admins", "lieutenants", true}, {"admins", "admins", false}} {
		if got := s.CanHand(roles.Member{DiscordID: "x", Roles: []string{tc.who}}, tc.role); (got == "") != tc.may {
			t.Errorf("%s hands out %s: %q", tc.who, tc.role, got)
		}
	}
	if got := s.CanHand(roles.Member{DiscordID: "owner"}, "admins"); got != "" {
		t.Errorf("the owner: %q", got)
	}
}

func setup() roles.Setup {
	return roles.Setup{Name: "Wolves", Nickname: "{name} [{id}]", Rules: []roles.Rule{
		{Kind: roles.Verified, RoleID: "members"}, {Kind: roles.AtPosition, Position: "Lieutenant", RoleID: "lieutenants"}, {Kind: roles.InFaction, RoleID: "members"},
	}}
}

func TestWhoGetsWhatAndWhatIsTaken(t *testing.T) {
	duke := roles.Person{DiscordID: "d", Player: 7, Name: "Duke", Position: "Lieutenant", Member: true}
	nick := "Duke [7]"
	with := func(change func(*roles.Person)) roles.Person { p := duke; change(&p); return p }
	for _, tc := range []struct {
		name               string
		p                  roles.Person
		has, give, take    []string
		nick, rename, kept string
	}{
		{"has nothing yet", duke, nil, []string{"lieutenants", "members"}, nil, "", nick, ""},
		{"has all", duke, []string{"members", "lieutenants", "admins"}, nil, nil, nick, "", ""},
		{"has one from somebody else", duke, []string{"members"}, []string{"lieutenants"}, nil, nick, "", ""},
		{"demoted; the bot gave it", with(func(p *roles.Person) { p.Position, p.Given = "Member", []string{"lieutenants", "members"} }),
			[]string{"lieutenants", "members"}, nil, []string{"lieutenants"}, nick, "", ""},
		{"demoted; somebody else gave it", with(func(p *roles.Person) { p.Position, p.Given = "Member", []string{"members"} }),
			[]string{"lieutenants", "members"}, nil, nil, nick, "", ""},
		{"unlinked", with(func(p *roles.Person) { p.Player, p.Member, p.Given = 0, false, []string{"members"} }),
			[]string{"members", "lieutenants"}, nil, []string{"members"}, "Old", "", ""},
		{"unlinked, and the role was deleted", with(func(p *roles.Person) { p.Player, p.Member, p.Given = 0, false, []string{"gone"} }),
			nil, nil, []string{"gone"}, "Old", "", ""},
		{"linked, not on the member list", with(func(p *roles.Person) { p.Member = false }), nil, []string{"members"}, nil, "Old", "", ""},
		{"stands above the bot", duke, []string{"members", "lieutenants", "admins"}, nil, nil, "Old", "", "above the bot"},
		{"given by the bot, moved above it since", with(func(p *roles.Person) { p.Given = []string{"admins", "members", "lieutenants"} }),
			[]string{"members", "lieutenants", "admins"}, nil, nil, nick, "", "above the bot"},
	} {
		c := setup().Plan(house(), tc.p, roles.Member{DiscordID: "d", Roles: tc.has, Nick: tc.nick})
		if !slices.Equal(c.Give, tc.give) || !slices.Equal(c.Take, tc.take) || c.Rename != tc.rename {
			t.Errorf("%s: gives %v, takes %v, renames to %q", tc.name, c.Give, c.Take, c.Rename)
		}
		if kept := string(c.Trouble()); (tc.kept == "") != (kept == "") || !strings.Contains(kept, tc.kept) {
			t.Errorf("%s: kept because %q, want %q", tc.name, kept, tc.kept)
		}
	}
	c := setup().Plan(house(), duke, roles.Member{DiscordID: "owner"})
	if c.Rename != "" || c.NickKept != roles.Owner || len(c.Give) != 2 {
		t.Errorf("the owner: %+v", c)
	}
}

func TestOnlyMappedOrGivenRolesAreEverTouched(t *testing.T) {
	all := []string{"1", "members", "lieutenants", "booster", "moderators", "bot", "admins", "gone"}
	some := rapid.SliceOfDistinct(rapid.SampledFrom(all), func(s string) string { return s })
	rapid.Check(t, func(t *rapid.T) {
		s := roles.Setup{}
		for _, id := range some.Draw(t, "mapped") {
			s.Rules = append(s.Rules, roles.Rule{Kind: rapid.SampledFrom(roles.Kinds()).Draw(t, "kind"), Position: "Boss", RoleID: id})
		}
		p := roles.Person{DiscordID: "d", Player: faction.PlayerID(rapid.IntRange(0, 1).Draw(t, "player")), Member: rapid.Bool().Draw(t, "member"),
			Position: rapid.SampledFrom([]string{"Boss", "Member"}).Draw(t, "position"), Given: some.Draw(t, "given")}
		m := roles.Member{DiscordID: "d", Roles: some.Draw(t, "has")}
		c := s.Plan(house(), p, m)
		for _, id := range c.Give {
			if !slices.Contains(s.Wanted(p), id) || house().CanGive(id) != "" || slices.Contains(m.Roles, id) {
				t.Fatalf("gives %s", id)
			}
		}
		for _, id := range c.Take {
			if !slices.Contains(p.Given, id) || slices.Contains(s.Wanted(p), id) {
				t.Fatalf("takes %s, which the bot did not give or which is due", id)
			}
			if why := house().CanTake(id); why != "" && why != roles.Deleted && slices.Contains(m.Roles, id) {
				t.Fatalf("takes %s although %s", id, why)
			}
		}
	})
}

func TestASetupIsFollowedOnlyAsItWasConfirmed(t *testing.T) {
	s := setup()
	if s.State() != roles.Off {
		t.Error("followed before anybody confirmed it")
	}
	s.Confirmed = s.Digest()
	slices.Reverse(s.Rules) // the order says nothing
	s.Rules[0].Broken = roles.Deleted
	if s.State() != roles.On {
		t.Error("not followed as confirmed")
	}
	for name, change := range map[string]func(*roles.Setup){
		"another role":     func(s *roles.Setup) { s.Rules[0].RoleID = "other" },
		"another position": func(s *roles.Setup) { s.Rules[1].Position = "Boss" },
		"one less":         func(s *roles.Setup) { s.Rules = s.Rules[1:] },
		"another template": func(s *roles.Setup) { s.Nickname = "{name}" },
	} {
		changed := s
		changed.Rules = slices.Clone(s.Rules)
		change(&changed)
		if changed.State() != roles.Changed {
			t.Errorf("%s: still followed", name)
		}
	}
}

func TestWhoIsDue(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	s := setup()
	p := roles.Person{DiscordID: "d", Player: 7, Name: "Duke", Position: "Member", Member: true}
	p.Applied, p.LookedAt = s.Fingerprint(p), now.Add(-59*time.Minute)
	if s.Due(p, now) {
		t.Error("due although nothing changed within the hour")
	}
	if !s.Due(p, now.Add(time.Minute)) {
		t.Error("not due after an hour")
	}
	for name, change := range map[string]func(*roles.Person){
		"promoted": func(p *roles.Person) { p.Position = "Lieutenant" }, "renamed": func(p *roles.Person) { p.Name = "Baron" },
		"unlinked": func(p *roles.Person) { p.Player = 0 }, "left": func(p *roles.Person) { p.Member = false },
	} {
		q := p
		change(&q)
		if !s.Due(q, now) {
			t.Errorf("%s, and not due", name)
		}
	}
	s.ListRead = now.Add(-25 * time.Hour)
	if !s.Stale(now) {
		t.Error("a member list of yesterday is gone by")
	}
}

func TestNicknames(t *testing.T) {
	p := roles.Person{Player: 1234567, Name: "Duke", Position: "Lieutenant"}
	for template, want := range map[string]string{
		"{name} [{id}]":                                          "Duke [1234567]",
		" {position}  {name} · {faction}\n":                      "Lieutenant Duke · Wolves",
		"{name}{name}{name}{name}{name}{name}{name}{name}{name}": strings.Repeat("Duke", 8),
		"{name} \u202egnol \u200b":                               "Duke gnol",
	} {
		if got := roles.Render(template, p, "Wolves"); got != want {
			t.Errorf("%q gives %q, want %q", template, got, want)
		}
	}
	for template, wrong := range map[string]string{
		"{name} [{id}]": "", "{id}": "", "plain": "needs {name}", "{position}": "needs {name}", "{name": "braces", "{nick}": "braces", "name}": "without its {",
		"{name}" + strings.Repeat("x", 100): "longer than 100", "{name} {{id}}": "braces",
	} {
		if got := roles.CheckTemplate(template); (got == "") != (wrong == "") || !strings.Contains(got, wrong) {
			t.Errorf("%q: %q, want %q", template, got, wrong)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		p := roles.Person{Player: 1, Name: rapid.String().Draw(t, "name"), Position: rapid.String().Draw(t, "position")}
		got := roles.Render(rapid.SampledFrom([]string{"{name}", "{name} {position}", "{position}{faction}{id}{name}"}).Draw(t, "template"), p, rapid.String().Draw(t, "faction"))
		if utf8.RuneCountInString(got) > 32 || !utf8.ValidString(got) || got != strings.TrimSpace(got) {
			t.Fatalf("%q", got)
		}
	})
}
