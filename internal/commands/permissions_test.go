package commands_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// wolvesDesk is a faction in which officers may change permissions.
func wolvesDesk(t *testing.T) *desk {
	w := ready(t)
	w.positions[wolves] = []faction.Position{
		{Name: "Leader"}, {Name: "Officer", Abilities: []string{"War Management", "Faction API Access"}}, {Name: "Member"}, {Name: "Banker", Abilities: []string{"Money Giving"}}, {Name: "Recruit", Default: true},
	}
	w.grants[wolves] = map[string]rbac.Set{"Officer": rbac.Unmapped() | rbac.SetOf(rbac.WarManage, rbac.ConfigView, rbac.ConfigManage)}
	return deskOf(w)
}

// buttonOf finds a button by its label.
func buttonOf(t *testing.T, r chat.Reply, label string) string {
	t.Helper()
	for _, row := range r.Rows {
		for _, b := range row.Buttons {
			if b.Label == label {
				return b.ID
			}
		}
	}
	t.Fatalf("no button %q:\n%s", label, show(r))
	return ""
}

func selectOf(t *testing.T, r chat.Reply) *chat.Select {
	t.Helper()
	for _, row := range r.Rows {
		if row.Select != nil {
			return row.Select
		}
	}
	t.Fatalf("no select:\n%s", show(r))
	return nil
}

func checked(s *chat.Select) string {
	var out []string
	for _, o := range s.Options {
		if o.Default {
			out = append(out, o.Value)
		}
	}
	return strings.Join(out, " ")
}

func (d *desk) ask(t *testing.T, who, position string) chat.Reply {
	t.Helper()
	r := d.registry().Handle(t.Context(), slash(who, wolvesGuild, "config permissions set", "position", position))
	if err := discord.Validate(r.Message); err != nil {
		t.Error(err)
	}
	return r
}

func (d *desk) press(t *testing.T, who, id string, values ...string) chat.Reply {
	t.Helper()
	r := d.registry().Handle(t.Context(), click(who, wolvesGuild, id, values...))
	if err := discord.Validate(r.Message); err != nil {
		t.Error(err)
	}
	return r
}

func TestPermissionsAreSetWithAPreviewFirst(t *testing.T) {
	d := wolvesDesk(t)
	var text strings.Builder
	tell := func(what string, r chat.Reply) chat.Reply {
		fmt.Fprintf(&text, "=== %s\n%s", what, show(r))
		return r
	}
	tell("show", d.registry().Handle(t.Context(), slash(leader, wolvesGuild, "config permissions show")))
	q := tell("set", d.ask(t, leader, "member"))
	if got := checked(selectOf(t, q)); got != "war.view oc.view chain.view" {
		t.Errorf("an unmapped position without abilities begins with %q", got)
	}
	p := tell("preview", d.press(t, leader, selectOf(t, q).ID, "war.view", "member.view"))
	if len(d.writes) != 0 || len(d.audited) != 0 {
		t.Fatalf("stored before it was confirmed: %v %v", d.writes, d.audited)
	}
	if got := checked(selectOf(t, p)); got != "war.view member.view" {
		t.Errorf("the preview's select holds %q", got)
	}
	tell("confirmed", d.press(t, leader, buttonOf(t, p, "Confirm")))
	tell("cancelled", d.press(t, leader, buttonOf(t, p, "Cancel")))
	if !slices.Equal(d.writes, []string{"grant Member: war.view member.view"}) {
		t.Errorf("stored %v", d.writes)
	}
	if len(d.audited) != 1 || d.audited[0].Action != "permissions.set" || d.audited[0].Actor != 1 ||
		d.audited[0].Body["before"] != "war.view oc.view chain.view" || d.audited[0].Body["after"] != "war.view member.view" {
		t.Errorf("audited %+v", d.audited)
	}
	d.moved("Officer", "Faction API Access")
	d.mapped = append(d.mapped, rbac.Mapped{Position: "Old *guard*", Granted: rbac.All()})
	tell("show, after the game changed", d.registry().Handle(t.Context(), slash(leader, wolvesGuild, "config permissions show")))
	tell("set, after the game changed", d.ask(t, leader, "Officer"))
	tell("everything", d.registry().Handle(t.Context(), slash(leader, wolvesGuild, "config show")))
	golden(t, "permissions", text.String())
}

