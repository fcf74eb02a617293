package war

import (
	"cmp"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// LogReach is beyond what Torn's attack log shows nothing: of about 355 days it was
// seen to hold all, of more hardly anything. How far it really reaches shows when it is
// read (Short).
const LogReach = 355 * 24 * time.Hour

// scorePercent is how much of a side's official score its stored hits make at least
// when none is missing: both books differ by a few rows at the edges (game.md), and the
// hits of a mercenary or two are in no log.
const scorePercent = 95

// Short tells that the stored attacks of an ended war make less than the score of
// either side by far. Many mercenaries do that as well, so it alone does not tell that
// the log is cut.
func Short(rows []Logged, w War) bool {
	b := Books{War: w}
	made := map[Team]faction.Respect{}
	for _, l := range rows {
		if who, counts := b.hitter(l); counts {
			made[who.team] += l.Attack.RespectGain
		}
	}
	less := func(t Team, score int64) bool { return int64(made[t]) < score*scorePercent }
	return less(Ours, w.Us.Score) || less(Enemy, w.Them.Score)
}

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
