package commands_test

import (
	"strings"
	"testing"

	"consigliere/internal/chat"
	"consigliere/internal/rbac"
	"consigliere/internal/roster"
)

func TestASquadIsMadeJoinedLedAndDeleted(t *testing.T) {
	w := newWorld(t)
	w.viewers()
	w.grants[wolves]["Officer"] = rbac.SetOf(rbac.MemberView)
	r := w.registry()
	step := func(who, path, want string, options ...string) {
		t.Helper()
		if got := show(r.Handle(t.Context(), slash(who, wolvesGuild, path, options...))); !strings.Contains(got, want) {
			t.Errorf("/%s by %s: %s", path, who, got)
		}
	}
	of := func() roster.Squad { return w.duty.squads[wolves][0] }
	step(leader, "squad create", "on request", "name", " Night  *crew*\u202e ", "kind", "request", "category", "War")
	if q := of(); q.Name != "Night *crew*" || !q.Leads(1) {
		t.Fatalf("made: %+v", q)
	}
	step(leader, "squad create", "already", "name", "NIGHT *CREW*")
	step(member, "squad join", "Asked", "squad", "night")
	step(member, "squad join", "asked already", "squad", "#1")
	if len(w.duty.told) != 1 || w.duty.told[0].Player != 1 || !strings.HasPrefix(w.duty.told[0].Alert.Data.Note, "Mick asks to join squad") {
		t.Errorf("told: %+v", w.duty.told)
	}
	step(leader, "squad approve", "is in", "squad", "#1", "member", "Mick")
	step(leader, "squad approve", "not ask", "squad", "#1", "member", "Mick")
	step(leader, "squad lead", "leads", "squad", "#1", "member", "Mick")
	// A lead manages the squad by its roster's buttons, without member.manage.
	if got := show(r.Handle(t.Context(), click(member, wolvesGuild, "squad:invite:777:1", officer))); !strings.Contains(got, "Asked **Vera**") {
		t.Errorf("a lead asks somebody in: %s", got)
	}
	golden(t, "squad", show(r.Handle(t.Context(), slash(member, wolvesGuild, "squad roster", "squad", "#1"))))
	golden(t, "squads", show(r.Handle(t.Context(), slash(member, wolvesGuild, "squad roster"))))
	step(officer, "squad join", "You are in", "squad", "#1")
	if got := show(r.Handle(t.Context(), click(officer, wolvesGuild, "squad:invite:777:1", recruit))); !strings.Contains(got, "Only a lead") {
		t.Errorf("who does not lead asks somebody in: %s", got)
	}
	step(officer, "squad leave", "You are not in", "squad", "#1")
	step(leader, "squad lead", "no longer", "squad", "#1", "member", "Mick", "leads", "false")
	step(leader, "squad remove", "not in", "squad", "#1", "member", "Mick")
	step(leader, "squad delete", "cannot be undone", "squad", "#1")
	if len(w.duty.squads[wolves]) != 1 {
		t.Fatal("deleted without a question")
	}
	if got := show(r.Handle(t.Context(), click(leader, wolvesGuild, "squad:delete:777:1"))); !strings.Contains(got, "1 alert rule went") {
		t.Errorf("delete: %s", got)
	}
}

func TestForgedPressesOnASquadChangeNothing(t *testing.T) {
	for _, c := range []struct{ who, id, value, want string }{
		{member, "squad:let:777:2", "2", "Only a lead"},
		{member, "squad:invite:777:2", officer, "Only a lead"},
		{member, "squad:delete:777:2", "", ""},
		{leader, "squad:let:777:2", "3", "do not ask"},
		{leader, "squad:let:777:2", "-2", "older version"},
		{leader, "squad:invite:777:2", "1; drop", "older version"},
		{leader, "squad:invite:777:2", foreign, "not linked to a member"},
		{leader, "squad:join:777:99", "", "no such squad"},
		{leader, "squad:leave:777:2:0", "", "older version"},
		{member, "squad:join:888:2", "", ""},
		{foreign, "squad:join:777:2", "", ""},
		{recruit, "squad:join:777:2", "", ""},
	} {
		w := newWorld(t)
		w.viewers()
		w.mustered()
		got := show(w.registry().Handle(t.Context(), click(c.who, wolvesGuild, c.id, c.value)))
		if !strings.Contains(got, c.want) || len(w.writes) > 0 {
			t.Errorf("%s by %s: %s%v", c.id, c.who, got, w.writes)
		}
	}
}

