package torn

import (
	"strings"
	"testing"
	"time"
)

// wireTravel is /user/travel as somebody's own key gets it.
type wireTravel struct {
	Travel struct {
		Destination string `json:"destination"`
		Method      *string
		Departed    *int64 `json:"departed_at"`
		Arrival     *int64 `json:"arrival_at"`
		Left        int64  `json:"time_left"`
	}
}

// What a traveller's own key tells fits what everybody sees of them, at every hour of
// two days, and Torn's document.
func TestATravellersOwnKeyTellsOfTheFlightThatEverybodySees(t *testing.T) {
	s := loadSchemas(t)
	c := start(t, Config{Seed: 3, UserPerMinute: -1, HostPerMinute: -1, MembersPerSide: 40})
	keys := map[int64]string{}
	for _, p := range c.Roster(c.Plan().OurFaction) {
		if c.players[p.ID].traveler && len(keys) < 4 {
			key, err := c.AddKey(Key{Player: p.ID, Level: Minimal})
			if err != nil {
				t.Fatal(err)
			}
			keys[p.ID] = key
		}
	}
	seen := map[string]int{}
	for range 2 * 24 * 6 {
		c.clock.add(10 * time.Minute)
		now := c.clock.Now().Unix()
		for id, key := range keys {
			var basic struct {
				Profile struct{ Status statusBody }
			}
			c.must(key, "/user/basic", &basic)
			_, body, err := c.raw(key, "/user/travel")
			if err != nil {
				t.Fatal(err)
			}
			s.check("/user/travel", body)
			var w wireTravel
			c.must(key, "/user/travel", &w)
			status, got := basic.Profile.Status, w.Travel
			seen[status.State]++
			switch {
			case got.Departed == nil || got.Arrival == nil || got.Method == nil: // their first flight is ahead
				if status.State == "Traveling" || status.State == "Abroad" || got.Left != 0 || got.Destination != "Torn" {
					t.Fatalf("player %d is %q and never flew: %+v", id, status.Description, got)
				}
			case status.State == "Traveling":
				back := strings.HasPrefix(status.Description, "Returning")
				if got.Left <= 0 || *got.Arrival != now+got.Left || *got.Departed > now || back != (got.Destination == "Torn") || !back && !strings.HasSuffix(status.Description, got.Destination) {
					t.Fatalf("player %d is %q at %d: %+v", id, status.Description, now, got)
				}
			case status.State == "Abroad" || status.State == "Okay":
				if got.Left != 0 || *got.Arrival > now || (status.State == "Okay") != (got.Destination == "Torn") {
					t.Fatalf("player %d is %q at %d: %+v", id, status.Description, now, got)
				}
			}
		}
	}
	if len(keys) < 3 || seen["Traveling"] == 0 || seen["Abroad"] == 0 {
		t.Fatalf("%d travellers were seen %v", len(keys), seen)
	}
}

func TestAFlightIsToldToWhoIsOnItAlone(t *testing.T) {
	c := start(t, Config{Seed: 3})
	p, other := c.Plan().Members[0], c.Plan().Members[1]
	public, err := c.AddKey(Key{Player: p, Level: Public})
	if err != nil {
		t.Fatal(err)
	}
	minimal, err := c.AddKey(Key{Player: p, Level: Minimal})
	if err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]int{
		public + " /user/travel": 16, minimal + " /user/travel": -1, minimal + " /user/" + formatInt(other) + "/travel": 7,
		minimal + " /user?selections=travel&id=" + formatInt(other): 7, c.LeaderKey() + " /user?selections=bars,travel&id=" + formatInt(p): 7,
	} {
		key, path, _ := strings.Cut(address, " ")
		if code := c.get(key, path, nil); code != want {
			t.Errorf("GET %s: error %d, want %d", path, code, want)
		}
	}
}

func TestAFlightMadeByHandIsTold(t *testing.T) {
	s := loadSchemas(t)
	c := start(t, Config{Seed: 3, UserPerMinute: -1})
	now := c.clock.Now()
	for _, f := range []struct{ description, plane, to, method string }{
		{"Traveling to Japan", "airliner", "Japan", "Standard"},
		{"Returning to Torn from Cayman Islands", "private_jet", "Torn", "Private"},
		{"Traveling to UAE", "light_aircraft", "UAE", "Airstrip"},
	} {
		if err := c.SetStatus(c.Plan().Leader, Status{State: "Traveling", Description: f.description, Plane: f.plane, Departed: now, Lands: now.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		c.clock.add(time.Minute)
		_, body, err := c.raw(c.LeaderKey(), "/user/travel")
		if err != nil {
			t.Fatal(err)
		}
		s.check("/user/travel", body)
		var w wireTravel
		c.must(c.LeaderKey(), "/user/travel", &w)
		if w.Travel.Destination != f.to || *w.Travel.Method != f.method || *w.Travel.Departed != now.Unix() || *w.Travel.Arrival != now.Add(time.Hour).Unix() || w.Travel.Left != now.Add(time.Hour).Unix()-c.clock.Now().Unix() {
			t.Errorf("%s: %s", f.description, body)
		}
	}
}
