package war

import (
	"time"

	"consigliere/internal/faction"
)

// Plan is how a war is brought to its end at a chosen time: the target falls at each
// full hour of the war, and the war ends by itself when it falls to the lead
// (game.md, Ranked wars).
type Plan struct {
	// End is when the war ends if the plan is kept: the last fall of the target that
	// is not after what was asked, or just that while the target stands.
	End    time.Time
	Winner Team
	// Target is the one that End brings, Before the one until then.
	Target, Before int64
	// Loser is the score that the losing side is taken to end with, Score what the
	// winner must have at End: Loser + Target. Until End the lead must stay below Before.
	Loser, Score int64
	// Missing is what the winner lacks of Score now. Below 0 they are ahead of the plan.
	Missing int64
	// Early is when the war ends by itself before End if the lead stays as it is; zero:
	// it does not. LoserNeeds is what the losing side has to make by then to prevent it.
	Early      time.Time
	LoserNeeds int64
	// PerHour is the pace that Missing takes, Hits what it takes in hits of ours; 0:
	// not known, or they are not ours.
	PerHour float64
	Hits    int64
	// Stands: the finish lies in the first 24 hours, in which the target does not fall:
	// the last points have to be made just then.
	Stands bool
}

// mostTargets is how many times the original target a side may yet make, for a plan.
const mostTargets = 4

// PlanFinish computes how winner ends the war at a time, with the losing side ending
// at loser points. The errors say what is wrong with the time.
func PlanFinish(w War, winner Team, loser int64, finish, now time.Time, perHit faction.Respect) (Plan, error) {
	original := w.OriginalTarget
	if original <= 0 {
		original = OriginalTarget(w.Target, w.Start, w.SeenAt)
	}
	switch {
	case !w.End.IsZero():
		return Plan{}, faction.Errorf(faction.Invalid, "This war is over. Nothing can be planned for it.")
	case original <= 0:
		return Plan{}, faction.Errorf(faction.Unavailable, "The target of this war is not known yet. Try again when it has begun.")
	case !finish.After(now) || !finish.After(w.Start):
		return Plan{}, faction.Errorf(faction.Invalid, "The finish lies in the past or before the war begins. Give a later time.")
	case finish.After(w.Start.Add(targetGone)):
		return Plan{}, faction.Errorf(faction.Invalid, "A war ends after 123 hours at the latest, which is before that. Give an earlier time.")
	}
	most := mostTargets*original + max(w.Us.Score, w.Them.Score)
	if loser > most {
		return Plan{}, faction.Errorf(faction.Invalid, "The losing side will not make that many points. Give a score of at most %s.", faction.Count(most))
	}
	p := Plan{End: finish, Winner: winner, Stands: finish.Before(w.Start.Add(targetStands))}
	if !p.Stands {
		p.End = w.Start.Add(finish.Sub(w.Start).Truncate(time.Hour))
		if !p.End.After(now) {
			return Plan{}, faction.Errorf(faction.Invalid, "The target does not fall again before that. Give a time at least an hour from now.")
		}
	}
	p.Target = DecayedTarget(original, w.Start, p.End)
	p.Before = DecayedTarget(original, w.Start, p.End.Add(-time.Second))
	win, lose := w.Us.Score, w.Them.Score
	if winner == Enemy {
		win, lose = lose, win
	}
	p.Loser = max(loser, lose)
	p.Score = p.Loser + p.Target
	p.Missing = p.Score - win
	if hours := p.End.Sub(later(now, w.Start)).Hours(); p.Missing > 0 && hours > 0 {
		p.PerHour = float64(p.Missing) / hours
		if winner == Ours {
			p.Hits = hitsFor(p.Missing, perHit)
		}
	}
	// The lead as it stands, not as it is to become: the loser may make the points after that.
	if lead := win - lose; lead >= p.Before && !p.Stands {
		p.Early = ends(original, lead, w.Start, now)
		p.LoserNeeds = lead - p.Before + 1
	}
	return p, nil
}

// ends is when a lead that stands still is met by the falling target.
func ends(original, lead int64, start, now time.Time) time.Time {
	at := later(now, start)
	for gone := start.Add(targetGone); at.Before(gone); at = start.Add(at.Sub(start).Truncate(time.Hour) + time.Hour) {
		if lead >= DecayedTarget(original, start, at) {
			break
		}
	}
	return at
}

// MetBy is when the falling target meets the lead as it is, whoever has it; zero when
// the target is not known or the war is over.
func MetBy(w War) time.Time {
	if w.OriginalTarget <= 0 || !w.End.IsZero() {
		return time.Time{}
	}
	return ends(w.OriginalTarget, max(w.Lead(), -w.Lead()), w.Start, w.SeenAt)
}
