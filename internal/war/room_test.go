package war_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// soul is a member in a state, for so many minutes.
func soul(id faction.PlayerID, state string, minutes int, presence string) faction.Member {
	m := faction.Member{ID: id, Level: 50, Status: faction.Status{State: state}, LastAction: faction.LastAction{Status: presence}}
	if minutes != 0 {
		m.Status.Until = takeOff.Add(time.Duration(minutes) * time.Minute)
	}
	return m
}

func idsOf(people []war.Person) (out []faction.PlayerID) {
	for _, p := range people {
		out = append(out, p.ID)
	}
	return out
}

func TestPlacesEndByThemselves(t *testing.T) {
	for _, tc := range []struct {
		state   string
		minutes int
		want    war.Place
	}{
		{"Okay", 0, war.Okay}, {"Awoken", 0, war.Okay}, {"Hospital", 5, war.InHospital}, {"Hospital", -1, war.Okay}, {"Hospital", 0, war.InHospital},
		{"Jail", 5, war.InJail}, {"Jail", -1, war.Okay}, {"Traveling", 0, war.Flying}, {"Abroad", 0, war.Abroad}, {"Federal", -5, war.Away}, {"Fallen", 0, war.Away},
		{"On the moon", 0, war.Away},
	} {
		if got := war.PlaceOf(soul(1, tc.state, tc.minutes, "Online").Status, takeOff); got != tc.want {
			t.Errorf("%s for %d min is %s, want %s", tc.state, tc.minutes, got, tc.want)
		}
	}
}

func TestWhoCanBeHitComesFirstThenWhoIsOutFirst(t *testing.T) {
	high := soul(7, "Okay", 0, "Offline")
	high.Level = 90
	roster := []faction.Member{soul(1, "Jail", 4, "Online"), soul(2, "Hospital", 30, "Online"), soul(3, "Abroad", 0, "Online"), soul(4, "Hospital", 3, "Online"),
		soul(5, "Okay", 0, "Online"), soul(6, "Hospital", -2, "Online"), high, soul(8, "Hospital", 0, "Online")}
	claims := []war.Claim{{Target: 5, Player: 99, Expires: takeOff.Add(time.Minute)}, {Target: 7, Player: 98, Expires: takeOff}}
	foes := war.Foes(roster, war.Board{}, claims, map[faction.PlayerID]war.Past{4: {FairFight: 2, Hits: 3}}, takeOff)
	if got, want := idsOf(foes), []faction.PlayerID{7, 5, 6, 4, 2, 8, 3, 1}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	if foes[1].Claim.Player != 99 || foes[0].Claim.Player != 0 {
		t.Errorf("a claim is lost, or one that is over holds: %+v %+v", foes[1].Claim, foes[0].Claim)
	}
	for f, want := range map[war.Filter][]faction.PlayerID{war.OnlyHospital: {4, 2, 8}, war.OnlyClaimed: {5}, war.OnlyJail: {1}, war.OnlyOffline: {7}, "": idsOf(foes), "nonsense": nil} {
		if got := idsOf(war.Pick(foes, f)); !slices.Equal(got, want) {
			t.Errorf("only %q: %v, want %v", f, got, want)
		}
	}
}

func TestOfOursThoseWithoutAHitComeFirstAmongEquals(t *testing.T) {
	board := war.NewBoard(war.War{ID: 1}, []war.Row{{Team: war.Ours, Player: 1, Tally: war.Tally{WarHits: 9}}, {Team: war.Enemy, Player: 2, Tally: war.Tally{WarHits: 4}}}, takeOff)
	crew := war.Crew([]faction.Member{soul(1, "Okay", 0, "Online"), soul(2, "Okay", 0, "Online"), soul(3, "Okay", 0, "Idle"), soul(4, "Hospital", 1, "Online")}, board, takeOff)
	if got, want := idsOf(crew), []faction.PlayerID{2, 1, 3, 4}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	if got := idsOf(war.Pick(crew, war.OnlyZero)); !slices.Equal(got, []faction.PlayerID{2, 3, 4}) {
		t.Errorf("without a hit: %v", got)
	}
}

func TestOurMembersRevivesAreWhatTheirSettingSays(t *testing.T) {
	for setting, want := range map[string]bool{"Everyone": true, "Friends & faction": false, "No one": false, "Unknown": true} {
		m := soul(1, "Okay", 0, "Online")
		m.ReviveSetting, m.Revivable = setting, setting != "Everyone"
		if got := war.Crew([]faction.Member{m}, war.Board{}, takeOff)[0].Revives; got != want {
			t.Errorf("%s: %t, want %t", setting, got, want)
		}
	}
}

