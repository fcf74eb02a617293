package commands_test

import (
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// fought gives pastWar its tallies.
func fought(w *world) *world {
	row := func(team war.Team, id faction.PlayerID, name string, hits int64, score faction.Respect) war.Row {
		return war.Row{Team: team, Player: id, Name: name, Tally: war.Tally{Attacks: hits, WarHits: hits, WarRespect: score}}
	}
	w.rows[pastWar] = []war.Row{
		row(war.Ours, 2, "Vera", 200, 403_412), row(war.Ours, 1, "Du*ke", 115, 202_987), row(war.Ours, 9, "Gone", 1, 500),
		row(war.Enemy, 601, "Salt", 246, 407_000), row(war.Enemy, 0, war.Stealthed, 4, 3_000),
	}
	return w
}

func TestWhatPeopleReadOfAWarThatIsOver(t *testing.T) {
	r := fought(newWorld(t)).registry()
	golden(t, "war_report", tell(t, r,
		slash(member, wolvesGuild, "war report"), click(member, wolvesGuild, "war:report:777:40001:them:0"),
		slash(member, wolvesGuild, "war report", "war", "44751")))
	golden(t, "war_reconcile", tell(t, r,
		slash(member, wolvesGuild, "war reconcile"), click(member, wolvesGuild, "war:reconcile:777:40001:them:0")))
}

func TestAReportThatIsNotInIsSaid(t *testing.T) {
	w := fought(newWorld(t))
	w.wars[wolves][1].ID = 40002
	w.rows[40002] = w.rows[pastWar]
	r := w.registry()
	if text := show(r.Handle(t.Context(), slash(member, wolvesGuild, "war report"))); !strings.Contains(text, "official report is not in") || !strings.Contains(text, "Vera") {
		t.Error(text)
	}
	if text := show(r.Handle(t.Context(), slash(member, wolvesGuild, "war reconcile"))); !strings.Contains(text, "nothing to compare with") {
		t.Error(text)
	}
}

func TestAWarThatWasNeverReadSaysSo(t *testing.T) {
	w := fought(newWorld(t))
	past := &w.wars[wolves][1]
	past.FinalAt, past.WholeAt = past.ReportAt, time.Time{}
	if text := show(w.registry().Handle(t.Context(), slash(member, wolvesGuild, "war report"))); !strings.Contains(text, "`/war backfill` reads them") {
		t.Error(text)
	}
}

func TestShowInChannelAnswersInPublicAndAnew(t *testing.T) {
	reply := fought(newWorld(t)).registry().Handle(t.Context(), click(leader, wolvesGuild, "war:show:777:40001:us:0"))
	if reply.Ephemeral || reply.Update || !strings.Contains(show(reply), "Won 6,100") {
		t.Error(show(reply))
	}
}

func TestABackfillShowsItsProgressAndItsEnd(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	var seen []string
	req := slash(officer, wolvesGuild, "war backfill", "from", "2026-01-01")
	req.Progress = func(m chat.Message) { seen = append(seen, m.Embeds[0].Title) }
	reply := r.Handle(t.Context(), req)
	if !strings.Contains(show(reply), "Past wars: done") || len(seen) == 0 || seen[0] != "Past wars: 32 %" {
		t.Errorf("shown were %v, at the end:\n%s", seen, show(reply))
	}
	if !reply.Ephemeral {
		t.Error("it is answered in public")
	}
	golden(t, "war_backfill", tell(t, r, slash(officer, wolvesGuild, "war backfill", "from", "365", "to", "2026-08-01"), click(officer, wolvesGuild, "backfill:show:777"),
		slash(officer, wolvesGuild, "war backfill", "from", "90"), click(officer, wolvesGuild, "backfill:cancel:777:1"), slash(officer, wolvesGuild, "war backfill")))
	var told []string
	for _, e := range w.audited {
		told = append(told, e.Action)
	}
	if got := strings.Join(told, " "); strings.Count(got, "war.backfill") != 2 {
		t.Errorf("audited were %s", got)
	}
}

func TestASpanThatMakesNoSenseStartsNothing(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	for _, tc := range []struct{ from, to, want string }{
		{"yesterday", "", "is no date"}, {"2026-08-01", "2026-07-01", "That span is empty"}, {"2027-01-01", "", "That span is empty"},
		{"", "2026-07-01", "Say from when on"}, {"-5", "", "is no date"}, {"2026-13-01", "", "is no date"},
	} {
		text := show(r.Handle(t.Context(), slash(officer, wolvesGuild, "war backfill", "from", tc.from, "to", tc.to)))
		if !strings.Contains(text, tc.want) || !strings.Contains(text, "Nothing was started") {
			t.Errorf("from %q to %q: %s", tc.from, tc.to, text)
		}
	}
	if w.past.now != nil {
		t.Error("something was started")
	}
	w.keys[wolves] = nil
	if text := show(r.Handle(t.Context(), slash(officer, wolvesGuild, "war backfill", "from", "30"))); !strings.Contains(text, "No key can read the attack log") || w.past.now != nil {
		t.Error(text)
	}
}

func TestTheSetUpShowsTheLastWarByItself(t *testing.T) {
	w := fought(newWorld(t))
	past := w.wars[wolves][1]
	past.Us.Faction, past.Us.Name, past.Winner = foxes, "Foxes", foxes
	w.wars[foxes] = []war.War{past}
	r := w.registry()
	var seen []string
	req := click(founder, emptyGuild, "setup:channel:999", warChannel)
	req.Progress = func(m chat.Message) {
		for _, line := range strings.Split(m.Embeds[0].Description, "\n") {
			if strings.Contains(line, "Your last war") {
				seen = append(seen, line)
			}
		}
	}
	reply := r.Handle(t.Context(), req)
	if len(seen) == 0 || !strings.Contains(seen[0], "is being read … 32 %") {
		t.Errorf("meanwhile it said %v", seen)
	}
	text := show(reply)
	for _, want := range []string{"Your last war** is read", "Won 6,100 : 4,100", "Vera", "Show in channel", "Reconciled 6,100 : 4,100", "players agree; differences **", "▸ **", "Differences"} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	if len(reply.Files) != 1 {
		t.Errorf("%d pictures, want the chart of the lead", len(reply.Files))
	}
	if w.past.now == nil || !w.past.now.Latest {
		t.Errorf("asked for was %+v", w.past.now)
	}
}