func TestTheSuggestionAndTheDefaultAreAButtonAway(t *testing.T) {
	d := wolvesDesk(t)
	q := d.ask(t, leader, "Banker")
	if got := checked(selectOf(t, q)); got != "war.view oc.view chain.view finance.view finance.manage" {
		t.Errorf("an unmapped position begins with %q, want what its abilities suggest", got)
	}
	d.press(t, leader, buttonOf(t, d.press(t, leader, buttonOf(t, q, "Use suggestion")), "Confirm"))
	d.press(t, leader, buttonOf(t, d.press(t, leader, buttonOf(t, d.ask(t, leader, "Banker"), "Own figures only")), "Confirm"))
	d.press(t, leader, buttonOf(t, d.press(t, leader, buttonOf(t, d.ask(t, leader, "Banker"), "Back to default")), "Confirm"))
	want := []string{"grant Banker: war.view oc.view chain.view finance.view finance.manage", "grant Banker: ", "clear Banker"}
	if !slices.Equal(d.writes, want) {
		t.Errorf("stored %q, want %q", d.writes, want)
	}
}

func TestNobodyGivesWhatTheyDoNotHave(t *testing.T) {
	for _, c := range []struct {
		name, who, position string
		values              []string
		refused             bool
	}{
		{"an officer, all they have", officer, "Member", []string{"war.view", "war.manage", "config.manage"}, false},
		{"an officer, one more than they have", officer, "Member", []string{"war.view", "finance.manage"}, true},
		{"an officer, to their own position", officer, "Officer", []string{"war.view", "config.manage", "admin"}, true},
		{"an officer may take away", officer, "Officer", []string{"war.view"}, false},
		{"the leader gives anything", leader, "Member", []string{"admin", "finance.manage"}, false},
		{"so does an operator", operator, "Member", []string{"admin"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := wolvesDesk(t)
			r := d.press(t, c.who, selectOf(t, d.ask(t, c.who, c.position)).ID, c.values...)
			if refused := strings.Contains(r.Content, "You can only give what you have yourself"); refused != c.refused {
				t.Fatalf("refused %v, want %v:\n%s", refused, c.refused, show(r))
			}
			if c.refused {
				return
			}
			if r := d.press(t, c.who, buttonOf(t, r, "Confirm")); len(d.writes) != 1 {
				t.Errorf("not stored:\n%s", show(r))
			}
		})
	}
}

func TestAForgedConfirmationGivesNoMore(t *testing.T) {
	d := wolvesDesk(t)
	id := buttonOf(t, d.press(t, officer, selectOf(t, d.ask(t, officer, "Officer")).ID, "war.view"), "Confirm")
	parts := strings.Split(id, ":") // permissions:confirm:faction:position:choice:version
	parts[4] = "1ffff"
	r := d.press(t, officer, strings.Join(parts, ":"))
	if !strings.Contains(r.Content, "You can only give what you have yourself") || len(d.writes) > 0 {
		t.Errorf("wrote %v:\n%s", d.writes, show(r))
	}
	for _, choice := range []string{"3ffff", "-1", "", "default:x", "zz", "fffffffff"} {
		parts[4] = choice
		if r := d.press(t, leader, strings.Join(parts, ":")); answered(r) || len(d.writes) > 0 {
			t.Errorf("choice %q wrote %v:\n%s", choice, d.writes, show(r))
		}
	}
	parts[2], parts[4] = fmt.Sprint(bears), "1"
	if r := d.press(t, leader, strings.Join(parts, ":")); answered(r) || len(d.writes) > 0 {
		t.Errorf("for another faction it wrote %v:\n%s", d.writes, show(r))
	}
	if len(id) > 100 {
		t.Errorf("the custom id has %d bytes: %s", len(id), id)
	}
	// A member who gets hold of an officer's button.
	if r := d.press(t, member, id); answered(r) || len(d.writes) > 0 {
		t.Errorf("a member confirmed:\n%s", show(r))
	}
}

