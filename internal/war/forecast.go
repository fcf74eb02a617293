package war

import (
	"slices"
	"time"

	"consigliere/internal/faction"
)

// Outlook says plainly where a war is heading, for us.
type Outlook string

// The outlooks.
const (
	OutlookUncertain Outlook = "uncertain" // too little is known, or it may go either way
	OutlookDecided   Outlook = "decided"   // we win nearly whatever happens
	OutlookHopeless  Outlook = "hopeless"  // they win nearly whatever happens
)

// Forecast is when a war ends, judged from how it went so far.
type Forecast struct {
	Outlook Outlook
	// LeadPerHour is how fast our lead grew lately, in points; negative when it shrank.
	LeadPerHour float64
	// Over is the stretch of time that pace was measured over; 0 when there is none.
	Over time.Duration
	// ETA is the middle of when the war may end: in half of its courses it is over by
	// then. Of ten wars, eight end between Earliest and Latest. All zero before the
	// start, after the end, and without a target.
	ETA, Earliest, Latest time.Time
	// Odds is the share of the courses that we win, from 0 to 1.
	Odds float64
	// Winner is who wins more of them; empty when neither does.
	Winner Team
	// Needed is how many points our lead lacks now; 0 when it is there.
	Needed int64
	// Hits is how many war hits of ours that takes at PerHit each; 0 when nothing
	// is needed or no hit is known.
	Hits   int64
	PerHit faction.Respect
}

const (
	// recentStretch is the time over which the pace that is shown is measured, minStretch
	// the least that makes one.
	recentStretch = 2 * time.Hour
	minStretch    = 10 * time.Minute
	// sure is the share of the courses from which on a war counts as decided.
	sure = 0.97
)

// Predict forecasts an active war from its score over time. samples are ordered by
// time; perHit is what our average war hit earns.
func Predict(w War, samples []Sample, perHit faction.Respect, now time.Time) Forecast {
	return PredictUnder(w, Terms{}, samples, perHit, now)
}

// PredictUnder forecasts a war of which terms were agreed, and supposes that they are kept.
func PredictUnder(w War, t Terms, samples []Sample, perHit faction.Respect, now time.Time) Forecast {
	f := Forecast{Outlook: OutlookUncertain, PerHit: perHit}
	if w.Phase(now) != Active || w.Target <= 0 && w.OriginalTarget <= 0 {
		return f
	}
	f.Needed = max(0, w.Target-w.Lead())
	f.Hits = hitsFor(f.Needed, perHit)
	f.LeadPerHour, f.Over = pace(samples, recentStretch, now)
	ends := courses(w, t, samples, now)
	slices.SortFunc(ends, func(x, y ending) int { return x.at.Compare(y.at) })
	at := func(share float64) time.Time { return ends[int(share*float64(len(ends)-1)+0.5)].at }
	f.Earliest, f.ETA, f.Latest = at(0.1), at(0.5), at(0.9)
	won, lost := 0, 0
	for _, e := range ends {
		switch e.winner {
		case Ours:
			won++
		case Enemy:
			lost++
		}
	}
	f.Odds = float64(won) / float64(len(ends))
	switch {
	case won > lost:
		f.Winner = Ours
	case lost > won:
		f.Winner = Enemy
	}
	switch {
	case f.Over == 0 && f.Needed > 0: // too little was seen
	case f.Odds >= sure:
		f.Outlook = OutlookDecided
	case float64(lost) >= sure*float64(len(ends)):
		f.Outlook = OutlookHopeless
	}
	return f
}

// ending is when a war is over at some pace, and for whom.
type ending struct {
	at     time.Time
	winner Team // empty: a draw
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
