package store_test

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store"
	"consigliere/internal/war"
)

// call claims a target for one of lions at some time after noon, for ten minutes, and
// gives who holds it then.
func call(t testing.TB, s *store.Store, target, by faction.PlayerID, after time.Duration) faction.PlayerID {
	t.Helper()
	at := noon.Add(after)
	c, err := s.Claim(t.Context(), lions, war.Claim{War: 7, Target: target, Player: by, Made: at, Expires: at.Add(10 * time.Minute)})
	must(t, err)
	return c.Player
}

// called lists whom lions hold at some time after noon, as "target by player".
func called(t testing.TB, s *store.Store, after time.Duration) []string {
	t.Helper()
	list, err := s.Claims(t.Context(), lions, 7, noon.Add(after))
	must(t, err)
	out := []string{}
	for _, c := range list {
		out = append(out, fmt.Sprintf("%d by %d", c.Target, c.Player))
	}
	slices.Sort(out)
	return out
}

func wantCalled(t testing.TB, s *store.Store, after time.Duration, want ...string) {
	t.Helper()
	if got := called(t, s, after); !slices.Equal(got, want) {
		t.Errorf("%s after noon: %v, want %v", after, got, want)
	}
}

func TestATargetIsHeldByOneUntilTheClaimExpires(t *testing.T) {
	t.Parallel()
	s := opened(t).Store
	if got := call(t, s, 900, 1, 0); got != 1 {
		t.Fatalf("the first caller does not hold it: %d", got)
	}
	if got := call(t, s, 900, 2, time.Minute); got != 1 {
		t.Errorf("a second caller is told of %d, want 1", got)
	}
	if got := call(t, s, 900, 1, 5*time.Minute); got != 1 { // renewed
		t.Errorf("the holder cannot renew: %d", got)
	}
	wantCalled(t, s, 12*time.Minute, "900 by 1")
	if got := call(t, s, 900, 2, 15*time.Minute); got != 2 {
		t.Errorf("after it expired, %d holds it", got)
	}
	wantCalled(t, s, 16*time.Minute, "900 by 2")
	list, err := s.Claims(t.Context(), bears, 7, noon)
	if err != nil || len(list) != 0 {
		t.Errorf("bears see %v (%v)", list, err)
	}
}

func TestOfManyWhoCallAtOnceOneHoldsAndAllAreToldWho(t *testing.T) {
	t.Parallel()
	s := opened(t).Store
	var mu sync.Mutex
	told := map[faction.PlayerID]int{}
	var wg sync.WaitGroup
	for p := range faction.PlayerID(12) {
		wg.Go(func() {
			c, err := s.Claim(t.Context(), lions, war.Claim{War: 7, Target: 900, Player: p + 1, Made: noon, Expires: noon.Add(time.Minute)})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			told[c.Player]++
		})
	}
	wg.Wait()
	if len(told) != 1 {
		t.Errorf("told of %v, want of one holder", told)
	}
}

func TestNobodyHoardsTargets(t *testing.T) {
	t.Parallel()
	s := opened(t).Store
	for i := range faction.PlayerID(war.ClaimsAtOnce) {
		call(t, s, 900+i, 1, 0)
	}
	_, err := s.Claim(t.Context(), lions, war.Claim{War: 7, Target: 990, Player: 1, Made: noon, Expires: noon.Add(time.Minute)})
	wantKind(t, err, faction.Conflict)
	call(t, s, 900, 1, time.Minute) // renewing is not another one
	call(t, s, 990, 1, 11*time.Minute)
	wantCalled(t, s, 10*time.Minute+time.Second, "900 by 1", "990 by 1")
}

func TestAClaimIsLetGoByItsHolderOrByAnOfficer(t *testing.T) {
	t.Parallel()
	s := opened(t).Store
	call(t, s, 900, 1, 0)
	if _, ok, err := s.Unclaim(t.Context(), lions, 900, 2, noon); ok || err != nil {
		t.Errorf("somebody else let it go (%v)", err)
	}
	if _, ok, err := s.Unclaim(t.Context(), bears, 900, 0, noon); ok || err != nil {
		t.Errorf("another faction let it go (%v)", err)
	}
	if was, ok, err := s.Unclaim(t.Context(), lions, 900, 0, noon); !ok || err != nil || was.Player != 1 {
		t.Errorf("an officer could not: %+v %t %v", was, ok, err)
	}
	if _, ok, err := s.Unclaim(t.Context(), lions, 900, 1, noon); ok || err != nil {
		t.Errorf("it was let go twice (%v)", err)
	}
}

func TestAHitOfOursOnTheTargetEndsTheClaim(t *testing.T) {
	t.Parallel()
	s := opened(t).Store
	w := aWar(7)
	saveWars(t, s, lions, w)
	save := func(a war.Attack) {
		t.Helper()
		st := stateOf(t, s, lions, feed.Attacks)
		must(t, s.SaveAttacks(t.Context(), &st, page(t, s, st, []war.War{w}, a)))
	}
	call(t, s, 900, 1, 10*time.Minute)
	call(t, s, 901, 1, 10*time.Minute)
	before, lost, onUs := hit(1, 2, 9*time.Minute, 100), hit(2, 1, 11*time.Minute, 0), hit(3, 0, 11*time.Minute, 100)
	lost.Result = war.Lost
	onUs.Attacker, onUs.Defender = onUs.Defender, war.Fighter{ID: 900, Name: "Ours", Faction: lions}
	for _, a := range []war.Attack{before, lost, onUs} {
		save(a)
	}
	wantCalled(t, s, 12*time.Minute, "900 by 1", "901 by 1")
	save(hit(4, 2, 12*time.Minute, 100)) // by anybody of ours
	wantCalled(t, s, 12*time.Minute, "901 by 1")
}

