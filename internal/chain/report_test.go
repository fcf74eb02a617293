package chain_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/chain"
	"consigliere/internal/faction"
)

// aChain draws a chain with rows beside it, in any order, some of them twice.
func aChain(t *rapid.T) (s chain.State, hits []chain.Hit, of []chain.Hit) {
	n := rapid.IntRange(1, 120).Draw(t, "hits")
	at := now
	s = chain.State{ID: 7, Current: n, Start: now}
	for i := range n {
		at = at.Add(time.Duration(rapid.IntRange(0, 299).Draw(t, "gap")) * time.Second)
		if i == 0 {
			at = now
		}
		h := chain.Hit{
			ID: int64(i + 1), Player: faction.PlayerID(rapid.IntRange(1, 6).Draw(t, "player")), At: at, Counter: i + 1,
			Respect: faction.Respect(rapid.IntRange(0, 9000).Draw(t, "respect")),
			War:     rapid.Bool().Draw(t, "war"),
		}
		h.Outside = !h.War && rapid.Bool().Draw(t, "outside")
		of = append(of, h)
	}
	s.End = at.Add(chain.Timeout)
	hits = append(slices.Clone(of), of[0],
		chain.Hit{ID: 900, Player: 1, At: now.Add(time.Second), Respect: 100},                       // no part of a chain
		chain.Hit{ID: 901, Player: 1, At: now.Add(-301 * time.Second), Counter: 1, Respect: 100},    // of the one before
		chain.Hit{ID: 902, Player: 1, At: s.End.Add(2 * time.Second), Counter: n + 1, Respect: 100}, // of the one after
	)
	return s, rapid.Permutation(hits).Draw(t, "order"), of
}

func TestTheMembersOfAReportAddUpToItsRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, hits, of := aChain(t)
		r := chain.Fold(s, hits, map[faction.PlayerID]time.Duration{2: time.Hour, 9: time.Minute, 8: 0})
		var respect, bonus faction.Respect
		bonuses, wasted, warHits := 0, 0, 0
		for _, h := range of {
			respect += h.Respect
			bonus += h.Bonus()
			if h.Bonus() > 0 {
				bonuses++
			}
			if h.Wasted() {
				wasted++
			}
			if h.War {
				warHits++
			}
		}
		var sum chain.MemberReport
		watch := time.Duration(0)
		for _, m := range r.Members {
			sum.Hits += m.Hits
			sum.WarHits += m.WarHits
			sum.Respect += m.Respect
			sum.Bonus += m.Bonus
			sum.Bonuses += m.Bonuses
			sum.Wasted += m.Wasted
			watch += m.Watch
			if m.Hits > 0 && m.Best < m.Normal()/faction.Respect(m.Hits) {
				t.Fatalf("%+v: the best hit is below the average", m)
			}
		}
		if sum.Hits != len(of) || r.Logged != len(of) || r.Hits != len(of) || r.Missing() != 0 || sum.WarHits != warHits {
			t.Fatalf("%d hits, %d logged, %d told, of %d", sum.Hits, r.Logged, r.Hits, len(of))
		}
		if sum.Respect != respect || r.Respect != respect || sum.Bonus != bonus || r.Bonus != bonus {
			t.Fatalf("respect %s and %s of %s; bonus %s and %s of %s", sum.Respect, r.Respect, respect, sum.Bonus, r.Bonus, bonus)
		}
		if sum.Bonuses != bonuses || len(r.Bonuses) != bonuses || sum.Wasted != wasted || len(r.Wasted()) != wasted {
			t.Fatalf("%d bonuses of which %d wasted, want %d and %d", sum.Bonuses, sum.Wasted, bonuses, wasted)
		}
		if watch != time.Hour+time.Minute {
			t.Fatalf("%s on watch", watch)
		}
		if !r.Start.Equal(of[0].At) || !r.End.Equal(of[len(of)-1].At) {
			t.Fatalf("from %s to %s", r.Start, r.End)
		}
	})
}

func TestAReportDoesNotDependOnTheOrderOfItsRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, hits, _ := aChain(t)
		one := chain.Fold(s, hits, nil)
		slices.Reverse(hits)
		two := chain.Fold(s, hits, nil)
		if !slices.Equal(one.Members, two.Members) || !slices.Equal(one.Bonuses, two.Bonuses) {
			t.Fatalf("%+v and %+v", one, two)
		}
	})
}

func TestAReportTellsHowManyHitsTheLogLacks(t *testing.T) {
	s := running(12, 100)
	r := chain.Fold(s, []chain.Hit{landed(11, -1, "Ann"), landed(12, 0, "Ann")}, nil)
	if r.Logged != 2 || r.Missing() != 10 {
		t.Errorf("%d logged, %d missing", r.Logged, r.Missing())
	}
}