func TestNobodyMakesASquadWhoseRoleTheyCouldNotGive(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	if got := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "squad create", "name", "x", "role", "no such role"))); !strings.Contains(got, "cannot give") || len(w.duty.squads[wolves]) > 0 {
		t.Errorf("%s", got)
	}
}

// teams gives the Wolves a squad of Vera and Mick and one who asks, and the Bears one.
func (w *world) teams() {
	w.duty.squads[wolves] = []roster.Squad{{ID: 41, Name: "Night *crew*", Kind: roster.Open, People: []roster.Person{
		{Player: 2, State: roster.Member}, {Player: 3, State: roster.Member, Lead: true}, {Player: 6, State: roster.Member}, {Player: 1, State: roster.Asked},
	}}}
	w.duty.squads[bears] = []roster.Squad{{ID: 42, Name: "Strangers"}}
}

func TestWhatPeopleReadOfASquad(t *testing.T) {
	w := newWorld(t)
	w.front()
	w.teams()
	r := w.registry()
	golden(t, "squad_tables", tell(t, r,
		slash(leader, wolvesGuild, "war us", "squad", "#41"),
		slash(leader, wolvesGuild, "war us", "squad", "night", "state", "zero"),
		click(leader, wolvesGuild, "us:pick:777:41", "hospital"),
		slash(leader, wolvesGuild, "war scoreboard", "squad", "#41"),
		click(leader, wolvesGuild, "war:sort:777:44751:us:41", "average"),
		slash(leader, wolvesGuild, "war attacks", "squad", "#41"),
		slash(leader, wolvesGuild, "war ready", "squad", "#41"),
		slash(leader, wolvesGuild, "chain report", "squad", "#41"),
	))
}

func squadTyped(who, path string) chat.Request {
	req := slash(who, wolvesGuild, path, "squad", "n")
	req.Kind, req.Focused = chat.Autocomplete, "squad"
	return req
}

func TestASquadThatIsNotOursOrNotShownNarrowsNothing(t *testing.T) {
	w := newWorld(t)
	w.front()
	w.teams()
	r := w.registry()
	for _, path := range []string{"war us", "war scoreboard", "war attacks", "war ready", "chain report"} {
		for option, want := range map[string]string{"#42": "no one squad", "Strangers": "no one squad", "#99": "no one squad"} {
			if got := show(r.Handle(t.Context(), slash(leader, wolvesGuild, path, "squad", option))); !strings.Contains(got, want) || strings.Contains(got, "Vera") {
				t.Errorf("/%s squad:%s: %s", path, option, got)
			}
		}
		if got := show(r.Handle(t.Context(), slash(member, wolvesGuild, path, "squad", "#41"))); !strings.Contains(got, "member.view") || strings.Contains(got, "Vera") {
			t.Errorf("/%s by somebody who may not see squads: %s", path, got)
		}
		if got := r.Complete(t.Context(), squadTyped(member, path)); len(got) != 0 {
			t.Errorf("/%s suggests %v to somebody who may not see squads", path, got)
		}
		if got := r.Complete(t.Context(), squadTyped(leader, path)); len(got) != 1 || got[0].Value != "#41" {
			t.Errorf("/%s suggests %v, want the squad", path, got)
		}
	}
	for id, want := range map[string]string{
		"us:page:777:all:0:42": "no such squad", "us:page:777:all:0:0": "not up to date", "enemy:page:777:all:0:41": "not up to date",
		"war:table:777:44751:us:score:0:42": "no such squad", "war:table:777:44751:them:score:0:41": "not up to date",
	} {
		if got := show(r.Handle(t.Context(), click(leader, wolvesGuild, id))); !strings.Contains(got, want) && !strings.Contains(got, "older") || strings.Contains(got, "Vera") {
			t.Errorf("%s: %s", id, got)
		}
	}
	if got := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "war scoreboard", "side", "them", "squad", "#41"))); !strings.Contains(got, "Squads are of our own side") {
		t.Errorf("a squad of the enemy's: %s", got)
	}
	if got := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "war attacks", "member", "Vera", "squad", "#41"))); !strings.Contains(got, "not both") {
		t.Errorf("a member and a squad: %s", got)
	}
}
