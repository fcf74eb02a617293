package chain_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/chain"
	"consigliere/internal/faction"
)

// kinds lists what happened, in words.
func kinds(events []chain.Event) []string {
	out := []string{}
	for _, e := range events {
		s := string(e.Kind)
		switch e.Kind {
		case chain.Timer:
			s += fmt.Sprintf(" %d", e.Left)
		case chain.Milestone, chain.BonusSoon, chain.Made:
			s += fmt.Sprintf(" %d", e.Hit)
		}
		if e.By != nil {
			s += " by " + e.By.Name
		}
		out = append(out, s)
	}
	return out
}

func running(current, left int) chain.State {
	return chain.State{ID: 7, Current: current, Start: in(-3600), End: in(left)}
}

func landed(counter, at int, name string) chain.Hit {
	return chain.Hit{ID: int64(counter), Player: faction.PlayerID(counter), Name: name, Counter: counter, At: in(at), Respect: 500}
}

func TestWhatHappensToAChainIsToldOnce(t *testing.T) {
	seen := func(current int) chain.Told { return chain.Told{Seen: true, Current: current, Near: current} }
	warned := seen(734)
	warned.Danger = chain.Danger{Deadline: in(-20), Current: 734, Stage: 30}
	low := seen(734)
	low.Danger = chain.Danger{Deadline: in(28), Current: 734, Stage: 60}
	unnamed := warned
	unnamed.Danger.Unnamed = true
	waits := seen(250)
	waits.Unnamed = []int{250}
	for _, c := range []struct {
		name string
		told chain.Told
		is   chain.State
		hits []chain.Hit
		want []string
	}{
		{"a new chain", chain.Told{}, chain.State{ID: 7, Current: 11, Start: in(-60), End: in(200)}, nil, []string{"started"}},
		{"an attempt is no chain", chain.Told{}, chain.State{ID: 7, Current: 9, Start: in(-60), End: in(20)}, nil, []string{}},
		{"an old chain met for the first time has no news", chain.Told{}, running(734, 200), nil, []string{}},
		{"a bonus hit, by whom nobody knows yet", seen(249), running(251, 200), nil, []string{"milestone 250"}},
		{"a bonus hit by somebody", seen(249), running(251, 200), []chain.Hit{landed(250, -101, "Ann")}, []string{"milestone 250 by Ann"}},
		{"the name comes later", waits, running(252, 200), []chain.Hit{landed(250, -101, "Ann")}, []string{"made 250 by Ann"}},
		{"of many bonus hits after an outage, the last", seen(20), running(300, 200), nil, []string{"milestone 250"}},
		{"of many, the last, and the announced one is settled", chain.Told{Seen: true, Current: 96, Near: 100}, running(300, 200), []chain.Hit{landed(100, -200, "Ann")},
			[]string{"milestone 250", "made 100 by Ann"}},
		{"a bonus that is near", seen(241), running(245, 200), nil, []string{"bonus_soon 250"}},
		{"a bonus that was announced", chain.Told{Seen: true, Current: 246, Near: 250}, running(247, 200), nil, []string{}},
		{"a timer that runs low", seen(734), running(734, 118), nil, []string{"timer 120"}},
		{"what was missed is not made up for", seen(734), running(734, 29), nil, []string{"timer 30"}},
		{"another stamp of the same deadline saves nothing", low, running(734, 29), nil, []string{"timer 30"}},
		{"nor does it warn anew", low, running(734, 31), nil, []string{}},
		{"saved, by whom nobody knows yet", warned, running(735, 280), nil, []string{"saved"}},
		{"saved by somebody", warned, running(736, 280), []chain.Hit{landed(735, -21, "Ann"), landed(736, -20, "Bob")}, []string{"saved by Ann"}},
		{"whose hit saved it comes later", unnamed, running(736, 280), []chain.Hit{landed(735, -21, "Ann")}, []string{"saved by Ann"}},
		{"and is waited for", unnamed, running(736, 280), nil, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, after := chain.Look(c.told, c.is, c.hits, 0, now)
			if !slices.Equal(kinds(got), c.want) {
				t.Errorf("told %q, want %q", kinds(got), c.want)
			}
			if again, _ := chain.Look(after, c.is, c.hits, 0, now); len(again) != 0 {
				t.Errorf("told again: %q", kinds(again))
			}
		})
	}
}

func TestTheEndIsToldOnceWithAllThatWasOpen(t *testing.T) {
	told := chain.Told{Seen: true, Current: 249, Near: 250, Danger: chain.Danger{Deadline: in(-10), Current: 251, Stage: 30}}
	s := chain.State{ID: 7, Current: 251, Start: in(-3600), End: in(-10)}
	events, after := chain.End(told, s, []chain.Hit{landed(250, -400, "Ann")}, now)
	if want := []string{"milestone 250 by Ann", "made 250 by Ann", "over"}; !slices.Equal(kinds(events), want) {
		t.Errorf("told %q, want %q", kinds(events), want)
	}
	if again, _ := chain.End(after, s, nil, now); len(again) != 0 {
		t.Errorf("told again: %q", kinds(again))
	}
}