func TestSlackIsWhoCouldFightAndDoesNot(t *testing.T) {
	s := war.SlackOf([]faction.Member{soul(1, "Okay", 0, "Idle"), soul(2, "Okay", 0, "Online"), soul(3, "Okay", 0, "Offline"), soul(4, "Hospital", 9, "Offline"),
		soul(5, "Hospital", -1, "Idle"), soul(6, "Traveling", 0, "Online"), soul(7, "Abroad", 0, "Idle")}, takeOff)
	if s.Len() != 4 || len(s.Idle) != 2 || s.Idle[1].ID != 5 || len(s.Hospital) != 1 || s.Hospital[0].ID != 4 || len(s.Flying) != 1 || s.Flying[0].ID != 6 {
		t.Errorf("%+v", s)
	}
}

func TestTargetsAreTheFreeOnesTheBestFirst(t *testing.T) {
	level := func(m faction.Member, l int) faction.Member { m.Level = l; return m }
	roster := []faction.Member{
		level(soul(101, "Okay", 0, "Online"), 90), level(soul(102, "Okay", 0, "Online"), 45), soul(103, "Hospital", 4, "Online"), soul(104, "Hospital", 40, "Online"),
		soul(105, "Okay", 0, "Online"), soul(106, "Traveling", 0, "Online"), soul(15, "Okay", 0, "Online"), soul(107, "Hospital", 0, "Online"),
		soul(108, "Hospital", 9, "Online"), soul(109, "Okay", 0, "Online"),
	}
	claims := []war.Claim{{Target: 109, Player: 2, Expires: takeOff.Add(time.Minute)}, {Target: 108, Player: 1, Expires: takeOff.Add(time.Minute)}}
	past := map[faction.PlayerID]war.Past{101: {FairFight: 2.9, Hits: 1}}
	foes := war.Foes(roster, war.Board{}, claims, past, takeOff)
	for _, tc := range []struct {
		name string
		h    war.Hunter
		want []faction.PlayerID
	}{
		{"their own call, then the fair fight, then the nearest level", war.Hunter{Player: 1, Level: 44}, []faction.PlayerID{108, 101, 102, 105, 103}},
		{"somebody else's calls are left out", war.Hunter{Player: 2, Level: 52}, []faction.PlayerID{109, 101, 105, 102, 103}},
		{"nobody in particular", war.Hunter{}, []faction.PlayerID{101, 102, 105, 103}},
	} {
		if got := idsOf(war.Targets(foes, tc.h, 10*time.Minute, takeOff)); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestAClaimOfOneInHospitalLastsUntilTheyAreOut(t *testing.T) {
	for _, tc := range []struct {
		state   string
		minutes int
		want    time.Duration
	}{{"Okay", 0, 10 * time.Minute}, {"Hospital", 2, 10 * time.Minute}, {"Hospital", 20, 25 * time.Minute}, {"Hospital", 300, time.Hour}, {"Hospital", 0, 10 * time.Minute}, {"Jail", 30, 10 * time.Minute}} {
		if got := war.ClaimUntil(soul(1, tc.state, tc.minutes, "Online").Status, takeOff).Sub(takeOff); got != tc.want {
			t.Errorf("%s for %d min: %s, want %s", tc.state, tc.minutes, got, tc.want)
		}
	}
}

// Everybody of a side is in the room exactly once, whatever Torn says of them.
func TestNobodyIsLostOrDoubledInTheRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 30).Draw(t, "n")
		var roster []faction.Member
		for i := range n {
			roster = append(roster, soul(faction.PlayerID(i+1), rapid.SampledFrom([]string{"Okay", "Hospital", "Jail", "Traveling", "Abroad", "Federal", ""}).Draw(t, "state"),
				rapid.IntRange(-3, 60).Draw(t, "for"), rapid.SampledFrom([]string{"Online", "Idle", "Offline", ""}).Draw(t, "presence")))
		}
		for _, people := range [][]war.Person{war.Crew(roster, war.Board{}, takeOff), war.Foes(roster, war.Board{}, nil, nil, takeOff)} {
			got := idsOf(people)
			slices.Sort(got)
			if len(got) != n || len(slices.Compact(got)) != n {
				t.Fatalf("%d of %d", len(got), n)
			}
			free := war.Targets(people, war.Hunter{}, 10*time.Minute, takeOff)
			if !slices.IsSortedFunc(free, func(a, b war.Person) int { return order(a) - order(b) }) {
				t.Fatalf("somebody in hospital comes before somebody who can be hit")
			}
		}
	})
}

func order(p war.Person) int {
	if p.Place == war.Okay {
		return 0
	}
	return 1
}
