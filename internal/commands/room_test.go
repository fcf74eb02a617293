package commands_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// besieged is a world at war with both sides on the map.
func besieged(t *testing.T) *world {
	w := newWorld(t)
	w.front()
	return w
}

func TestWhatPeopleReadOfTheWarRoom(t *testing.T) {
	w := besieged(t)
	w.called(502, 2)
	r := w.registry()
	golden(t, "war_us", tell(t, r, slash(member, wolvesGuild, "war us"), slash(member, wolvesGuild, "war us", "state", "hospital"),
		click(member, wolvesGuild, "us:pick:777", "zero")))
	golden(t, "war_enemy", tell(t, r, slash(member, wolvesGuild, "war enemy"), slash(member, wolvesGuild, "war enemy", "state", "claimed")))
	golden(t, "war_targets", tell(t, r, slash(member, wolvesGuild, "war targets"), slash(member, wolvesGuild, "war targets", "minutes", "0"),
		slash(member, wolvesGuild, "war claim", "target", "black"), slash(officer, wolvesGuild, "war claim", "target", "501"),
		click(member, wolvesGuild, "claim:take:777:504:50:10"), click(member, wolvesGuild, "claim:drop:777:504:50:10"),
		slash(member, wolvesGuild, "war unclaim", "target", "Smee"), slash(leader, wolvesGuild, "war unclaim", "target", "Smee")))
}

func TestWhenOurOwnLandIsExactForTheirOwnFactionAlone(t *testing.T) {
	w := besieged(t)
	lands := now.Add(97 * time.Minute)
	ours := w.rosters[wolves]
	for i := range ours.Members {
		if m := &ours.Members[i]; m.ID == 6 {
			m.Status.Landing = faction.Landing{Destination: faction.Home, Departed: now, At: lands}
		}
	}
	w.rosters[wolves] = ours
	r := w.registry()
	exact := "home from Japan, lands exactly <t:" + strconv.FormatInt(lands.Unix(), 10) + ":R>"
	if got := show(r.Handle(t.Context(), slash(member, wolvesGuild, "war us"))); !strings.Contains(got, exact) {
		t.Errorf("their own faction does not see %s:\n%s", exact, got)
	}
	// An operator of another faction, or of none, stands for whoever looks in from outside.
	got := show(r.Handle(t.Context(), slash(operator, wolvesGuild, "war us")))
	if strings.Contains(got, "exactly") || !strings.Contains(got, "home from Japan") {
		t.Errorf("an outsider sees:\n%s", got)
	}
}

func TestWithoutAWarOurSideIsShownAndTheEnemyIsNot(t *testing.T) {
	w := besieged(t)
	w.wars[wolves] = w.wars[wolves][1:]
	r := w.registry()
	if reply := r.Handle(t.Context(), slash(member, wolvesGuild, "war us")); len(reply.Embeds) != 1 || strings.Contains(show(reply), "without a hit ·") {
		t.Errorf("us: %s", show(reply))
	}
	for _, path := range []string{"war enemy", "war targets"} {
		if reply := r.Handle(t.Context(), slash(member, wolvesGuild, path)); !reply.Ephemeral || !strings.Contains(reply.Content, "no enemy") {
			t.Errorf("%s: %s", path, show(reply))
		}
	}
}

func TestARosterThatIsOldIsSaidToBe(t *testing.T) {
	w := besieged(t)
	old := w.rosters[bandits]
	old.AsOf = now.Add(-5 * time.Minute)
	w.rosters[bandits] = old
	r := w.registry()
	for _, path := range []string{"war enemy", "war targets"} {
		if reply := r.Handle(t.Context(), slash(member, wolvesGuild, path)); !strings.Contains(show(reply), "⚠ Not read since") {
			t.Errorf("%s does not say so:\n%s", path, show(reply))
		}
	}
	w.rosters[bandits] = faction.Roster{}
	for _, path := range []string{"war enemy", "war targets"} {
		if reply := r.Handle(t.Context(), slash(member, wolvesGuild, path)); !strings.Contains(show(reply), "not been read yet") {
			t.Errorf("%s does not say so:\n%s", path, show(reply))
		}
	}
}

func TestATargetHasOneHolder(t *testing.T) {
	w := besieged(t)
	r := w.registry()
	claim := func(who string) chat.Reply {
		return r.Handle(t.Context(), click(who, wolvesGuild, "claim:take:777:501:50:10"))
	}
	if reply := claim(member); !reply.Update || !strings.Contains(show(reply), "let go") {
		t.Fatalf("not claimed: %s", show(reply))
	}
	refused := claim(officer)
	if !refused.Ephemeral || !strings.Contains(refused.Content, "**Mick** until <t:") || !strings.Contains(refused.Content, "Nothing was changed") {
		t.Errorf("the second is told: %s", show(refused))
	}
	// Nobody lets go what another has called, unless they manage the war.
	if reply := r.Handle(t.Context(), click(officer, wolvesGuild, "claim:drop:777:501:50:10")); !strings.Contains(reply.Content, "have not called") {
		t.Errorf("an officer's press: %s", show(reply))
	}
	w.now = w.now.Add(11 * time.Minute)
	if reply := claim(officer); !reply.Update {
		t.Errorf("after it expired: %s", show(reply))
	}
	want := []string{"claim 501 for 3 of 777", "claim 501 for 2 of 777"}
	if !slices.Equal(w.writes, want) {
		t.Errorf("wrote %v", w.writes)
	}
	if n := len(w.audited); n != 2 || w.audited[0].Action != "war.claim" || w.audited[0].Body["target"] != faction.PlayerID(501) {
		t.Errorf("audited %v", w.audited)
	}
}