func TestClaimsEndWithTheWarAndWithRights(t *testing.T) {
	t.Parallel()
	s := opened(t).Store
	w := aWar(7)
	saveWars(t, s, lions, w)
	polled(t, s, feed.Members, noon, map[faction.PlayerID]string{1: "Leader", 2: "Soldier", 3: "Soldier"}, map[string][]string{"Soldier": nil})
	call(t, s, 900, 2, 0)
	call(t, s, 901, 3, 0)
	call(t, s, 902, 2, 0)
	polled(t, s, feed.Members, noon.Add(time.Minute), map[faction.PlayerID]string{1: "Leader", 2: "Recruit", 3: "Soldier"}, nil)
	wantCalled(t, s, time.Minute, "901 by 3")
	wantEntries(t, s, "claim.end", "map[because:rights.changed player:2 targets:[900 902]]")
	w.End = noon.Add(2 * time.Minute)
	saveWars(t, s, lions, w)
	wantCalled(t, s, time.Minute)
}

func TestPastFightsAreOurOwnHits(t *testing.T) {
	t.Parallel()
	s := opened(t).Store
	w := aWar(7)
	saveWars(t, s, lions, w)
	var all []war.Attack
	for i, ff := range []float64{1, 3, 2} {
		a := hit(war.AttackID(i+1), 1, time.Duration(i)*time.Minute, 100)
		a.Modifiers.FairFight = ff
		all = append(all, a)
	}
	lost := hit(9, 1, 9*time.Minute, 0)
	lost.Result, lost.Modifiers.FairFight = war.Lost, 1
	st := stateOf(t, s, lions, feed.Attacks)
	must(t, s.SaveAttacks(t.Context(), &st, page(t, s, st, []war.War{w}, append(all, lost)...)))
	got, err := s.Past(t.Context(), lions, []faction.PlayerID{900, 901})
	must(t, err)
	if len(got) != 1 || got[900].Hits != 3 || math.Abs(got[900].FairFight-2) > 1e-9 {
		t.Errorf("got %v, want 3 hits on 900 with a median of 2", got)
	}
	if got, err := s.Past(t.Context(), bears, []faction.PlayerID{900}); err != nil || len(got) != 0 {
		t.Errorf("bears see %v (%v)", got, err)
	}
}

// The looks between which a flight began, for each that saw it.
func TestAFlightBeganBetweenTwoLooks(t *testing.T) {
	t.Parallel()
	s := opened(t).Store
	look := func(after time.Duration, state, text string) faction.Status {
		t.Helper()
		st := stateOf(t, s, lions, feed.Front)
		m := faction.Member{ID: 900, Name: "Theirs", Status: faction.Status{State: state, Description: text, PlaneImage: "airliner"}}
		must(t, s.SaveUpdate(t.Context(), &st, feed.Update{Rosters: map[faction.ID][]faction.Member{bears: {m}}, Progress: progress(st, noon.Add(after))}))
		r, err := s.Members(t.Context(), lions, bears)
		must(t, err)
		return r.Members[0].Status
	}
	const there, back = "Traveling to Mexico", "Returning to Torn from Mexico"
	for _, step := range []struct {
		at          time.Duration
		state, text string
		after, by   time.Duration // -1: unknown
	}{
		{0, "Traveling", there, -1, 0}, // in the air when first seen
		{15 * time.Second, "Traveling", there, -1, 0},
		{10 * time.Minute, "Abroad", "In Mexico", -1, -1},
		{11 * time.Minute, "Traveling", back, 10 * time.Minute, 11 * time.Minute},
		{12 * time.Minute, "Traveling", back, 10 * time.Minute, 11 * time.Minute},
		{22*time.Minute - 1, "Traveling", there, 12 * time.Minute, 22*time.Minute - 1}, // landed and off again between two looks
		{60 * time.Minute, "Traveling", there, -1, 60 * time.Minute},                   // nobody looked for long: it may be another flight
		{61 * time.Minute, "Traveling", there, -1, 60 * time.Minute},
		{62 * time.Minute, "Okay", "Okay", -1, -1},
	} {
		got := look(step.at, step.state, step.text)
		for _, m := range []struct {
			name string
			got  time.Time
			want time.Duration
		}{{"after", got.TookOffAfter, step.after}, {"by", got.TookOffBy, step.by}} {
			want := time.Time{}
			if m.want >= 0 {
				want = noon.Add(m.want)
			}
			if m.got.Sub(want).Abs() > time.Microsecond {
				t.Errorf("%s at %s: took off %s %s, want %s", step.text, step.at, m.name, m.got, want)
			}
		}
	}
}
