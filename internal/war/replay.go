package war

import (
	"cmp"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// LogReach is how far Torn's attack log reaches back, about (game.md, Attacks).
const LogReach = 365 * 24 * time.Hour

// Replay rebuilds the score over time of an ended war from its stored attacks, one
// sample each step in which a score moved, in whole points. The first says nothing to
// nothing at the start, the last is the final score as Torn tells it. A war without an
// end gives nothing.
func Replay(rows []Logged, w War, step time.Duration) []Sample {
	if w.End.IsZero() || step <= 0 || !w.Start.Before(w.End) {
		return nil
	}
	b := Books{War: w}
	rows = slices.DeleteFunc(slices.Clone(rows), func(l Logged) bool {
		_, counts := b.hitter(l)
		return !counts
	})
	slices.SortFunc(rows, func(x, y Logged) int {
		return cmp.Or(x.Attack.Counted().Compare(y.Attack.Counted()), cmp.Compare(x.Attack.ID, y.Attack.ID))
	})
	sample := func(at time.Time, us, them faction.Respect) Sample {
		return Sample{At: at, Us: int64(us) / 100, Them: int64(them) / 100, Target: w.targetAt(at)}
	}
	out := []Sample{sample(w.Start, 0, 0)}
	var us, them faction.Respect
	i := 0
	for at := w.Start.Add(step); at.Before(w.End); at = at.Add(step) {
		for ; i < len(rows) && !rows[i].Attack.Counted().After(at); i++ {
			if who, _ := b.hitter(rows[i]); who.team == Ours {
				us += rows[i].Attack.RespectGain
			} else {
				them += rows[i].Attack.RespectGain
			}
		}
		if s, last := sample(at, us, them), out[len(out)-1]; s.Us != last.Us || s.Them != last.Them {
			out = append(out, s)
		}
	}
	return append(out, Sample{At: w.End, Us: w.Us.Score, Them: w.Them.Score, Target: w.Target})
}

// targetAt is the lead that won at a moment, by the rule; what Torn showed when the
// original is not known.
func (w War) targetAt(at time.Time) int64 {
	if w.OriginalTarget <= 0 {
		return w.Target
	}
	return DecayedTarget(w.OriginalTarget, w.Start, at)
}

// Recount tells by how much the stored tallies of a war must change to be what its
// stored attacks come to.
func Recount(rows []Logged, stored []Row, ours faction.ID, w War) []Row {
	s := newSums()
	for _, l := range rows {
		for _, row := range l.shares(ours, []War{w}) {
			s.add(row)
		}
	}
	for _, row := range stored {
		row.Tally = Tally{}.Sub(row.Tally)
		s.add(row)
	}
	return s.ordered()
}

// Best is the player of a side with the highest official score. ok is false when
// nobody of it made a hit.
func (s ReportSide) Best() (m ReportMember, ok bool) {
	for _, one := range s.Members {
		if one.Attacks > 0 && (!ok || one.Score > m.Score || one.Score == m.Score && one.Player < m.Player) {
			m, ok = one, true
		}
	}
	return m, ok
}
