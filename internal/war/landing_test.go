package war_test

import (
	"slices"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// told is what somebody's own key tells of a flight.
func told(to string, departed, at time.Duration) faction.Landing {
	return faction.Landing{Destination: to, Departed: takeOff.Add(departed), At: takeOff.Add(at)}
}

func TestAnExactLandingTakesTheRangesPlace(t *testing.T) {
	s := flying("Traveling to Mexico", "airliner", takeOff, takeOff.Add(15*time.Second))
	s.Landing = told("Mexico", 3*time.Second, 19*time.Minute)
	f, ok := war.FlightOf(s, takeOff.Add(time.Minute))
	if !ok || !f.Exact || !f.Earliest.Equal(s.Landing.At) || !f.Latest.Equal(s.Landing.At) || !f.Departed.Equal(s.Landing.Departed) || f.Country != "Mexico" {
		t.Errorf("got %+v", f)
	}
	s.Description, s.Landing.Destination = "Traveling to Atlantis", "Atlantis"
	if f, _ := war.FlightOf(s, takeOff.Add(time.Minute)); f.Country != "Atlantis" || !f.Exact {
		t.Errorf("to a country of tomorrow: %+v", f)
	}
}

func TestWhoHasLandedByTheirKeyIsThereThoughNobodyLooked(t *testing.T) {
	landed := takeOff.Add(19 * time.Minute)
	for _, tc := range []struct {
		name  string
		to    string
		now   time.Time
		place war.Place
	}{
		{"in the air", "Mexico", landed.Add(-time.Second), war.Flying},
		{"abroad", "Mexico", landed, war.Abroad},
		{"home", faction.Home, landed, war.Okay},
	} {
		s := flying("Traveling to Mexico", "airliner", takeOff, takeOff)
		s.Landing = faction.Landing{Destination: tc.to, Departed: takeOff, At: landed}
		if got := war.PlaceOf(s, tc.now); got != tc.place {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.place)
		}
		if _, ok := war.FlightOf(s, tc.now); ok != (tc.place == war.Flying) {
			t.Errorf("%s: still flies: %t", tc.name, ok)
		}
	}
}

func TestAnAnswerAboutAnotherFlightIsNone(t *testing.T) {
	const there, back = "Traveling to Mexico", "Returning to Torn from Mexico"
	now := takeOff.Add(5 * time.Minute)
	for _, tc := range []struct {
		name string
		text string
		l    faction.Landing
		ok   bool
	}{
		{"the way there", there, told("Mexico", 0, 19*time.Minute), true},
		{"the way back", back, told(faction.Home, 0, 19*time.Minute), true},
		{"has landed meanwhile", there, told("Mexico", 0, 5*time.Minute), false},
		{"never flew", there, faction.Landing{Destination: faction.Home}, false},
		{"the way back, told of the way there", back, told("Mexico", 0, 19*time.Minute), false},
		{"the way there, told of the way back", there, told(faction.Home, 0, 19*time.Minute), false},
		{"another country", there, told("Japan", 0, 149*time.Minute), false},
		{"departs after it lands", there, told("Mexico", 20*time.Minute, 19*time.Minute), false},
		{"Torn's long name of a country", "Traveling to United Arab Emirates", told("UAE", 0, 180*time.Minute), true},
		{"a country that nobody knows", "Traveling to Atlantis", told("Atlantis", 0, 19*time.Minute), true},
	} {
		if got := war.TellsOf(flying(tc.text, "airliner", takeOff, takeOff), tc.l, now); got != tc.ok {
			t.Errorf("%s: %t", tc.name, got)
		}
	}
	if war.TellsOf(faction.Status{State: faction.StateOkay}, told("Mexico", 0, time.Hour), now) {
		t.Error("somebody in Torn flies")
	}
}

func TestTornIsAskedAboutEachFlightAFewTimesAndTheFirstOnesFirst(t *testing.T) {
	now := takeOff.Add(10 * time.Minute)
	flight := func(p faction.PlayerID, tookOff, askedAgo time.Duration, asked int) war.OpenFlight {
		o := war.OpenFlight{Player: p, Status: flying("Traveling to Japan", "airliner", time.Time{}, takeOff.Add(tookOff)), Asked: asked}
		if asked > 0 {
			o.AskedAt = now.Add(-askedAgo)
		}
		return o
	}
	landing := flight(7, 0, 0, 0)
	landing.Status = flying("Traveling to Mexico", "private_jet", takeOff, takeOff.Add(-2*time.Minute-30*time.Second)) // any moment now
	exact := flight(8, 0, 0, 0)
	exact.Status.Landing = told("Japan", 0, time.Hour)
	open := []war.OpenFlight{
		flight(1, 3*time.Minute, 0, 0), flight(2, time.Minute, 0, 0), flight(3, 0, 2*time.Minute, 1), flight(4, 0, 2*time.Minute, 2),
		flight(5, 0, 2*time.Minute, 3), flight(6, 0, 30*time.Second, 1), landing, exact,
	}
	got := func(most int) (ids []faction.PlayerID) {
		for _, o := range war.FlightsToAsk(open, most, now) {
			ids = append(ids, o.Player)
		}
		return ids
	}
	if all := got(len(open)); !slices.Equal(all, []faction.PlayerID{2, 1, 3, 4}) {
		t.Errorf("asked about %v, want 2, 1, 3, 4", all)
	}
	if one := got(1); !slices.Equal(one, []faction.PlayerID{2}) {
		t.Errorf("asked about %v, want 2", one)
	}
}

func TestWhatIsKnownOfAFlightIsThatFlightsAlone(t *testing.T) {
	before := []faction.Member{{ID: 1, Status: flying("Traveling to Mexico", "airliner", takeOff, takeOff)}, {ID: 2, Status: flying("Traveling to Mexico", "airliner", takeOff, takeOff)}}
	for i := range before {
		before[i].Status.Landing = told("Mexico", 0, 19*time.Minute)
	}
	now := []faction.Member{
		{ID: 1, Status: faction.Status{State: faction.StateTraveling, Description: "Traveling to Mexico"}},
		{ID: 2, Status: faction.Status{State: faction.StateTraveling, Description: "Returning to Torn from Mexico"}},
		{ID: 3, Status: faction.Status{State: faction.StateTraveling, Description: "Traveling to Mexico"}},
	}
	got := war.Recognise(now, before)
	if got[0].Status.Landing != before[0].Status.Landing || got[1].Status.Landing != (faction.Landing{}) || got[2].Status.Landing != (faction.Landing{}) {
		t.Errorf("landings are %+v", got)
	}
	if now[0].Status.Landing != (faction.Landing{}) {
		t.Error("the roster that was read was changed")
	}
	if war.Untold(before)[0].Status.Landing != (faction.Landing{}) || before[0].Status.Landing == (faction.Landing{}) {
		t.Error("what anybody may see is not told apart from what a key told")
	}
}
