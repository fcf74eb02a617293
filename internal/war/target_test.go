package war_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consigliere/internal/war"
)

func hours(h float64) time.Time { return start.Add(time.Duration(h * float64(time.Hour))) }

func TestTheTargetFallsByTheHour(t *testing.T) {
	for _, c := range []struct {
		name     string
		original int64
		hour     float64
		want     int64
	}{
		{"before the start it stands", 10_000, -5, 10_000},
		{"at the start it stands", 10_000, 0, 10_000},
		{"just before hour 24 it stands", 10_000, 23.9999, 10_000},
		{"at hour 24 the first percent falls", 10_000, 24, 9_900},
		{"within an hour it stands still", 10_000, 24.99, 9_900},
		{"at hour 25 the second falls", 10_000, 25, 9_800},
		{"a captured war ended after 93.16 hours at 30 percent", 10_000, 93.16, 3_000},
		{"at hour 122 one percent is left", 10_000, 122, 100},
		{"just before hour 123 one percent is left", 10_000, 122.9999, 100},
		{"at hour 123 nothing is left", 10_000, 123, 0},
		{"and never comes back", 10_000, 500, 0},
		{"parts of a point are cut off", 999, 24, 989},
		{"no target stays none", 0, 30, 0},
		{"a negative one is none", -5, 3, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := war.DecayedTarget(c.original, start, hours(c.hour)); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

func TestTheTargetNeverRises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		original := rapid.Int64Range(0, 1e15).Draw(t, "original")
		at := start.Add(time.Duration(rapid.Int64Range(-3600, 130*3600).Draw(t, "at")) * time.Second)
		later := at.Add(time.Duration(rapid.Int64Range(0, 130*3600).Draw(t, "later")) * time.Second)
		one, two := war.DecayedTarget(original, start, at), war.DecayedTarget(original, start, later)
		if two > one || one > original || two < 0 {
			t.Fatalf("%d at first, %d at %s, %d at %s", original, one, at, two, later)
		}
	})
}

func TestAHigherOriginalNeverMeansALowerTarget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		low := rapid.Int64Range(0, 1e15).Draw(t, "low")
		high := low + rapid.Int64Range(0, 1e6).Draw(t, "more")
		at := hours(rapid.Float64Range(0, 125).Draw(t, "hour"))
		if war.DecayedTarget(low, start, at) > war.DecayedTarget(high, start, at) {
			t.Fatalf("%d falls below %d at %s", high, low, at)
		}
	})
}

func TestTheOriginalToldFromAFallenTargetFallsToIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		original := rapid.Int64Range(1, 1e9).Draw(t, "original")
		at := hours(rapid.Float64Range(0, 122.99).Draw(t, "hour"))
		shown := war.DecayedTarget(original, start, at)
		told := war.OriginalTarget(shown, start, at)
		if got := war.DecayedTarget(told, start, at); got != shown {
			t.Fatalf("from %d at %s: told %d, which falls to %d", shown, at, told, got)
		}
		if told > original {
			t.Fatalf("told %d of %d", told, original)
		}
	})
}

func TestObservingKeepsWhatIsOnRecordAndTakesWhatIsNew(t *testing.T) {
	before := war.War{
		Start: start, Target: 9_900, OriginalTarget: 10_000, Tracked: true, ReportAt: hours(60), FinalAt: hours(61),
		End: hours(59), Winner: ours, Us: war.Side{Score: 7},
	}
	seen := war.War{Start: start, Target: 9_000, SeenAt: hours(33), Us: war.Side{Score: 8}}
	want := before
	want.Target, want.SeenAt, want.Us.Score = 9_000, hours(33), 8
	if diff := cmp.Diff(want, war.Observe(&before, seen)); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

func TestTheFirstLookAtAWarTellsItsOriginalTarget(t *testing.T) {
	if w := war.Observe(nil, war.War{Start: start, Target: 10_000, SeenAt: hours(-40)}); w.OriginalTarget != 10_000 {
		t.Errorf("before the start: %d", w.OriginalTarget)
	}
	if w := war.Observe(nil, war.War{Start: start, Target: 9_000, SeenAt: hours(33)}); w.OriginalTarget != 10_000 {
		t.Errorf("at hour 33: %d, want it told from 90 percent", w.OriginalTarget)
	}
}

func TestATargetThatTheRuleDoesNotGiveIsSeen(t *testing.T) {
	at := func(hour float64, shown int64) war.War {
		w := look(hour, 0, 0)
		w.Target = shown
		return w
	}
	for name, tc := range map[string]struct {
		w      war.War
		want   int64
		agrees bool
	}{
		"as the rule says":           {at(30.5, 9300), 9300, true},
		"it did not fall":            {at(30.5, 10_000), 9300, false},
		"a fall too early":           {at(30.5, 9200), 9300, false},
		"the original is estimated":  {at(30.5, 9304), 9300, true},
		"just after the hour, late":  {at(31.005, 9300), 9200, true},
		"just before it, a fast one": {at(30.995, 9200), 9300, true},
		"the first day":              {at(3, 9000), 9000, true},
	} {
		if want, agrees := tc.w.ByRule(); want != tc.want || agrees != tc.agrees {
			t.Errorf("%s: %d, agrees %t", name, want, agrees)
		}
	}
	told := 0
	for h := 29.0; h < 33; h += 0.01 {
		if war.NewHour(at(h, 0), at(h+0.01, 0)) {
			told++
		}
	}
	if told != 4 {
		t.Errorf("in four hours %d looks are the first of one", told)
	}
}