func TestOnlyTheEnemysPeopleCanBeCalled(t *testing.T) {
	w := besieged(t)
	r := w.registry()
	for _, req := range []chat.Request{
		slash(member, wolvesGuild, "war claim", "target", "Duke"), slash(member, wolvesGuild, "war claim", "target", "23"), slash(member, wolvesGuild, "war claim", "target", " "),
		slash(member, wolvesGuild, "war claim", "target", "501", "minutes", "0"), slash(member, wolvesGuild, "war claim", "target", "501", "minutes", "61"),
		click(member, wolvesGuild, "claim:take:777:1:50:10"), click(member, wolvesGuild, "claim:take:777:501:50"), click(member, wolvesGuild, "claim:take:777:501:50:10:1"),
		click(member, wolvesGuild, "claim:take:888:501:50:10"), click(member, wolvesGuild, "us:page:777:claimed:0"), click(member, wolvesGuild, "enemy:page:777:zero:0"),
		click(member, wolvesGuild, "targets:again:777:-1:10"), click(recruit, wolvesGuild, "claim:take:777:501:50:10"),
	} {
		if reply := r.Handle(t.Context(), req); !reply.Ephemeral || len(reply.Embeds) > 0 {
			t.Errorf("%s%s %v: %s", req.Path, req.ID, req.Options, show(reply))
		}
	}
	if len(w.writes) > 0 {
		t.Errorf("wrote %v", w.writes)
	}
}

func TestAFullRoomFitsIntoAMessage(t *testing.T) {
	w := besieged(t)
	for _, id := range []faction.ID{wolves, bandits} {
		var list []faction.Member
		for i := range 100 {
			m := bandit(faction.PlayerID(5000+i), strings.Repeat("*_", 16), 100, []string{faction.StateOkay, faction.StateHospital, faction.StateTraveling}[i%3], now.Add(time.Duration(i)*time.Minute), faction.Offline)
			m.Status.Description, m.EarlyDischarge, m.Revivable, m.ReviveSetting = "Traveling to United Kingdom", true, true, faction.RevivableByEveryone
			m.Status.TookOffBy, m.Status.TookOffAfter = now, now.Add(-15*time.Second)
			list = append(list, m)
		}
		for _, m := range w.rosters[id].Members {
			if id == wolves {
				list = append(list, m)
			}
		}
		w.rosters[id] = faction.Roster{AsOf: now.Add(-5 * time.Minute), Members: list}
	}
	w.called(5000, 3)
	w.samples = []war.Sample{{At: now.Add(-time.Hour), Us: 900, Them: 0, Target: 3000}, {At: now.Add(-time.Minute), Us: 900, Them: 700, Target: 3000}}
	w.feeds[1].Failures, w.feeds[1].LastError, w.feeds[1].LastSuccess = 30, strings.Repeat("*", 500), now.Add(-time.Hour)
	r := w.registry()
	for _, req := range []chat.Request{slash(member, wolvesGuild, "war us"), slash(member, wolvesGuild, "war enemy"), slash(member, wolvesGuild, "war targets", "minutes", "60"), click(member, wolvesGuild, "enemy:page:777:all:3")} {
		reply := r.Handle(t.Context(), req)
		if err := discord.Validate(reply.Message); err != nil || len(reply.Embeds) != 1 {
			t.Errorf("%s%s: %v\n%s", req.Path, req.ID, err, show(reply))
		}
	}
	for kind, live := range r.Live() {
		m, err := live(t.Context(), wolves)
		if err == nil {
			err = discord.Validate(m.Message)
		}
		if err != nil {
			t.Errorf("live message %s: %v", kind, err)
		}
	}
	if text := show(r.Handle(t.Context(), slash(member, wolvesGuild, "war us"))); !strings.Contains(text, "Not fighting") {
		t.Errorf("a lead that shrinks is not said:\n%s", text)
	}
}

func TestALiveRoomIsTheSameWhileNothingButTimePasses(t *testing.T) {
	w := besieged(t)
	r := w.registry()
	for _, kind := range []string{"us", "enemy"} {
		before, err := r.Live()[kind](t.Context(), wolves)
		if err != nil || !before.Hot || before.AsOf.IsZero() {
			t.Fatalf("%s: %+v %v", kind, before, err)
		}
		w.now = w.now.Add(40 * time.Second)
		after, _ := r.Live()[kind](t.Context(), wolves)
		if show(chat.Reply{Message: before.Same}) != show(chat.Reply{Message: after.Same}) {
			t.Errorf("%s changed:\n%s\n%s", kind, show(chat.Reply{Message: before.Same}), show(chat.Reply{Message: after.Same}))
		}
		w.now = now
	}
}

func TestTargetsAreSuggestedFreeOnesOnlyTheReadiestFirst(t *testing.T) {
	w := besieged(t)
	w.called(502, 2)
	r := w.registry()
	ask := func(path string) (out []string) {
		req := slash(member, wolvesGuild, path)
		req.Kind, req.Focused = chat.Autocomplete, "target"
		for _, c := range r.Complete(t.Context(), req) {
			out = append(out, c.Value)
		}
		return out
	}
	if got := ask("war claim"); !slices.Equal(got, []string{"501", "504", "503", "505", "506"}) {
		t.Errorf("to claim: %v", got)
	}
	if got := ask("war unclaim"); len(got) != 0 {
		t.Errorf("to let go: %v", got)
	}
	w.called(501, 3)
	if got := ask("war unclaim"); !slices.Equal(got, []string{"501"}) {
		t.Errorf("to let go: %v", got)
	}
}
