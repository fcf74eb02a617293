package war_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// history is a score that grew evenly until the war's look, one sample a minute.
func history(w war.War, usPerHour, themPerHour float64, over time.Duration) []war.Sample {
	var out []war.Sample
	for back := over; back >= 0; back -= time.Minute {
		out = append(out, war.Sample{
			At: w.SeenAt.Add(-back), Target: w.Target,
			Us: w.Us.Score - int64(usPerHour*back.Hours()), Them: w.Them.Score - int64(themPerHour*back.Hours()),
		})
	}
	return out
}

func TestAForecastAtASteadyPace(t *testing.T) {
	w := look(10, 6000, 1500)
	f := war.Predict(w, history(w, 600, 150, 10*time.Hour), 450, w.SeenAt)
	if f.LeadPerHour < 448 || f.LeadPerHour > 452 || f.Over != 2*time.Hour {
		t.Errorf("pace %v over %s, want 450 over 2h", f.LeadPerHour, f.Over)
	}
	// 5,500 points at 450 an hour take 12 hours; the other side may yet wake, which
	// makes it a little later.
	if f.ETA.Before(hours(21)) || f.ETA.After(hours(26)) {
		t.Errorf("ends at %s, want about %s", f.ETA, hours(23))
	}
	if f.Earliest.Before(hours(14)) || f.Latest.Before(hours(28)) || f.Latest.After(hours(60)) {
		t.Errorf("between %s and %s", f.Earliest, f.Latest)
	}
	if f.Winner != war.Ours || f.Odds < 0.85 {
		t.Errorf("odds %.2f for %s", f.Odds, f.Winner)
	}
	if f.Needed != 5500 || f.Hits != 1223 {
		t.Errorf("needs %d points, %d hits; want 5500 and 1223", f.Needed, f.Hits)
	}
}

func TestADayOfLeadingFarIsDecided(t *testing.T) {
	w := look(30, 9000, 1500)
	w.Target = war.DecayedTarget(w.OriginalTarget, w.Start, w.SeenAt)
	if f := war.Predict(w, history(w, 300, 50, 30*time.Hour), 450, w.SeenAt); f.Outlook != war.OutlookDecided || f.Winner != war.Ours {
		t.Errorf("outlook %s for %s at %.2f", f.Outlook, f.Winner, f.Odds)
	}
}

func TestTheFallingTargetMeetsALeadThatStandsStill(t *testing.T) {
	w := look(40, 4000, 1000)
	w.Target = war.DecayedTarget(w.OriginalTarget, w.Start, w.SeenAt)
	f := war.PredictUnder(w, war.Terms{StopAt: hours(39)}, history(w, 100, 25, 40*time.Hour), 0, w.SeenAt)
	// 3,000 of 10,000 is 30 percent, reached at hour 93 (game.md, Ranked wars).
	if !f.ETA.Equal(hours(93)) || !f.Earliest.Equal(f.Latest) {
		t.Errorf("ends at %s, between %s and %s; want %s when nobody hits any more", f.ETA, f.Earliest, f.Latest, hours(93))
	}
	if f.Hits != 0 {
		t.Errorf("%d hits without knowing what one earns", f.Hits)
	}
}

func TestOnTheSameScoreTheForecastIsTheSame(t *testing.T) {
	w := look(30, 4000, 3900)
	one, two := war.Predict(w, history(w, 130, 125, 30*time.Hour), 450, w.SeenAt), war.Predict(w, history(w, 130, 125, 30*time.Hour), 450, w.SeenAt)
	if one != two {
		t.Errorf("%+v and %+v", one, two)
	}
}

func TestALeadThatMeltsAwayIsHopelessInTheEnd(t *testing.T) {
	w := look(30, 1200, 1000)
	w.Target = war.DecayedTarget(w.OriginalTarget, w.Start, w.SeenAt)
	f := war.Predict(w, history(w, 0, 300, 9*time.Hour), 450, w.SeenAt)
	if f.Outlook != war.OutlookHopeless || f.Winner != war.Enemy {
		t.Errorf("outlook %s for %s", f.Outlook, f.Winner)
	}
}

func TestPacesThatDisagreeLeaveItUncertain(t *testing.T) {
	w := look(30, 1000, 1000)
	old := history(w, 0, 300, 9*time.Hour)
	samples := old[:len(old)-30]
	last := samples[len(samples)-1]
	for m := 1; m <= 30; m++ {
		samples = append(samples, war.Sample{At: last.At.Add(time.Duration(m) * time.Minute), Us: last.Us + int64(m)*30, Them: last.Them})
	}
	w.Us.Score, w.Them.Score = samples[len(samples)-1].Us, samples[len(samples)-1].Them
	f := war.Predict(w, samples, 450, w.SeenAt)
	if f.Outlook != war.OutlookUncertain {
		t.Errorf("outlook %s", f.Outlook)
	}
	if !f.Earliest.Before(f.Latest) {
		t.Errorf("no range: %s to %s", f.Earliest, f.Latest)
	}
}

