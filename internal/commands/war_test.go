package commands_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/commands"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// tell runs requests and sets their answers as text, each checked against Discord's limits.
func tell(t *testing.T, r *commands.Registry, reqs ...chat.Request) string {
	t.Helper()
	var b strings.Builder
	for _, req := range reqs {
		reply := r.Handle(t.Context(), req)
		what := "/" + req.Path
		for _, name := range []string{"war", "member", "class", "sort", "side", "hours", "topic"} {
			if v := req.Options[name]; v != "" {
				what += " " + name + ":" + v
			}
		}
		if req.Kind != chat.Slash {
			what = strings.TrimSpace(req.ID + " " + strings.Join(req.Values, " "))
		}
		fmt.Fprintf(&b, "=== %s\n%s\n", what, show(reply))
		if err := discord.Validate(reply.Message); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	return b.String()
}

func TestWhatPeopleReadOfAWar(t *testing.T) {
	r := newWorld(t).registry()
	golden(t, "war_status", tell(t, r,
		slash(member, wolvesGuild, "war status"), click(member, wolvesGuild, "war:status:777:44751:lead"),
		slash(member, wolvesGuild, "war status", "war", "sea dogs")))
	golden(t, "war_scoreboard", tell(t, r,
		slash(member, wolvesGuild, "war scoreboard"), slash(member, wolvesGuild, "war scoreboard", "side", "them", "sort", "taken"),
		click(member, wolvesGuild, "war:sort:777:44751:us", "average"), slash(member, wolvesGuild, "war scoreboard", "war", "40001")))
	golden(t, "war_member", tell(t, r,
		slash(member, wolvesGuild, "war member"), slash(member, wolvesGuild, "war member", "member", "vera"),
		slash(member, wolvesGuild, "war member", "member", "8"), slash(member, wolvesGuild, "war member", "member", "black"),
		slash(member, wolvesGuild, "war member", "member", "mick"), slash(member, wolvesGuild, "war member", "member", "ic")))
	golden(t, "war_attacks", tell(t, r,
		slash(member, wolvesGuild, "war attacks"), click(member, wolvesGuild, "war:attacks:777:44751:0:all:891"),
		slash(member, wolvesGuild, "war attacks", "member", "Duke", "class", "defended")))
	golden(t, "war_history", tell(t, r, slash(member, wolvesGuild, "war history")))
	golden(t, "war_track", tell(t, r, slash(officer, wolvesGuild, "war track stop"), slash(officer, wolvesGuild, "war track start"),
		slash(officer, wolvesGuild, "war track start", "war", "Sea Dogs")))
}

func TestTheOtherCommandsReadWell(t *testing.T) {
	w := ready(t)
	w.feeds[1].Failures, w.feeds[1].LastError, w.feeds[1].LastErrorAt = 3, "Torn did not answer: `502` *gone*", now.Add(-time.Minute)
	r := w.registry()
	golden(t, "status", tell(t, r, slash(stranger, wolvesGuild, "status")))
	golden(t, "board", tell(t, r, slash(officer, wolvesGuild, "board post", "kind", "war", "channel", otherChan), slash(officer, wolvesGuild, "board remove", "kind", "war")))
	golden(t, "web", tell(t, r, slash(member, wolvesGuild, "web link"), slash(officer, wolvesGuild, "web link", "hours", "2"),
		slash(member, wolvesGuild, "web links"), slash(officer, wolvesGuild, "web links"), slash(officer, wolvesGuild, "web revoke", "link", "2")))
	golden(t, "help", tell(t, r, slash(stranger, wolvesGuild, "help"), slash(recruit, wolvesGuild, "help"), slash(member, wolvesGuild, "help"),
		slash(leader, wolvesGuild, "help"), slash(leader, wolvesGuild, "help", "topic", "war"), slash(founder, emptyGuild, "help"), slash(member, bearsGuild, "help")))
}

func TestWithoutAWarThereIsAClearAnswer(t *testing.T) {
	w := newWorld(t)
	w.wars = map[faction.ID][]war.War{}
	r := w.registry()
	for _, path := range []string{"war status", "war scoreboard", "war attacks", "war member", "war track stop"} {
		if reply := r.Handle(t.Context(), slash(leader, wolvesGuild, path)); !strings.Contains(reply.Content, "No ranked war of your faction is on record yet") {
			t.Errorf("/%s: %s", path, show(reply))
		}
	}
	if reply := r.Handle(t.Context(), slash(leader, wolvesGuild, "war history")); !strings.Contains(show(reply), "No war is on record yet") {
		t.Error(show(reply))
	}
}

func TestAWarThatIsOnComesBeforeOthers(t *testing.T) {
	next := war.War{ID: 50000, Start: now.Add(40 * time.Hour), Target: 2500, Us: war.Side{Faction: wolves, Name: "Wolves"}, Them: war.Side{Faction: 557, Name: "Owls"}}
	w := newWorld(t)
	on, past := w.wars[wolves][0], w.wars[wolves][1]
	for _, c := range []struct {
		name          string
		wars          []war.War
		status, table string
	}{
		{"one that is on", []war.War{next, on, past}, "Bandits", "Bandits"},
		{"one that is to come and one that was", []war.War{next, past}, "Owls", "Sea Dogs"},
		{"only one to come", []war.War{next}, "Owls", "Owls"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.wars[wolves] = c.wars
			r := w.registry()
			if text := show(r.Handle(t.Context(), slash(member, wolvesGuild, "war status"))); !strings.Contains(text, c.status) {
				t.Errorf("status: %s", text)
			}
			if text := show(r.Handle(t.Context(), slash(member, wolvesGuild, "war scoreboard"))); !strings.Contains(text, c.table) {
				t.Errorf("scoreboard: %s", text)
			}
		})
	}
}