func TestABonusIsKnownByTheCounterAndIsWastedOutsideAWar(t *testing.T) {
	for _, c := range []struct {
		name   string
		hit    chain.Hit
		bonus  faction.Respect
		wasted bool
	}{
		{"a bonus on the enemy", chain.Hit{Counter: 100, Respect: 9000, War: true}, 8000, false},
		{"a bonus on somebody else", chain.Hit{Counter: 100, Respect: 9000, Outside: true}, 8000, true},
		{"without a war nothing is wasted", chain.Hit{Counter: 100, Respect: 9000}, 8000, false},
		{"no more than was earned", chain.Hit{Counter: 100, Respect: 100}, 100, false},
		{"any other hit", chain.Hit{Counter: 101, Respect: 9000, Outside: true}, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.hit.Bonus() != c.bonus || c.hit.Wasted() != c.wasted {
				t.Errorf("bonus %s, wasted %v", c.hit.Bonus(), c.hit.Wasted())
			}
		})
	}
}

func TestOnlyWhoCanHitAtOnceIsCalled(t *testing.T) {
	member := func(change func(*faction.Member)) faction.Member {
		m := faction.Member{ID: 1, DaysInFaction: 100, Status: faction.Status{State: faction.StateOkay}, LastAction: faction.LastAction{Status: "Online", At: in(-30)}}
		if change != nil {
			change(&m)
		}
		return m
	}
	for _, c := range []struct {
		name   string
		change func(*faction.Member)
		want   bool
	}{
		{"online and well", nil, true},
		{"idle, but here a moment ago", func(m *faction.Member) { m.LastAction = faction.LastAction{Status: "Idle", At: in(-200)} }, true},
		{"idle for long", func(m *faction.Member) { m.LastAction = faction.LastAction{Status: "Idle", At: in(-600)} }, false},
		{"in hospital", func(m *faction.Member) { m.Status = faction.Status{State: faction.StateHospital, Until: in(100)} }, false},
		{"out of hospital since the last look", func(m *faction.Member) {
			m.Status = faction.Status{State: faction.StateHospital, Until: in(-1)}
		}, true},
		{"in jail", func(m *faction.Member) { m.Status = faction.Status{State: faction.StateJail, Until: in(100)} }, false},
		{"flying", func(m *faction.Member) { m.Status.State = faction.StateTraveling }, false},
		{"home by now, as their own key told", func(m *faction.Member) {
			m.Status = faction.Status{State: faction.StateTraveling, Landing: faction.Landing{Destination: faction.Home, At: in(-1)}}
		}, true},
		{"on the way home for a minute more", func(m *faction.Member) {
			m.Status = faction.Status{State: faction.StateTraveling, Landing: faction.Landing{Destination: faction.Home, At: in(60)}}
		}, false},
		{"landed abroad", func(m *faction.Member) {
			m.Status = faction.Status{State: faction.StateTraveling, Landing: faction.Landing{Destination: "Japan", At: in(-1)}}
		}, false},
		{"abroad", func(m *faction.Member) { m.Status.State = faction.StateAbroad }, false},
		{"a recruit", func(m *faction.Member) { m.DaysInFaction = 2 }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := chain.Fit(member(c.change), in(-300), now); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	for _, c := range []struct {
		name string
		last faction.LastAction
		seen int
		want bool
	}{
		{"online when the roster was read five minutes ago", faction.LastAction{Status: "Online", At: in(-400)}, -300, true},
		{"online, by a roster of three hours ago", faction.LastAction{Status: "Online", At: in(-3 * 3600)}, -3 * 3600, false},
		{"online, by one whose last action is as old", faction.LastAction{Status: "Online"}, -361, false},
		{"here a moment ago, as a row of the front tells", faction.LastAction{Status: "Idle", At: in(-100)}, -90, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := chain.Fit(member(func(m *faction.Member) { m.LastAction = c.last }), in(c.seen), now); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
	a, b, away := member(nil), member(func(m *faction.Member) { m.ID = 2 }), member(func(m *faction.Member) { m.ID, m.Status.State = 3, faction.StateAbroad })
	got := chain.Ready(faction.Roster{AsOf: in(-300), Members: []faction.Member{a, away, b}}, map[faction.PlayerID]faction.Respect{2: 700, 1: 500, 3: 900}, now, 5)
	if len(got) != 2 || got[0].ID != 2 || got[1].ID != 1 {
		t.Errorf("ready are %+v", got)
	}
}

func TestOfASquadThoseAreCalledWhoMayStillComeInTime(t *testing.T) {
	member := func(id faction.PlayerID, seen int, state string) faction.Member {
		return faction.Member{ID: id, DaysInFaction: 100, Status: faction.Status{State: state}, LastAction: faction.LastAction{Status: "Offline", At: in(-seen)}}
	}
	all := []faction.Member{member(1, 3600, faction.StateOkay), member(2, 60, faction.StateAbroad), member(3, 120, faction.StateOkay), member(4, 10, faction.StateOkay), member(5, 7200, faction.StateOkay)}
	var got []faction.PlayerID
	for _, m := range chain.Nearest(faction.Roster{Members: all, AsOf: now}, []faction.PlayerID{1, 2, 3, 5, 99}, now, 3) {
		got = append(got, m.ID)
	}
	if !slices.Equal(got, []faction.PlayerID{3, 2, 1}) {
		t.Errorf("called are %v, want 3, who is fit, then 2 and 1, who were there last", got)
	}
}
