package chain

import (
	"cmp"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// Hit is one attack of ours as far as a chain is concerned.
type Hit struct {
	ID     int64 // of the attack
	Player faction.PlayerID
	Name   string
	// At is when it landed: the moment that counts.
	At time.Time
	// Counter is the chain's counter after it; 0 for an attack that was no part of one.
	Counter int
	Respect faction.Respect // bonus included
	Target  faction.PlayerID
	// War: it hit the enemy of a ranked war. Outside: a war was on, and it hit somebody else.
	War, Outside bool
}

// Bonus is the flat bonus inside the hit's respect, found by the counter; it never
// exceeds what the hit earned.
func (h Hit) Bonus() faction.Respect {
	bonus, ok := faction.ChainBonus(h.Counter)
	if !ok {
		return 0
	}
	return max(0, min(bonus, h.Respect))
}

// Wasted tells that a bonus was spent on somebody outside the war (game.md, Chains).
func (h Hit) Wasted() bool { return h.Outside && h.Bonus() > 0 }

// grace is how long after the official end a hit may land (game.md, Chains).
const grace = time.Second

// LastHit is when the newest hit landed; zero without a deadline.
func (s State) LastHit() time.Time {
	if s.End.IsZero() {
		return time.Time{}
	}
	return s.End.Add(-Timeout)
}

// With is the chain with what our own attack log tells of it: each row in time moves
// the counter and the deadline on, and none moves them back.
func (s State) With(hits []Hit) State {
	for _, h := range sorted(hits) {
		if s.Current > 0 && h.Counter > s.Current && h.At.After(s.Start) && !h.At.After(s.End.Add(grace)) {
			s.Current = h.Counter
			s.End = later(s.End, h.At.Add(Timeout))
		}
	}
	return s
}

// Merge is the chain after another reading of it: of two pictures the one further
// on, whichever was read first. A reading of another chain, or of none, changes nothing.
func (s State) Merge(read State) State {
	if read.ID != s.ID || read.Current <= 0 {
		return s
	}
	s.Current, s.Max, s.End, s.Cooldown = max(s.Current, read.Current), max(s.Max, read.Max), later(s.End, read.End), read.Cooldown
	return s
}

// Near is how many hits before a bonus people are told of it: more for a larger
// bonus, and as many as land in a minute, so that a fast chain does not run past it.
// 0 for the tenth hit, which makes the chain.
func Near(at int, pace float64) int {
	switch {
	case at <= MinHits:
		return 0
	case at < 100:
		return 3
	}
	n := max(5, min(50, at/100), int(pace+0.5))
	return min(n, at/4)
}

// Pace is how many hits a minute the chain has had over the last five minutes, or
// since it began.
func Pace(hits []Hit, s State, now time.Time) float64 {
	const window = 5 * time.Minute
	from := later(now.Add(-window), s.Start.Add(-time.Second))
	n := 0
	for _, h := range hits {
		if h.Counter > 0 && h.At.After(from) && !h.At.After(now) {
			n++
		}
	}
	span := max(now.Sub(from), time.Minute)
	return float64(n) / span.Minutes()
}

// NextAt is when the next bonus falls due at a pace; ok is false when nothing is hit
// or no bonus is left.
func (s State) NextAt(pace float64, now time.Time) (at time.Time, ok bool) {
	left := s.ToNext()
	if left == 0 || pace <= 0 {
		return time.Time{}, false
	}
	return now.Add(time.Duration(float64(left) / pace * float64(time.Minute))), true
}

// hitAt finds the hit that brought the chain to a counter.
func hitAt(hits []Hit, counter int) *Hit {
	for i := range hits {
		if hits[i].Counter == counter {
			h := hits[i]
			return &h
		}
	}
	return nil
}

// firstAfter finds the hit that ended a danger.
func firstAfter(hits []Hit, d Danger) *Hit { return hitAt(hits, d.Current+1) }

func sorted(hits []Hit) []Hit {
	out := slices.Clone(hits)
	slices.SortStableFunc(out, func(a, b Hit) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Counter, b.Counter), cmp.Compare(a.ID, b.ID))
	})
	return out
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