func TestSuggestionsFitWhatIsTypedAndWhoTypes(t *testing.T) {
	r := ready(t).registry()
	ask := func(who, path, option, typed string) string {
		req := slash(who, wolvesGuild, path, option, typed)
		req.Kind, req.Focused = chat.Autocomplete, option
		var out []string
		for _, c := range r.Complete(t.Context(), req) {
			out = append(out, c.Name+"="+c.Value)
		}
		return strings.Join(out, "; ")
	}
	for _, c := range []struct{ who, path, option, typed, want string }{
		{member, "war status", "war", "", "Bandits · 20 Aug 2026 · active=44751; Sea Dogs · 7 Aug 2026 · won=40001"},
		{member, "war status", "war", "dog", "Sea Dogs · 7 Aug 2026 · won=40001"},
		{member, "war status", "war", "447", "Bandits · 20 Aug 2026 · active=44751"},
		{member, "war status", "war", "zzz", ""},
		{member, "war member", "member", "mi", "Mick [3]=3; Mickey [8]=8"},
		{member, "war member", "member", "e", "Duke [1]=1; Mickey [8]=8; Newt [4]=4; Vera [2]=2"},
		{member, "war attacks", "member", "4", "Newt [4]=4"},
		{officer, "web revoke", "link", "", "#1 war, by player 2, until 21 Aug 21:00 UTC=1"},
		{member, "web revoke", "link", "", ""},
		{recruit, "war status", "war", "", ""},
		{stranger, "war member", "member", "", ""},
		{foreign, "war member", "member", "", ""},
		{member, "war status", "nonsense", "", ""},
		{member, "nonsense", "war", "", ""},
	} {
		if got := ask(c.who, c.path, c.option, c.typed); got != c.want {
			t.Errorf("/%s %s %q by %s: got %q, want %q", c.path, c.option, c.typed, c.who, got, c.want)
		}
	}
}

