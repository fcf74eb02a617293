package war_test

import (
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

func TestMatchmakingIsTheNextTuesdayAtNoon(t *testing.T) {
	for now, want := range map[string]string{
		"2026-08-18T11:59:59Z": "2026-08-18T12:00:00Z", "2026-08-18T12:00:00Z": "2026-08-25T12:00:00Z",
		"2026-08-21T20:00:00Z": "2026-08-25T12:00:00Z", "2026-08-24T12:00:00Z": "2026-08-25T12:00:00Z", "2026-12-30T00:00:00Z": "2027-01-05T12:00:00Z",
	} {
		at, _ := time.Parse(time.RFC3339, now)
		if got := war.Matchmaking(at).Format(time.RFC3339); got != want {
			t.Errorf("after %s: %s, want %s", now, got, want)
		}
	}
}

func TestAReminderToEnlistComesOnMondayAndAnHourBefore(t *testing.T) {
	tuesday := time.Date(2026, 8, 25, 12, 0, 0, 0, time.UTC)
	on, next := look(10, 1, 1), look(-10, 0, 0)
	on.Start, next.Start = tuesday.Add(-50*time.Hour), tuesday.Add(50*time.Hour)
	over := on
	over.End = tuesday.Add(-30 * time.Hour)
	for _, c := range []struct {
		name   string
		e      war.Enlistment
		wars   []war.War
		before time.Duration
		want   war.EnlistStage
	}{
		{"Monday morning is too early", war.NotEnlisted, nil, 24*time.Hour + time.Second, ""},
		{"Monday noon", war.NotEnlisted, nil, 24 * time.Hour, war.EnlistDay},
		{"Tuesday morning", war.NotEnlisted, []war.War{over}, 2 * time.Hour, war.EnlistDay},
		{"the last hour", war.NotEnlisted, nil, time.Hour, war.EnlistHour},
		{"enlisted", war.Enlisted, nil, time.Hour, ""},
		{"a war is scheduled already", war.NotEnlisted, []war.War{next}, time.Hour, ""},
		{"a war is on, and Torn says that we are not enlisted", war.NotEnlisted, []war.War{on}, time.Hour, war.EnlistHour},
		{"a war is on, and nobody knows", war.EnlistUnknown, []war.War{on}, time.Hour, ""},
		{"nobody knows", war.EnlistUnknown, []war.War{over}, time.Hour, war.EnlistHour},
	} {
		if got := war.EnlistDue(c.e, c.wars, tuesday.Add(-c.before)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAnEbbIsToldOnceAndEndsWhenTheLeadHolds(t *testing.T) {
	slack := war.Slack{Idle: make([]faction.Member, 2), Flying: make([]faction.Member, 1)}
	var ebb war.Ebb
	var samples []war.Sample
	var got []war.EbbChange
	lead := int64(3000)
	for minute := range 300 {
		switch {
		case minute >= 40 && minute < 120:
			lead -= 10
		case minute >= 120:
			lead += 5
		}
		w := look(10+float64(minute)/60, 4000+lead, 4000)
		samples = append(samples, war.Sample{At: w.SeenAt, Us: w.Us.Score, Them: w.Them.Score})
		samples = samples[max(0, len(samples)-40):]
		next, c, lost := ebb.Next(w, samples, slack, w.SeenAt)
		if c == war.EbbBegins && lost < 200 {
			t.Errorf("begins after a loss of %d", lost)
		}
		if c != war.EbbSame {
			got = append(got, c)
			ebb = next
		}
	}
	if len(got) != 2 || got[0] != war.EbbBegins || got[1] != war.EbbEnds {
		t.Errorf("changes %v, want a beginning and an end", got)
	}
}

func TestALeadThatShrinksWhileNobodyIsFreeIsNobodysNews(t *testing.T) {
	w := look(10, 5000, 4000)
	samples := []war.Sample{{At: w.SeenAt.Add(-31 * time.Minute), Us: 5000, Them: 3000}, {At: w.SeenAt, Us: 5000, Them: 4000}}
	if _, c, lost := (war.Ebb{}).Next(w, samples, war.Slack{}, w.SeenAt); c != war.EbbSame || lost != 1000 {
		t.Errorf("change %d, lost %d", c, lost)
	}
	busy := war.Slack{Idle: make([]faction.Member, 5)}
	if _, c, _ := (war.Ebb{}).Next(w, samples[1:], busy, w.SeenAt); c != war.EbbSame {
		t.Error("told of a stretch that was not looked at")
	}
	if _, c, _ := (war.Ebb{}).Next(w, samples, busy, w.SeenAt); c != war.EbbBegins {
		t.Error("not told")
	}
	// One that was has its rest.
	if _, c, _ := (war.Ebb{Began: w.SeenAt.Add(-time.Hour), Over: w.SeenAt.Add(-time.Minute)}).Next(w, samples, busy, w.SeenAt); c != war.EbbSame {
		t.Error("told again within two hours")
	}
}

func TestAnEnemysActivityIsAveragedByHour(t *testing.T) {
	at := time.Date(2026, 8, 21, 20, 20, 0, 0, time.UTC)
	roster := []faction.Member{
		{LastAction: faction.LastAction{Status: faction.Online, At: at.Add(-time.Minute)}},
		{LastAction: faction.LastAction{Status: faction.Offline, At: at.Add(-14 * time.Minute)}},
		{LastAction: faction.LastAction{Status: faction.Offline, At: at.Add(-16 * time.Minute)}}, {},
	}
	a := war.Look(1, roster, at)
	if a.Active != 2 || a.Online != 1 || a.Members != 4 || !a.Hour.Equal(at.Truncate(time.Hour)) {
		t.Errorf("looked %+v", a)
	}
	hours := war.ByHour([]war.Activity{a, {Hour: a.Hour.AddDate(0, 0, 1), Looks: 3, Active: 18, Members: 12}, {Hour: a.Hour.Add(time.Hour), Looks: 1, Active: 9}})
	if hours[20].Active != 5 || hours[20].Looks != 4 || hours[21].Active != 9 || hours[3].Looks != 0 {
		t.Errorf("got %+v", hours)
	}
	if _, _, ok := war.Peak(hours); ok {
		t.Error("two hours are no day")
	}
}

func TestLevelsAndPastWarsAreReadFromTheEnemysSide(t *testing.T) {
	var roster []faction.Member
	for level := 1; level <= 101; level++ {
		roster = append(roster, faction.Member{Level: level})
	}
	if got := war.SpreadOf(roster); got != (war.Spread{Lowest: 1, Quarter: 26, Middle: 51, Upper: 76, Highest: 101}) {
		t.Errorf("spread %+v", got)
	}
	won, lost := closed(look(50, 900, 0), hours(48), true), closed(look(50, 0, 900), hours(400), false)
	past := war.PastWars([]war.War{won, look(5, 1, 1), lost}, 5)
	if len(past) != 2 || past[0].Outcome != war.OutcomeDraw || past[1].Outcome != war.OutcomeWon || past[1].Lasted != 48*60 {
		t.Errorf("past %+v", past)
	}
	if got := war.PastWars([]war.War{won, lost}, 1); len(got) != 1 {
		t.Errorf("%d of one", len(got))
	}
}

func TestALossOverAnOutageIsNoLossOfHalfAnHour(t *testing.T) {
	w := look(30, 1000, 4000)
	idle := war.Slack{Idle: make([]faction.Member, 5)}
	at := func(minutes int, them int64) war.Sample {
		return war.Sample{At: w.SeenAt.Add(time.Duration(minutes) * time.Minute), Us: 1000, Them: them}
	}
	for name, recent := range map[string][]war.Sample{
		"at the first look after it": {at(-360, 1000), at(0, 4000)},
		"a while after it":           {at(-360, 1000), at(-20, 3900), at(0, 4000)},
	} {
		if _, c, lost := (war.Ebb{}).Next(w, recent, idle, w.SeenAt); c != war.EbbSame || lost != 0 {
			t.Errorf("%s: change %d, %d points lost", name, c, lost)
		}
		// Nor does one that was told before end for want of looks.
		if _, c, _ := (war.Ebb{Began: w.SeenAt.Add(-400 * time.Minute)}).Next(w, recent, idle, w.SeenAt); c != war.EbbSame {
			t.Errorf("%s: what was told before changed by %d", name, c)
		}
	}
	if _, c, lost := (war.Ebb{}).Next(w, []war.Sample{at(-400, 900), at(-35, 3000), at(-20, 3900), at(0, 4000)}, idle, w.SeenAt); c != war.EbbBegins || lost != 1000 {
		t.Errorf("half an hour after it: change %d, %d points lost", c, lost)
	}
}
