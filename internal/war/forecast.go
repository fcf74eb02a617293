package war

import (
	"math"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// Outlook says plainly where a war is heading, for us.
type Outlook string

// The outlooks.
const (
	OutlookUncertain Outlook = "uncertain" // too little is known, or it may go either way
	OutlookDecided   Outlook = "decided"   // at any recent pace we win
	OutlookHopeless  Outlook = "hopeless"  // at any recent pace they win
)

// Forecast is when a war ends if both sides go on as they do. It is a plain
// extrapolation: it knows nothing of chains, sleep or terms.
type Forecast struct {
	Outlook Outlook
	// LeadPerHour is how fast our lead grows, in points; negative when it shrinks.
	LeadPerHour float64
	// Over is the stretch of time the pace was measured over; 0 when there is none.
	Over time.Duration
	// ETA is when the lead meets the falling target at that pace; Earliest and
	// Latest at the paces of the other stretches. All zero before the start, after
	// the end, and without a target.
	ETA, Earliest, Latest time.Time
	// Winner is who wins at that pace; empty for a draw.
	Winner Team
	// Needed is how many points our lead lacks now; 0 when it is there.
	Needed int64
	// Hits is how many war hits of ours that takes at PerHit each; 0 when nothing
	// is needed or no hit is known.
	Hits   int64
	PerHit faction.Respect
}

// Stretches of time a pace is measured over, the one that counts in the middle.
const (
	shortStretch  = 30 * time.Minute
	recentStretch = 2 * time.Hour
	longStretch   = 8 * time.Hour
	// minStretch is the least that makes a pace.
	minStretch = 10 * time.Minute
)

// Predict forecasts an active war from its score over time. samples are ordered by
// time; perHit is what our average war hit earns.
func Predict(w War, samples []Sample, perHit faction.Respect, now time.Time) Forecast {
	f := Forecast{Outlook: OutlookUncertain, PerHit: perHit}
	if w.Phase(now) != Active || w.Target <= 0 && w.OriginalTarget <= 0 {
		return f
	}
	f.Needed = max(0, w.Target-w.Lead())
	f.Hits = hitsFor(f.Needed, perHit)

	var ends []ending
	for _, stretch := range []time.Duration{recentStretch, shortStretch, longStretch} {
		perHour, over := pace(samples, stretch, now)
		end := meet(w, perHour, now)
		if stretch == recentStretch {
			f.LeadPerHour, f.Over = perHour, over
			f.ETA, f.Earliest, f.Latest, f.Winner = end.at, end.at, end.at, end.winner
		}
		if over > 0 {
			ends = append(ends, end)
		}
	}
	for _, e := range ends {
		f.Earliest, f.Latest = earlier(f.Earliest, e.at), later(f.Latest, e.at)
	}
	f.Outlook = outlook(ends)
	return f
}

// ending is when a war is over at some pace, and for whom.
type ending struct {
	at     time.Time
	winner Team // empty: a draw
}

// outlook is certain only when every pace gives the same winner.
func outlook(ends []ending) Outlook {
	if len(ends) == 0 {
		return OutlookUncertain
	}
	for _, e := range ends {
		if e.winner != ends[0].winner {
			return OutlookUncertain
		}
	}
	switch ends[0].winner {
	case Ours:
		return OutlookDecided
	case Enemy:
		return OutlookHopeless
	default:
		return OutlookUncertain
	}
}

// pace is how many points our lead gained per hour over the last stretch before
// now, and the time really covered. 0 and 0 when the samples cover too little.
func pace(samples []Sample, stretch time.Duration, now time.Time) (perHour float64, over time.Duration) {
	from := now.Add(-stretch)
	i := slices.IndexFunc(samples, func(s Sample) bool { return !s.At.Before(from) })
	if i < 0 {
		return 0, 0
	}
	first, last := samples[i], samples[len(samples)-1]
	over = last.At.Sub(first.At)
	if over < minStretch {
		return 0, 0
	}
	gained := (last.Us - last.Them) - (first.Us - first.Them)
	return float64(gained) / over.Hours(), over
}

// meet finds when a lead that grows by perHour from now on reaches the falling
// target, on either side. The target stands still between two full hours of the
// war, so that each such step is solved alone; at hour 123 whoever leads has won.
func meet(w War, perHour float64, now time.Time) ending {
	original := w.OriginalTarget
	if original <= 0 {
		original = OriginalTarget(w.Target, w.Start, now)
	}
	lead := func(at time.Time) float64 { return float64(w.Lead()) + perHour*at.Sub(now).Hours() }
	gone := w.Start.Add(targetGone)
	for at := now; at.Before(gone); {
		target := float64(DecayedTarget(original, w.Start, at))
		if math.Abs(lead(at)) >= target {
			return ending{at, leader(lead(at))}
		}
		next := w.Start.Add(at.Sub(w.Start).Truncate(time.Hour) + time.Hour)
		if math.Abs(lead(next)) >= target {
			// The lead starts inside (-target, target), so that it leaves on the
			// side it moves to.
			goal := math.Copysign(target, perHour)
			wait := time.Duration((goal - lead(at)) / perHour * float64(time.Hour))
			return ending{clamp(at.Add(wait), at, next), leader(goal)}
		}
		at = next
	}
	return ending{later(gone, now), leader(lead(gone))}
}

func leader(lead float64) Team {
	switch {
	case lead > 0:
		return Ours
	case lead < 0:
		return Enemy
	default:
		return ""
	}
}

// hitsFor is how many hits of perHit each earn points, rounded up.
func hitsFor(points int64, perHit faction.Respect) int64 {
	if points <= 0 || perHit <= 0 {
		return 0
	}
	return (points*100 + int64(perHit) - 1) / int64(perHit)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

func clamp(t, low, high time.Time) time.Time { return earlier(later(t, low), high) }