func TestSuggestionsAreSilentWhenTheDatabaseIsGone(t *testing.T) {
	w := ready(t)
	w.failAll = faction.Errorf(faction.Unavailable, "The database does not answer.")
	req := slash(member, wolvesGuild, "war status", "war", "")
	req.Kind, req.Focused = chat.Autocomplete, "war"
	if got := w.registry().Complete(t.Context(), req); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestAllPagesOfTheAttackLogAreReached(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	seen := 0
	reply := r.Handle(t.Context(), slash(member, wolvesGuild, "war attacks"))
	for page := 0; ; page++ {
		seen += strings.Count(reply.Embeds[0].Description, "▸")
		buttons := reply.Rows[0].Buttons
		if buttons[len(buttons)-1].Label != "Next" {
			break
		}
		if page > 10 {
			t.Fatal("the pages never end")
		}
		reply = r.Handle(t.Context(), click(member, wolvesGuild, buttons[len(buttons)-1].ID))
	}
	if seen != 25 {
		t.Errorf("%d attacks shown, 25 are there", seen)
	}
}

func TestAChartThatFailsIsLeftOut(t *testing.T) {
	w := newWorld(t)
	reply := w.registry(func(d *commands.Deps) { d.Charts = nil }).Handle(t.Context(), slash(member, wolvesGuild, "war status"))
	if !answered(reply) || len(reply.Files) > 0 || reply.Embeds[0].Image != "" {
		t.Error(show(reply))
	}
}

func TestStaleFiguresSayWhy(t *testing.T) {
	w := newWorld(t)
	for i := range w.feeds {
		w.feeds[i].LastSuccess, w.feeds[i].Failures, w.feeds[i].LastError = now.Add(-20*time.Minute), 9, "Torn's API is closed"
	}
	text := show(w.registry().Handle(t.Context(), slash(member, wolvesGuild, "war status")))
	if !strings.Contains(text, "⚠ Score and chain: last read <t:1787341200:R>. Torn's API is closed") {
		t.Error(text)
	}
}

func TestOnlyLentWorkingKeysCountAsReaders(t *testing.T) {
	good := faction.Key{Player: 1, Level: 3, FactionAccess: true, Consent: "lend", State: "active"}
	with := func(change func(*faction.Key)) faction.Key {
		k := good
		k.Player = 2
		change(&k)
		return k
	}
	for _, c := range []struct {
		name   string
		second faction.Key
		want   string
	}{
		{"another player's key", with(func(*faction.Key) {}), "**2** players' keys can read"},
		{"a custom key with the selection", with(func(k *faction.Key) { k.Level, k.Selections = 0, map[string][]string{"faction": {"attacks"}} }), "**2** players' keys can read"},
		{"the same player's second key", with(func(k *faction.Key) { k.Player = 1 }), "**1** player's key can read"},
		{"a key for own data", with(func(k *faction.Key) { k.Consent = "own" }), "**1** player's key can read"},
		{"a paused key", with(func(k *faction.Key) { k.State = "paused" }), "**1** player's key can read"},
		{"a key without faction access", with(func(k *faction.Key) { k.FactionAccess = false }), "**1** player's key can read"},
		{"a key with too little access", with(func(k *faction.Key) { k.Level = 2 }), "**1** player's key can read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			w.keys[wolves] = []faction.Key{good, c.second}
			if text := show(w.registry().Handle(t.Context(), slash(member, wolvesGuild, "status"))); !strings.Contains(text, c.want) {
				t.Errorf("%s\nwant: %s", text, c.want)
			}
		})
	}
	w := newWorld(t)
	w.keys[wolves] = nil
	if text := show(w.registry().Handle(t.Context(), slash(member, wolvesGuild, "status"))); !strings.Contains(text, "⚠ **No** key can read the attack log") {
		t.Error(text)
	}
}

func TestAnswersWarnWhileTheLogIsReadBack(t *testing.T) {
	w := newWorld(t)
	for i := range w.feeds {
		if w.feeds[i].Feed == feed.Attacks {
			w.feeds[i].Log.Fill = feed.Fill{From: now.Add(-31 * time.Hour), To: now.Add(-2 * time.Hour), Due: now}
		}
	}
	r := w.registry()
	for _, path := range []string{"war status", "war scoreboard", "war member", "war attacks"} {
		reply := r.Handle(t.Context(), slash(member, wolvesGuild, path))
		if text := show(reply); !strings.Contains(text, "still being read back; figures are incomplete") {
			t.Errorf("/%s does not warn:\n%s", path, text)
		}
		if past := show(r.Handle(t.Context(), slash(member, wolvesGuild, path, "war", "40001"))); strings.Contains(past, "incomplete") {
			t.Errorf("/%s warns of a war that is not concerned:\n%s", path, past)
		}
	}
}

// skewed is a clock that is so far ahead of Torn's.
type skewed time.Duration

func (s skewed) Ahead() (time.Duration, bool) {
	return time.Duration(s), time.Duration(s).Abs() > 3*time.Second
}

func TestStatusSaysThatTheClockIsOffAndWhatThatDoes(t *testing.T) {
	w := newWorld(t)
	for by, want := range map[time.Duration]string{
		-8500 * time.Millisecond: "at least **8 s** behind Torn's: warnings before a deadline come that much late",
		90 * time.Second:         "at least **90 s** ahead of Torn's: warnings before a deadline come that much early",
		2 * time.Second:          "", 0: "",
	} {
		got := show(w.registry(func(d *commands.Deps) { d.Skew = skewed(by) }).Handle(t.Context(), slash(member, wolvesGuild, "status")))
		if said := strings.Contains(got, "My clock"); said != (want != "") || !strings.Contains(got, want) {
			t.Errorf("%s ahead: %s", by, got)
		}
	}
}
