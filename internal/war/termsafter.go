package war

import (
	"slices"
	"time"
)

// HitsAfter gives the war hits of ours that began after a moment, the earliest first,
// and how many the enemy made then. A fight that was under way then is nobody's fault.
func HitsAfter(rows []Logged, stop time.Time) (ours []Logged, theirs int) {
	for _, l := range rows {
		switch {
		case !l.Attack.Started.After(stop) || l.War == 0:
		case l.Verdict.Direction == Outgoing && l.Verdict.Class == ClassWarHit:
			ours = append(ours, l)
		case l.Verdict.Direction == Incoming && l.Verdict.Class == ClassTaken && l.Attack.RankedWar:
			theirs++
		}
	}
	slices.SortFunc(ours, func(x, y Logged) int {
		if c := x.Attack.Started.Compare(y.Attack.Started); c != 0 {
			return c
		}
		return int(x.Attack.ID - y.Attack.ID)
	})
	return ours, theirs
}

// CapSince gives the moment after which hits have to be read to tell when our score met
// its cap: the last look below it. ok is false where nothing was missed, so that CapAt
// says it well enough. samples are those from CapAt on, and the last before.
func (t Terms) CapSince(samples []Sample) (below Sample, ok bool) {
	if t.CapAt.IsZero() || len(samples) == 0 || !samples[0].At.Before(t.CapAt.Add(-sampleGap)) || samples[0].Us >= t.ScoreCap {
		return Sample{}, false
	}
	return samples[0], true
}

// Crossed gives the terms with CapAt set to when the hit counted that met the cap, from
// our hits since a look below it. Where they do not add up to it, it stays as it was.
func (t Terms) Crossed(below Sample, rows []Logged) Terms {
	rows = slices.DeleteFunc(slices.Clone(rows), func(l Logged) bool {
		return l.War != t.War || l.Verdict.Direction != Outgoing || l.Verdict.Class != ClassWarHit || !l.Attack.Counted().After(below.At)
	})
	slices.SortFunc(rows, func(x, y Logged) int { return x.Attack.Counted().Compare(y.Attack.Counted()) })
	score := below.Us * 100 // whole points: at most one hit too late
	for _, l := range rows {
		score += int64(l.Attack.RespectGain)
		if at := l.Attack.Counted(); score >= t.ScoreCap*100 {
			if at.Before(t.CapAt) {
				t.CapAt = at
			}
			break
		}
	}
	return t
}
