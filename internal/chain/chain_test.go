package chain_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/chain"
	"consigliere/internal/faction"
)

var now = time.Date(2026, 8, 21, 20, 0, 0, 0, time.UTC)

func in(seconds int) time.Time { return now.Add(time.Duration(seconds) * time.Second) }

func TestAChainStandsWhereItsCounterAndItsDeadlineSay(t *testing.T) {
	for _, c := range []struct {
		name  string
		state chain.State
		want  chain.Phase
	}{
		{"nothing at all is idle", chain.State{}, chain.Idle},
		{"a few hits are only an attempt", chain.State{Current: 9, End: in(100)}, chain.Building},
		{"ten hits make a chain", chain.State{Current: 10, End: in(100)}, chain.Running},
		{"a second before the deadline it lives", chain.State{Current: 500, End: in(1)}, chain.Running},
		{"at the deadline it is broken", chain.State{Current: 500, End: in(0)}, chain.Broken},
		{"a counter without a deadline is broken", chain.State{Current: 500}, chain.Broken},
		{"after it comes the cooldown", chain.State{Cooldown: in(600)}, chain.Cooling},
		{"a broken chain that Torn still shows cools down", chain.State{Current: 500, End: in(-5), Cooldown: in(600)}, chain.Cooling},
		{"a cooldown that is over is idle", chain.State{Cooldown: in(0)}, chain.Idle},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.state.Phase(now); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestTheTimeLeftIsNeverMoreThanAHitGivesNorLessThanNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := chain.State{Current: rapid.IntRange(0, 3).Draw(t, "current"), End: in(rapid.IntRange(-1000, 1000).Draw(t, "end"))}
		left := s.Left(now)
		if left < 0 || left > chain.Timeout {
			t.Fatalf("%s left", left)
		}
		if p := s.Phase(now); (p == chain.Running || p == chain.Building) != (left > 0) {
			t.Fatalf("%s with %s left", p, left)
		}
	})
	if got := (chain.State{Current: 5, End: in(90)}).Left(now); got != 90*time.Second {
		t.Errorf("got %s, want 90s", got)
	}
}

func TestTheNextBonusLiesAheadOfTheCounter(t *testing.T) {
	for _, c := range []struct {
		current, next, away int
		bonus               faction.Respect
	}{
		{0, 10, 10, 1000}, {9, 10, 1, 1000}, {10, 25, 15, 2000}, {24, 25, 1, 2000}, {99_999, 100_000, 1, 4_096_000},
	} {
		s := chain.State{Current: c.current}
		at, bonus, ok := s.Next()
		if !ok || at != c.next || bonus != c.bonus || s.ToNext() != c.away {
			t.Errorf("at %d: next %d with %s, %d away; want %d with %s, %d away", c.current, at, bonus, s.ToNext(), c.next, c.bonus, c.away)
		}
	}
	if _, _, ok := (chain.State{Current: 100_000}).Next(); ok || (chain.State{Current: 100_000}).ToNext() != 0 {
		t.Error("there is a bonus past the last one")
	}
}

func TestEveryBonusIsCrossedOnceHoweverTheChainIsLookedAt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		looks := rapid.SliceOfN(rapid.IntRange(0, 120_000), 1, 12).Draw(t, "looks")
		slices.Sort(looks)
		var crossed []int
		was := 0
		for _, is := range looks {
			crossed = append(crossed, chain.Crossed(was, is)...)
			was = is
		}
		if all := chain.Crossed(0, was); !slices.Equal(crossed, all) {
			t.Fatalf("crossed %v on the way and %v at once", crossed, all)
		}
		for _, n := range crossed {
			if !chain.IsBonus(n) || n > was {
				t.Fatalf("%d is no bonus of a chain of %d", n, was)
			}
		}
	})
}

func TestTheTimerIsWarnedOfInStages(t *testing.T) {
	for _, c := range []struct{ left, want int }{
		{300, 0}, {121, 0}, {120, 120}, {91, 120}, {90, 90}, {61, 90}, {60, 60}, {31, 60}, {30, 30}, {1, 30}, {0, 0}, {-10, 0},
	} {
		got, ok := chain.Stage(in(c.left), now)
		if got != c.want || ok != (c.want != 0) {
			t.Errorf("with %d s left: %d, %v; want %d", c.left, got, ok, c.want)
		}
	}
}

func TestWarningsOnlyGrowMoreUrgentUntilAHitLands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		deadline := in(rapid.IntRange(1, 300).Draw(t, "left"))
		last := 1000
		for at := now; at.Before(deadline); at = at.Add(time.Second) {
			if s, ok := chain.Stage(deadline, at); ok {
				if s > last {
					t.Fatalf("from %d back to %d", last, s)
				}
				if time.Duration(s)*time.Second < deadline.Sub(at) {
					t.Fatalf("%d s warned of with %s left", s, deadline.Sub(at))
				}
				last = s
			} else if last != 1000 {
				t.Fatalf("no warning after %d", last)
			}
		}
	})
}

func TestTheNextWarningIsTheOneThatFallsDueFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		deadline := in(rapid.IntRange(-10, 300).Draw(t, "left"))
		before, _ := chain.Stage(deadline, now)
		at, ok := chain.NextStage(deadline, now)
		if !ok {
			if deadline.Sub(now) > 30*time.Second {
				t.Fatalf("none is due with %s left", deadline.Sub(now))
			}
			return
		}
		due, _ := chain.Stage(deadline, at)
		just, _ := chain.Stage(deadline, at.Add(-time.Nanosecond))
		if !at.After(now) || due == before || just != before {
			t.Fatalf("now %d, just before %d, at %s %d", before, just, at, due)
		}
	})
}

func TestAHitMakesTheSameWarningANewOne(t *testing.T) {
	one, two := chain.StageName(in(60), 60), chain.StageName(in(61), 60)
	if one == two {
		t.Errorf("both are %q", one)
	}
	if one != chain.StageName(in(60), 60) {
		t.Error("the same warning has two names")
	}
}
