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
	w := look(10, 4000, 1000)
	f := war.Predict(w, history(w, 700, 200, 3*time.Hour), 450, w.SeenAt)
	if f.LeadPerHour < 498 || f.LeadPerHour > 502 || f.Over != 2*time.Hour {
		t.Errorf("pace %v over %s, want 500 over 2h", f.LeadPerHour, f.Over)
	}
	// 7,000 points at 500 an hour are there at hour 24, where the target falls by
	// 100 points at once.
	if f.ETA.Before(hours(23.7)) || f.ETA.After(hours(24.1)) {
		t.Errorf("ends at %s, want about %s", f.ETA, hours(24))
	}
	if f.Outlook != war.OutlookDecided || f.Winner != war.Ours {
		t.Errorf("outlook %s for %s", f.Outlook, f.Winner)
	}
	if f.Needed != 7000 || f.Hits != 1556 {
		t.Errorf("needs %d points, %d hits; want 7000 and 1556", f.Needed, f.Hits)
	}
}

func TestTheFallingTargetMeetsALeadThatStandsStill(t *testing.T) {
	w := look(10, 4000, 1000)
	f := war.Predict(w, history(w, 100, 100, 3*time.Hour), 0, w.SeenAt)
	// 3,000 of 10,000 is 30 percent, reached at hour 93 (game.md, Ranked wars).
	if !f.ETA.Equal(hours(93)) {
		t.Errorf("ends at %s, want %s", f.ETA, hours(93))
	}
	if f.Hits != 0 {
		t.Errorf("%d hits without knowing what one earns", f.Hits)
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
