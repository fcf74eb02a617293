package poll

import (
	"testing"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

func TestFactionsThatStartTogetherFallOutOfStep(t *testing.T) {
	t.Parallel()
	const every = 15 * time.Second
	start := time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)
	due := map[time.Time]int{}
	for id := faction.ID(1000); id < 1050; id++ {
		at := start
		for range 3 {
			next := beat(id, at, every)
			if gap := next.Sub(at); gap <= 0 || gap > every+tick/2 {
				t.Fatalf("faction %d is due %s after a look", id, gap)
			}
			at = next
		}
		// From then on it keeps its beat, whether it is polled a little early or late.
		for i, off := range []time.Duration{-tick / 2, 0, 3 * time.Second} {
			if next := beat(id, at.Add(off), every); !next.Equal(at.Add(every)) {
				t.Errorf("faction %d, case %d: due at %s, want %s", id, i, next, at.Add(every))
			}
		}
		due[at]++
	}
	for at, n := range due {
		if n > 4 {
			t.Errorf("%d of 50 factions are due at %s", n, at)
		}
	}
}

func TestTheEnemysSideRestsAtTheLooksThatAreMeantTo(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)
	for id := faction.ID(1000); id < 1050; id++ {
		clk := &stopped{t: start}
		p := &Front{Source: Source{Spent: NewSpent(clk)}}
		p.Intervals.Front = 15 * time.Second
		for _, busy := range []bool{false, true} {
			rested, inARow := 0, 0
			for at := beat(id, clk.t, p.Intervals.Front); at.Before(start.Add(20 * time.Minute)); at = at.Add(p.Intervals.Front) {
				clk.t = at
				for range spentMost {
					if busy {
						p.Spent.add(id)
					}
				}
				early := at.Add(-tick / 2) // must not change which look it is
				if p.looksAcross(id, at) != p.looksAcross(id, early) {
					t.Fatalf("faction %d: half a second decides about the look at %s", id, at)
				}
				if p.looksAcross(id, at) {
					inARow = 0
				} else if rested, inARow = rested+1, inARow+1; inARow > 1 {
					t.Fatalf("faction %d: the enemy rests twice in a row at %s", id, at)
				}
			}
			if want := map[bool]int{false: 10, true: 40}[busy]; rested < want-1 || rested > want {
				t.Errorf("faction %d, busy %t: the enemy rested %d times in 80 looks, want %d", id, busy, rested, want)
			}
			clk.t = start
		}
	}
}

// stopped is a clock that a test sets.
type stopped struct {
	clock.Clock
	t time.Time
}

func (s *stopped) Now() time.Time { return s.t }