func TestThereIsNoForecastWhereNothingIsGoingOn(t *testing.T) {
	for name, w := range map[string]war.War{
		"before the start": look(-3, 0, 0),
		"after the end":    closed(look(50, 900, 0), hours(48), true),
		"without a target": {Start: start, SeenAt: hours(3), Us: war.Side{Score: 5}},
	} {
		f := war.Predict(w, history(w, 100, 0, time.Hour), 450, w.SeenAt)
		if !f.ETA.IsZero() || !f.Latest.IsZero() || f.Outlook != war.OutlookUncertain {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func TestTooFewSamplesMakeNoPace(t *testing.T) {
	w := look(10, 4000, 1000)
	for _, samples := range [][]war.Sample{nil, history(w, 900, 0, 0), history(w, 900, 0, 5*time.Minute)} {
		f := war.Predict(w, samples, 450, w.SeenAt)
		if f.LeadPerHour != 0 || f.Over != 0 || f.Outlook != war.OutlookUncertain {
			t.Errorf("%d samples: %+v", len(samples), f)
		}
	}
}

func TestALeadThatIsThereNeedsNothing(t *testing.T) {
	w := look(10, 11_000, 500)
	f := war.Predict(w, history(w, 900, 0, 3*time.Hour), 450, w.SeenAt)
	if f.Needed != 0 || f.Hits != 0 || !f.ETA.Equal(w.SeenAt) {
		t.Errorf("got %+v", f)
	}
}

func TestAForecastStaysWithinTheWar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := look(rapid.Float64Range(0, 122).Draw(t, "hour"), rapid.Int64Range(0, 9000).Draw(t, "us"), rapid.Int64Range(0, 9000).Draw(t, "them"))
		w.Target = war.DecayedTarget(w.OriginalTarget, w.Start, w.SeenAt)
		f := war.Predict(w, history(w, rapid.Float64Range(0, 2000).Draw(t, "us/h"), rapid.Float64Range(0, 2000).Draw(t, "them/h"), time.Hour), 450, w.SeenAt)
		if f.ETA.Before(w.SeenAt) || f.ETA.After(hours(123)) {
			t.Fatalf("ends at %s", f.ETA)
		}
		if f.Earliest.After(f.ETA) || f.Latest.Before(f.ETA) {
			t.Fatalf("%s is not between %s and %s", f.ETA, f.Earliest, f.Latest)
		}
	})
}

func TestAFasterPaceNeverEndsAWarWeLeadLater(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := look(rapid.Float64Range(1, 100).Draw(t, "hour"), 3000, 2000)
		w.Target = war.DecayedTarget(w.OriginalTarget, w.Start, w.SeenAt)
		slow := rapid.Float64Range(0, 1000).Draw(t, "slow")
		fast := slow + rapid.Float64Range(60, 1000).Draw(t, "more")
		one := war.Predict(w, history(w, slow, 0, 2*time.Hour), 450, w.SeenAt)
		two := war.Predict(w, history(w, fast, 0, 2*time.Hour), 450, w.SeenAt)
		if two.ETA.After(one.ETA) {
			t.Fatalf("at %v an hour %s, at %v an hour %s", slow, one.ETA, fast, two.ETA)
		}
	})
}

func TestTheHitsForecastAreEnoughAndNotOneTooMany(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := look(10, rapid.Int64Range(0, 9999).Draw(t, "us"), 0)
		per := faction.Respect(rapid.Int64Range(1, 2000).Draw(t, "per hit"))
		f := war.Predict(w, nil, per, w.SeenAt)
		missing := faction.Respect(f.Needed * 100)
		if got := per * faction.Respect(f.Hits); got < missing || got-per >= missing {
			t.Fatalf("%d hits of %s for %s", f.Hits, per, missing)
		}
	})
}

// From hour 123 on there is no target: whoever leads has won as soon as Torn says so.
func TestAForecastPastTheLastHourOfAnOpenWarIsItsEnd(t *testing.T) {
	for _, them := range []int64{100, 5000} {
		w := look(124, 2000, them)
		w.Target = 0
		samples := []war.Sample{{At: hours(100), Us: 1500, Them: them - 50}, {At: hours(123), Us: 1990, Them: them}, {At: w.SeenAt, Us: 2000, Them: them}}
		f := war.Predict(w, samples, 500, w.SeenAt)
		if f.ETA.Before(w.SeenAt) || f.ETA.After(w.SeenAt.Add(time.Hour)) || f.Earliest.After(f.Latest) {
			t.Errorf("at %d it ends %s, from %s to %s; seen %s", them, f.ETA, f.Earliest, f.Latest, w.SeenAt)
		}
		if want := map[bool]war.Team{true: war.Ours, false: war.Enemy}[them < 2000]; f.Winner != want {
			t.Errorf("at %d it is won by %q, want %q", them, f.Winner, want)
		}
	}
}
