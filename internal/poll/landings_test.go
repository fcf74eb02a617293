package poll_test

import (
	"fmt"
	"testing"
	"time"

	"consigliere/internal/faction"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/torn"
)

// gives stores a key of a player of ours for a consent, for the pool as well, and
// returns the key.
func (e *evening) gives(player int64, consent torn.Consent, level simtorn.Level) string {
	e.t.Helper()
	secret, err := e.world.AddKey(simtorn.Key{Player: player, Level: level})
	must(e.t, err)
	must(e.t, e.store.SaveKey(e.t.Context(), e.us, faction.Key{
		Player: faction.PlayerID(player), Sealed: []byte(secret), Fingerprint: []byte(secret), Level: int(level), Type: "Minimal Access", Consent: string(consent),
	}, e.clock.Now()))
	e.keys.mu.Lock()
	defer e.keys.mu.Unlock()
	e.keys.last++
	e.keys.records = append(e.keys.records, torn.KeyRecord{ID: e.keys.last, Owner: faction.PlayerID(player), Secret: torn.NewSecret(secret), Level: torn.Level(level), Consent: consent})
	e.pool.Invalidate(e.us)
	return secret
}

// asked counts the questions about a player's travel, by path, since a place in the log.
func (e *evening) asked(player int64, since int) (n int) {
	for _, r := range e.world.RequestLog()[since:] {
		if r.Path == "/user/travel" && (player == 0 || r.Player == player) {
			n++
		}
	}
	return n
}

func (e *evening) landing(player int64) faction.Landing {
	e.t.Helper()
	r, err := e.store.Members(e.t.Context(), e.us, e.us)
	must(e.t, err)
	for _, m := range r.Members {
		if int64(m.ID) == player {
			return m.Status.Landing
		}
	}
	e.t.Fatalf("player %d is not on the roster", player)
	return faction.Landing{}
}

// fly puts players of ours into a plane to Japan that left just now.
func (e *evening) fly(description string, takes time.Duration, players ...int64) (lands time.Time) {
	e.t.Helper()
	now := e.clock.Now()
	for _, p := range players {
		must(e.t, e.world.SetStatus(p, simtorn.Status{State: "Traveling", Description: description, Plane: "airliner", Departed: now, Lands: now.Add(takes)}))
	}
	return now.Add(takes).Truncate(time.Second)
}

// stay puts everybody of ours where they can be hit, so that nobody flies but by hand.
func (e *evening) stay() {
	e.t.Helper()
	for _, p := range e.world.Roster(e.world.Plan().OurFaction) {
		must(e.t, e.world.SetStatus(p.ID, simtorn.Status{State: "Okay", Description: "Okay"}))
	}
}

func TestWhenAMemberLandsIsAskedOncePerFlightWithTheirOwnKey(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 5, MatchedAfter: time.Hour, StartsAfter: 2 * time.Hour, MembersPerSide: 30})
	e.stay()
	plan := e.world.Plan()
	own, lent, verify, none := plan.Members[0], plan.Members[1], plan.Members[2], plan.Members[3]
	e.gives(own, torn.ConsentOwn, simtorn.Minimal)
	e.gives(lent, torn.ConsentLend, simtorn.Minimal)
	e.gives(verify, torn.ConsentVerify, simtorn.Full)
	e.runUntil(e.clock.Now().Add(2 * time.Minute))
	if n := e.asked(0, 0); n != 0 {
		t.Fatalf("nobody flies, and Torn was asked %d times", n)
	}
	lands := e.fly("Traveling to Japan", 90*time.Minute, own, lent, verify, none)
	e.runUntil(e.clock.Now().Add(10 * time.Minute))
	for player, want := range map[int64]int{own: 1, lent: 1, verify: 0, none: 0} {
		if n := e.asked(player, 0); n != want {
			t.Errorf("Torn was asked %d times about %d, want %d", n, player, want)
		}
		if l := e.landing(player); (want > 0) != l.At.Equal(lands) || want == 0 && l != (faction.Landing{}) {
			t.Errorf("%d lands %+v, the flight does at %s", player, l, lands)
		}
	}
	// The way home is another flight.
	before := len(e.world.RequestLog())
	e.clock.Advance(80 * time.Minute)
	for _, p := range []int64{own, lent, verify, none} {
		must(t, e.world.SetStatus(p, simtorn.Status{State: "Abroad", Description: "In Japan"}))
	}
	e.runUntil(e.clock.Now().Add(2 * time.Minute))
	lands = e.fly("Returning to Torn from Japan", 100*time.Minute, own, verify)
	e.runUntil(e.clock.Now().Add(5 * time.Minute))
	if n := e.asked(0, before); n != 1 || e.asked(own, before) != 1 {
		t.Errorf("on the way home Torn was asked %d times, want once", n)
	}
	if l := e.landing(own); !l.At.Equal(lands) || l.Destination != faction.Home {
		t.Errorf("on the way home they land %+v, the flight does at %s", l, lands)
	}
}