func TestAConfirmationIsWorthNothingOnceThingsChanged(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*desk)
	}{
		{"somebody mapped it meanwhile", func(d *desk) {
			d.mapped[0].At, d.mapped[0].Granted = now, rbac.SetOf(rbac.ConfigManage)
		}},
		{"the very same mapping, made anew", func(d *desk) { d.mapped[0].At = now }},
		{"its abilities changed in the game", func(d *desk) { d.moved("Officer", "War Management") }},
		{"the position was renamed", func(d *desk) { d.positions[wolves][1].Name = "Captain" }},
		{"all positions are gone", func(d *desk) { d.positions[wolves] = nil }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := wolvesDesk(t)
			p := d.press(t, leader, selectOf(t, d.ask(t, leader, "Officer")).ID, "war.view")
			c.change(d)
			r := d.press(t, leader, buttonOf(t, p, "Confirm"))
			if answered(r) || !strings.Contains(r.Content, "Nothing was changed") || len(d.writes) > 0 || len(d.audited) > 0 {
				t.Errorf("wrote %v, audited %v:\n%s", d.writes, d.audited, show(r))
			}
		})
	}
}

func TestALockOutIsToldBeforeItHappens(t *testing.T) {
	d := wolvesDesk(t)
	r := show(d.press(t, officer, selectOf(t, d.ask(t, officer, "Officer")).ID, "war.view"))
	for _, w := range []rbac.Warning{rbac.WarnLeadersOnly, rbac.WarnOwn} {
		if !strings.Contains(r, string(w)) {
			t.Errorf("no word of %q:\n%s", w, r)
		}
	}
	if r := show(d.press(t, leader, selectOf(t, d.ask(t, leader, "Banker")).ID, "war.view")); strings.Contains(r, "⚠") {
		t.Errorf("a warning about nothing:\n%s", r)
	}
}

func TestAReducedMappingIsConfirmedInOneClick(t *testing.T) {
	d := wolvesDesk(t)
	d.moved("Officer", "War Management")
	r := d.press(t, leader, buttonOf(t, d.ask(t, leader, "Officer"), "Confirm as it was"))
	if text := show(r); !strings.Contains(text, "gains `config.view` `config.manage`") {
		t.Errorf("the preview does not tell what comes back:\n%s", text)
	}
	d.press(t, leader, buttonOf(t, r, "Confirm"))
	if len(d.writes) != 1 || d.mapped[0].Reduced() || !slices.Equal(d.mapped[0].Abilities, []string{"War Management"}) {
		t.Errorf("%v, mapped %+v", d.writes, d.mapped[0])
	}
}

func TestPositionsThatCannotBeMapped(t *testing.T) {
	for position, want := range map[string]string{
		"Leader": "cannot be changed", "recruit": "cannot be changed", "Ghost": "no such position in the game", "": "no such position in the game",
		strings.Repeat("x", 100): "no such position in the game", "#0011223344556677": "no such position in the game",
	} {
		d := wolvesDesk(t)
		if r := d.ask(t, leader, position); !strings.Contains(r.Content, want) || answered(r) {
			t.Errorf("%q: %s", position, show(r))
		}
	}
	d := wolvesDesk(t)
	d.positions[wolves] = nil
	if r := d.ask(t, leader, "Officer"); !strings.Contains(r.Content, "Faction API Access") {
		t.Errorf("never read: %s", show(r))
	}
	if r := show(d.registry().Handle(t.Context(), slash(leader, wolvesGuild, "config permissions show"))); !strings.Contains(r, "never read") {
		t.Errorf("never read: %s", r)
	}
}

