package war_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

var takeOff = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// flying is somebody who took off between two looks.
func flying(to, plane string, after, by time.Time) faction.Status {
	return faction.Status{State: faction.StateTraveling, Description: to, PlaneImage: plane, TookOffAfter: after, TookOffBy: by}
}

func TestAFlightLandsInARange(t *testing.T) {
	seen := takeOff.Add(15 * time.Second)
	at := func(minutes float64) time.Time { return takeOff.Add(time.Duration(minutes * float64(time.Minute))) }
	for _, tc := range []struct {
		name             string
		s                faction.Status
		now              time.Time
		country          string
		home             bool
		earliest, latest time.Time
	}{
		{"a private jet", flying("Traveling to Mexico", "private_jet", takeOff, seen), seen, "Mexico", false,
			at(12 * .97).Add(-30 * time.Second), at(12 * 1.03).Add(15 * time.Second)},
		{"the airstrip's plane, on the way home", flying("Returning to Torn from South Africa", "light_aircraft", takeOff, seen), seen, "South Africa", true,
			at(197 * .97).Add(-30 * time.Second), at(197 * 1.03).Add(15 * time.Second)},
		{"an airliner, economy or business", flying("Traveling to Japan", "airliner", takeOff, seen), seen, "Japan", false,
			at(64 * .97).Add(-30 * time.Second), at(213 * 1.03).Add(15 * time.Second)},
		{"a plane that Torn does not tell", flying("Traveling to United Arab Emirates", "", takeOff, seen), seen, "UAE", false,
			at(77 * .97).Add(-30 * time.Second), at(257 * 1.03).Add(15 * time.Second)},
		{"in the air when first seen", flying("Traveling to Mexico", "private_jet", time.Time{}, seen), seen, "Mexico", false,
			time.Time{}, at(12 * 1.03).Add(15 * time.Second)},
		{"looked at long before", flying("Traveling to Mexico", "private_jet", takeOff.Add(-time.Hour), seen), seen, "Mexico", false,
			time.Time{}, at(12 * 1.03).Add(15 * time.Second)},
		{"in the air longer than it takes", flying("Traveling to Mexico", "private_jet", takeOff, seen), seen.Add(time.Hour), "Mexico", false, time.Time{}, time.Time{}},
		{"a country nobody knows", flying("Traveling to Atlantis", "airliner", takeOff, seen), seen, "", false, time.Time{}, time.Time{}},
		{"no look that saw it begin", flying("Traveling to China", "airliner", time.Time{}, time.Time{}), seen, "China", false, time.Time{}, time.Time{}},
	} {
		f, ok := war.FlightOf(tc.s, tc.now)
		if !ok || f.Country != tc.country || f.Home != tc.home || !near(f.Earliest, tc.earliest) || !near(f.Latest, tc.latest) {
			t.Errorf("%s: %+v, want %s home=%t from %s to %s", tc.name, f, tc.country, tc.home, tc.earliest, tc.latest)
		}
	}
	if _, ok := war.FlightOf(faction.Status{State: faction.StateAbroad, Description: "In Mexico"}, takeOff); ok {
		t.Error("somebody abroad flies")
	}
}

func TestAnAirlinerIsKnownToBeEconomyOnceBusinessClassMustHaveLanded(t *testing.T) {
	for _, tc := range []struct {
		plane          string
		seen           time.Duration // after the look that saw them fly
		earliestMinute float64
	}{
		{"airliner", 66 * time.Minute, 64 * .97},
		{"airliner", 67 * time.Minute, 213 * .97},
		{"", 90 * time.Minute, 213 * .97},
		{"light_aircraft", 140 * time.Minute, 149 * .97},
	} {
		s := flying("Traveling to Japan", tc.plane, takeOff, takeOff.Add(15*time.Second))
		s.SeenAt = s.TookOffBy.Add(tc.seen)
		// What counts is when they were seen, not how late it is now.
		f, _ := war.FlightOf(s, takeOff.Add(150*time.Minute))
		if want := takeOff.Add(time.Duration(tc.earliestMinute*float64(time.Minute)) - 30*time.Second); !near(f.Earliest, want) || f.Latest.IsZero() {
			t.Errorf("%q seen after %s: from %s to %s, want from %s", tc.plane, tc.seen, f.Earliest, f.Latest, want)
		}
	}
}

// near tells whether two moments are the same but for a float's rounding.
func near(a, b time.Time) bool { return a.IsZero() == b.IsZero() && a.Sub(b).Abs() < time.Millisecond }

// Whatever the plane and however seldom somebody looks, who lands does so within the range.
func TestWhoLandsDoesSoWithinTheRange(t *testing.T) {
	minutes := map[string][4]float64{"Mexico": {24, 17, 12, 7}, "Hawaii": {127, 89, 63, 38}, "UAE": {257, 180, 128, 77}, "South Africa": {282, 197, 141, 85}}
	rapid.Check(t, func(t *rapid.T) {
		to := rapid.SampledFrom([]string{"Mexico", "Hawaii", "UAE", "South Africa"}).Draw(t, "to")
		class := rapid.IntRange(0, 3).Draw(t, "class")
		plane := []string{"airliner", "light_aircraft", "private_jet", "airliner"}[class]
		took := time.Duration(minutes[to][class] * rapid.Float64Range(.97, 1.03).Draw(t, "luck") * float64(time.Minute))
		every := time.Duration(rapid.IntRange(5, 300).Draw(t, "every")) * time.Second
		cached := time.Duration(rapid.IntRange(0, 30).Draw(t, "cached")) * time.Second
		// The looks: one just before it began, as Torn showed it then, and the next.
		before := takeOff.Add(-time.Duration(rapid.Int64Range(0, int64(every)).Draw(t, "before"))).Add(cached)
		s := flying("Traveling to "+to, plane, before, before.Add(every))
		if before.Add(every).After(takeOff.Add(took)) {
			t.Skip("landed before anybody saw them fly")
		}
		landed := takeOff.Add(took)
		// The latest look finds them in the air still, at the latest as Torn showed it then.
		s.SeenAt = s.TookOffBy.Add(time.Duration(rapid.Float64Range(0, 1).Draw(t, "later") * float64(max(0, landed.Add(cached).Sub(s.TookOffBy)))))
		f, _ := war.FlightOf(s, s.TookOffBy)
		if f.Latest.Before(landed) || f.Earliest.After(landed) {
			t.Fatalf("landed %s, not from %s to %s", landed, f.Earliest, f.Latest)
		}
	})
}