func TestALandingThatCouldNotBeToldIsAskedAgainAFewTimes(t *testing.T) {
	t.Parallel()
	for name, fails := range map[string]int{"twice": 2, "for ever": 100} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEvening(t, simtorn.Config{Seed: 5, MatchedAfter: time.Hour, StartsAfter: 2 * time.Hour, MembersPerSide: 30})
			e.stay()
			player := e.world.Plan().Members[0]
			key := e.gives(player, torn.ConsentOwn, simtorn.Minimal)
			e.world.Fault(simtorn.Fault{Path: "/user/travel", Key: key, Kind: simtorn.ErrorCode(17), Times: fails})
			e.runUntil(e.clock.Now().Add(2 * time.Minute))
			lands := e.fly("Traveling to Japan", 90*time.Minute, player)
			e.runUntil(e.clock.Now().Add(20 * time.Minute))
			if n := e.asked(player, 0); n != 3 {
				t.Errorf("Torn was asked %d times, want 3", n)
			}
			if l := e.landing(player); (fails == 2) != l.At.Equal(lands) {
				t.Errorf("they land %+v, the flight does at %s", l, lands)
			}
			if len(e.reasons) > 0 {
				t.Errorf("polls failed of it: %v", e.reasons)
			}
		})
	}
}

// Everybody flies and gave a key; the front, the log and its sweeps go on at their pace,
// and a faction at war makes no more requests than it may.
func TestAtWarALandingCostsAFactionARequestAMinuteAtMost(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 5, MatchedAfter: time.Minute, StartsAfter: 3 * time.Minute, WarLength: 40 * time.Minute, MembersPerSide: 30})
	e.stay()
	plan := e.world.Plan()
	var flyers []int64
	for _, p := range plan.Members[:6] {
		e.gives(p, torn.ConsentOwn, simtorn.Minimal)
		flyers = append(flyers, p)
	}
	e.runUntil(plan.Start.Add(2 * time.Minute))
	e.fly("Traveling to Japan", 90*time.Minute, flyers...)
	before, from := len(e.world.RequestLog()), e.clock.Now()
	e.runUntil(from.Add(12 * time.Minute))
	if n := e.asked(0, before); n != len(flyers) {
		t.Errorf("Torn was asked %d times about %d flights", n, len(flyers))
	}
	perMinute, travel := map[int]int{}, map[int]int{}
	for _, r := range e.world.RequestLog()[before:] {
		m := int(r.At.Sub(from) / time.Minute)
		perMinute[m]++
		if r.Path == "/user/travel" {
			travel[m]++
		}
	}
	total := 0
	for m, n := range perMinute {
		total += n
		if travel[m] > 1 {
			t.Errorf("minute %d: %d questions about landings", m, travel[m])
		}
	}
	if mean := float64(total) / 12; mean > 15 {
		t.Errorf("%.1f requests a minute, want at most 15: %v", mean, perMinute)
	}
	t.Log(fmt.Sprint("requests a minute: ", perMinute, ", of them about landings: ", travel))
	for _, p := range flyers {
		if e.landing(p).At.IsZero() {
			t.Errorf("when %d lands is not known", p)
		}
	}
}