// A chain is looked at now and then, from anywhere, with gaps: whatever is told is
// told once, dangers are settled, and warnings only grow more urgent.
func TestHoweverAChainIsLookedAtNothingIsToldTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := chain.State{ID: 7, Current: rapid.IntRange(1, 2600).Draw(t, "current"), Start: in(-3600), End: in(300)}
		var told chain.Told
		var hits []chain.Hit
		at := now
		once := map[string]bool{}
		last := map[time.Time]int{}
		for range rapid.IntRange(1, 60).Draw(t, "looks") {
			at = at.Add(time.Duration(rapid.IntRange(1, 200).Draw(t, "wait")) * time.Second)
			for range rapid.IntRange(0, 3).Draw(t, "hits") {
				if at.After(s.End) {
					break
				}
				s.Current++
				s.End = at.Add(chain.Timeout)
				hits = append(hits, chain.Hit{Counter: s.Current, At: at, Name: "Ann"})
			}
			known := hits[:rapid.IntRange(0, len(hits)).Draw(t, "known")]
			var events []chain.Event
			if at.After(s.End) {
				events, told = chain.End(told, s, known, at)
			} else {
				events, told = chain.Look(told, s, known, 2, at)
			}
			for _, e := range events {
				name := fmt.Sprintf("%s %d %d %d %v", e.Kind, e.Hit, e.Left, e.Deadline.Unix(), e.By != nil)
				if once[name] {
					t.Fatalf("%s was told twice", name)
				}
				once[name] = true
				if e.Kind != chain.Timer {
					continue
				}
				if before := last[e.Deadline]; before != 0 && e.Left >= before || before != e.Before {
					t.Fatalf("%d s warned of after %d (it says %d)", e.Left, before, e.Before)
				}
				last[e.Deadline] = e.Left
			}
			if told.Over {
				break
			}
		}
	})
}

func TestARowOfTheLogMovesAChainOnAndNeverBack(t *testing.T) {
	s := running(100, 20)
	for _, c := range []struct {
		name string
		hit  chain.Hit
		want chain.State
	}{
		{"the next hit", landed(101, -2, ""), chain.State{ID: 7, Current: 101, Start: s.Start, End: in(298)}},
		{"a hit a second after the official end", landed(101, 21, ""), chain.State{ID: 7, Current: 101, Start: s.Start, End: in(321)}},
		{"a hit two seconds after it is another chain's", landed(101, 22, ""), s},
		{"a hit that was counted", landed(99, -2, ""), s},
		{"an attack outside", landed(0, -2, ""), s},
		{"a hit from before the chain", landed(400, -4000, ""), s},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := s.With([]chain.Hit{c.hit}); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestOfTwoPicturesOfAChainTheOneFurtherOnCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) chain.State {
			return chain.State{ID: 7, Current: rapid.IntRange(1, 50).Draw(t, name), End: in(rapid.IntRange(0, 300).Draw(t, name+" left"))}
		}
		a, b := draw("a"), draw("b")
		one, two := a.Merge(b), b.Merge(a)
		if one.Current != two.Current || !one.End.Equal(two.End) || one.Current < max(a.Current, b.Current) {
			t.Fatalf("%+v and %+v", one, two)
		}
	})
	s := running(100, 20)
	for _, other := range []chain.State{{}, {ID: 8, Current: 500, End: in(300)}, {ID: 7}} {
		if got := s.Merge(other); got != s {
			t.Errorf("%+v made it %+v", other, got)
		}
	}
}

func TestALargeBonusIsAnnouncedEarlierAndAFastChainsToo(t *testing.T) {
	for _, c := range []struct {
		at   int
		pace float64
		want int
	}{{10, 0, 0}, {25, 0, 3}, {100, 0, 5}, {250, 2, 5}, {250, 12, 12}, {1000, 2, 10}, {2500, 0, 25}, {100_000, 0, 50}, {100, 60, 25}} {
		if got := chain.Near(c.at, c.pace); got != c.want {
			t.Errorf("%d at %.0f a minute: %d hits before, want %d", c.at, c.pace, got, c.want)
		}
	}
}

func TestThePaceIsThatOfTheLastFiveMinutes(t *testing.T) {
	var hits []chain.Hit
	for i := range 40 {
		hits = append(hits, landed(i+1, -i*30, ""))
	}
	s := running(40, 300)
	if got := chain.Pace(hits, s, now); got != 2 {
		t.Errorf("%.2f hits a minute, want 2", got)
	}
	at, ok := s.NextAt(2, now)
	if want := now.Add(5 * time.Minute); !ok || !at.Equal(want) {
		t.Errorf("the 50th at %s, want %s", at, want)
	}
	if _, ok := s.NextAt(0, now); ok {
		t.Error("a chain that stands still reaches its bonus")
	}
}