func TestHostilePositionsAreShownSuggestedAndSet(t *testing.T) {
	d := wolvesDesk(t)
	d.positions[wolves] = nil
	for i, name := range hostileNames() {
		name = fmt.Sprint(i, name, strings.Repeat("ß", 100-len([]rune(name))))
		d.positions[wolves] = append(d.positions[wolves], faction.Position{Name: name, Abilities: []string{name, "War Management"}})
		d.mapped = append(d.mapped, rbac.Mapped{Position: name, Granted: rbac.All(), Effective: 0, Abilities: []string{name, "Money Giving"}, At: now.Add(-time.Hour)})
		d.rosters[wolves].Members[i%6].Name = name
		d.rosters[wolves].Members[i%6].Position = name
	}
	r := d.registry()
	checkHarmless(t, "show", r.Handle(t.Context(), slash(operator, wolvesGuild, "config permissions show")))
	checkHarmless(t, "config", r.Handle(t.Context(), slash(operator, wolvesGuild, "config show")))
	req := slash(operator, wolvesGuild, "config permissions set", "position", "")
	req.Kind, req.Focused = chat.Autocomplete, "position"
	choices := r.Complete(t.Context(), req)
	if len(choices) != len(d.positions[wolves]) {
		t.Fatalf("%d suggestions for %d positions", len(choices), len(d.positions[wolves]))
	}
	for i, choice := range choices {
		if len([]rune(choice.Name)) > 100 || len([]rune(choice.Value)) > 100 || choice.Value == "" {
			t.Errorf("%q is no choice of Discord's", choice)
		}
		q := d.ask(t, operator, choice.Value)
		checkHarmless(t, choice.Name, q)
		p := d.press(t, operator, buttonOf(t, q, "Use suggestion"))
		checkHarmless(t, choice.Name, p)
		checkHarmless(t, choice.Name, d.press(t, operator, buttonOf(t, p, "Confirm")))
		if got := d.mapped[slices.IndexFunc(d.mapped, func(m rbac.Mapped) bool { return m.Position == d.positions[wolves][i].Name })]; got.Granted == rbac.All() {
			t.Errorf("%q was not set", choice.Name)
		}
	}
}

func TestFactionSettingsAreChangedWithinTheGamesBounds(t *testing.T) {
	for typed, want := range map[string]string{
		"1.5": "settings of 777: {LowFairFight:150}", "2": "settings of 777: {LowFairFight:200}", "1,25": "settings of 777: {LowFairFight:125}",
		"3.00": "settings of 777: {LowFairFight:300}", "0": "settings of 777: {LowFairFight:0}",
		"0.99": "", "3.01": "", "1.555": "", "-1": "", "NaN": "", "Inf": "", "1e300": "", "many": "", "": "",
	} {
		w := wolvesDesk(t)
		r := w.registry().Handle(t.Context(), slash(officer, wolvesGuild, "config faction", "low_fair_fight", typed))
		if got := strings.Join(w.writes, "; "); got != want {
			t.Errorf("%q: stored %q, want %q; %s", typed, got, want, show(r))
		}
		if changed := len(w.audited) == 1; changed != (want != "") {
			t.Errorf("%q: audited %+v", typed, w.audited)
		}
	}
}

func TestStatusPointsToMappingsThatTheGameOvertook(t *testing.T) {
	for _, c := range []struct {
		who  string
		told bool
	}{{leader, true}, {operator, true}, {member, false}, {stranger, false}} {
		d := wolvesDesk(t)
		if got := show(d.registry().Handle(t.Context(), slash(c.who, wolvesGuild, "status"))); strings.Contains(got, "permissions show") {
			t.Errorf("%s is told although all is well:\n%s", c.who, got)
		}
		d.moved("Officer", "Faction API Access")
		got := show(d.registry().Handle(t.Context(), slash(c.who, wolvesGuild, "status")))
		if strings.Contains(got, "**1** to look at, because the game changed: `/config permissions show`") != c.told {
			t.Errorf("%s, told should be %v:\n%s", c.who, c.told, got)
		}
	}
}
